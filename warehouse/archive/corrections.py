"""Records what exports cannot carry: rows that were retracted, and patients who were delivered under two numbers.

`archive/corrections.ndjson` is append-only and part of the archive, as decisions.ndjson is. Two of its lines read

    {"at": "2026-05-04T07:10:00+00:00", "by": "A. Miller", "action": "retract", "site": "lyon", "reason": "Twin entry",
     "export": "rfa_sessions", "key": ["P-7", "S-1", "L-1"], "folder": "rfa_sessions", "delivery": "2026-05.csv",
     "sha256": "9f86..."}
    {"at": "2026-05-04T07:12:00+00:00", "by": "A. Miller", "action": "merge", "site": "lyon", "reason": "Same person",
     "old": "P-9", "new": "P-7"}

A retraction names the key as the site delivered it, and the newest file that had it: what a later file says of the key
counts again. A merge makes `old` read as `new` in every delivery of the site. An undo is a line of its own. An erasure
leaves a patient's lines as {"action": "erased"}, so that a release still knows how many lines it was made with.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.storage.durable_files import append_line, atomic_write
from warehouse.storage.home import Home
from warehouse.storage.journal import read_lines, whole_lines

if TYPE_CHECKING:
    from collections.abc import Callable

FILE_NAME = "corrections.ndjson"
RETRACT, UNDO_RETRACT, MERGE, UNDO_MERGE, ERASED = "retract", "undo_retract", "merge", "undo_merge", "erased"
ACTIONS = (RETRACT, UNDO_RETRACT, MERGE, UNDO_MERGE, ERASED)
ALWAYS = ("at", "by", "action", "site")
"""The fields that every line has, even if they are empty."""
BAR = "|"
Aliases = dict[str, str]
"""Number as delivered -> number that it is read as, of one site."""
Place = tuple[str, str, str, str]
"""Site, folder, name of the arrival and SHA-256 of a file."""


@dataclass(frozen=True)
class Correction:
    """What somebody recorded, and when (ISO, UTC): a retraction with export, key and file, or a merge of two numbers.

    `key` has the parts of the key, '' for an empty one.
    """

    at: str
    by: str
    action: str
    site: str
    reason: str = ""
    export: str = ""
    key: tuple[str, ...] = field(default=())
    folder: str = ""
    delivery: str = ""
    sha256: str = ""
    old: str = ""
    new: str = ""

    def __post_init__(self) -> None:
        texts = [value for name, value in asdict(self).items() if name != "key"]
        if self.action not in ACTIONS or not all(isinstance(text, str) for text in (*texts, *self.key)):
            raise ValueError("not a correction")
        needed = {RETRACT: (self.export, self.key, self.sha256), MERGE: (self.old, self.new)}
        if not all(needed.get(self.action, ())):
            raise ValueError("not a whole correction")

    @classmethod
    def of_line(cls, line: str) -> "Correction":
        """Return the correction that a line of the file describes. Raises ValueError or TypeError otherwise."""
        fields = json.loads(line)
        return cls(**fields | {"key": tuple(fields.get("key", ()))})

    @property
    def as_line(self) -> str:
        """Return the correction's line in the file."""
        return json.dumps({name: value for name, value in asdict(self).items() if value or name in ALWAYS})

    @property
    def place(self) -> Place:
        """Return the file that a retraction names."""
        return (self.site, self.folder, self.delivery, self.sha256)

    @property
    def key_text(self) -> str:
        """Return the key as one text."""
        return BAR.join(self.key)

    @property
    def patients(self) -> tuple[str, ...]:
        """Return the patients whom the line names."""
        return tuple(filter(None, (self.key[0] if self.key else "", self.old, self.new)))


def path_of(home: Home) -> Path:
    """Return the path of the home's archive/corrections.ndjson."""
    return home.archive / FILE_NAME


def read(home: Home) -> list[Correction]:
    """Return all corrections in the order in which they were made. Raises ArchiveDamaged if a line cannot be read."""
    return read_lines(path_of(home), Correction.of_line)


def fingerprint(home: Home) -> str:
    """Return a text that changes with every correction, or '' if there has never been one."""
    lines = whole_lines(path_of(home))
    return f"{len(lines)} {hashlib.sha256(repr(lines).encode()).hexdigest()}" if lines else ""


def record(home: Home, by: str, action: str, site: str, **what: object) -> Correction:
    """Record a correction and return it; it is on disk when this returns."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    correction = Correction(now, by, action, site, **what)  # type: ignore[arg-type]
    append(home, correction)
    return correction


def append(home: Home, correction: Correction) -> None:
    """Append the correction to the file and sync it. Raises ArchiveDamaged if the file cannot be read."""
    read(home)
    append_line(path_of(home), correction.as_line)


def lines_by_site(corrections: Iterable[Correction]) -> dict[str, int]:
    """Return the number of lines of each site, sorted by site."""
    counts: dict[str, int] = {}
    for one in corrections:
        counts[one.site] = counts.get(one.site, 0) + 1
    return dict(sorted(counts.items()))


def first_lines(corrections: Iterable[Correction], by_site: dict[str, int]) -> list[Correction]:
    """Return the first lines of each site, as many as `by_site` says: those that a release was made with."""
    left, found = dict(by_site), []
    for one in corrections:
        if left.get(one.site, 0) > 0:
            left[one.site] -= 1
            found.append(one)
    return found


def retractions(corrections: Iterable[Correction]) -> list[Correction]:
    """Return the retractions in force, in their order. An undo revokes the newest of its site, export and key."""
    stands: list[Correction] = []
    for one in corrections:
        if one.action == RETRACT:
            stands.append(one)
        elif one.action == UNDO_RETRACT:
            same = [n for n, other in enumerate(stands) if _row(other) == _row(one)]
            if same:
                del stands[same[-1]]
    return stands


def _row(correction: Correction) -> tuple:
    return correction.site, correction.export, correction.key


def merges(corrections: Iterable[Correction]) -> list[Correction]:
    """Return the merges in force, in their order."""
    stands: dict[tuple[str, str], Correction] = {}
    for one in corrections:
        if one.action == MERGE:
            stands[one.site, one.old] = one
        elif one.action == UNDO_MERGE:
            stands.pop((one.site, one.old), None)
    return list(stands.values())


def aliases(corrections: Iterable[Correction], site: str) -> Aliases:
    """Return the numbers of the site that are read as others."""
    return {one.old: one.new for one in merges(corrections) if one.site == site}


def same_person(corrections: Iterable[Correction], site: str, match: "Callable[[Iterable[str]], set[str]]") -> set[str]:
    """Return every number of the site's patients whom `match` finds, if they have several."""
    persons: dict[str, set[str]] = {}
    for old, new in aliases(corrections, site).items():
        persons.setdefault(new, {new}).add(old)
    return set().union(*(numbers for numbers in persons.values() if match(numbers)))


def erase(home: Home, site: str, match: "Callable[[Iterable[str]], set[str]]") -> int:
    """Empty the lines of the site that name a patient whom `match` finds, and return how many there were."""
    made = read(home)
    kept = [_erased(one) if one.site == site and match(one.patients) else one for one in made]
    n_erased = sum(before != after for before, after in zip(made, kept, strict=True))
    if n_erased:
        write(home, kept)
    return n_erased


def _erased(correction: Correction) -> Correction:
    return Correction(correction.at, "", ERASED, correction.site)


def write(home: Home, kept: Iterable[Correction]) -> None:
    """Replace the file as a whole, for an erasure."""
    atomic_write(path_of(home), "".join(f"{one.as_line}\n" for one in kept).encode())
