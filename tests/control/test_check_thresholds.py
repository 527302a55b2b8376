"""`registry check` says what the thresholds of a site.toml change, before anything is delivered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.kit import csv_of, row_of
from workflows.check_site import check_site

SAID = 'reason = "Large lesions are sent here"\nby = "A. Miller"\n'
NOW = "1 of 2 rows breaks the rule (50.0 %), and"
UNKNOWN = "What it changes is not known before a refresh: the rule judges tables that only a refresh makes."
CASES = {
    "passes with it": ("LES-03-W", 60, "", f"{NOW} 60 % may. It passes; with the rule's own 0 % it would fail."),
    "fails with it too": ("LES-03-W", 10, "", f"{NOW} 10 % may. It fails with it as with the rule's own 0 %."),
    "passes without it too": (
        "LES-04", 10, "",
        "0 of 2 rows break the rule (0.0 %), and 10 % may. It passes with it as with the rule's own 0 %.",
    ),
    "of a question": ("DS-01: margin known", 30, "", UNKNOWN),
    "of an own rule that is not there": (
        "HD-01", 5, "", "It changes nothing: no rule in force of that name judges a site.",
    ),
    "ended": ("LES-03-W", 60, "until = 2024-01-01\n", "It ended on 2024-01-01, so the rule's own threshold counts."),
    "without such rows": (
        "IMG-03", 5, "", "What it changes is not known: the site has no row that the rule judges.",
    ),
}  # fmt: skip
"""What -> the threshold of the rule, and what is said of it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site with two sessions, one of them of a large lesion."""
    folder = tmp_path / "lyon"
    (folder / "rfa_sessions").mkdir(parents=True)
    rows = [row_of("rfa_sessions"), row_of("rfa_sessions", patient_id="P2", max_diameter_mm="70")]
    (folder / "rfa_sessions" / "2024-06-30.csv").write_text(csv_of(rows), encoding="utf-8")
    return folder


def of_rule(rule: str, most: int, until: str = "") -> str:
    """The threshold of a rule in site.toml."""
    return f'[thresholds."{rule}"]\nmax_pct = {most}\n{SAID}{until}'


@pytest.mark.long
@pytest.mark.parametrize("what", CASES)
def test_a_check_says_what_a_threshold_changes(folder: Path, what: str) -> None:
    """Over or under, with it and with the rule's own; where that cannot be known, it says so."""
    rule, most, until, said = CASES[what]
    (folder / "site.toml").write_text('run_in = "none"\n' + of_rule(rule, most, until), encoding="utf-8")
    (effect,) = check_site(None, str(folder)).thresholds
    assert (effect.name, effect.max_pct, effect.sentence) == (rule, most, said)


@pytest.mark.long
def test_in_the_run_in_nothing_fails(folder: Path) -> None:
    """That is said beside it; without a threshold nothing is."""
    (folder / "site.toml").write_text('run_in = "60 quarters"\n' + of_rule("LES-03-W", 10), encoding="utf-8")
    (effect,) = check_site(None, str(folder)).thresholds
    assert effect.sentence.endswith(" The site is in its run-in, in which nothing counts as failed.")
    (folder / "site.toml").write_text('run_in = "none"\n', encoding="utf-8")
    assert check_site(None, str(folder)).thresholds == []
