"""Computes what a patient added to the counts of each delivery, in a database with nothing but the patient's own rows.

The rows are read from the archive and go through history, rules and ledger. Everything from raw to clean is a function
of one patient's raw rows, so the result is exactly the patient's share of every sum; erase_from_release.py subtracts
it. The database is in memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from schemas.rule_book import OURS, RuleBook
from warehouse.archive import corrections, thread_log
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.clean.clean import clean, write_history
from warehouse.clean.ledger import write_ledger
from warehouse.intake.configs_in_force import site_file_in_force
from warehouse.intake.deliveries import by_file, deliveries_under, ways_of_reading
from warehouse.intake.exceptions_file import Notes, read_or_problem
from warehouse.intake.site_config import SiteConfig
from warehouse.quality.result import Result
from warehouse.quality.row_results import row_results
from warehouse.quality.rule_results import write_results
from warehouse.quality.scorecard import write_scorecard
from warehouse.queries.closed_threads import write_closures
from warehouse.raw import answers, retracted, tables
from warehouse.raw.opened import Opened, open_delivery
from warehouse.readers import rejecting
from warehouse.redaction.delivered_file import DeliveredFile, delivered_file
from warehouse.redaction.redact_file import lines_of_patients, lines_of_sheet
from warehouse.redaction.whose_rows import Match, best_read, find_rows, only_theirs, read_tables
from warehouse.sources.deliveries import arrival_no
from warehouse.storage.connection import create_schemas, settings
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.faults import NO_MEMORY, says_nothing_of_the_file
from warehouse.storage.home import Home
from warehouse.storage.rule_table import write_rules

GATHERED = "gathered"
IN_FORCE = "in force"
"""Stands for the SHA-256 of the site.toml in force."""
LOADS = ("rows_received", "duplicate", "conflicting", "unchanged", "new", "changed", "keys_withdrawn", "rows_erased")
LEDGER = (
    *("rows_received", "duplicate", "conflicting", "unchanged", "new", "changed", "current", "superseded", "withdrawn"),
    *("in_clean", "in_quarantine", "in_both", "conflicting_in_quarantine"),
)
Counts = dict[tuple[str, str], dict[str, int]]
"""(export, delivery) -> column -> count"""
LeftOut = dict[tuple[str, str], dict[str, int]]
"""(export, delivery) -> reason -> count"""


@dataclass(frozen=True)
class Share:
    """The patient's share of meta.loads and quality.ledger, and the rules' results on the patient's rows.

    `left_out` counts their rows that are not of the export. `violations` are those in the site's scorecard, by Kahn
    category and table.
    """

    loads: Counts
    ledger: Counts
    results: list[Result]
    violations: dict[tuple[str, str], int]
    left_out: LeftOut = field(default_factory=dict)


@dataclass
class Gathered:
    """What was found of the patients: their ids, by delivery (load_no) what is known of their rows, and by file the
    number of rows, or answered lines, that are theirs.
    """

    ids: set[str] = field(default_factory=set)
    loaded: dict[int, tables.Loaded] = field(default_factory=dict)
    n_delivered: dict[int, int] = field(default_factory=dict)


class Contribution:
    """The rows of the patients in all files of the site. `ids` are the patients that were found, `n_rows` their rows.

    Rows are gathered as one site.toml and the merges of one time read them: those of the release whose counts are asked
    for.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, archive: Archive, site: str, match: Match, notes: Notes):
        self._con, self._archive, self._site, self._match, self._notes = con, archive, site, match, notes
        self._in_force = site_file_in_force(archive, site)
        self._corrected = [one for one in archive.corrected if one.site == site]
        self._gather(self._in_force, archive.aliases(site))
        found = self._gathered.n_delivered | self._counted_as_earlier()
        self.ids, self.n_rows = set(self._gathered.ids), sum(found.values())

    def _gather(self, site_file: str | None, aliases: corrections.Aliases) -> None:
        """Gather the patients' rows of every file, read as the site.toml with that SHA-256 and the merges say."""
        con = self._con
        con.execute(f"DROP SCHEMA IF EXISTS {GATHERED} CASCADE; CREATE SCHEMA {GATHERED}")
        _empty(con)
        create_schemas(con)
        tables.create_tables(con)
        answers.create_table(con)
        for name in (*EXPORTS, *(f"{name}_gone" for name in EXPORTS), ANSWERS):
            con.execute(f"CREATE TABLE {GATHERED}.{name} AS FROM raw.{name} LIMIT 0")
        deliveries = deliveries_under(self._archive, self._site, site_file)
        self._deliveries = {(a.export, a.delivery): a for a in deliveries}
        self._gathered, self._as_read_by = Gathered(), (site_file, aliases)
        for number, of_file in by_file(deliveries).items():
            if of_file[0].content_sha256 is not None:
                file = delivered_file(self._archive, of_file)
                _gather(con, self._archive, number, file, self._match, self._gathered, aliases)

    def _counted_as_earlier(self) -> dict[int, int]:
        """Count the patients' rows in files that only an earlier site.toml reads, by the files' numbers."""
        found = {}
        for number, ways in ways_of_reading(self._archive, self._site).items():
            first = ways[0][0]
            if number in self._gathered.n_delivered or first.content_sha256 is None or len(ways) == 1:
                continue
            is_kept = first.tombstone is not None
            read_as = [delivered_file(self._archive, deliveries) for deliveries in ways]
            with self._archive.plain(first) as path, _unreadable_is_empty():
                file = best_read(self._con, path, read_as, is_kept)
                theirs = find_rows(self._con, read_tables(self._con, path, file, is_kept), self._match)
                self._gathered.ids |= theirs.ids
                found[number] = theirs.rows
        return found

    def share_of(
        self,
        deliveries: list[tuple[str, str]],
        modes: dict[str, str],
        site_file: str | None = IN_FORCE,
        book: RuleBook = OURS,
        n_corrections: int | None = None,
    ) -> Share:
        """Return the share in a registry with these accepted deliveries (export, name), modes and rules.

        `site_file` is the SHA-256 of the site.toml that its deliveries were read with, None without one;
        `n_corrections` says how many of the site's corrections it was made with, None for all.
        """
        site_file = self._in_force if site_file == IN_FORCE else site_file
        corrected = self._corrected[:n_corrections]
        aliases = corrections.aliases(corrected, self._site)
        if (site_file, aliases) != self._as_read_by:
            self._gather(site_file, aliases)
        con = self._con
        found = [self._deliveries[place] for place in deliveries if place in self._deliveries]
        _empty(con)
        create_schemas(con)
        tables.create_tables(con)
        answers.create_table(con)
        numbers = ", ".join(str(a.load_no) for a in found) or "NULL"
        for name in EXPORTS:
            chosen = f"FROM {GATHERED}.{name} WHERE row_id >> {tables.LINE_BITS} IN ({numbers})"
            con.execute(f"INSERT INTO raw.{name} {chosen}")
            con.execute(f"INSERT INTO raw.{name}_gone FROM {GATHERED}.{name}_gone WHERE load_no IN ({numbers})")
        con.execute(f"INSERT INTO raw.{ANSWERS} FROM {GATHERED}.{ANSWERS} WHERE load_no IN ({numbers})")
        for one in found:  # a sheet has no rows of its own
            tables.record(con, one, "accepted", None, self._gathered.loaded.get(one.load_no, tables.NOTHING))
        write_rules(con, book)
        write_closures(con, thread_log.read(self._archive.home))
        retracted.write(con, corrected, self._archive.arrivals)
        write_history(con, {self._site: SiteConfig(modes)})
        clean(con, notes=self._notes)
        write_ledger(con)
        loads = self._counts("meta.loads", LOADS)
        for one in found:
            loads[one.export, one.delivery]["rows_erased"] = -self._n_delivered(one)
        results = row_results(con)
        write_results(con, results)
        write_scorecard(con)
        violations = con.execute(
            "SELECT kahn_category, table_name, n_violations FROM quality.scorecard WHERE site = ?", [self._site]
        ).fetchall()
        by_category = {(category, table): n for category, table, n in violations}
        left_out = {
            (one.export, one.delivery): dict(self._gathered.loaded[one.load_no].left_out)
            for one in found
            if one.load_no in self._gathered.loaded
        }
        return Share(loads, self._counts("quality.ledger", LEDGER), results, by_category, left_out)

    def _n_delivered(self, delivery: Arrival) -> int:
        """Return the number of the patients' rows, or answered lines, in the delivery's file."""
        return self._gathered.n_delivered.get(arrival_no(delivery.load_no), 0)

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
    with duckdb.connect(config=settings(home.scratch)) as con:
        yield Contribution(con, Archive(home), site, match, read_or_problem(home))


