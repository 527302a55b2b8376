"""What stands against publishing, whichever run is asked to."""

import duckdb
import pytest

from tests.warehouse.kit import SITE, Kit
from warehouse.made_from import inputs_of, write_down
from warehouse.publishable import objections

READS = {"analysis.rates": ["clean.patients"]}


@pytest.fixture
def con(kit: Kit) -> duckdb.DuckDBPyConnection:
    """The build database after a refresh, with canaries, expectations and one analysis, all sound."""
    kit.deliver(SITE, "patients", "a.csv", "patient_id\nP-1\n")
    kit.refresh()
    kit.con.execute("CREATE TABLE quality.canaries AS SELECT true AS caught")
    kit.con.execute("CREATE TABLE quality.expectations AS SELECT 'gate' AS severity, 'passed' AS status")
    kit.con.execute("CREATE TABLE analysis.rates AS SELECT 1 AS estimate")
    write_down(kit.con, "analysis.rates", inputs_of(kit.con, READS["analysis.rates"]))
    return kit.con


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ("UPDATE quality.ledger SET is_balanced = false", "quality.ledger: conservation"),
        ("INSERT INTO quality.canaries VALUES (false)", "quality.canaries: canaries"),
        ("INSERT INTO quality.expectations VALUES ('gate', 'error')", "quality.expectations: agreement"),
        ("UPDATE meta.made_from SET inputs = 'others'", "analysis.rates: not made from the newest rows"),
        ("DROP TABLE analysis.rates", "analysis.rates: not made from the newest rows"),
    ],
)
def test_each_objection_is_named(con: duckdb.DuckDBPyConnection, change: str, objection: str) -> None:
    """Nothing stands against a sound build; a gate that was shut, or an analysis of other rows, does."""
    con.execute("INSERT INTO quality.expectations VALUES ('warning', 'failed')")
    assert objections(con, READS) == []
    con.execute(change)
    assert objections(con, READS) == [objection]


def test_an_empty_build(kit: Kit) -> None:
    """A build that holds nothing yet has nothing against it."""
    assert objections(kit.con, READS) == []
