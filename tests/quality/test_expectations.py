"""Tests the expectations at their bounds: a number on the bound passes, one just beyond it fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assets.expectations import check_result, expectations_asset
from tests.quality.sound_registry import N_PATIENTS, sound_registry
from tests.variants import quick
from warehouse.derived.build_order import tables_in
from warehouse.derived.completeness import IMAGING_TABLES, build_completeness
from warehouse.expectations import drift, frames, run
from warehouse.expectations.frames import HISTOGRAMS, MEASURES, Database, Observed
from warehouse.expectations.measured import Memory
from warehouse.expectations.suites import EXPECTATIONS, SUITES
from warehouse.storage.home import Home

GENOTYPE, LESIONS, LTP, PATIENT = (
    "derived.patient_genotype",
    "clean.lesions",
    "derived.lesion_ltp",
    "derived.patient_ltpfs",
)
IMAGING = "quality.lesion_imaging"
ONE_OF = "(SELECT rowid FROM {} ORDER BY rowid LIMIT {})"


@pytest.fixture(scope="module")
def registry() -> Iterator[duckdb.DuckDBPyConnection]:
    """The sound registry."""
    with sound_registry() as con:
        yield con


@pytest.fixture
def con(registry: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sound registry; what a test changes is taken back."""
    registry.begin()
    yield registry
    registry.rollback()


@pytest.fixture(scope="module")
def before() -> Iterator[Database]:
    """The same registry as the release before."""
    with sound_registry() as con:
        yield Database(con)


def statuses(con: duckdb.DuckDBPyConnection, before: Database | Observed = drift.NO_RELEASE) -> dict[str, set]:
    """status -> (table, name) of the expectations that have it, once the imaging tables have followed."""
    if "clean.lesions" in Database(con).columns:
        for table in IMAGING_TABLES:
            build_completeness(con, table)
    database = Database(con)
    judged, _ = run.judge(run.observe(database) | drift.observe_drift(database, before))
    found: dict[str, set] = {}
    for one in judged:
        found.setdefault(one.status, set()).add((one.expectation.table, one.expectation.name))
    return found


def set_first(con: duckdb.DuckDBPyConnection, table: str, change: str, n: int) -> None:
    """Change the first n rows of a table."""
    con.execute(f"UPDATE {table} SET {change} WHERE rowid IN {ONE_OF.format(table, n)}")


def test_every_expectation_has_a_measure_and_every_measure_an_expectation() -> None:
    """Declarations and SQL name the same (table, name), each once, in a suite that is described."""
    declared = [(e.table, e.name) for e in EXPECTATIONS]
    shown = drift.observe_drift(Database(duckdb.connect()), drift.NO_RELEASE)
    assert sorted(declared) == sorted([*frames.MEASURES, *frames.SHARES, *shown])
    assert len(declared) == len(set(declared))
    assert {e.suite for e in EXPECTATIONS} == set(SUITES)
    assert all(e.name.startswith("drift") == ((e.table, e.name) in shown) for e in EXPECTATIONS)


def test_each_measure_is_one_number(con: duckdb.DuckDBPyConnection) -> None:
    """A measure's SQL returns one row: of several, which one counts would be left to DuckDB."""
    for table in IMAGING_TABLES:
        build_completeness(con, table)
    for key, measure in MEASURES.items():
        source = measure.source or next(iter(measure.reads))
        rows = con.execute(f"SELECT {measure.n}, {measure.value} FROM {source}").fetchall()
        assert len(rows) == 1, key


@pytest.mark.long
def test_a_sound_registry_meets_them_and_drift_needs_an_earlier_release(con, before) -> None:
    """Nothing fails; without an earlier release exactly the drifts are not applicable, with one they pass."""
    alone = statuses(con)
    assert set(alone) == {"passed", "not applicable"}
    drifts = {(e.table, e.name) for e in EXPECTATIONS if e.name.startswith("drift")}
    assert alone["not applicable"] - drifts == {
        ("clean.genotypes", "report_date on the first of a month"),
        ("clean.genotypes", "report_date on 1 January"),
        ("clean.patients", "death_date on the first of a month"),
        ("clean.patients", "death_date on 1 January"),
        *(
            ("clean.rfa_sessions", f"{column} on {day}")
            for column in ("margin_exam_date", "referral_date", "decision_date")  # which this registry does not deliver
            for day in ("the first of a month", "1 January")
        ),
    }
    assert drifts <= statuses(con, before)["passed"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("table", "change", "n_allowed", "name"),
    quick(
        2,
        [
            (GENOTYPE, "kras = 'unknown'", 20, "KRAS known"),
            (GENOTYPE, "nras = 'unknown'", 20, "NRAS known"),
            (GENOTYPE, "braf = 'unknown'", 20, "BRAF known"),
            (LESIONS, "minimal_margin_mm = NULL", 40, "margin known"),
            (PATIENT, "last_contact_date = NULL", 0, "last contact known"),
            (LESIONS, "max_diameter_mm = 60", 10, "diameters from 5 to below 60 mm"),
            (LESIONS, "first_ablation_date = first_ablation_date - 90", 40, "first exam in time"),
        ],
    ),
)
def test_completeness_at_its_bound(con, table: str, change: str, n_allowed: int, name: str) -> None:
    """Of 200, as many as are allowed pass, and one more fails."""
    where = LTP if name == "first exam in time" else table
    set_first(con, table, change, n_allowed)
    assert "failed" not in statuses(con)
    set_first(con, table, change, n_allowed + 1)
    assert statuses(con)["failed"] == {(where, name)}


