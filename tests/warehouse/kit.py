"""A registry home for the warehouse tests: delivers files into it, refreshes it and queries it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.clean import clean, ledger
from warehouse.held_deliveries.hold_back import hold_back
from warehouse.held_deliveries.waiting_deliveries import asked_now
from warehouse.incremental import change_log
from warehouse.intake import landing, landing_problems
from warehouse.intake.configs_in_force import SITE_FILE, site_configs
from warehouse.intake.deliveries import confirmed, site_deliveries
from warehouse.intake.exceptions_file import read_or_problem
from warehouse.raw import tables
from warehouse.raw.answers import load_answers
from warehouse.raw.changed_mappings import take_out_others
from warehouse.raw.merged import follow_merges
from warehouse.raw.retracted import write_retracted
from warehouse.raw.screen_again import screened_deliveries
from warehouse.storage.connection import open_build
from warehouse.storage.home import Home

Row = dict[str, Any]

SITE = "north"
EXTRACT = "2024-06-30"
"""The date in the names of the kit's files, and so their extract date."""


class Kit:
    """A registry's home with its build database open.

    `deliver` puts a file into landing/, `land` takes what waits into the archive, `refresh` does that and then
    loads, cleans and balances. `rows` asks.
    """

    def __init__(self, home: Home, con: Any):
        self.home = home
        self.con = con
        self.problems: list[tuple[str, str]] = []

    def deliver(self, site: str, export: str, name: str, content: str | bytes) -> Path:
        """Put one file into landing/<site>/<export>/, replacing one of that name."""
        path = self.home.landing / site / export / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def configure(self, site: str, text: str | bytes) -> None:
        """Write the site's site.toml."""
        path = self.home.landing / site / SITE_FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def land(self) -> list[str]:
        """Take what waits into the archive; the places of what could not be taken."""
        landed = landing.land(self.home, Archive(self.home))
        self.problems = landed.problems
        return [place for place, _ in landed.problems]

    def refresh(self, full: bool = False) -> Kit:
        """Land, load, clean, as the nightly job does; the ledger must balance."""
        self.land()
        archive = Archive(self.home)
        if full:
            tables.drop_tables(self.con)
            change_log.reset_all_watermarks(self.con)
        tables.create_tables(self.con)
        deliveries = screened_deliveries(self.con, archive)
        take_out_others(self.con, deliveries)
        follow_merges(self.con, archive)
        loaded = tables.loaded_numbers(self.con)
        for arrival in deliveries:
            if arrival.load_no not in loaded:
                load = load_answers if arrival.export == ANSWERS else tables.load_arrival
                load(self.con, archive, arrival)
        self.con.begin()
        hold_back(self.con, site_configs(archive), confirmed(archive))
        write_retracted(self.con, archive)
        clean.write_history(self.con, site_configs(archive))
        landing_problems.write_problems(self.con, self.problems)
        self.con.commit()
        clean.clean_due_patients(self.con, "this code", notes=read_or_problem(self.home))
        assert ledger.unbalanced(self.con) == []
        return self

    def confirm(self, file: str, site: str = SITE) -> Kit:
        """Somebody confirms a delivery that waits."""
        archive = Archive(self.home)
        arrival = decisions.find_arrival(site_deliveries(archive), site, file, asked_now(self.con))
        decisions.decide(self.home, arrival, decisions.CONFIRM, "A. Miller")
        return self

    def rows(self, sql: str, *parameters: object) -> list[Row]:
        """The rows of a query as dicts."""
        cursor = self.con.execute(sql, list(parameters))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def tuples(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query as tuples."""
        return self.con.execute(sql, list(parameters)).fetchall()

    def value(self, sql: str, *parameters: object) -> Any:
        """The one value of a query; None where it has no row."""
        row = self.con.execute(sql, list(parameters)).fetchone()
        return None if row is None else row[0]

    def load(self, delivery: str, site: str = SITE) -> Row:
        """The delivery's row of meta.loads."""
        (row,) = self.rows("SELECT * FROM meta.loads WHERE site = ? AND delivery = ?", site, delivery)
        return row

    def entries(self, table: str = "quarantine") -> list[Row]:
        """The entries of quality.quarantine (or resolved), in a fixed order."""
        return self.rows(f"SELECT * FROM quality.{table} ORDER BY site, export, delivery, line, rule_id, column_name")


FOR_MANY_ROWS = "statistics_propagation,join_order,common_subplan,sum_rewriter,duplicate_groups"
"""Optimizers that only choose among equal plans; planning takes more than half of a small refresh."""


@contextmanager
def open_small_build(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build database of a few rows: one thread, since handing such queries to two costs a sixth more, and without
    what the optimizer computes for many rows alone. It still rewrites expressions and moves filters, which decides
    what is evaluated; tests of whole refreshes use all of it.
    """
    with open_build(home) as con:
        con.execute("SET threads = 1")
        con.execute(f"SET disabled_optimizers = '{FOR_MANY_ROWS}'")
        yield con


@contextmanager
def new_kit(root: Path) -> Iterator[Kit]:
    """A Kit whose home lies at `root`."""
    home = Home(root).create()
    with open_small_build(home) as con:
        yield Kit(home, con)


DEFAULTS: dict[str, dict[str, str]] = {
    "patients": {"patient_id": "P1"},
    "rfa_sessions": {
        "patient_id": "P1",
        "session_id": "S1",
        "session_date": "2020-01-01",
        "lesion_id": "L1",
        "max_diameter_mm": "20",
    },
    "genotypes": {
        "patient_id": "P1",
        "specimen_id": "X1",
        "specimen_site": "primary",
        "gene": "KRAS",
        "result": "wild_type",
    },
    "imaging_followups": {
        "patient_id": "P1",
        "exam_id": "E1",
        "exam_date": "2020-03-01",
        "modality": "ct",
        "contrast_enhanced": "yes",
        "lesion_id": "L1",
        "lesion_status": "no_viable",
    },
    "treatments": {"patient_id": "P1", "treatment_id": "T1", "kind": "systemic", "start_date": "2020-06-01"},
}
"""For each export a row that keeps every rule; a test says only what it changes."""


def row_of(export: str, **cells: str) -> dict[str, str]:
    """A row of the export that keeps every rule, but for `cells`."""
    unknown = set(cells) - set(EXPORTS[export].column_names)
    assert not unknown, f"{export} has no columns {sorted(unknown)}"
    return DEFAULTS[export] | cells


def csv_of(rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> str:
    """CSV of the rows; the header is the union of their columns, every cell is quoted where it must be."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines = [header, *([row.get(name, "") for name in header] for row in rows)]
    return "".join(delimiter.join(_quoted(cell, delimiter) for cell in line) + "\n" for line in lines)


def _quoted(cell: str, delimiter: str) -> str:
    needs = any(character in cell for character in (delimiter, '"', "\n", "\r"))
    return '"' + cell.replace('"', '""') + '"' if needs else cell


def named(export: str, label: str = "") -> str:
    """A file name with the kit's extract date."""
    return f"{EXTRACT}_{export}{label}.csv"
