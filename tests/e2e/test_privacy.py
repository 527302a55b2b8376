"""No patient's value appears in logs, Dagster's events, messages, manifest or report.

The study and a site whose every cell is marked go through a refresh, and through refreshes that fail in the middle of a
step. Then every byte that is not part of a table is searched.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import assets.clean
from schemas.exports import EXPORTS
from tests.e2e.demonstration import copy_of
from tests.e2e.marked_site import DATE_AND_NUMBER_MARKS, MARKS, SITE, WORD, deliver
from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import EVERYTHING, FEW_ANALYSES, WITH_HISTORY, Makes
from tests.variants import quick
from warehouse.refresh import bring_up_to_date
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.connection import read_build
from warehouse.storage.home import Home
from workflows.release_products import DATA_DOCS, MORNING_NOTE, PAGE


class Marked:
    """The home, the number of files it must reject, and everything that its commands wrote."""

    def __init__(self, home: Home, n_rejected: int) -> None:
        self.home, self.n_rejected = home, n_rejected
        self.ran: dict[str, Ran] = {}

    def run(self, name: str, *words: str, makes: Makes = WITH_HISTORY) -> Ran:
        """Run a command and keep what it wrote."""
        self.ran[name] = run_here(self.home.root, *words, makes=makes)
        return self.ran[name]


RELEASES = {
    "few analyses": ("light_study", Makes((PAGE, DATA_DOCS, MORNING_NOTE), FEW_ANALYSES, has_history=True)),
    "everything": ("demonstration", EVERYTHING),
}


@pytest.fixture(scope="module", params=quick(1, RELEASES))
def marked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    """A released home with the marked site, after two more refreshes that failed inside a step."""
    study, makes = RELEASES[request.param]
    home = copy_of(request.getfixturevalue(study), tmp_path_factory.mktemp("marked"))
    found = Marked(home, deliver(home.landing))
    found.run("refresh", "refresh", makes=makes)
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(bring_up_to_date, "derive", _quoting(bring_up_to_date.derive))
        found.run("refresh with a cell in DuckDB's message", "refresh", "--full")
        found.duckdb_report = home.error_report.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(assets.clean, "clean_due_patients", _raising)
        found.run("refresh with a cell in an exception and its cause", "refresh", "--full")
        found.python_report = home.error_report.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    found.run("status", "status")
    found.run("releases", "releases")
    found.run("query that fails", "query", "SELECT guidance::INTEGER FROM clean.rfa_sessions")
    found.run("loads", "query", "FROM meta.loads", "--format", "csv")
    yield found


def _quoting(derive: Callable) -> Callable:
    """Fail with DuckDB's own message, which quotes a cell that cannot be converted."""

    def fails(con, table: str) -> None:
        if table == "patient_genotype":
            con.execute("SELECT variant::INTEGER FROM clean.genotypes WHERE variant LIKE 'zqmark%'").fetchall()
        derive(con, table)

    return fails


def _raising(*_) -> None:
    """Fail with an exception whose message, cause and local variables hold cells."""
    cell = f"{WORD} local 23.7182818"
    try:
        raise KeyError(cell)
    except KeyError as error:
        raise RuntimeError(f"{cell} on 2018-01-19") from error


def marks_in(data: bytes) -> list[str]:
    """The marks that the bytes hold, in upper or lower case."""
    lowered = data.lower()
    return [mark for mark in MARKS if mark.encode() in lowered]


def test_the_marks_are_in_the_tables(marked: Marked) -> None:
    """The search has something to find: every mark is in a clean table, or in its raw row in the build database."""
    with open_release(find_release(marked.home)) as con:
        held = " ".join(
            str(row)
            for table in (f"clean.{name}" for name in EXPORTS)
            for row in con.execute(f"SELECT to_json(t)::VARCHAR FROM {table} t WHERE site = '{SITE}'").fetchall()
        )
        aside = str(con.execute(f"SELECT \"row\" FROM quality.quarantine WHERE site = '{SITE}'").fetchall())
        columns = {c for (c,) in con.execute("SELECT DISTINCT column_name FROM quality.quarantine").fetchall()}
    assert [mark for mark in DATE_AND_NUMBER_MARKS if mark not in held] == []
    assert WORD in held and f"{WORD} in segment" not in aside and f"{WORD} ward" not in aside
    with read_build(marked.home) as con:
        whole = str(con.execute(f"SELECT \"row\" FROM quality.quarantine WHERE site = '{SITE}'").fetchall())
    assert f"{WORD} in segment" in whole and f"{WORD} ward" in whole
    assert len(columns) > 30


