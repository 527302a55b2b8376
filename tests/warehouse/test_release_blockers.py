"""Tests what blocks a release, whichever run is asked to publish it."""

import duckdb
import pytest

from tests.warehouse.kit import SITE, Kit
from warehouse.incremental.input_hashes import inputs_of, record_inputs
from warehouse.refresh.release_blockers import failed_gates, stale_tables

READS = {"analysis.rates": ["clean.patients"]}


@pytest.fixture
def con(kit: Kit) -> duckdb.DuckDBPyConnection:
    """The build database after a refresh, with canaries, expectations and one analysis, all sound."""
    kit.deliver(SITE, "patients", "a.csv", "patient_id\nP-1\n")
    kit.refresh()
    kit.con.execute("CREATE TABLE quality.canaries AS SELECT true AS caught")
    kit.con.execute(
        "CREATE TABLE quality.expectations AS SELECT 'agreement' AS suite, 'gate' AS severity, 'passed' AS status"
    )
    kit.con.execute("CREATE TABLE analysis.rates AS SELECT 1 AS estimate")
    record_inputs(kit.con, "analysis.rates", inputs_of(kit.con, READS["analysis.rates"]))
    return kit.con


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ("UPDATE quality.ledger SET is_balanced = false", "quality.ledger: conservation"),
        ("INSERT INTO quality.canaries VALUES (false)", "quality.canaries: canaries"),
        ("INSERT INTO quality.expectations VALUES ('agreement', 'gate', 'error')", "quality.expectations: agreement"),
        ("INSERT INTO quality.expectations VALUES ('house', 'gate', 'failed')", "quality.expectations: own_gates"),
    ],
)
def test_each_shut_gate_is_named(con: duckdb.DuckDBPyConnection, change: str, gate: str) -> None:
    """Nothing stands against a sound build, nor a warning; a gate that was shut does."""
    con.execute("INSERT INTO quality.expectations VALUES ('dates', 'warning', 'failed')")
    assert failed_gates(con) == []
    con.execute(change)
    assert failed_gates(con) == [gate]


@pytest.mark.parametrize("change", ["UPDATE meta.made_from SET inputs = 'others'", "DROP TABLE analysis.rates"])
def test_an_analysis_of_other_rows_is_behind(con: duckdb.DuckDBPyConnection, change: str) -> None:
    """So is one that is gone."""
    assert stale_tables(con, READS) == []
    con.execute(change)
    assert stale_tables(con, READS) == ["analysis.rates"]


def test_an_empty_build(kit: Kit) -> None:
    """A build that holds nothing yet has nothing against it."""
    assert failed_gates(kit.con) == [] == stale_tables(kit.con, READS)
