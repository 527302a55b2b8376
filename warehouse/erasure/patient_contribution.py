"""Computes what a patient added to the counts of each delivery, in a database with nothing but the patient's own rows.

The rows are read from the archive and go through history, rules and ledger. Everything from raw to clean is a function
of one patient's raw rows, so the result is exactly the patient's share of every sum; erase_from_release.py subtracts
it. The database is in memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.clean.clean import clean, write_history
from warehouse.clean.ledger import write_ledger
from warehouse.intake.exceptions_file import Notes, read_or_problem
from warehouse.intake.site_config import SiteConfig
from warehouse.quality.rule_results import Result, row_results, write_results
from warehouse.quality.scorecard import write_scorecard
from warehouse.raw import answers, tables
from warehouse.readers import cells, rejecting
from warehouse.readers.open_file import open_source
from warehouse.readers.redacted import open_kept
from warehouse.redaction.redact_file import Match, lines_of_patients, lines_of_sheet, patients_in
from warehouse.storage.connection import create_schemas, settings
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.faults import NO_MEMORY, says_nothing_of_the_file
from warehouse.storage.home import Home
from warehouse.storage.sql_files import sql_text

GATHERED = "gathered"
TABLES = (*EXPORTS, ANSWERS)
LOADS = ("rows_received", "duplicate", "conflicting", "unchanged", "new", "changed", "keys_withdrawn", "rows_erased")
LEDGER = (
    *("rows_received", "duplicate", "conflicting", "unchanged", "new", "changed", "current", "superseded", "withdrawn"),
    *("in_clean", "in_quarantine", "in_both", "conflicting_in_quarantine"),
)
Counts = dict[tuple[str, str], dict[str, int]]
"""(export, delivery) -> column -> count"""


@dataclass(frozen=True)
class Share:
    """The patient's share of meta.loads and quality.ledger, and the rules' results on the patient's rows.

    `violations` are those in the site's scorecard, by Kahn category and table.
    """

    loads: Counts
    ledger: Counts
    results: list[Result]
    violations: dict[tuple[str, str], int]


class Contribution:
    """The rows of the patients in all deliveries of the site. `ids` are the patients that were found."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        site: str,
        arrivals: list[Arrival],
        missing: dict[int, list[str]],
        notes: Notes,
    ):
        self._con, self._site, self._notes = con, site, notes
        self._arrivals = {(a.export, a.delivery): a for a in arrivals}
        self._missing = missing

    @property
    def ids(self) -> set[str]:
        """Return the patients whose rows the archive holds."""
        found = " UNION ".join(f"SELECT patient_id FROM {GATHERED}.{name}" for name in EXPORTS)  # noqa: S608 (own names)
        return {p for (p,) in self._con.execute(found).fetchall()}

    @property
    def n_rows(self) -> int:
        """Return the number of their rows in all deliveries."""
        counts = " UNION ALL ".join(f"SELECT count(*) AS n FROM {GATHERED}.{name}" for name in TABLES)  # noqa: S608
        row = self._con.execute(f"SELECT sum(n)::BIGINT FROM ({counts})").fetchone()  # noqa: S608 (own names)
        return int(row[0]) if row else 0

    def share_of(self, deliveries: list[tuple[str, str]], modes: dict[str, str]) -> Share:
        """Return the share in a registry with these accepted deliveries (export, name) and these modes."""
        con = self._con
        arrivals = [self._arrivals[place] for place in deliveries if place in self._arrivals]
        _empty(con)
        create_schemas(con)
        tables.create_tables(con)
        answers.create_table(con)
        numbers = ", ".join(str(a.load_no) for a in arrivals) or "NULL"
        for name in EXPORTS:
            chosen = f"FROM {GATHERED}.{name} WHERE row_id >> {tables.LINE_BITS} IN ({numbers})"
            con.execute(f"INSERT INTO raw.{name} {chosen}")
        con.execute(f"INSERT INTO raw.{ANSWERS} FROM {GATHERED}.{ANSWERS} WHERE load_no IN ({numbers})")
        for arrival in arrivals:
            received = 0 if arrival.export == ANSWERS else self._rows_in(arrival)  # a sheet has no rows of its own
            loaded = tables.Loaded(received, missing=self._missing.get(arrival.load_no, []))
            tables.record(con, arrival, "accepted", None, loaded)
        write_history(con, {self._site: SiteConfig(modes)})
        clean(con, notes=self._notes)
        write_ledger(con)
        loads = self._counts("meta.loads", LOADS)
        for arrival in arrivals:
            loads[arrival.export, arrival.delivery]["rows_erased"] = -self._rows_in(arrival)
        results = row_results(con)
        write_results(con, results)
        write_scorecard(con)
        violations = con.execute(
            "SELECT kahn_category, table_name, n_violations FROM quality.scorecard WHERE site = ?", [self._site]
        ).fetchall()
        by_category = {(category, table): n for category, table, n in violations}
        return Share(loads, self._counts("quality.ledger", LEDGER), results, by_category)

    def _rows_in(self, arrival: Arrival) -> int:
        """Return the number of the patients' rows, or answered lines, in the arrival's file."""
        load_no = "load_no" if arrival.export == ANSWERS else f"row_id >> {tables.LINE_BITS}"
        row = self._con.execute(
            f"SELECT count(*) FROM {GATHERED}.{arrival.export} WHERE {load_no} = ?",  # noqa: S608 (own names)
            [arrival.load_no],
        ).fetchone()
        return int(row[0]) if row else 0

    def _counts(self, table: str, names: tuple[str, ...]) -> Counts:
        rows = self._con.execute(f"SELECT export, delivery, {', '.join(names)} FROM {table}").fetchall()  # noqa: S608
        return {(row[0], row[1]): dict(zip(names, row[2:], strict=True)) for row in rows}