def test_no_byte_of_a_release_holds_what_was_set_aside(marked: Marked) -> None:
    """No file of the release, not even the free blocks of its database, holds unknown columns or cells that a rule has
    set aside; the build database holds them."""
    planted = [f"{WORD} ward", f"{WORD} in segment", f"{WORD} in ecog", f"{WORD} in exam_date", f"{WORD} otherwise"]
    release = find_release(marked.home)
    for file in (path for path in release.folder.rglob("*") if path.is_file()):
        data = file.read_bytes().lower()
        assert [mark for mark in planted if mark.encode() in data] == [], file.name
    with open_release(release) as con:
        tables = con.execute("SELECT table_schema || '.' || table_name FROM information_schema.tables").fetchall()
        cells = " ".join(str(con.execute(f"FROM {name}").fetchall()) for (name,) in tables)
    assert [mark for mark in planted if mark in cells] == []
    build = marked.home.build_database.read_bytes()
    assert f"{WORD} ward".encode() in build or b"ward" in build


def test_the_query_sheet_holds_what_was_set_aside(marked: Marked, tmp_path: Path) -> None:
    """The site's own sheet shows its rows as they were delivered; no sheet is made for an older release."""
    from openpyxl import load_workbook

    sheet = tmp_path / "sheet.xlsx"
    assert marked.run("queries", "queries", SITE, "--out", str(sheet)).code == 0
    rows = " ".join(str(cell.value) for row in load_workbook(sheet)["queries"].iter_rows() for cell in row)
    assert f"{WORD} in segment" in rows and f"{WORD} ward" in rows
    older = marked.run("older", "queries", SITE, "--out", str(tmp_path / "b.xlsx"), "--release", "1999")
    assert older.code == 1 and older.complaint


def test_commands_end_as_they_should(marked: Marked) -> None:
    """The refresh with broken rows and files makes a release; those with a broken step fail."""
    refresh = marked.ran["refresh"]
    assert refresh.code == 0 and refresh.text.startswith("Released ")
    assert f"rejected deliveries: {marked.n_rejected}" in refresh.text
    failed = [ran for name, ran in marked.ran.items() if name.startswith("refresh with")]
    assert [ran.code for ran in failed] == [1, 1] and all("last_error.txt" in ran.complaint for ran in failed)


def test_the_failures_did_quote_cells(marked: Marked) -> None:
    """The owner's own error report, mode 0600, holds the cells that the failures quoted."""
    assert WORD in marked.duckdb_report and "ConversionException" in marked.duckdb_report  # type: ignore[attr-defined]
    assert f"{WORD} local" in marked.python_report  # type: ignore[attr-defined]
    assert marked.home.error_report.stat().st_mode & 0o777 == 0o600


def test_what_commands_wrote_holds_no_value(marked: Marked) -> None:
    """Standard output and standard error of every command are free of marks."""
    assert {name: found for name, ran in marked.ran.items() if (found := marks_in(ran.out + ran.err))} == {}


def test_dagster_holds_no_value(marked: Marked) -> None:
    """No file in dagster/ (event store, run store, compute logs) contains a mark."""
    files = [p for p in marked.home.dagster.rglob("*") if p.is_file()]
    assert any(b"Cleaning failed (RuntimeError)" in p.read_bytes() for p in files)  # the failures are told there
    assert {p.name: found for p in files if (found := marks_in(p.read_bytes()))} == {}


def test_manifest_and_report_hold_no_value(marked: Marked) -> None:
    """manifest.json and report.html of the release with the marked site are free of marks."""
    release = find_release(marked.home)
    for file in (release.folder / "manifest.json", release.report):
        data = file.read_bytes()
        assert b"2022-01-31_patients_synthetic.csv" in data, "the marked site is spoken of"
        assert marks_in(data) == [], file.name


def test_reasons_of_rejected_files_hold_no_value(marked: Marked) -> None:
    """Every broken file is rejected with a reason that does not quote the file."""
    with open_release(find_release(marked.home)) as con:
        reasons = con.execute("SELECT delivery, reason FROM meta.loads WHERE status = 'rejected'").fetchall()
        loads = str(con.execute("FROM meta.loads").fetchall())
    assert len(reasons) == marked.n_rejected and all(reason and reason.endswith((".", "?")) for _, reason in reasons)
    assert marks_in(loads.encode()) == []


def test_archive_log_and_lock_hold_no_value(marked: Marked) -> None:
    """The log of arrivals and the lock name files and processes, never cells."""
    for file in (marked.home.archive / "arrivals.ndjson", marked.home.lock_file):
        assert marks_in(file.read_bytes()) == [], file.name


def test_readers_kept_the_release(marked: Marked) -> None:
    """After the failed refreshes the release with the marked site is still current."""
    release = find_release(marked.home)
    assert time.time() - release.database.stat().st_mtime < 3600
    assert marked.ran["refresh"].text.split()[1] == release.release_id
    assert Path(marked.home.current).resolve() == release.folder
