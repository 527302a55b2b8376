"""Records people's decisions about arrivals: which no longer wait, and which are set aside.

`archive/decisions.ndjson` is append-only and part of the archive, so that a rebuild needs nothing else: the tables are
a function of the files received and of the decisions made about them. One line reads

    {"at": "2026-05-04T07:10:00+00:00", "by": "A. Miller", "action": "set_aside", "site": "lyon", "export": "patients",
     "file_name": "2026-05.csv", "delivery": "2026-05.csv", "sha256": "9f86...", "reason": "Another hospital's file"}

A decision belongs to one arrival: a corrected file of the same name is a new arrival without a decision.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.storage.durable_files import append_line
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.journal import read_lines, whole_lines

if TYPE_CHECKING:
    from warehouse.archive.arrivals import Arrival

FILE_NAME = "decisions.ndjson"
CONFIRM, SET_ASIDE, UNDO = "confirm", "set_aside", "undo"
ACTIONS = (CONFIRM, SET_ASIDE, UNDO)
NEAREST = 5
"""At most this many names are suggested if none matches."""
Place = tuple[str, str, str, str]


@dataclass(frozen=True)
class Decision:
    """What somebody decided about one arrival, and when (ISO, UTC). `undo` revokes the newest decision."""

    at: str
    by: str
    action: str
    site: str
    export: str
    file_name: str
    delivery: str
    sha256: str
    reason: str

    def __post_init__(self) -> None:
        if self.action not in ACTIONS or not all(isinstance(text, str) for text in asdict(self).values()):
            raise ValueError("not a decision")

    @classmethod
    def of_line(cls, line: str) -> "Decision":
        """Return the decision that a line of the file describes. Raises ValueError or TypeError otherwise."""
        return cls(**json.loads(line))

    @property
    def as_line(self) -> str:
        """Return the decision's line in the file."""
        return json.dumps(asdict(self))

    @property
    def place(self) -> Place:
        """Return the place that identifies the decision's arrival."""
        return (self.site, self.export, self.delivery, self.sha256)


def path_of(home: Home) -> Path:
    """Return the path of the home's archive/decisions.ndjson."""
    return home.archive / FILE_NAME


def read(home: Home) -> list[Decision]:
    """Return all decisions in the order in which they were made. Raises ArchiveDamaged if a line cannot be read."""
    return read_lines(path_of(home), Decision.of_line)


def fingerprint(home: Home) -> str:
    """Return a text that changes with every decision, or '' if there has never been one."""
    lines = whole_lines(path_of(home))
    return f"{len(lines)} {hashlib.sha256(repr(lines).encode()).hexdigest()}" if lines else ""


def decide(home: Home, arrival: "Arrival", action: str, by: str, reason: str = "") -> Decision:
    """Record a decision about the arrival and return it; it is on disk when this returns."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    place = (arrival.site, arrival.export, arrival.file_name, arrival.delivery, arrival.sha256)
    decision = Decision(now, by, action, *place, reason)
    append(home, decision)
    return decision


def append(home: Home, decision: Decision) -> None:
    """Append the decision to the file and sync it. Raises ArchiveDamaged if the file cannot be read."""
    read(home)
    append_line(path_of(home), decision.as_line)


def in_force(decisions: Iterable[Decision], arrivals: Iterable["Arrival"]) -> dict[int, Decision]:
    """Return, by load_no, the decision in force about each arrival that has one: `set_aside` or `confirm`."""
    made: dict[Place, list[Decision]] = {}
    for decision in decisions:
        of_arrival = made.setdefault(decision.place, [])
        if decision.action != UNDO:
            of_arrival.append(decision)
        elif of_arrival:
            of_arrival.pop()
    found = {a.load_no: next(filter(None, map(made.get, places_of(a))), []) for a in arrivals}
    return {load_no: of_arrival[-1] for load_no, of_arrival in found.items() if of_arrival}


def numbers(force: dict[int, Decision], action: str) -> set[int]:
    """Return the load_no of the arrivals for which that decision is in force."""
    return {load_no for load_no, decision in force.items() if decision.action == action}


def place_of(arrival: "Arrival") -> Place:
    """Return the place by which a decision identifies the arrival."""
    return (arrival.site, arrival.export, arrival.delivery, arrival.sha256)


def places_of(arrival: "Arrival") -> list[Place]:
    """Return the places by which a decision may identify the arrival: its own, and its file's if that is another."""
    of_file = (arrival.site, arrival.folder, arrival.delivery.removeprefix(f"{arrival.folder}/"), arrival.sha256)
    return list(dict.fromkeys((place_of(arrival), of_file)))


def find_arrival(
    arrivals: Iterable["Arrival"], site: str, file: str, among: Collection[int] | None = None
) -> "Arrival":
    """Return the site's arrival that `file` names: a file name, export/name, or a delivery such as name#2.

    `among` (load_no) limits the candidates, for example to those that wait; without it, all arrivals are candidates.
    A name that arrived several times stands for its only arrival among the candidates; name#1 is the first. Raises
    RegistryError with the nearest names if no candidate matches, or more than one does.
    """
    arrivals = list(arrivals)
    of_site = [a for a in arrivals if a.site == site]
    if not of_site:
        known = sorted({a.site for a in arrivals})
        raise RegistryError(
            f"Nothing has arrived from a site {site!r}.", _one_of(site, known) or "Run `registry refresh`."
        )
    named = [a for a in of_site if file in _names(a)]
    meant = named if among is None else [a for a in named if a.load_no in among]
    if len(meant) == 1:
        return meant[0]
    if meant:
        several = len({a.export for a in meant}) < len(meant)
        listed = ", ".join(f"{a.export}/{_numbered(a) if several else a.delivery}" for a in meant)
        raise RegistryError(f"{file!r} matches {len(meant):,} arrivals of {site}.", f"Name one of them: {listed}.")
    if named:
        raise RegistryError(
            f"{named[-1].export}/{named[-1].delivery} of {site} does not need such a decision.",
            "`registry status` lists what waits and what was set aside.",
        )
    known = sorted({f"{a.export}/{a.delivery}" for a in of_site})
    raise RegistryError(f"{site} has not delivered a file {file!r}.", _one_of(file, known))


def _names(arrival: "Arrival") -> set[str]:
    """Return the names by which the arrival may be called."""
    names = {arrival.file_name, arrival.delivery, _numbered(arrival)}
    return names | {f"{arrival.export}/{name}" for name in names}


def _numbered(arrival: "Arrival") -> str:
    """Return the delivery with its number, which the first delivery of a name omits."""
    is_first = arrival.delivery == arrival.file_name
    return f"{arrival.file_name}#1" if is_first else arrival.delivery


def _one_of(name: str, known: list[str]) -> str:
    """Return the names nearest to `name` as a cure, compared without their folder if none is near with it."""
    last = {k.rpartition("/")[2]: k for k in known}
    near = get_close_matches(name, known, NEAREST, 0.4) or [
        last[k] for k in get_close_matches(name.rpartition("/")[2], last, NEAREST, 0.4)
    ]
    return f"Name one of: {', '.join(near or known[-NEAREST:])}." if known else ""
