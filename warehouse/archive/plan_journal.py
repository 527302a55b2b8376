"""Records when each analysis of the registry's own plan was first released: `archive/plan.ndjson`, append-only.

    {"definition": "9f86...", "declared_on": "2026-05-04", "is_after_data": true}

A definition is what an analysis says, by its hash (warehouse/cohorts/plan_form.py): a plan whose comments, layout or
names change keeps its dates. `is_after_data`: the registry had released data before, so that whoever wrote the analysis
could have seen them. The line is written once the release is there, so a refresh that was refused declares nothing.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from warehouse.storage.durable_files import append_line
from warehouse.storage.home import Home
from warehouse.storage.journal import read_lines

FILE_NAME = "plan.ndjson"


@dataclass(frozen=True)
class Declared:
    """A definition, the day (ISO, UTC) of its first release, and whether data had been released before."""

    definition: str
    declared_on: str
    is_after_data: bool

    def __post_init__(self) -> None:
        date.fromisoformat(self.declared_on)
        if not isinstance(self.definition, str) or not isinstance(self.is_after_data, bool):
            raise ValueError("not a declaration")

    @classmethod
    def of_line(cls, line: str) -> "Declared":
        """Return the declaration that a line describes. Raises ValueError or TypeError otherwise."""
        return cls(**json.loads(line))


def path_of(home: Home) -> Path:
    """Return the path of the home's archive/plan.ndjson."""
    return home.archive / FILE_NAME


def read(home: Home) -> dict[str, Declared]:
    """Return the declarations by definition, the first of each. Raises ArchiveDamaged if a line cannot be read."""
    found: dict[str, Declared] = {}
    for one in read_lines(path_of(home), Declared.of_line):
        found.setdefault(one.definition, one)
    return found


def record(home: Home, declared: Iterable[Declared]) -> None:
    """Append the declarations that the journal lacks; they are on disk when this returns."""
    known = read(home)
    for one in declared:
        if one.definition not in known:
            append_line(path_of(home), json.dumps(asdict(one)))
            known[one.definition] = one
