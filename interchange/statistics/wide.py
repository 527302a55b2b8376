"""Makes the tables of statistics packages: patients and lesions, each with its endpoints side by side.

Codes become numbers with the registry's words as labels: no is 0 and yes is 1, unknown is 9, other codes count from 1
in the order in which the registry declares them. Codes that are numbers themselves (segments) stay texts. A cell that
is empty stays missing; unknown is a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from interchange.outgoing import Column, Outgoing
from warehouse.derived.endpoint_definitions import definitions
from warehouse.storage.sql_files import sql_text

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "code", "whole", "number", "date"]
KINDS: dict[str, Kind] = {"DATE": "date", "INTEGER": "whole", "BIGINT": "whole", "DOUBLE": "number", "BOOLEAN": "code"}
FLAG = {"no": 0, "yes": 1, "unknown": 9}
EVENTS = {0: "censored", 1: "event", 2: "death as competing event", 3: "other competing event"}
KEYS = {"patients": ("site", "patient_id"), "lesions": ("site", "patient_id", "lesion_id")}
LEVELS = {"patients": "patient", "lesions": "lesion"}


@dataclass(frozen=True)
class Variable:
    """A variable: name, meaning, what it holds, the SQL that makes it, and the labels of its codes."""

    name: str
    prose: str
    kind: Kind
    sql: str
    labels: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wide:
    """A table: its name, and its variables in order."""

    name: str
    variables: tuple[Variable, ...]
    source: str

    @property
    def key(self) -> tuple[str, ...]:
        """Return the variables that tell rows apart."""
        return KEYS[self.name]

    @property
    def select(self) -> str:
        """Return the SELECT of the table, rows in the order of its key."""
        columns = ", ".join(f'({one.sql}) AS "{one.name}"' for one in self.variables)
        return f"SELECT {columns} FROM {self.source} ORDER BY {', '.join(self.key)}"  # noqa: S608 (own names)


def wide_tables(release: Outgoing) -> list[Wide]:
    """Return patients and lesions of the release, with months and event of each endpoint of their level."""
    release.require("cohort.patients", "cohort.lesions", "derived.time_to_event")
    return [_wide(release, name) for name in KEYS]


def frame_of(release: Outgoing, table: Wide) -> pd.DataFrame:
    """Return the table's rows."""
    return release.con.execute(table.select).df()


def _wide(release: Outgoing, name: str) -> Wide:
    variables = [_variable(column) for column in release.tables[f"cohort.{name}"].columns]
    level, key = LEVELS[name], KEYS[name]
    titles = {(one.endpoint, one.level): one.header["title"] for one in definitions()}
    found = release.con.execute(
        "SELECT DISTINCT endpoint FROM derived.time_to_event WHERE level = ? ORDER BY 1", [level]
    ).fetchall()
    endpoints = [endpoint for (endpoint,) in found]
    for endpoint in endpoints:
        title, stem = titles.get((endpoint, level), endpoint), endpoint.lower()
        variables.append(Variable(f"{stem}_time_months", f"{title}: months", "number", f'e."{endpoint}_months"'))
        variables.append(Variable(f"{stem}_event", f"{title}: event", "code", f'e."{endpoint}_event"', EVENTS))
    return Wide(
        name, tuple(variables), f"cohort.{name} t LEFT JOIN {_times(endpoints, level, key)} USING ({', '.join(key)})"
    )


def _times(endpoints: Sequence[str], level: str, key: Sequence[str]) -> str:
    """Return SQL of the endpoints of a level side by side, one row for each subject."""
    columns = "".join(
        f', max({column}) FILTER (endpoint = {sql_text(one)}) AS "{one}_{column}"'
        for one in endpoints
        for column in ("months", "event")
    )
    keys = ", ".join(key)
    return f"(SELECT {keys}{columns} FROM derived.time_to_event WHERE level = '{level}' GROUP BY {keys}) e"  # noqa: S608


def _variable(column: Column) -> Variable:
    sql, kind = f't."{column.name}"', KINDS.get(column.kind, "text")
    if column.kind == "BOOLEAN":
        return Variable(column.name, column.prose, "code", f"{sql}::TINYINT", {0: "no", 1: "yes"})
    if kind == "text" and column.codes and not any(str(one)[:1].isdigit() for one in column.codes):
        numbers = (
            FLAG if set(column.codes) <= set(FLAG) else {str(one): n for n, one in enumerate(column.codes, start=1)}
        )
        cases = " ".join(f"WHEN {sql_text(word)} THEN {n}" for word, n in numbers.items() if word in column.codes)
        labels = {n: word for word, n in numbers.items() if word in column.codes}
        return Variable(column.name, column.prose, "code", f"(CASE {sql} {cases} END)::TINYINT", labels)
    return Variable(column.name, column.prose, kind, sql)
