"""Tests the declared canaries: complete, independent of the contract, and sound where they say so."""

import ast
from pathlib import Path

import pytest

from schemas import canary_rows
from schemas.canaries import CANARIES
from schemas.canary import SOUND, row, silent
from schemas.contract import ROW_PHASES, rules_of_phase
from schemas.exports import EXPORTS
from schemas.rules import RULES
from tests.schemas.rules_with_canaries import rules_with_canaries
from warehouse.clean.cross_rules import CROSS_RULES
from warehouse.quality.canaries import run_canaries


def _row_rules() -> set[tuple[str, str, str]]:
    return {
        (rule.rule_id, export.name, rule.column)
        for export in EXPORTS.values()
        for phase in ROW_PHASES
        for rule in rules_of_phase(export, phase)
    }


def _of_kind(kind: str) -> set[tuple[str, str, str | None]]:
    return {(c.rule_id, c.export, c.column) for c in CANARIES if c.kind == kind}


def test_every_row_rule_has_a_bad_and_a_good_row_in_every_column_it_judges() -> None:
    """A rule bound to a new column is not complete before canaries stand for it."""
    assert _row_rules() - _of_kind("bad") == set()
    assert _row_rules() - _of_kind("good") == set()


def test_every_rule_across_rows_has_a_bad_and_a_good_row_in_every_export() -> None:
    """So do the SELECTs, and KEY-01 in each export."""
    asked = {(rule.rule_id, rule.export) for rule in CROSS_RULES} | {("KEY-01", name) for name in EXPORTS}
    for kind in ("bad", "good"):
        assert asked - {(rule_id, export) for rule_id, export, _ in _of_kind(kind)} == set()


def test_the_catalogue_and_the_canaries_name_the_same_rules() -> None:
    """Every rule that a row can break is planted, and nothing else is."""
    planted = {canary.rule_id for canary in CANARIES if canary.kind == "bad"}
    assert planted == set(rules_with_canaries())
    assert {"TYPE-01", "REQ-01", "KEY-01", "PHI-01", "ORPHAN-01", "PARENT-01", "GEN-05"} <= planted
    assert all(set(canary.besides) <= set(RULES) for canary in CANARIES)


def test_the_rows_ask_the_contract_nothing() -> None:
    """A canary that took its bound from the rule would move with it: the rows know classes of canaries alone."""
    folder = Path(canary_rows.__file__).parent
    modules = [*folder.glob("*.py"), folder.parent / "canary.py"]
    imported = {
        node.module
        for path in modules
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    assert len(modules) >= 7
    assert {name for name in imported if name and name.startswith("schemas")} == {"schemas.canary"}


@pytest.mark.parametrize("export", EXPORTS)
def test_good_codes_are_the_code_lists_to_a_word(export) -> None:
    """What the canaries call good in a coded column is what the contract's list holds."""
    for column in EXPORTS[export].columns:
        if not column.codes or column.name == "segment":
            continue
        good = {
            canary.rows[-1].cells.get(column.name, "").lower()
            for canary in CANARIES
            if (canary.rule_id, canary.export, canary.column, canary.kind)
            == (column.code_rule, export, column.name, "good")
        }
        assert good - {""} == set(column.codes), column.name


@pytest.mark.long
def test_sound_rows_together_break_no_rule() -> None:
    """The rows that all canaries start from are clean, alone with a session and all four together."""
    together = silent("KEY-01", "patients", None, *(row(export) for export in SOUND))
    alone = [silent("KEY-01", export, None, row("rfa_sessions"), row(export)) for export in SOUND]
    assert run_canaries([together, *alone]).false_alarms == ()


def test_no_two_canaries_are_the_same() -> None:
    """A canary counted twice would make the figure larger than what it proves."""
    planted = [repr(canary) for canary in CANARIES if canary.kind == "bad"]
    assert len(planted) == len(set(planted))
