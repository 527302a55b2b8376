"""What a file of expectations must not say: each said in one sentence with its cure, and never left out in silence."""

from __future__ import annotations

import json

import pytest

from tests.expectations.suites import BETWEEN, EXAMPLE, FILLED, expectation, reasons, suite, text
from tests.structure.checkout import ROOT
from tests.variants import quick
from warehouse.expectations.judged_types import COUNTED, NOT_JUDGED
from warehouse.expectations.library import new_context

REFUSED = {
    "no JSON": ('{\n"name": "x",\n"expectations": [}', "The file is not JSON (line 3)."),
    "not UTF-8": (None, "The file is not UTF-8 text"),
    "not a number": ('{"name": NaN}', "The file is not JSON."),
    "a list": ("[]", "The file holds no suite."),
    "a key twice": ('{"name": "x", "name": "y"}', "The key 'name' is stated twice."),
    "the old form": (
        '{"expectation_suite_name": "x", "expectations": []}',
        "before 1.0 (it holds expectation_suite_name)",
    ),
    "a misspelt key": (text(expectation(), expectation_s=1), "unknown key 'expectation_s'. Did you mean expectations?"),
    "no name": (json.dumps({"expectations": [expectation()]}), "The suite has no name."),
    "a name that leads elsewhere": (text(expectation(), name="../x"), "The suite has no name."),
    "a name of ours": (text(expectation(), name="Dates"), "The name Dates is taken by the platform."),
    "a name of a page": (text(expectation(), name="history"), "is taken by the platform."),
    "parameters": (text(expectation(), suite_parameters={"a": 1}), "The suite has parameters"),
    "nothing": (text(), "The suite holds no expectation, so it checks nothing."),
    "nearly meta": (text(expectation(), meta={"tabel": "clean.lesions"}), "Did you mean table?"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_suite_is_refused(what: str) -> None:
    """One sentence with its cure."""
    given, said = REFUSED[what]
    (reason,) = reasons(given)
    assert said in reason and reason.endswith((".", "?")) and "\n" not in reason


def test_of_two_suites_of_one_name_neither_is_judged() -> None:
    """Both files are named; the third is judged."""
    said = reasons(text(expectation()), text(expectation(), name="other"), text(expectation(), name="House"))
    assert said == ["The suite house is stated twice, in a.json and c.json. Rename one.", "", said[2]]
    assert "a.json and c.json" in said[2]


WRONG = {
    "a slip in the type": (expectation("expect_column_values_to_not_be_nul"), f"Did you mean {FILLED}?"),
    "no such type": (expectation("expect_the_best"), "docs/expectations.md lists them."),
    "no type": ({"kwargs": {}}, "The expectation has no type."),
    "the old form": ({"expectation_type": FILLED, "kwargs": {"column": "power_w"}}, "before 1.0"),
    "no object": ("power_w", "An expectation is no object."),
    "SQL": (expectation("unexpected_rows_expectation", None, unexpected_rows_query="SELECT 1"), "Write a rule"),
    "an order of rows": (expectation("expect_column_values_to_be_increasing"), "depends on an order of rows"),
    "a misspelt key": (expectation() | {"sevrity": "info"}, "Did you mean severity?"),
    "an unknown severity": (expectation(severity="error"), "The severity 'error' is unknown."),
    "a misspelt gate": (expectation(meta={"gates": True}), "Did you mean gate?"),
    "a gate as text": (expectation(meta={"gate": "true"}), "`gate` in meta is neither true nor false."),
    "a gate that would warn": (expectation(severity="warning", meta={"gate": True}), "would refuse nothing"),
    "no table": (expectation(meta={"table": ""}), "The expectation names no table."),
    "a table without its schema": (expectation(meta={"table": "lesions"}), "Did you mean clean.lesions?"),
    "a table that is not there": (
        expectation(meta={"table": "clean.leisons"}),
        "no table 'clean.leisons' for suites. Did you",
    ),
    "a table of raw rows": (expectation(meta={"table": "raw.sessions_x"}), "the tables of clean and derived"),
    "kwargs as a list": ({"type": FILLED, "kwargs": []}, "`kwargs` is no object."),
    "mostly as text": (expectation(mostly="0.6"), "`mostly` is no number."),
    "a parameter": (expectation(BETWEEN, min_value={"$PARAMETER": "x"}), "An argument is a parameter"),
}


@pytest.mark.parametrize("what", quick(8, WRONG))
def test_an_expectation_that_cannot_be_read_stays_and_says_why(what: str) -> None:
    """It is not dropped, refuses nothing, and takes no other along."""
    given, said = WRONG[what]
    wrong, sound = suite(given, expectation(FILLED, "time_min")).expectations
    assert said in wrong.problem and wrong.problem.endswith((".", "?"))
    assert wrong.severity != "gate"
    assert (sound.problem, sound.severity, sound.name) == ("", "critical", "time_min: values to not be null")


def test_names_are_distinct_and_sentences_are_made() -> None:
    """Name and description if they are given, otherwise made of columns, type and arguments."""
    first, second, named = suite(
        expectation(BETWEEN, min_value=10), expectation(BETWEEN, min_value=20), expectation(meta={"name": "power"})
    ).expectations
    assert (first.name, second.name) == ("power_w: values to be between", "power_w: values to be between (2)")
    assert first.sentence == "Expect column values to be between: column power_w, min_value 10."
    assert named.name == "power"


def test_the_example_is_the_one_of_the_page() -> None:
    """examples/expectations/house.json is what docs/expectations.md tells to write, and has a gate."""
    example = EXAMPLE.read_text(encoding="utf-8")
    page = (ROOT / "docs" / "expectations.md").read_text(encoding="utf-8")
    assert reasons(example) == [""]
    assert f"```json expectations/house.json\n{example}```" in page


def test_every_type_of_the_library_is_judged_or_says_why_not() -> None:
    """A type that a newer version of the library brings has to be put into one of the two lists."""
    new_context()  # imports the library without its warnings
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    assert set(list_registered_expectation_implementations()) == set(COUNTED) | set(NOT_JUDGED)
    assert not set(COUNTED) & set(NOT_JUDGED)


def test_the_page_lists_every_type() -> None:
    """What may be expected stands in the table of the page, and nothing else."""
    page = (ROOT / "docs" / "expectations.md").read_text(encoding="utf-8")
    table = page[page.index("| type | counts |") : page.index("`mostly` is a share of what is counted")]
    assert set(table.split("`")[1::2]) - {"mostly", "ignore_row_if"} == set(COUNTED)
