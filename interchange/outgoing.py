"""Opens a release for a writer: its tables under their own names, restricted to a recipe's cohort if one is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from schemas.exports import EXPORTS
from warehouse.cohorts.attrition import choose
from warehouse.cohorts.older_releases import check_release
from warehouse.cohorts.recipe import Recipe
from warehouse.contracts.release_contract import DECLARED
from warehouse.releases.limits import TIMEOUT_SECONDS
from warehouse.releases.query import open_release
from warehouse.releases.release import Release
from warehouse.releases.sandbox import temporary_folder, while_attaching
from warehouse.releases.time_limit import time_limit
from warehouse.storage.errors import QueryFailed
from warehouse.storage.sql_files import sql_text
from workflows.report_facts import synthetic

SCHEMAS = ("clean", "derived", "cohort", "analysis")
"""Schemas whose tables leave; what was set aside, and what the registry says of itself, stays."""
OF_PATIENTS = ("clean", "derived", "cohort")
OF_ITSELF = ("meta.columns", "meta.loads")
"""What a writer may ask the release of itself; no table that leaves."""
DESCRIBED = """
    SELECT table_schema || '.' || table_name, table_prose, column_name, data_type, column_prose
    FROM released.meta.columns WHERE list_contains($schemas, table_schema)
"""


@dataclass(frozen=True)
class Column:
    """A column as released: DuckDB's type, its meaning, whether it is always filled, and its codes if it has any."""

    name: str
    kind: str
    prose: str
    is_filled: bool = False
    codes: tuple = ()


@dataclass(frozen=True)
class Described:
    """A table as released. `key` is empty where none is declared; a part of a key may be null in a row."""

    name: str
    prose: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def has(self, column: str) -> bool:
        """Return whether the table has the column."""
        return any(one.name == column for one in self.columns)


@dataclass(frozen=True)
class Written:
    """What a writer wrote: rows by file, in reading order, and sentences about what the release could not fill.

    `noun` says what is counted where it is no row.
    """

    rows: Mapping[str, int]
    notes: tuple[str, ...] = ()
    noun: str = "row"


