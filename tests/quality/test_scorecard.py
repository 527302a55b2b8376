"""Tests the scorecard: counts by category, table and site, the trend over releases, and its section of the report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analysis.report import ReportContent, render
from analysis.report.content import Canaries
from tests.analysis_report.page import Page
from tests.analysis_report.sample import RELEASE, content
from warehouse.clean import lesions
from warehouse.clean.clean import write_history
from warehouse.quality.scorecard import changes_by_rule, exceptions_by_rule, trend, write_scorecard
from warehouse.raw.tables import create_tables
from warehouse.storage.home import Home

RESULTS = """
    rule_id VARCHAR, table_name VARCHAR, aspect VARCHAR, level VARCHAR, status VARCHAR, n_violations BIGINT,
    n_rows BIGINT, threshold_pct DOUBLE, kahn_category VARCHAR
"""
ROWS = [
    ("TYPE-01", "patients", "", "row", "failed", 1, 4, 0.0, "conformance: value"),
    ("PAT-03", "patients", "", "row", "failed", 2, 2, 0.0, "conformance: value"),
    ("LAX-01", "patients", "", "row", "passed", 1, 4, 60.0, "conformance: value"),
    ("KEY-01", "patients", "", "row", "failed", 2, 6, 0.0, "conformance: relational"),
    ("NONE-01", "patients", "", "row", "not applicable", 0, 0, 0.0, "completeness"),
    ("BAD-01", "patients", "", "table", "error", None, None, 0.0, "completeness"),
    ("DS-01", "patients", "volume", "dataset", "failed", 1, 1, 0.0, "completeness"),
    ("DS-02", "patients", "drift of volume", "dataset", "failed", 1, 1, 0.0, "completeness"),
]
"""Two sites: `a` with three rows and two conflicting ones, `b` with one."""
FINDINGS = [("TYPE-01", 1, "value"), ("PAT-03", 1, "value"), ("PAT-03", 1, "flag"), ("PAT-03", 4, "value")]
FINDINGS += [("LAX-01", 2, "flag"), ("KEY-01", 3, "flag"), ("TYPE-01", 2, "accepted")]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A build database with these results and findings."""
    con = duckdb.connect()
    lesions.create_clean_tables(con)
    create_tables(con)
    write_history(con, {})
    for row_id, site in ((1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "a"), (6, "a")):
        con.execute("INSERT INTO raw.patients BY NAME SELECT ? AS row_id, ? AS site", [row_id, site])
    con.execute(
        "INSERT INTO raw.patients_versions BY NAME "
        "SELECT unnest([5, 6]) AS row_id, 'conflicting' AS outcome, 'open' AS state, false AS has_open_conflict"
    )
    for rule_id, row_id, scope in FINDINGS:
        con.execute("INSERT INTO quality.findings VALUES ('patients', ?, ?, 'sex', ?)", [row_id, rule_id, scope])
    store(con, ROWS)
    yield con
    con.close()


def store(con: duckdb.DuckDBPyConnection, rows: list[tuple]) -> None:
    """quality.results with these rows."""
    con.execute(f"CREATE OR REPLACE TABLE quality.results ({RESULTS})")
    con.executemany("INSERT INTO quality.results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    con.execute(
        "CREATE OR REPLACE TABLE quality.site_results "
        "(rule_id VARCHAR, table_name VARCHAR, aspect VARCHAR, site VARCHAR, status VARCHAR)"
    )