@pytest.mark.long
@pytest.mark.parametrize(
    ("table", "column", "values", "low", "high", "name"),
    quick(
        1,
        [
            (GENOTYPE, "kras", ("mutant", "wild_type"), 60, 110, "KRAS mutant"),
            (LTP, "ltp", (True, False), 10, 90, "lesions with LTP"),
            (LESIONS, "max_diameter_mm", (20, 40), 100, 190, "diameters below 30 mm"),
        ],
    ),
)
def test_frequencies_at_their_bounds(con, table, column, values, low: int, high: int, name: str) -> None:
    """Of 200, the smallest and largest allowed number pass; one fewer and one more fail."""
    for n, passes in ((low - 1, False), (low, True), (high, True), (high + 1, False)):
        con.execute(f"UPDATE {table} SET {column} = ?", [values[1]])
        con.execute(f"UPDATE {table} SET {column} = ? WHERE rowid IN {ONE_OF.format(table, n)}", [values[0]])
        assert statuses(con).get("failed", set()) == (set() if passes else {(table, name)}), n


@pytest.mark.long
def test_dates_that_heap_are_found(con) -> None:
    """Of 200 sessions 20 may be on the first of a month and 6 on 1 January, not one more."""
    table = "clean.rfa_sessions"
    for day, n, name in (("2019-05-01", 20, "the first of a month"), ("2019-01-01", 6, "1 January")):
        con.execute(f"UPDATE {table} SET session_date = DATE '2019-05-02'")
        set_first(con, table, f"session_date = DATE '{day}'", n)
        assert "failed" not in statuses(con)
        set_first(con, table, f"session_date = DATE '{day}'", n + 1)
        assert statuses(con)["failed"] == {(table, f"session_date on {name}")}


@pytest.mark.long
def test_intervals_that_are_too_short_or_too_long_are_found(con) -> None:
    """Exam days in one week, and gaps above 200 days, each fail once they are frequent."""
    table = "clean.imaging_followups"
    for days, name in ((4, "intervals below 7 days"), (250, "intervals below 200 days")):
        con.execute(f"UPDATE {table} SET exam_date = DATE '2020-03-02' + {days} * (line % 10 + line // 100)::INTEGER")
        assert (table, name) in statuses(con)["failed"]


@pytest.mark.long
def test_drift_of_rows_and_of_missing_values_at_its_bound(con, before) -> None:
    """A fifth fewer rows, or a fifth more missing values, is allowed; one more of 200 is not."""
    for n, passes in ((40, True), (41, False)):
        con.execute(
            f"DELETE FROM {PATIENT} WHERE rowid IN (SELECT rowid FROM {PATIENT} ORDER BY rowid DESC OFFSET ?)",
            [N_PATIENTS - n],
        )
        set_first(con, "clean.patients", "cea_ng_ml = NULL, sex = 'unknown'", n)
        failed = {key for key in statuses(con, before).get("failed", set()) if key[1].startswith("drift")}
        expected = {(PATIENT, "drift of rows"), ("clean.patients", "drift of missing cea_ng_ml")}
        assert failed == (set() if passes else expected), n


@pytest.mark.long
def test_drift_of_a_distribution_is_found(con, before) -> None:
    """Diameters that are all 9 mm larger are another distribution; the same ones have an index of 0.

    By hand: -0.4 ln(5/9) + 0.4 ln(5) = 0.8789.
    """
    key = (LESIONS, "drift of diameters")
    assert drift.observe_drift(Database(con), before)[key].value == 0
    con.execute(f"UPDATE {LESIONS} SET max_diameter_mm = max_diameter_mm + 9")
    assert key in statuses(con, before)["failed"]
    assert drift.stability_index([50, 50], [90, 10]) == pytest.approx(0.8788898)