def _empty(con: duckdb.DuckDBPyConnection) -> None:
    schemas = con.execute(
        "SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database() AND NOT internal "
        "AND schema_name NOT IN ('main', ?)",
        [GATHERED],
    ).fetchall()
    for (schema,) in schemas:
        con.execute(f"DROP SCHEMA {schema} CASCADE")


@contextmanager
def contribution(home: Home, site: str, match: Match) -> Iterator[Contribution]:
    """Gather the rows of the patients whom `match` finds from every archived file of the site."""
    archive = Archive(home)
    arrivals = [a for a in archive.arrivals if a.site == site and a.export in (*EXPORTS, ANSWERS)]
    with duckdb.connect(config=settings(home.scratch)) as con:
        con.execute(f"CREATE SCHEMA {GATHERED}")
        create_schemas(con)
        tables.create_tables(con)
        answers.create_table(con)
        for name in (*EXPORTS, ANSWERS):
            con.execute(f"CREATE TABLE {GATHERED}.{name} AS FROM raw.{name} LIMIT 0")
        missing = {a.load_no: _gather(con, archive, a, match) for a in arrivals if a.content_sha256 is not None}
        yield Contribution(con, site, arrivals, missing, read_or_problem(home))


def _gather(con: duckdb.DuckDBPyConnection, archive: Archive, arrival: Arrival, match: Match) -> list[str]:
    """Gather the patients' rows of one file and return the columns that it lacks; an unreadable file added no rows."""
    try:
        with archive.plain(arrival) as path:
            if arrival.export == ANSWERS:
                lines = lines_of_sheet(path, arrival.site, arrival.tombstone is not None)
                answers.insert(con, arrival, lines_of_patients(lines, match))
                con.execute(f"INSERT INTO {GATHERED}.{ANSWERS} FROM raw.{ANSWERS}; DELETE FROM raw.{ANSWERS}")  # noqa: S608
                return []
            export = EXPORTS[arrival.export]
            source = open_kept(con, path) if arrival.tombstone else open_source(con, path)
            rows, _ = tables.select_rows(export, source, arrival)
            cell = cells.patient_cell(export, source.header)
            if found := patients_in(con, source, cell, match):
                listed = ", ".join(sql_text(p) for p in sorted(found))
                with rejecting.rejecting():
                    con.execute(
                        f"INSERT INTO {GATHERED}.{export.name} SELECT * FROM ({rows}) WHERE patient_id IN ({listed})"  # noqa: S608
                    )
            return tables.missing_columns(export, source.header)
    except DeliveryRejected:
        return []
    except Exception as error:
        if says_nothing_of_the_file(error) or isinstance(error, NO_MEMORY):
            raise
        return []