def card(con: duckdb.DuckDBPyConnection, site: str | None) -> dict[str, tuple]:
    """Category -> rules, failed, violations, rows, per 1,000 of the site, or of all."""
    write_scorecard(con)
    rows = con.execute(
        "SELECT kahn_category, n_rules, n_failed, n_violations, n_rows, round(per_1000, 1) FROM quality.scorecard "
        "WHERE site IS NOT DISTINCT FROM ?",
        [site],
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_all_sites_together(con: duckdb.DuckDBPyConnection) -> None:
    """An error counts as failed, a drift and what was not asked not at all, a dataset rule as a rule alone."""
    assert card(con, None) == {
        "conformance: value": (3, 2, 4, 6, 666.7),
        "conformance: relational": (1, 1, 2, 6, 333.3),
        "completeness": (2, 2, 0, 6, None),
    }


def test_each_site_by_its_own_rows(con: duckdb.DuckDBPyConnection) -> None:
    """A row counts once per rule, an accepted one not, a conflicting one at its site; thresholds as for all sites."""
    a, b = card(con, "a"), card(con, "b")
    assert a["conformance: value"] == (3, 2, 3, 5, 600.0)
    assert a["conformance: relational"] == (1, 1, 2, 5, 400.0)
    assert b["conformance: value"] == (3, 1, 1, 1, 1000.0)
    assert b["conformance: relational"] == (1, 0, 0, 1, 0.0)


def test_a_site_is_judged_as_its_results_say(con: duckdb.DuckDBPyConnection) -> None:
    """By a threshold of its own, and not in its run-in; the violations are counted as ever."""
    for site, rule_id, status in (("a", "PAT-03", "passed"), ("a", "TYPE-01", "run-in"), ("b", "PAT-03", "failed")):
        con.execute("INSERT INTO quality.site_results VALUES (?, 'patients', '', ?, ?)", [rule_id, site, status])
    assert card(con, "a")["conformance: value"] == (3, 0, 3, 5, 600.0)
    assert card(con, "b")["conformance: value"] == (3, 1, 1, 1, 1000.0)


def test_the_sites_add_up(con: duckdb.DuckDBPyConnection) -> None:
    """Violations and rows of the sites sum to those of all sites together."""
    write_scorecard(con)
    for column in ("n_violations", "n_rows"):
        sums = con.execute(
            f"SELECT kahn_category, sum({column}) FILTER (site IS NULL), sum({column}) FILTER (site IS NOT NULL) "
            "FROM quality.scorecard WHERE kahn_category LIKE 'conformance%' GROUP BY 1"
        ).fetchall()
        assert len(sums) == 2 and all(whole == of_sites for _, whole, of_sites in sums)


def release(home: Home, release_id: str, sql: str | None) -> None:
    """A release folder whose database runs `sql`, or is no database."""
    folder = home.releases / release_id
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"release_id": release_id}))
    if sql is None:
        (folder / "registry.duckdb").write_text("no database")
        return
    with duckdb.connect(str(folder / "registry.duckdb")) as made:
        made.execute(f"CREATE SCHEMA quality; {sql}")


