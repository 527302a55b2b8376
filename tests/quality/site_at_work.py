"""A small site for the tests of exceptions and query sheets: deliveries, refreshes without statistics, answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import openpyxl

from tests.warehouse.kit import open_small_build
from warehouse.archive import thread_log
from warehouse.clean.clean import clean_due_patients
from warehouse.clean.ledger import unbalanced
from warehouse.intake.exceptions_file import read_or_problem
from warehouse.queries.open_entries import Terms, open_entries
from warehouse.queries.query_sheet import write_sheet
from warehouse.readers.answered_sheet import ANSWERED, COLUMNS
from warehouse.releases.release import content, content_hash
from warehouse.storage.home import Home
from workflows.load_deliveries import load_deliveries

SITE = "st-anna"
SESSION_HEADER = "patient_id,session_id,session_date,lesion_id,max_diameter_mm,segment,power_w"
ANSWER_COLUMNS = {name: COLUMNS.index(name) + 1 for name in ANSWERED}


class Site:
    """A registry's home with one site, `st-anna`."""

    def __init__(self, root: Path):
        self.home = Home(root)
        self.home.create()
        self._sheets = 0

    def deliver(self, export: str, name: str, *lines: str) -> None:
        """Put a CSV of these lines, header first, into landing/."""
        folder = self.home.landing / SITE / export
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def sessions(self, name: str, *lines: str) -> None:
        """Deliver rows of rfa_sessions."""
        self.deliver("rfa_sessions", name, SESSION_HEADER, *lines)

    def refresh(self, full: bool = False) -> str:
        """From landing to quarantine, the sums checked; the content hash of what was made."""
        with self.build() as con:
            load_deliveries(con, self.home, full)
            clean_due_patients(con, "this code", notes=read_or_problem(self.home))
            assert unbalanced(con) == []
            return content_hash(content(con))

    @contextmanager
    def build(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The build database."""
        with open_small_build(self.home) as con:
            yield con

    def ask(self, sql: str) -> list[tuple]:
        """Rows of a query on the build database."""
        with self.build() as con:
            return con.execute(sql).fetchall()

    def open_rules(self) -> list[str]:
        """Rules of the open entries, sorted."""
        return [rule for (rule,) in self.ask("SELECT rule_id FROM quality.quarantine ORDER BY ALL")]

    def sheet(self, terms: Terms | None = None) -> "Sheet":
        """The site's query sheet, opened as the site would; without terms, a draft."""
        self._sheets += 1
        path = self.home.root / f"asked-{self._sheets}.xlsx"
        with self.build() as con:
            entries = open_entries(con, SITE, events=thread_log.read(self.home), terms=terms)
            write_sheet(path, SITE, "a release", entries)
        return Sheet(path)

    def hand_back(self, sheet: "Sheet", name: str) -> None:
        """Save the answered sheet into the site's answers folder."""
        folder = self.home.landing / SITE / "answers"
        folder.mkdir(parents=True, exist_ok=True)
        sheet.book.save(folder / name)

    def answers(self) -> list[tuple]:
        """(line, answer, status, reason) of every answer."""
        return self.ask("SELECT line, answer, status, reason FROM quality.answers ORDER BY site, delivery, line")


class Sheet:
    """A query sheet in the hands of a site."""

    def __init__(self, path: Path):
        self.book = openpyxl.load_workbook(path)
        self.queries = self.book["queries"]

    def line(self, rule: str, column: str | None = None) -> int:
        """Row of the sheet with the only query of that rule, and column."""
        found = [
            row[0].row
            for row in self.queries.iter_rows(min_row=2)
            if row[6].value == rule and column in (None, row[7].value)
        ]
        assert len(found) == 1, f"{len(found)} queries of {rule}"
        return found[0]

    def answer(
        self, rule: str, answer: str, corrected: object = None, column: str | None = None, **cells: object
    ) -> int:
        """Answer the query of that rule; the sheet's row."""
        row = self.line(rule, column)
        said = {"answer": answer, "corrected value": corrected, "answered by": "Dr. A", "answered on": "2024-02-01"}
        said |= {name.replace("_", " "): value for name, value in cells.items()}
        for name, value in said.items():
            self.queries.cell(row, ANSWER_COLUMNS[name]).value = value
        return row
