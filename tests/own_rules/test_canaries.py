"""The canaries of own rules: a rule that does not bite is refused by name, and says which row shows it."""

from __future__ import annotations

import pytest

from schemas.rule_book import RuleBook
from tests.own_rules.files import EXAMPLE, book, document, metric, rule
from warehouse.own_rules.read_rules import book_of_files
from warehouse.quality.own_canaries import prove
from warehouse.storage.home_files import read_one

CASES = {
    "bites": (document(rule()), ""),
    "finds nothing": (document(rule("SELECT count(*) FROM {object} WHERE false")), "does not find its bad row 1"),
    "finds too much": (document(rule("SELECT count(*) FROM {object} WHERE {property} < 41")), "finds its good row 1"),
    "a good row that is swallowed": (
        document(rule(canaries="[{bad: {power_w: 39}}, {good: {power_w: 900}}]")),
        "good row 1 proves nothing: ABL-06 sets it aside",
    ),
    "a bad row that is swallowed": (
        document(
            rule(
                "SELECT count(*) FROM {object} AS s JOIN patients AS p USING (site, patient_id) WHERE p.ecog = 4",
                "[{bad: {session_date: 2030-01-01}, with: {patients: {ecog: 4}}}, {good: {}}]",
            )
        ),
        "bad row 1; ABL-02 sets it",
    ),
    "a cell of a row beside it that is swallowed": (
        document(
            rule(
                "SELECT count(*) FROM {object} AS s JOIN patients AS p USING (site, patient_id) WHERE p.cea_ng_ml > 9",
                "[{bad: {}, with: {patients: {cea_ng_ml: 60000}}}, {good: {}, with: {patients: {cea_ng_ml: 1}}}]",
            )
        ),
        "bad row 1; PAT-12 sets it, or a row beside it, aside",
    ),
    "fails on its rows": (
        document(
            rule(
                "SELECT count(*) FROM {object} WHERE CAST(patient_id AS INTEGER) > 5",
                "[{bad: {patient_id: 7}}, {good: {}}]",
            )
        ),
        "fails, or takes too long, on its own canaries",
    ),
    "duplicates beyond the first": (
        document(
            metric(
                "duplicateValues",
                "{properties: [session_id]}",
                "[{bad: {lesion_id: L-2}, with: {rfa_sessions: {}}}, {good: {}}]",
            )
        ),
        "",
    ),
}


@pytest.fixture(scope="module")
def proven() -> dict[str, RuleBook]:
    """Every case under an id of its own, proven together as one book."""
    texts = {
        name: text.replace("HD-01", f"HD-{number:02}") for number, (name, (text, _)) in enumerate(CASES.items(), 10)
    }
    made = prove(book(*texts.values()))
    return {name: made for name in texts}


@pytest.mark.parametrize("name", CASES)
def test_a_rule_is_in_force_if_its_canaries_bite(name: str, proven: dict[str, RuleBook]) -> None:
    """Each rule is judged by its own rows, whatever other rules and their rows say."""
    rule_id = f"HD-{list(CASES).index(name) + 10:02}"
    words = CASES[name][1]
    made = proven[name]
    reasons = {one.rule_id: one.reason for one in made.refused}
    assert (rule_id in {one.rule_id for one in made.own}) == (words == ""), reasons.get(rule_id)
    assert words in reasons.get(rule_id, "")


@pytest.mark.long
def test_the_example_s_rules_bite() -> None:
    """The rules that docs show are in force as they stand."""
    made = prove(book_of_files([read_one(EXAMPLE)]))
    assert [one.rule_id for one in made.own] == ["HD-01", "HD-02", "HD-03"]
    assert made.refused == ()


MUTANTS = (
    ("-01", "{property} < 40", "{property} <= 40"),
    ("-01", "{property} < 40", "{property} < 39"),
    ("-01", "modality = 'mwa' AND {property} < 40", "{property} < 40"),
    ("-01", "modality = 'mwa' AND", "modality = 'mwa' OR"),
    ("-02", "INTERVAL 60 DAY", "INTERVAL 61 DAY"),
    ("-02", "INTERVAL 60 DAY", "INTERVAL 59 DAY"),
    ("-02", "i.exam_date > s.session_date", "i.exam_date >= s.session_date"),
    ("-02", "i.exam_date > s.session_date AND", ""),
    ("-02", "NOT EXISTS", "EXISTS"),
    ("-03", "[extended, ngs]", "[extended, ngs, exon2_only]"),
    ("-03", "[extended, ngs]", "[extended]"),
    ("-03", "invalidValues", "nullValues"),
)
"""The end of a rule's id in the example, a piece of its text, and what a slip makes of it."""


@pytest.mark.long
def test_a_slip_in_a_rule_of_the_example_is_refused() -> None:
    """The canaries tell the rule from rules that differ by one sign, one number or one clause."""
    text = EXAMPLE.read_text(encoding="utf-8")
    texts = []
    for number, (_, right, wrong) in enumerate(MUTANTS):
        assert right in text
        mutant = text.replace(right, wrong).replace("HD-", f"M{number:02}-")
        texts.append(mutant.replace("arguments: {validValues: [extended, ngs]}", "") if "null" in wrong else mutant)
    made = prove(book(*texts))
    assert [one.rule_id for one in made.refused] == [f"M{number:02}{end}" for number, (end, *_) in enumerate(MUTANTS)]
