"""Tests the canaries in a refresh: they run, stay out of every table, and block a release if a rule misses one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.canaries import CANARIES
from schemas.canary import bad, exam, found, session, silent
from schemas.export import RowRule
from schemas.exports import EXPORTS
from tests.variants import quick
from warehouse.clean import cross_rules
from warehouse.quality.canaries import counted, run_canaries, write_canaries
from warehouse.storage.connection import create_schemas

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report():
    """All canaries through all validators."""
    return run_canaries()


def test_every_planted_defect_is_found_and_nothing_else(report) -> None:
    """The validators as they are catch every canary, and leave every good row alone."""
    assert report.missed == () and report.false_alarms == ()
    assert report.found == report.planted == sum(canary.kind == "bad" for canary in CANARIES) > 300
    assert report.is_whole
    assert report.sentence == f"{report.planted} of {report.planted} planted defects found"


def test_the_build_database_gets_outcomes_and_no_planted_row(report) -> None:
    """quality.canaries holds one row per canary; no table of the registry holds a site of theirs."""
    con = duckdb.connect()
    create_schemas(con)
    write_canaries(con, report)
    rows = con.execute("SELECT kind, count(*), count(*) FILTER (caught) FROM quality.canaries GROUP BY 1").fetchall()
    tables = con.execute("SELECT table_schema || '.' || table_name FROM information_schema.tables").fetchall()
    assert counted(con) == {"planted": report.planted, "found": report.planted}
    assert {kind: n for kind, n, _ in rows} == {
        kind: sum(canary.kind == kind for canary in CANARIES) for kind in ("bad", "good")
    }
    assert all(n == caught for _, n, caught in rows)
    assert tables == [("quality.canaries",)]


@pytest.mark.long
def test_a_missed_defect_is_named_by_rule_and_column(monkeypatch) -> None:
    """One rule gone blind: its name and column, and no other's."""
    export = EXPORTS["patients"]
    blind = tuple(
        RowRule(r.rule_id, r.column, pl.lit(True).or_(pl.col(r.column).is_null())) if r.column == "dfi_months" else r
        for r in export.row_rules
    )
    monkeypatch.setitem(EXPORTS, "patients", type(export)(export.name, export.prose, export.key, export.columns, blind))
    report = run_canaries()
    assert report.missed == ("PAT-13 patients.dfi_months",)
    assert report.false_alarms == () and report.found < report.planted and not report.is_whole


@pytest.mark.long
def test_a_rule_that_comes_out_null_is_reported(monkeypatch) -> None:
    """A condition that is null judges nothing; the canaries say so."""
    export = EXPORTS["patients"]
    null = tuple(
        RowRule(r.rule_id, r.column, pl.lit(None, dtype=pl.Boolean) & (pl.col("cea_ng_ml") > 0))
        if r.rule_id == "PAT-12-W"
        else r
        for r in export.row_rules
    )
    monkeypatch.setitem(EXPORTS, "patients", type(export)(export.name, export.prose, export.key, export.columns, null))
    report = run_canaries()
    assert "PAT-12-W patients.cea_ng_ml" in report.missed
    assert "PAT-12-W patients could not be judged" in report.false_alarms


@pytest.mark.long
def test_a_rule_that_rises_without_a_defect_is_a_false_alarm() -> None:
    """A good canary that is bad in truth: the rule that rose is named, and the report is not whole."""
    report = run_canaries([silent("PAT-07", "imaging_followups", "exam_date", session(), exam(exam_date="2020-03-09"))])
    assert report.false_alarms == ("IMG-03 imaging_followups.exam_date",)
    assert not report.is_whole and report.planted == 0


@pytest.mark.long
def test_a_defect_found_on_another_row_than_declared_is_not_found() -> None:
    """The right rule on the wrong row counts as missed, and as an alarm where it rose."""
    report = run_canaries(
        [found("IMG-03", "exam_date", "flag", session(), exam(exam_date="2020-03-09"), bad(exam(exam_id="E-2")))]
    )
    assert report.missed == report.false_alarms == ("IMG-03 imaging_followups.exam_date",)


@pytest.mark.long
def test_validators_that_stop_at_a_planted_row_have_found_nothing(monkeypatch) -> None:
    """A rule whose SQL breaks is a gate that refuses, not a crash of the refresh."""
    monkeypatch.setattr(cross_rules, "select_of", lambda _: "SELECT no_such_column FROM clean.patients")
    report = run_canaries()
    assert report.found == 0 and not report.is_whole
    assert report.false_alarms == ("the validators stopped (BinderException)",)


SWITCHES = [
    {"PANDERA_VALIDATION_ENABLED": "False"},
    {"PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY"},
]


@pytest.mark.long
@pytest.mark.parametrize("switch", quick(1, SWITCHES), ids=lambda switch: next(iter(switch)))
def test_pandera_switched_off_by_the_environment_is_noticed(switch) -> None:
    """Pandera that checks nothing misses every row rule; rules in SQL are still found."""
    code = (
        "import json; from warehouse.quality.canaries import run_canaries; r = run_canaries(); "
        "print(json.dumps([r.planted, r.found, r.missed]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | switch, cwd=ROOT, capture_output=True, text=True, check=True
    )
    planted, n_found, missed = json.loads(ran.stdout)
    assert n_found < planted
    in_sql = {rule.rule_id for rule in cross_rules.CROSS_RULES} | {"KEY-01"}
    of_pandera = {c.place for c in CANARIES if c.kind == "bad" and c.rule_id not in in_sql}
    assert of_pandera <= set(missed)


@pytest.mark.long
def test_pandera_switched_off_refuses_the_release(tmp_path) -> None:
    """Through the command line: exit code 3, the check by name, and nothing released."""
    home, registry = tmp_path / "home", [sys.executable, "-m", "orchestration.cli.main"]
    subprocess.run([*registry, "demo", "--home", home, "--patients", "5"], cwd=ROOT, check=True, capture_output=True)
    ran = subprocess.run(
        [*registry, "refresh", "--home", home],
        cwd=ROOT,
        env=os.environ | {"PANDERA_VALIDATION_ENABLED": "False"},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, "quality/canaries: canaries" in ran.stderr) == (3, True), ran.stderr
    assert not (home / "releases" / "current").exists()
