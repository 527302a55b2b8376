"""The five questions of docs/cohorts.md: by page, by recipe and in Python they give the same numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import ablation_registry as ar
from analysis.report import numbers
from tests.analysts.run_python import close_releases, run_block
from tests.e2e.demonstration import Demonstration
from tests.explore.client import TestClient
from tests.variants import quick
from warehouse.cohorts.attrition import Choice, choose
from warehouse.cohorts.recipe import Recipe, read_recipe
from workflows.recipe_tables import tables_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cohorts.md").read_text(encoding="utf-8")
ASKED = PAGE.split("## Five questions")[1].split("\n## ")[0]
FIRST, *PARTS = re.split(r"^### ", ASKED, flags=re.M)
CODE = re.compile(r"^```python\n(.*?)^```", re.M | re.S)


@dataclass(frozen=True)
class Question:
    """A question of the page: its words, the link, the recipe and the code."""

    words: str
    link: str
    recipe: Path
    code: str

    def __str__(self) -> str:
        return self.recipe.stem


def read(part: str) -> Question:
    """Read a question of the page."""
    (link,) = re.findall(r"^```\n(/\?\S+)\n```$", part, re.M)
    (recipe,) = re.findall(r"`registry cohort (examples/recipes/[\w-]+[.]yaml) --out [\w-]+`", part)
    (code,) = CODE.findall(part)
    return Question(part.splitlines()[0], link, ROOT / recipe, code)


QUESTIONS = [read(part) for part in PARTS]


@pytest.fixture(scope="module")
def names(demonstration: Demonstration) -> Iterator[dict[str, Any]]:
    """What the first block of Python gives the others."""
    found: dict[str, Any] = {"ar": ar}
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("REGISTRY_HOME", str(demonstration.home.root))
        run_block(CODE.findall(FIRST)[0], found)
    yield found
    close_releases(found)


@dataclass(frozen=True)
class Answered:
    """What a recipe answers: whom it chooses, and its tables."""

    recipe: Recipe
    choice: Choice
    tables: dict[str, pd.DataFrame]


def answered(demonstration: Demonstration, question: Question) -> Answered:
    """Answer a question by its recipe."""
    recipe = read_recipe(question.recipe)
    with demonstration.open() as con:
        choice = choose(con, recipe.criteria)
        return Answered(recipe, choice, tables_of(con, choice, recipe))


def test_five_questions_of_three_readers() -> None:
    """A radiologist, a statistician and a data manager ask; every recipe of examples/ answers one of them."""
    assert len(QUESTIONS) == 5 and all(question.words.endswith("?") for question in QUESTIONS)
    assert {one.words.split(":")[0] for one in QUESTIONS} == {"A radiologist", "A statistician", "A data manager"}
    assert {one.recipe for one in QUESTIONS} == set((ROOT / "examples" / "recipes").glob("*.yaml"))


@pytest.mark.long
@pytest.mark.parametrize("question", quick(2, QUESTIONS), ids=str)
def test_page_recipe_and_python_agree(
    pages: TestClient, names: dict[str, Any], demonstration: Demonstration, question: Question
) -> None:
    """Who is left after each criterion, the curves to the last bit, and every hazard ratio as it is printed."""
    own = answered(demonstration, question)
    printed, shown = run_block(question.code, names)
    said = printed + repr(shown)
    (cohort,) = [value for value in names.values() if is_cohort_of(value, own)]
    html = pages.get(question.link).text
    steps = [(step.n_patients, step.n_lesions) for step in own.choice.steps]
    assert [(s.n_patients, s.n_lesions) for s in cohort.steps] == steps
    assert shown_steps(html) == (steps if len(steps) > 1 else [])
    assert f'id="n-patients">{steps[-1][0]:,}<' in html and f'id="n-lesions">{steps[-1][1]:,}<' in html

    drawn = "cumulative_incidence" if "cumulative_incidence" in own.tables else "km_curve"
    table = own.tables[drawn]
    grouping = own.recipe.by[0].name if own.recipe.by else "overall"
    wanted = table[table["grouping"] == grouping]["estimate"].astype(float).tolist()
    curve = downloaded(pages, question, "curve")
    assert curve["estimate"].tolist() == pytest.approx(wanted, abs=0, rel=0, nan_ok=True)
    assert estimated(cohort, own, drawn) == pytest.approx(wanted, abs=0, rel=0, nan_ok=True)

    if own.recipe.covariates:
        cox = own.tables["cox"]
        ratios = cox[(cox["quantity"] == "hazard_ratio") & (cox["analysis"] == "multivariable")]
        texts = [numbers.ratio_interval(r["estimate"], r["lower"], r["upper"]) for _, r in ratios.iterrows()]
        assert len(texts) >= len(own.recipe.covariates) and "–" in texts[0]
        model = downloaded(pages, question, "model")
        for name in ("n", "n_events", "estimate", "lower", "upper", "p_value"):
            assert model[name].tolist() == pytest.approx(cox[name].astype(float).tolist(), abs=0, rel=0, nan_ok=True)
        for text in texts:
            assert text in unescape(re.sub(r"<[^>]+>", "", html)), text
            assert text in said, text


def downloaded(pages: TestClient, question: Question, what: str) -> pd.DataFrame:
    """A table of the page, as CSV."""
    answer = pages.get(question.link.replace("/?", f"/files/{what}.csv?"))
    return pd.read_csv(io.BytesIO(answer.content), float_precision="round_trip")


def is_cohort_of(value: Any, own: Answered) -> bool:
    """Whether a name is a cohort of the question's criteria."""
    return isinstance(value, ar.Cohort) and [one.where for one in value.steps] == [
        one.where for one in own.choice.steps
    ]


def shown_steps(html: str) -> list[tuple[int, int]]:
    """The patients and lesions of each line of the attrition."""
    table = re.search(r'<table class="steps">.*?</table>', html, re.S)
    cells = re.findall(r'<td class="number">([\d,]+)', table[0]) if table else []
    found = [int(cell.replace(",", "")) for cell in cells]
    return list(zip(found[::2], found[1::2], strict=True))


def estimated(cohort: ar.Cohort, own: Answered, drawn: str) -> list[float]:
    """The curve's estimates in Python."""
    recipe = own.recipe
    by = recipe.by[0] if recipe.by else None
    ask = cohort.cumulative_incidence if drawn == "cumulative_incidence" else cohort.kaplan_meier
    table = ask(recipe.endpoint, by, level=recipe.level, time_zero=recipe.time_zero).table
    return table["estimate"].astype(float).tolist()
