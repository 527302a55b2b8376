"""Tests that the ledger notices a lost row: each sum is broken on purpose, and the delivery is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.warehouse.kit import SITE, Kit, new_kit
from warehouse.clean import ledger

DELIVERY = f"{SITE}/patients/2024-06-30.csv"
ROWS = "patient_id,sex\nP1,male\nP1,female\nP2,male\n,male\nP3,male\nP3,male\n"

LOSSES = {
    "a clean row is gone": "DELETE FROM clean.patients WHERE patient_id = 'P2'",
    "a row in quarantine is gone": "DELETE FROM quality.findings WHERE rule_id = 'REQ-01'",
    "a row is clean and in quarantine": (
        "INSERT INTO quality.findings SELECT 'patients', row_id, 'PAT-03', 'sex', 'row' FROM clean.patients LIMIT 1"
    ),
    "a conflicting row is gone": "DELETE FROM quality.quarantine WHERE rule_id = 'KEY-01' AND line = 1",
    "a raw row is gone": "DELETE FROM raw.patients WHERE patient_id = 'P2'",
    "an outcome is counted twice": "UPDATE meta.loads SET duplicate = duplicate + 1",
    "a row was received and not counted": "UPDATE meta.loads SET rows_received = rows_received + 1",
}


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """One delivery with a conflict, a duplicate, a row in quarantine and clean rows."""
    with new_kit(tmp_path_factory.mktemp("home")) as kit:
        kit.deliver(SITE, "patients", "2024-06-30.csv", ROWS)
        yield kit.refresh()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_row_is_seen(refreshed: Kit, loss: str) -> None:
    """Balanced before; after the loss the delivery is named."""
    refreshed.con.begin()
    try:
        ledger.write_ledger(refreshed.con)
        assert ledger.unbalanced(refreshed.con) == []
        refreshed.con.execute(LOSSES[loss])
        ledger.write_ledger(refreshed.con)
        assert ledger.unbalanced(refreshed.con) == [DELIVERY]
    finally:
        refreshed.con.rollback()


def test_the_ledger_says_where_every_row_stands(refreshed: Kit) -> None:
    """Six rows: two in conflict, one duplicate, three new; of these two clean and one in quarantine."""
    (row,) = refreshed.rows("SELECT * FROM quality.ledger")
    counts = {name: value for name, value in row.items() if isinstance(value, int) and not isinstance(value, bool)}
    assert {name: count for name, count in counts.items() if count} == {
        "rows_received": 6,
        "duplicate": 1,
        "conflicting": 2,
        "new": 3,
        "current": 3,
        "in_clean": 2,
        "in_quarantine": 1,
        "conflicting_in_quarantine": 2,
    }
