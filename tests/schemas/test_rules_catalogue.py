"""Tests the catalogue of rules as an interface: ids, tables, phases, severities, Kahn categories."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from schemas.rules import RULES

RULES_CSV = Path(__file__).parents[3] / "shared" / "rules.csv"
LATER = {"ID-01", "ID-02", "PAT-08-W", "ABL-12", "ABL-13", "ABL-13-W", "GEN-08", "GEN-09", "GEN-10", "GEN-10-W"}
LATER |= {f"TRT-0{n}" for n in range(1, 8)}
"""Rules newer than the interface's list (docs/decisions/0027, 0028, 0049, 0054, 0057, 0061)."""
WIDER = {
    "PAT-08": {"patients", "imaging_followups"},
    "ORPHAN-01": {"genotypes", "imaging_followups", "treatments"},
    "PARENT-01": {"rfa_sessions", "genotypes", "imaging_followups", "treatments"},
}
"""Rules whose tables became more than its list says: PAT-08 sets an exam aside too (docs/decisions/0028), and
treatments have parents (0057)."""
PHASE = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6}


@pytest.fixture(scope="module")
def interface() -> Iterator[dict[str, dict[str, str]]]:
    """rules.csv by rule id."""
    if not RULES_CSV.exists():
        pytest.skip("rules.csv lies beside the project's checkout, and is not here")
    with open(RULES_CSV, encoding="utf-8", newline="") as file:
        yield {row["rule_id"]: row for row in csv.DictReader(file)}


def test_every_e_rule_and_gate_is_declared(interface: dict[str, dict[str, str]]) -> None:
    """What sets rows aside or refuses a release is complete."""
    needed = {rule_id for rule_id, row in interface.items() if row["severity"] in ("E", "gate")}
    assert needed - set(RULES) == set()


def test_every_warning_is_declared(interface: dict[str, dict[str, str]]) -> None:
    """Warnings are complete too, those across tables and of the registry as a whole included."""
    needed = {rule_id for rule_id, row in interface.items() if row["severity"] == "W"}
    assert needed - set(RULES) == set()


def test_declared_rules_are_as_the_interface_says(interface: dict[str, dict[str, str]]) -> None:
    """Phase, severity, tables and Kahn category agree, and no rule is made up but those that later issues asked for."""
    assert set(RULES) - set(interface) == LATER
    for rule_id, rule in RULES.items():
        if rule_id in LATER:
            continue
        row = interface[rule_id]
        assert (str(rule.phase), rule.severity) == (row["phase"], row["severity"]), rule_id
        assert (rule.kahn_category, rule.kahn_context) == (row["kahn_category"], row["kahn_context"]), rule_id
        if row["table"] == "every export":
            assert set(rule.tables) == set(EXPORTS), rule_id
        elif row["table"] != "derived":
            named = {name.strip().removeprefix("derived.") for name in row["table"].split(",")}
            assert set(rule.tables) == WIDER.get(rule_id, named), rule_id
        else:
            assert rule.phase in ("derived", "dataset") and set(rule.tables) <= set(DERIVED), rule_id


def test_every_row_rule_is_declared_for_its_export() -> None:
    """A condition beside the columns has its entry in the catalogue, and judges a column that is there."""
    for export in EXPORTS.values():
        for rule in export.row_rules:
            assert export.name in RULES[rule.rule_id].tables, rule.rule_id
            assert rule.column in export.column_names, rule.rule_id
            assert RULES[rule.rule_id].phase in (3, 4), rule.rule_id


def test_every_declared_row_rule_has_a_condition() -> None:
    """No rule of phase 3 or 4 stands in the catalogue alone, for any of its tables."""
    for rule in RULES.values():
        if rule.phase in (3, 4):
            for table in rule.tables:
                assert rule.rule_id in {r.rule_id for r in EXPORTS[table].row_rules}, (rule.rule_id, table)


def test_sentences_are_sentences() -> None:
    """Each ends like one, and names its column where it is about one."""
    for rule in RULES.values():
        sentence = rule.reason("the_column")
        assert sentence[0].isupper() or sentence.startswith(("the_column", *_columns())), rule.rule_id
        assert sentence.endswith((".", "?")) and "{" not in sentence, rule.rule_id


def _columns() -> tuple[str, ...]:
    return tuple(name for export in EXPORTS.values() for name in export.column_names)
