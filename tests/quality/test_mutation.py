"""Tests that the canaries report every mutant of a SELECT, and of code changed by hand here.

test_row_mutation.py has the row rules.
"""

from collections import defaultdict
from dataclasses import replace

import pytest

from schemas import contract
from schemas.canaries import CANARIES
from schemas.export import RowRule
from schemas.exports import EXPORTS
from schemas.rules import RULES
from tests.quality import expression_mutants, select_mutants
from tests.quality.laboratory import SelectLaboratory
from tests.schemas.rules_with_canaries import rules_with_canaries
from warehouse.clean import clean, cross_rules, typed_cells
from warehouse.quality.canaries import run_canaries
from warehouse.raw import history
from warehouse.storage.sql_files import select_of

pytestmark = pytest.mark.long  # a minute and a half of processor


@pytest.fixture
def only():
    """Runs the canaries of the given rules alone through everything."""
    return lambda *rule_ids: run_canaries([canary for canary in CANARIES if canary.rule_id in rule_ids])


EQUIVALENT_SELECTS = {
    ("gen_05", "only one side (expression) in gene = 'BRAF' AND result = 'mutant'"),  # only BRAF has a braf_class
}


def test_every_mutant_of_a_rule_across_rows_is_reported(monkeypatch) -> None:
    """Operators off by one, other days, dropped conditions and joins, min for max: no mutant of a SELECT lives."""
    laboratory = SelectLaboratory(monkeypatch)
    survivors, tried = [], defaultdict(int)

    def trial(rule: cross_rules.CrossRule) -> None:
        select = select_of("rules/" + rule.file)
        assert not laboratory.sees(rule, select)
        for what, mutated in select_mutants.mutants(select):
            if (rule.file, what) in EQUIVALENT_SELECTS:
                continue
            tried[rule.file] += 1
            if not (laboratory.sees(rule, mutated) or laboratory.sees_in_a_full_run(rule, mutated)):
                survivors.append(f"{rule.file}: {what}")

    laboratory.run(trial)
    assert set(tried) == {rule.file for rule in cross_rules.CROSS_RULES} and sum(tried.values()) > 300
    assert not survivors


EQUIVALENT_SET_ASIDE = {
    "only one side (this) in f.row_id = r.row_id AND f.export = 'rfa_sessions'",  # row ids are unique over the exports
    "Where is dropped in WHERE v.state = 'open'",  # only a withdrawn key, of a snapshot, is neither open nor current
}


def test_every_mutant_of_the_sessions_set_aside_is_reported(only, monkeypatch) -> None:
    """What counts as a session set aside decides PARENT-01 and ORPHAN-01; no change of it lives."""
    original = cross_rules.select_of
    survivors = []
    for what, mutated in select_mutants.mutants(original("rules/set_aside_sessions")):
        if what in EQUIVALENT_SET_ASIDE:
            continue
        with monkeypatch.context() as patch:
            patch.setattr(
                cross_rules, "select_of", lambda n, m=mutated: m if n == "rules/set_aside_sessions" else original(n)
            )
            if only("PARENT-01", "ORPHAN-01").is_whole:
                survivors.append(what)
    assert not survivors


def _without(export, column_name: str, **changes):
    columns = tuple(replace(c, **changes) if c.name == column_name else c for c in export.columns)
    return replace(export, columns=columns)


REQUIRED = [
    (name, c.name) for name, export in EXPORTS.items() for c in export.columns if c.required and c.kind != "flag"
]


@pytest.mark.parametrize(("name", "column"), REQUIRED)
def test_a_column_that_is_no_longer_required_is_reported(only, monkeypatch, name, column) -> None:
    """REQ-01 taken off any column."""
    rules = tuple(r for r in contract._first_phase_rules(EXPORTS[name]) if (r.rule_id, r.column) != ("REQ-01", column))
    monkeypatch.setattr(
        contract, "_first_phase_rules", lambda e, real=contract._first_phase_rules: rules if e.name == name else real(e)
    )
    report = only("REQ-01")
    assert f"REQ-01 {name}.{column}" in report.missed


TYPED = [(name, c.name) for name, export in EXPORTS.items() for c in export.columns if c.is_parsed or c.is_text]


def test_a_column_whose_text_is_no_longer_doubted_is_reported(only, monkeypatch) -> None:
    """TYPE-01 taken off every column at once: each is missed by name."""
    real = contract._first_phase_rules
    monkeypatch.setattr(
        contract, "_first_phase_rules", lambda export: tuple(r for r in real(export) if r.rule_id != "TYPE-01")
    )
    report = only("TYPE-01")
    assert set(report.missed) == {f"TYPE-01 {name}.{column}" for name, column in TYPED}


CELLS = (
    ("length({c}) = 10 AND {c}[5] = '-' AND {c}[8] = '-'", "true"),
    ("length({c}) = 10", "length({c}) = 9"),
    ("regexp_full_match", "regexp_matches"),
    ("TRY_CAST({c} AS DOUBLE) = floor(TRY_CAST({c} AS DOUBLE))", "true"),
    ("[+-]?", ""),
    (r"([eE][+-]?\d{1,3})?", ""),
    (r"|\.\d+", ""),
)


