"""Tests that the canaries report every mutant of a row rule: its expression, its code list, PHI-01's pattern."""

from collections import defaultdict
from dataclasses import replace

import polars as pl
import pytest

from schemas import phi
from schemas.canaries import CANARIES
from schemas.export import RowRule, code_rules
from schemas.exports import EXPORTS
from schemas.genotype.genes import NOT_A_GENE, SYMBOL
from schemas.phi_names import looks_like_a_name
from tests.quality import expression_mutants
from tests.quality.laboratory import RowLaboratory, planted

pytestmark = pytest.mark.long  # half a minute of processor


@pytest.fixture(scope="module")
def con():
    """All canaries, planted once."""
    con = planted()
    yield con
    con.close()


EQUIVALENT_ROW_RULES = {
    ("PHI-01", "gene", "only the left of Or (2)"),  # its right is false: a gene is never taken for a name
    ("GEN-01-W", "gene", "only the right of Or"),  # KRAS, NRAS and BRAF are symbols, and none is in NOT_A_GENE
    ("ABL-13-W", "referral_date", "365 +0.01"),  # between two dates lie whole days
    ("ABL-13-W", "decision_date", "365 +0.01"),
}


def is_equivalent(export, rule: RowRule, what: str) -> bool:
    """A rule that forgets the empty cell judges alike where the cell is never empty: required, flag, or default."""
    if (rule.rule_id, rule.column, what) in EQUIVALENT_ROW_RULES:
        return True
    column = export.column(rule.column)
    is_never_empty = column.required or column.kind == "flag" or column.default is not None
    return what == expression_mutants.EMPTY_FORGOTTEN and is_never_empty


def test_the_mutants_called_equivalent_judge_no_gene_otherwise() -> None:
    """The half of the rule that each of them drops decides nothing."""
    assert str(looks_like_a_name("gene")) == str(pl.lit(False))
    gene = pl.col("gene")
    named = pl.DataFrame({"gene": ["KRAS", "NRAS", "BRAF"]})
    assert named.select(gene.str.contains(SYMBOL) & ~gene.str.contains(NOT_A_GENE)).to_series().all()


@pytest.mark.parametrize("name", EXPORTS)
def test_every_mutant_of_a_row_rule_is_reported(con, monkeypatch, name) -> None:
    """Bounds a step wider or narrower, other operators, missing words, dropped halves: no mutant lives."""
    export = EXPORTS[name]
    laboratory = RowLaboratory(con, export, monkeypatch)
    survivors, tried = [], defaultdict(int)
    for number, rule in enumerate(export.row_rules):
        assert not laboratory.sees(number, rule)
        for what, condition in expression_mutants.mutants(rule.holds, rule.column):
            if is_equivalent(export, rule, what):
                continue
            tried[rule.rule_id, rule.column] += 1
            if not laboratory.sees(number, RowRule(rule.rule_id, rule.column, condition)):
                survivors.append(f"{rule.rule_id} {rule.column}: {what}")
    assert set(tried) == {(rule.rule_id, rule.column) for rule in export.row_rules}
    assert not survivors


@pytest.mark.parametrize("name", EXPORTS)
def test_every_change_of_a_code_list_is_reported(con, monkeypatch, name) -> None:
    """A code dropped from a list, or one of the wrong words of its canaries let in: reported."""
    export = EXPORTS[name]
    laboratory = RowLaboratory(con, export, monkeypatch)
    survivors = []
    for column in export.columns:
        if not column.codes:
            continue
        number = next(
            i for i, r in enumerate(export.row_rules) if (r.rule_id, r.column) == (column.code_rule, column.name)
        )
        wrong = {
            planted.cells[column.name].lower()
            for canary in CANARIES
            if (canary.rule_id, canary.column, canary.kind) == (column.code_rule, column.name, "bad")
            for planted in canary.rows
            if planted.is_bad
        }
        lists = [tuple(code for code in column.codes if code != dropped) for dropped in column.codes]
        lists += [(*column.codes, added) for added in wrong]
        assert len(wrong) >= 2
        for codes in lists:
            mutated = code_rules((replace(column, codes=codes),))[0]
            if not laboratory.sees(number, mutated):
                survivors.append(f"{column.name}: {set(codes) ^ set(column.codes)}")
    assert not survivors


TITLES = "Mr Mrs Ms Miss Mister Dr Prof Professor Herr Frau Mme Monsieur Madame Señora? Sr Sra"


def _phi_mutants() -> list[tuple[str, str]]:
    """PHI-01's pattern without each of its words and alternatives."""
    titles = TITLES.split()
    changes = [(rf"(?:{'|'.join(titles)})", rf"(?:{'|'.join(t for t in titles if t != title)})") for title in titles]
    records = ["MRN", "medical record", "patient record", "record no", "hospital no", "NHS"]
    changes += [(rf"\b(?:{'|'.join(records)})", rf"\b(?:{'|'.join(r for r in records if r != x)})") for x in records]
    changes += [(word, "never") for word in ("住院号", "病历号", "身份证", r"[\w.+-]+@[\w-]+\.[\w.-]+")]
    starts = [
        r"\+\d{1,3}[ -/.]?",
        r"\(?[2-9][0-8]\d\)?[ .-]",
        r"1[3-9]\d{9}",
        r"[0-8]\d{2}-\d{2}-\d{4}",
        r"[1-9]\d{5}(?:19|20)",
    ]
    changes += [(start, "never" + start) for start in starts]
    changes += [
        (r"\d{9}", r"\d{10}"),
        (r"\d{2}-\d{4}", r"\d{2}-\d{5}"),
        (r"[\dXx]", r"\d"),
        ("3-9", "4-9"),
        ("3-9", "3-8"),
    ]
    changes += [
        ("(?:19|20)", "19"),
        ("(?:19|20)", "20"),
        (r"\s+\p{Lu}", r"\s+"),
    ]
    return changes


def test_every_change_of_the_identity_pattern_is_reported(con, monkeypatch) -> None:
    """An identity that PHI-01 no longer sees, or a title alone that it takes for one: reported."""
    export = EXPORTS["rfa_sessions"]
    laboratory = RowLaboratory(con, export, monkeypatch)
    number = next(i for i, rule in enumerate(export.row_rules) if (rule.rule_id, rule.column) == ("PHI-01", "guidance"))
    survivors = []
    for old, new in _phi_mutants():
        assert old in phi.PATTERN, old
        with monkeypatch.context() as patch:
            patch.setattr(phi, "PATTERN", phi.PATTERN.replace(old, new))
            (mutated,) = phi.rules((export.column("guidance"),))
            if not laboratory.sees(number, mutated):
                survivors.append(f"{old} -> {new}")
    assert not survivors