@pytest.mark.long
def test_gates_fail_as_errors_and_everything_else_as_a_warning(con, tmp_path: Path) -> None:
    """Only the suite with gates blocks; a missing row of a derived table makes its check an error."""
    assert {spec.name for spec in expectations_asset().check_specs if spec.blocking} == {"agreement"}
    con.execute(f"DELETE FROM {LTP} WHERE rowid IN {ONE_OF.format(LTP, 1)}")
    con.execute(f"UPDATE {GENOTYPE} SET kras = 'unknown'")
    run.write_expectations(con, Home(tmp_path))
    gate, warning = check_result(con, "agreement"), check_result(con, "completeness")
    assert (gate.passed, gate.severity.value) == (False, "ERROR")
    assert (warning.passed, warning.severity.value) == (False, "WARN")
    assert f"{GENOTYPE}: KRAS known" in warning.metadata["broken"].text


def test_empty_tables_are_not_applicable(con, before) -> None:
    """Nothing to ask is no failure; rows that were there before and are gone are."""
    for table in sorted({e.table for e in EXPECTATIONS}):
        con.execute(f"DELETE FROM {table}")
    found = statuses(con, before)
    assert set(found) == {"not applicable", "failed"}
    assert found["failed"] == {(e.table, e.name) for e in EXPECTATIONS if e.name == "drift of rows"}


@pytest.mark.long
def test_missing_tables_and_columns_are_not_applicable(con, before) -> None:
    """What is not there is named, and everything else is judged as ever."""
    con.execute("DROP TABLE derived.lesion_ltp")
    con.execute("ALTER TABLE clean.lesions DROP COLUMN minimal_margin_mm")
    found = statuses(con, before)
    assert "error" not in found and "failed" not in found
    assert {(LTP, "lesions with LTP"), (LESIONS, "margin known")} <= found["not applicable"]
    assert frames.observe(Database(con), frames.MEASURES[LESIONS, "margin known"]).note.startswith(LESIONS)


@pytest.mark.long
def test_what_cannot_be_judged_is_an_error_and_not_a_pass(con, tmp_path: Path) -> None:
    """A column of the wrong type, and an earlier release that cannot be read, are errors without a value."""
    con.execute("ALTER TABLE clean.rfa_sessions ALTER session_date TYPE VARCHAR")
    con.execute("UPDATE clean.rfa_sessions SET session_date = 'MARKER'")
    release = tmp_path / "releases" / "broken"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text("{}")
    (release / "registry.duckdb").write_text("no database")
    (tmp_path / "releases" / "current").symlink_to("broken")
    run.write_expectations(con, Home(tmp_path))
    rows = con.execute(
        "SELECT table_name, expectation, note FROM quality.expectations WHERE status = 'error'"
    ).fetchall()
    assert ("clean.rfa_sessions", "session_date on 1 January", "BinderException") in rows
    assert {(e.table, e.name) for e in EXPECTATIONS if e.name.startswith("drift")} < {row[:2] for row in rows}
    assert "MARKER" not in str(rows)


def test_every_aggregate_declares_the_tables_that_it_reads(con) -> None:
    """The content of these tables decides whether it is measured again."""
    asked = [(f"SELECT {m.n}, {m.value} FROM {m.source or next(iter(m.reads))}", m.reads) for m in MEASURES.values()]
    asked += [(f"SELECT {h.value} FROM {h.source}", h.reads) for h in HISTOGRAMS.values()]
    for sql, reads in asked:
        assert tables_in(con, sql) <= set(reads), sql


def test_unchanged_tables_are_not_measured_again(con) -> None:
    """While the content hashes are the same, aggregates come from the memory, which outlasts the refresh; with another
    hash they are measured. Gates are measured each time.
    """
    hashes = {e.table: "content 1" for e in EXPECTATIONS} | dict.fromkeys(("clean.rfa_sessions", IMAGING), "content 1")
    known, gates = (GENOTYPE, "KRAS known"), {(LTP, "rows too many"), (PATIENT, "rows too many")}

    def observed() -> dict:
        memory = Memory(con)
        found = run.observe(Database(con, hashes, memory))
        memory.keep()
        return found

    first = observed()
    assert first == run.observe(Database(con))
    con.execute(f"UPDATE {GENOTYPE} SET kras = 'unknown'")
    con.execute(f"DELETE FROM {LTP} WHERE rowid IN {ONE_OF.format(LTP, 1)}")
    second = observed()
    assert {key for key in first if second[key] != first[key]} == gates
    hashes[GENOTYPE] = "content 2"
    assert observed()[known].value == 0