@dataclass(frozen=True)
class Outgoing:
    """A release to be written elsewhere.

    `con` is a connection in which the tables have their own names (`FROM clean.patients`), as far as they leave: with a
    recipe only its cohort's rows, and no tables of figures. Own temporary tables may be made on it. `leaves` names the
    mode of disclosure control, '' inside; only what holds no rows of patients is written under one, without counts.
    """

    con: duckdb.DuckDBPyConnection
    release: Release
    tables: Mapping[str, Described]
    recipe: str = ""
    leaves: str = ""

    @property
    def release_id(self) -> str:
        """Return the release's id, which every export names."""
        return self.release.release_id

    @property
    def manifest(self) -> dict:
        """Return the release's manifest."""
        return self.release.manifest

    @property
    def is_synthetic(self) -> bool:
        """Return whether any of the release's deliveries says in its name that it is made up."""
        return bool(synthetic(self.con)["is_synthetic"])

    def require(self, *tables: str) -> None:
        """Raise QueryFailed if the release, made by an earlier version, lacks one of the tables."""
        if missing := [name for name in tables if name not in self.tables]:
            raise QueryFailed(
                f"Release {self.release_id} has no {missing[0]}: an earlier version made it.",
                "Make one of this version with `registry refresh --full`.",
            )

    def check_whole(self, written: Mapping[str, int]) -> None:
        """Raise QueryFailed if a table has more rows than were written, because the release lacks their patient."""
        for table, n in written.items():
            row = self.con.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (own names)
            if row and row[0] != n:
                raise QueryFailed(
                    f"Release {self.release_id} has {row[0] - n:,} rows of {table} whose patient or lesion it lacks.",
                    "Make one of this version with `registry refresh --full`.",
                )

    def in_order(self, table: str, columns: str = "*") -> str:
        """Return a SELECT of a table's columns, rows in the order of its key, so that equal releases give equal bytes.

        Without a declared key the rows are in the order of all their columns.
        """
        order = ", ".join(self.tables[table].key) or "ALL"
        return f"SELECT {columns} FROM {table} ORDER BY {order}"  # noqa: S608 (the contract's names)

    def count(self, table: str) -> int:
        """Return how many rows of the table leave."""
        row = self.con.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (the contract's names)
        return int(row[0]) if row else 0


@contextmanager
def outgoing(
    release: Release, recipe: Recipe | None = None, leaves: str = "", timeout_seconds: float = TIMEOUT_SECONDS
) -> Iterator[Outgoing]:
    """Open the release for a writer. QueryFailed, in one line, if the recipe's cohort cannot be chosen from it."""
    chosen = _chosen(release, recipe, timeout_seconds) if recipe is not None else None
    with temporary_folder() as folder, closing(duckdb.connect(config=while_attaching(folder))) as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(f"ATTACH {sql_text(str(release.database.resolve()))} AS released (READ_ONLY)")
        if chosen is not None:
            con.execute("CREATE SCHEMA chosen")
            for name, keys in chosen.items():
                con.register("keys", keys)
                con.execute(f"CREATE TABLE chosen.{name} AS SELECT * FROM keys")  # noqa: S608 (own names)
                con.unregister("keys")
        tables = _described(con, OF_PATIENTS if recipe is not None else SCHEMAS)
        for schema in dict.fromkeys((*(name.partition(".")[0] for name in tables), "meta")):
            con.execute(f"CREATE SCHEMA {schema}")
        for name in OF_ITSELF:
            con.execute(f"CREATE VIEW {name} AS FROM released.{name}")
        for name, table in tables.items():
            con.execute(f"CREATE VIEW {name} AS FROM released.{name} t{_only(table) if chosen else ''}")
        yield Outgoing(con, release, tables, recipe.fingerprint if recipe is not None else "", leaves)


def _chosen(release: Release, recipe: Recipe, timeout_seconds: float) -> dict[str, Any]:
    """Return the keys of the recipe's patients and lesions; its predicates run in the sandbox of queries."""
    with open_release(release) as con, time_limit(con, timeout_seconds) as check:
        check_release(con, recipe, release.release_id)
        choice = choose(con, recipe.criteria)
        found = {
            "patients": con.execute(choice.patients).to_arrow_table(),
            "lesions": con.execute(choice.lesions).to_arrow_table(),
        }
        check()
    return found


def _only(table: Described) -> str:
    """Return the condition that leaves a table's rows of chosen patients, and of their chosen lesions."""
    patient = "EXISTS (FROM chosen.patients c WHERE c.site = t.site AND c.patient_id = t.patient_id)"
    if not table.has("lesion_id"):
        return f" WHERE {patient}"
    lesion = f"{patient.replace('.patients', '.lesions')[:-1]} AND c.lesion_id = t.lesion_id)"
    return f" WHERE CASE WHEN t.lesion_id IS NULL THEN {patient} ELSE {lesion} END"


def _described(con: duckdb.DuckDBPyConnection, schemas: tuple[str, ...]) -> dict[str, Described]:
    found: dict[str, list[tuple]] = {}
    for name, *row in con.execute(DESCRIBED, {"schemas": list(schemas)}).fetchall():
        found.setdefault(name, []).append(tuple(row))
    return {name: _table(name, rows) for name, rows in found.items()}


def _table(name: str, rows: list[tuple]) -> Described:
    schema, _, bare = name.partition(".")
    key: tuple[str, ...] = ("site", "patient_id", "lesion_id") if name == "clean.lesions" else ()
    filled, codes = set(key), dict[str, tuple]()
    if (declared := DECLARED.get(name)) is not None:
        key, codes = declared.key, {one.name: one.codes for one in declared.columns}
        filled = {one.name for one in declared.columns if not one.nullable}
    elif schema == "clean" and bare in EXPORTS:
        key, codes = ("site", *EXPORTS[bare].key), {one.name: one.codes for one in EXPORTS[bare].columns}
        filled = {"site", *EXPORTS[bare].required_key}
    columns = (Column(column, kind, prose, column in filled, codes.get(column, ())) for _, column, kind, prose in rows)
    return Described(name, rows[0][0], tuple(columns), key)
