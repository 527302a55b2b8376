"""What a plan's analyses say of themselves is said in every language of the page."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from analysis.report import labels, made_terms
from analysis.report.own_plan import without_day
from languages.known import ENGLISH, LANGUAGES
from languages.phrases import phrases
from tests.e2e.demonstration import Demonstration
from tests.own_plan.plans import CURVES, followed, model
from tests.own_plan.test_estimates import TONIGHT
from tests.own_plan.test_unexpected_terms import NOBODY, OF_STRATA
from workflows.plan_estimates import estimated

MORE = {
    "a contrast": '[primary]\nendpoint = "TTLTP"\nlevel = "lesion"\ncontrast = "ras"\nadjust = "minimal_margin_mm"\n',
    "watched later": model(level='"lesion"', entry='"adequate_date"'),
    "by an outcome": model(formula='"ltp"', endpoint='"OS"'),
    "a subgroup by an outcome": model(subgroup='"ltp = 1"', endpoint='"OS"'),
    "nobody in a class": NOBODY + model(formula='"kras + timing"'),
    "no logarithm": model(formula='"log2(minimal_margin_mm)"'),
    "a spline": model(level='"lesion"', formula='"rcs(minimal_margin_mm, [2, 5, 10])"'),
    "knots on both sides": model(formula='"rcs(max_diameter_mm, [-5, 20, 900])"'),
    "treatments": model(endpoint='"DFS"', formula='"kras"') + CURVES.replace("OS", "STFI"),
    "therapies": model(endpoint='"OS"', formula='"on_systemic"', time_varying='"systemic"'),
    "nothing to impute": model(formula='"sex"', imputations="5"),
}


@pytest.fixture(scope="module")
def con(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study's release, open."""
    with demonstration.open() as opened:
        yield opened


def notes_of(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Every note of the plans that tests make, as the page has it. It shows no notes of guards."""
    found: set[str] = set()
    plans = [*(text for text, _ in TONIGHT.values()), *OF_STRATA.values(), *MORE.values()]
    for text in plans:
        made = estimated(con, followed(text), {})
        tables: list[pd.DataFrame] = [table for name, table in made.items() if name != "guards"]
        found |= {labels.remark(without_day(note)) for table in tables for note in table["note"].dropna().unique()}
    return found - {""}


def test_a_note_is_said_in_every_language(con: duckdb.DuckDBPyConnection) -> None:
    """No part of a note stays English on a page in another language."""
    notes = notes_of(con)
    assert len(notes) > 20
    for code in LANGUAGES:
        if code != ENGLISH:
            unsaid = [note for note in notes if not phrases(code).knows(note)]
            assert not unsaid, (code, unsaid)


def test_a_made_term_is_said_in_every_language() -> None:
    """Crossings and splines are words, not the formula's own names."""
    term = "ras[T.mutant]:rcs(minimal_margin_mm, [2, 5, 10])[curve 1]"
    for code in LANGUAGES:
        if code != ENGLISH:
            assert phrases(code).knows(made_terms.words(term)), code