def _gather(
    con: duckdb.DuckDBPyConnection,
    archive: Archive,
    number: int,
    file: DeliveredFile,
    match: Match,
    gathered: Gathered,
    aliases: corrections.Aliases,
) -> None:
    """Gather the patients' rows of one file. An unreadable file added no rows."""
    first = file.deliveries[0]
    is_kept = first.tombstone is not None
    with archive.plain(first) as path, _unreadable_is_empty():
        if file.is_sheet:
            lines = lines_of_patients(lines_of_sheet(path, file.site, is_kept), match)
            answers.insert(con, first, lines)
            con.execute(f"INSERT INTO {GATHERED}.{ANSWERS} FROM raw.{ANSWERS}; DELETE FROM raw.{ANSWERS}")  # noqa: S608
            gathered.n_delivered[number] = len(lines)
            return
        read = read_tables(con, path, file, is_kept)
        found = find_rows(con, read, match)
        gathered.ids |= found.ids
        gathered.n_delivered[number] = found.rows
        for delivery in file.deliveries:
            with _unreadable_is_empty():
                opened = open_delivery(con, path, delivery, file.dictionaries, partial(only_theirs, read))
                gathered.loaded[delivery.load_no] = _insert(con, opened, delivery, aliases)


def _insert(
    con: duckdb.DuckDBPyConnection, opened: Opened, delivery: Arrival, aliases: corrections.Aliases
) -> tables.Loaded:
    """Insert the patients' rows of a delivery into the gathered ones and return what is known of them."""
    export = EXPORTS[delivery.export]
    rows, unknown = tables.select_rows(export, opened.source, delivery, aliases)
    with rejecting.rejecting():
        row = con.execute(f"INSERT INTO {GATHERED}.{export.name} {rows}").fetchone()
        if opened.gone is not None:
            gone = tables.gone_keys(export, opened.gone, delivery, aliases)
            con.execute(f"INSERT INTO {GATHERED}.{export.name}_gone {gone}")
    return tables.facts_of(con, export, opened, int(row[0]) if row else 0, unknown)


@contextmanager
def _unreadable_is_empty() -> Iterator[None]:
    """Pass over a file that cannot be read; raise what says nothing of the file."""
    try:
        yield
    except DeliveryRejected:
        return
    except Exception as error:
        if says_nothing_of_the_file(error) or isinstance(error, NO_MEMORY):
            raise
