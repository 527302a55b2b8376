"""Tests that entries move to quality.resolved once a correction or a missing parent arrives."""

from __future__ import annotations

import pytest

from tests.warehouse.kit import Kit
from tests.warehouse.test_parents import clean_keys, exam, found, send, session


def resolved(kit: Kit) -> list[tuple[str, str, str | None]]:
    """Every resolved entry as (delivery, rule, column)."""
    return [(e["delivery"], e["rule_id"], e["column_name"]) for e in kit.entries("resolved")]


@pytest.mark.long
def test_a_correction_resolves(kit: Kit) -> None:
    """A later delivery brings the row right: the entry moves, the row is clean, the load that cured it is told."""
    send(kit, "rfa_sessions", session("P1", "L1", mm="200"), name="2024-06-01.csv")
    kit.refresh()
    assert (len(found(kit)), resolved(kit)) == (1, [])
    send(kit, "rfa_sessions", session("P1", "L1"), name="2024-06-02.csv")
    kit.refresh()
    assert found(kit) == []
    assert resolved(kit) == [("2024-06-01.csv", "LES-03", "max_diameter_mm")]
    assert kit.entries("resolved")[0]["resolved_load_id"] == kit.load("2024-06-02.csv")["load_id"]
    assert clean_keys(kit, "rfa_sessions") == ["P1|S1|L1"]


@pytest.mark.long
def test_a_value_resolves(kit: Kit) -> None:
    """So does an entry of scope value."""
    send(kit, "patients", {"sex": "f"}, name="2024-06-01.csv")
    kit.refresh()
    send(kit, "patients", {"sex": "female"}, name="2024-06-02.csv")
    kit.refresh()
    assert (found(kit), resolved(kit)) == ([], [("2024-06-01.csv", "PAT-03", "sex")])


@pytest.mark.long
def test_a_parent_that_arrives_resolves_its_orphans(kit: Kit) -> None:
    """First the exams and genotypes, then the sessions; L9 is still missing."""
    send(kit, "imaging_followups", exam("P1", "L1"), exam("P1", "L9"), exam("P1", ""))
    send(kit, "genotypes", {})
    kit.refresh()
    assert [rule for _, _, rule, _, _ in found(kit)] == ["ORPHAN-01"] * 4
    send(kit, "rfa_sessions", session("P1", "L1"))
    kit.refresh()
    assert found(kit) == [("imaging_followups", "P1|E1|L9", "ORPHAN-01", "lesion_id", "row")]
    # the exam of L9 lacked its patient; now it lacks its lesion, which is another entry
    assert [rule for _, rule, _ in resolved(kit)] == ["ORPHAN-01"] * 4
    assert clean_keys(kit, "imaging_followups") == ["P1|E1|", "P1|E1|L1"]


@pytest.mark.long
def test_a_corrected_session_brings_its_lesion_back(kit: Kit) -> None:
    """PARENT-01 ends for the lesion's other session and its exams."""
    send(kit, "rfa_sessions", session("P1", "L1"), session("P1", "L1", "S2", mm="1"), name="2024-06-01.csv")
    send(kit, "imaging_followups", exam("P1", "L1"))
    kit.refresh()
    assert sorted(rule for _, _, rule, _, _ in found(kit)) == ["LES-03", "PARENT-01", "PARENT-01"]
    send(kit, "rfa_sessions", session("P1", "L1", "S2"), name="2024-06-02.csv")
    kit.refresh()
    assert found(kit) == []
    assert len(resolved(kit)) == 3
    assert clean_keys(kit, "rfa_sessions") == ["P1|S1|L1", "P1|S2|L1"]
    assert clean_keys(kit, "imaging_followups") == ["P1|E1|L1"]


@pytest.mark.long
def test_a_conflict_resolves(kit: Kit) -> None:
    """The next delivery says one thing: both rows move to resolved, and the ledger still finds them."""
    send(kit, "patients", {"sex": "male"}, {"sex": "female"}, name="2024-06-01.csv")
    kit.refresh()
    send(kit, "patients", {"sex": "male"}, name="2024-06-02.csv")
    kit.refresh()
    assert (found(kit), [rule for _, rule, _ in resolved(kit)]) == ([], ["KEY-01", "KEY-01"])
    assert kit.tuples("SELECT conflicting, conflicting_in_quarantine FROM quality.ledger ORDER BY delivery") == [
        (2, 2),
        (0, 0),
    ]


@pytest.mark.long
def test_what_breaks_again_is_open_again(kit: Kit) -> None:
    """A resolved entry whose row is current again, and broken still, is in quarantine and not in resolved."""
    send(kit, "imaging_followups", exam("P1", "L1"))
    kit.refresh()
    send(kit, "rfa_sessions", session("P1", "L1"), name="2024-06-01.csv")
    kit.configure("north", '[exports.rfa_sessions]\nmode = "snapshot"\n')
    kit.refresh()
    assert (len(found(kit)), len(resolved(kit))) == (0, 1)
    send(kit, "rfa_sessions", session("P2", "L1"), name="2024-06-02.csv")
    kit.refresh().confirm("2024-06-02.csv", "north").refresh()
    assert (len(found(kit)), len(resolved(kit))) == (1, 0)


@pytest.mark.long
def test_a_refresh_that_brings_nothing_changes_nothing(kit: Kit) -> None:
    """Entries stay as they are, with when they were first seen."""
    send(kit, "patients", {"sex": "f"})
    before = kit.refresh().entries()
    assert before and kit.refresh().entries() == before
    assert resolved(kit) == []
