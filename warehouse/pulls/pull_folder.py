"""Keeps a source's state between pulls, and the pages of a pull that is not finished, in a private folder.

Only state.json outlives a pull, and files.json, which says what was fetched from a place of files. They hold no
patients; without them the next pull takes the whole project, or compares every file.
"""

import json
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import PRIVATE_FOLDER, Home

STATE, PLAN, FILES = "state.json", "plan.json", "files.json"
STAGING = "staging"
"""The folder to which files of a place are fetched."""
KEPT = timedelta(days=1)
"""An unfinished pull that began earlier is not continued: too much may have changed since."""


@dataclass(frozen=True)
class State:
    """What the last pull left. Times are ISO in UTC.

    `address` is the API's; `begun` when the newest pull that was delivered began, and `listed` when all record ids were
    last compared; `dictionary` is the SHA-256 of the data dictionary, `problem` why the last pull failed.
    """

    address: str = ""
    begun: str = ""
    listed: str = ""
    dictionary: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Plan:
    """A pull: which records, in pages of how many, and whether they are all of the project.

    `begun` is ISO in UTC. `listed` has all record ids if a pull of changes compares them.
    """

    begun: str
    is_whole: bool
    address: str
    dictionary: str
    records: tuple[str, ...]
    page_records: int
    listed: tuple[str, ...] | None = None

    @property
    def pages(self) -> list[tuple[str, ...]]:
        """Return the records of each page."""
        size = self.page_records
        return [self.records[start : start + size] for start in range(0, len(self.records), size)]


class PullFolder:
    """The folder of one source of one site."""

    def __init__(self, home: Home, site: str, source: str):
        self.path = folder_of(home) / site / source
        self.state = State(**_read(self.path / STATE, asdict(State())))

    def note(self, **changes: str) -> None:
        """Change the state, and keep it."""
        self.state = replace(self.state, **changes)
        self.make()
        atomic_write(self.path / STATE, json.dumps(asdict(self.state), indent=1).encode())

    def unfinished(self, now: datetime) -> Plan | None:
        """Return the plan of a pull that was interrupted, None if there is none or it is too old."""
        try:
            content = json.loads((self.path / PLAN).read_text(encoding="utf-8"))
            listed = content.pop("listed")
            plan = Plan(**content | {"records": tuple(content["records"])}, listed=listed and tuple(listed))
            return plan if now - datetime.fromisoformat(plan.begun) < KEPT else None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def begin(self, plan: Plan) -> None:
        """Forget the pages of an earlier pull, and keep the plan of this one."""
        self.clear()
        self.make()
        atomic_write(self.path / PLAN, json.dumps(asdict(plan)).encode())

    def page(self, number: int) -> Path:
        """Return the path of a page; it is there if it has been pulled."""
        return self.path / f"page-{number:06d}.csv"

    def clear(self) -> None:
        """Delete the plan and its pages."""
        if self.path.is_dir():
            for file in (*self.path.glob("page-*.csv"), *self.path.glob(".page-*"), self.path / PLAN):
                file.unlink(missing_ok=True)

    def make(self) -> None:
        """Make the folder, private to the registry's user, if it is not there."""
        for folder in (self.path.parent.parent, self.path.parent, self.path):
            folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)


def folder_of(home: Home) -> Path:
    """Return the folder of all pulls."""
    return home.warehouse / "pulls"


def forget_unfinished(home: Home) -> None:
    """Delete what unfinished pulls have taken, which holds patients; the next pull begins again."""
    for file in folder_of(home).glob("*/*/*"):
        if file.name == STAGING:
            shutil.rmtree(file, ignore_errors=True)
        elif file.name not in (STATE, FILES) and not file.is_dir():
            file.unlink(missing_ok=True)


def problems_of_pulls(home: Home) -> list[tuple[str, str]]:
    """Return why the last pull of a source failed, as (site/source, sentence)."""
    found = []
    for file in sorted(folder_of(home).glob(f"*/*/{STATE}")):
        if sentence := _read(file, asdict(State()))["problem"]:
            found.append((f"{file.parent.parent.name}/{file.parent.name}", sentence))
    return found


def _read(path: Path, defaults: dict[str, str]) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {key: str(content.get(key, value)) for key, value in defaults.items()}
    except (OSError, ValueError, AttributeError):
        return defaults
