"""Records what people do about questions to sites: asked, assigned, due, said, accepted, reopened.

`archive/threads.ndjson` is append-only and part of the archive. A question is a site, export, key, rule and column;
its thread lasts however often the row comes back. That an entry is open, answered or resolved is in the tables, and not
written here a second time. One line reads

    {"at": "2026-05-04T07:10:00+00:00", "by": "A. Miller", "action": "sent", "thread": "9f86d081884c", "site": "lyon",
     "export": "patients", "key": "P-17", "rule_id": "PAT-04", "column_name": "birth_year", "due": "2026-06-01",
     "sheet": "queries-lyon.xlsx"}

An acceptance names the entries that it closes (`entries`): a row that changes afterwards is another entry, which is
asked again. It is compared with the times at which sheets arrived, so no line changes what was decided before it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from warehouse.storage.durable_files import append_lines
from warehouse.storage.home import Home
from warehouse.storage.journal import read_lines, whole_lines

FILE_NAME = "threads.ndjson"
SENT, ASSIGNED, DUE, SAID, ACCEPTED, REOPENED = "sent", "assigned", "due", "said", "accepted", "reopened"
ERASED = "erased"
"""What is left of a line about an erased patient: that there was one, so that a lost line is still noticed."""
ACTIONS = (SENT, ASSIGNED, DUE, SAID, ACCEPTED, REOPENED, ERASED)


@dataclass(frozen=True)
class Place:
    """The question that a line is about; `thread` is its id (thread_of in sql/terms.sql)."""

    thread: str
    site: str
    export: str
    key: str
    rule_id: str
    column_name: str


@dataclass(frozen=True)
class Event:
    """One line: what somebody did, and when (ISO, UTC). `to` is an assignee, `due` a date, '' without one."""

    at: str
    by: str
    action: str
    site: str
    thread: str = ""
    export: str = ""
    key: str = ""
    rule_id: str = ""
    column_name: str = ""
    to: str = ""
    due: str = ""
    text: str = ""
    sheet: str = ""
    entries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        texts = [value for name, value in asdict(self).items() if name != "entries"]
        if self.action not in ACTIONS or not all(isinstance(text, str) for text in (*texts, *self.entries)):
            raise ValueError("not an event")
        datetime.fromisoformat(self.at)
        if self.due:
            date.fromisoformat(self.due)

    @classmethod
    def of_line(cls, line: str) -> "Event":
        """Return the event that a line describes. Raises ValueError or TypeError otherwise."""
        fields = json.loads(line)
        return cls(**fields | {"entries": tuple(fields.get("entries", ()))})

    @property
    def as_line(self) -> str:
        """Return the event's line; what need not be there is left out if it is empty."""
        return json.dumps({name: value for name, value in asdict(self).items() if value or name == "by"})


def event(by: str, action: str, place: Place, **more: str | tuple[str, ...]) -> Event:
    """Return an event that happens now."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Event(now, by, action, **asdict(place), **more)  # type: ignore[arg-type]


def path_of(home: Home) -> Path:
    """Return the path of the home's archive/threads.ndjson."""
    return home.archive / FILE_NAME


def read(home: Home) -> list[Event]:
    """Return all events in their order, erased ones left out. Raises ArchiveDamaged if a line cannot be read."""
    return [one for one in read_lines(path_of(home), Event.of_line) if one.action != ERASED]


def count(home: Home) -> int:
    """Return the number of lines, erased ones too: it never shrinks."""
    return len(whole_lines(path_of(home)))


def append(home: Home, events: Sequence[Event]) -> None:
    """Append the events and sync them. Raises ArchiveDamaged if the file cannot be read."""
    if events:
        read(home)
        append_lines(path_of(home), [one.as_line for one in events])


def known_at(events: Iterable[Event], when: str) -> list[Event]:
    """Return the events up to that time (ISO)."""
    until = datetime.fromisoformat(when)
    return [one for one in events if datetime.fromisoformat(one.at) <= until]