@pytest.mark.parametrize(("old", "new"), CELLS)
def test_every_change_of_how_a_cell_is_typed_is_reported(only, monkeypatch, old, new) -> None:
    """Dates in other dress, numbers with commas, integers with a fraction: let in, or good ones refused."""
    real = typed_cells.typed_cell
    touched = set()

    def mutated(column):
        text = real(column)
        changed = text.replace(old.format(c=column.name) if "{c}" in old else old, new.format(c=column.name))
        touched.add(changed != text)
        return changed

    monkeypatch.setattr(typed_cells, "typed_cell", mutated)
    assert not only("TYPE-01").is_whole
    assert True in touched


class Rewriting:
    """A connection whose SQL is changed on its way."""

    def __init__(self, con, old: str, new: str):
        self.con, self.old, self.new, self.is_used = con, old, new, False

    def execute(self, sql: str, *parameters):
        """The changed SQL; whether the text was there is kept."""
        self.is_used |= self.old in sql
        return self.con.execute(sql.replace(self.old, self.new), *parameters)

    def __getattr__(self, name):
        return getattr(self.con, name)


HISTORY = (
    ("min(cells) OVER", "max(cells) OVER"),
    ("<> max(cells)", "= max(cells)"),
    ("bool_or(is_last_appearance AND is_conflict)", "false"),
    ("AND is_conflict) AND NOT is_withdrawn", "AND is_conflict) AND is_withdrawn"),
    ("WHERE NOT is_conflict WINDOW", "WINDOW"),
    ("WHERE d.is_conflict", "WHERE false"),
    ("HAVING count(*) > 1", "HAVING count(*) > 2"),
    ("PARTITION BY site, key, position", "PARTITION BY key, position"),
    ("state = 'current' AND has_open_conflict", "false"),
)


@pytest.mark.parametrize(("old", "new"), HISTORY)
def test_every_change_of_how_versions_are_told_apart_is_reported(only, monkeypatch, old, new) -> None:
    """Two rows of one key that differ must be found, in one delivery and against an earlier one."""
    real, used = history.compute_versions, []

    def mutated(con, export, was_counted):
        rewriting = Rewriting(con, old, new)
        real(rewriting, export, was_counted)
        used.append(rewriting.is_used)

    monkeypatch.setattr(history, "compute_versions", mutated)
    assert not only("KEY-01").is_whole
    assert any(used)  # an export without a repeated key is not asked


KEYS = [(name, part) for name, export in EXPORTS.items() for part in export.key if len(export.key) > 1]


@pytest.mark.parametrize(("name", "part"), KEYS)
def test_a_key_without_one_of_its_parts_is_reported(only, monkeypatch, name, part) -> None:
    """Rows that differ in one part of the key are two rows."""
    export = EXPORTS[name]
    monkeypatch.setitem(EXPORTS, name, replace(export, key=tuple(p for p in export.key if p != part)))
    assert not only("KEY-01").is_whole


BY_SEVERITY = [rule_id for rule_id in rules_with_canaries() if rule_id not in ("KEY-01", *cross_rules.ROW_RULES)]


@pytest.mark.parametrize("rule_id", BY_SEVERITY)
def test_a_rule_of_another_severity_is_reported(only, monkeypatch, rule_id) -> None:
    """An error that only flags, or a warning that sets aside; other rules set a row aside whatever their severity."""
    rule = RULES[rule_id]
    monkeypatch.setitem(RULES, rule_id, replace(rule, severity="W" if rule.severity == "E" else "E"))
    missed = only(rule_id).missed
    assert missed and all(place.startswith(f"{rule_id} ") for place in missed)


def test_all_rules_switched_off_at_once_are_all_missed(monkeypatch) -> None:
    """Through everything that a refresh runs: every row rule always true, every SELECT empty; each is named."""
    for name, export in EXPORTS.items():
        holds = next(expression_mutants.mutants(export.row_rules[0].holds, export.key[0]))[1]
        rules = tuple(RowRule(r.rule_id, r.column, holds) for r in export.row_rules)
        monkeypatch.setitem(EXPORTS, name, replace(export, row_rules=rules))
    real = cross_rules.select_of
    monkeypatch.setattr(cross_rules, "select_of", lambda n: f"SELECT * FROM ({real(n)}) WHERE false")
    report = run_canaries()
    still_found = ("TYPE-01", "REQ-01", "KEY-01")
    expected = {c.place for c in CANARIES if c.kind == "bad" and c.rule_id not in still_found}
    assert set(report.missed) == expected


def test_findings_that_set_nothing_aside_are_reported(monkeypatch) -> None:
    """A finding alone is not enough: the row must leave the clean table, the cell be empty, the flag be written."""
    with monkeypatch.context() as patch:
        patch.setattr(contract, "_set_aside", lambda frame, found: frame)
        patch.setattr(cross_rules, "set_aside", lambda *_: None)
        report = run_canaries()
        assert {"LES-03 rfa_sessions.max_diameter_mm", "PAT-07 patients.death_date"} <= set(report.missed)
    with monkeypatch.context() as patch:
        patch.setattr(clean, "write_flags", lambda *_: None)
        missed = run_canaries().missed
    flagged = {c.place for c in CANARIES if c.scope == "flag"}
    assert flagged == set(missed) | {place for place in flagged if place.startswith("KEY-01")}