def test_the_trend_reads_releases_of_any_age(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Oldest first, this build last; a release before aspects is read, one without results or unreadable left out."""
    home = Home(tmp_path)
    old = "CREATE TABLE quality.results AS SELECT 'TYPE-01' AS rule_id, 'patients' AS table_name, 'failed' AS status, "
    release(home, "20260101T000000Z-aaaaaaaa", old + "1 AS n_violations, 10 AS n_rows, 'completeness' AS kahn_category")
    release(home, "20260102T000000Z-bbbbbbbb", None)
    release(home, "20260103T000000Z-cccccccc", "SELECT 1")
    found = trend(con, home)
    assert list(dict.fromkeys(found["release_id"])) == ["20260101T000000Z-aaaaaaaa", "this one"]
    assert found.iloc[0]["per_1000"] == pytest.approx(100.0)
    now = found[found["release_id"] == "this one"].set_index("kahn_category")
    assert now.loc["conformance: value", ["n_rules", "n_failed", "n_violations", "n_rows"]].tolist() == [3, 2, 4, 6]
    assert con.execute("SELECT count(*) FROM duckdb_databases() WHERE database_name = 'earlier'").fetchone() == (0,)


@pytest.mark.long
def test_the_trend_holds_twelve_releases(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The newest eleven releases and this build."""
    sql = f"CREATE TABLE quality.results ({RESULTS}); INSERT INTO quality.results VALUES {ROWS[0]}"
    for day in range(1, 14):
        release(Home(tmp_path), f"202601{day:02d}T000000Z-aaaaaaaa", sql)
    releases = list(dict.fromkeys(trend(con, Home(tmp_path))["release_id"]))
    assert len(releases) == 12 and releases[0].startswith("20260103") and releases[-1] == "this one"


def test_changes_and_exceptions_are_counts(con: duckdb.DuckDBPyConnection) -> None:
    """By rule and site, without a key; no table of exceptions is no exception."""
    con.execute("CREATE TABLE quality.changes (change VARCHAR, site VARCHAR, rule_id VARCHAR, key VARCHAR)")
    con.execute("INSERT INTO quality.changes VALUES ('new','a','R','1'),('new','a','R','2'),('resolved','b','R','3')")
    assert changes_by_rule(con).values.tolist() == [["R", "a", 2, 0, 0], ["R", "b", 0, 0, 1]]
    assert exceptions_by_rule(con).empty
    con.execute(
        "CREATE TABLE quality.exceptions (rule_id VARCHAR, site VARCHAR, key VARCHAR, until DATE, state VARCHAR)"
    )
    con.execute(
        "INSERT INTO quality.exceptions VALUES ('R','a','1','2027-01-01','active'),('R','a','2','2026-01-01','active')"
    )
    assert exceptions_by_rule(con).values.tolist() == [["R", "a", "active", 2, "2026-01-01"]]


def shown(con: duckdb.DuckDBPyConnection, **changes) -> ReportContent:
    """A report with this scorecard and no other table."""
    write_scorecard(con)
    table = con.execute("SELECT * FROM quality.scorecard").df()
    return content(tables={}, scorecard=table, parent_release="20260101T000000Z-aaaaaaaa", **changes)


@pytest.mark.long
def test_the_report_shows_the_card(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Categories, tables, sites and the sparklines stand on the page, and the page is well formed."""
    page = Page(render(shown(con, trend=trend(con, Home(tmp_path)), canaries=Canaries(3, 3))))
    assert page.is_well_nested
    for text in (
        "3 of 3 planted defects found",
        "Rules by site",
        "Conformance: value",
        "2 of 3",
        "666.7",
        "first release",
    ):
        assert text in page.text


@pytest.mark.long
def test_canaries_that_were_missed_cannot_be_read_past(con: duckdb.DuckDBPyConnection) -> None:
    """Fewer found than planted is a warning; none planted is said too."""
    assert "Missed defects. Only 2 of 3 planted defects found" in Page(render(shown(con, canaries=Canaries(2, 3)))).text
    assert "No defect was planted in this refresh" in Page(render(shown(con))).text


def test_expired_exceptions_are_named(con: duckdb.DuckDBPyConnection) -> None:
    """An expired exception says that its rule fails again."""
    rows = [("IMG-04", None, "expired", 1, "2026-06-30"), ("PAT-03", "a", "active", 2, "2027-06-30")]
    frame = pd.DataFrame(rows, columns=["rule_id", "site", "state", "n", "first_until"])
    text = Page(render(shown(con, exceptions=frame))).text
    assert "IMG-04 every site 1 2026-06-30 expired: fails again" in text and "in force" in text


def test_what_came_and_went(con: duckdb.DuckDBPyConnection) -> None:
    """The sums stand in a sentence; lines where nothing moved are left out."""
    rows = [("GEN-01", "north", 12, 3, 0), ("LES-03", "south", 0, 5, 0)]
    frame = pd.DataFrame(rows, columns=["rule_id", "site", "new", "still_open", "resolved"])
    text = Page(render(shown(con, changes=frame))).text
    assert "12 quarantine entries are new since release 20260101T000000Z-aaaaaaaa, 8 still open, 0 resolved." in text
    assert "GEN-01 north 12 3 0" in text and "LES-03 south" not in text


def test_without_anything_there_are_sentences() -> None:
    """Scorecard, completeness and sensitivity of an empty registry say what is missing."""
    text = Page(render(ReportContent(RELEASE, "Empty", "0.1.0", False, tables={}))).text
    for sentence in (
        "No rule has been checked yet.",
        "This is the first release, so every quarantine entry is new.",
        "No exception has been accepted.",
        "There are no patients whose data could be complete yet.",
        "There are no estimates to compare yet.",
    ):
        assert sentence in text
