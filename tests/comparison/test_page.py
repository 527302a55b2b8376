"""docs/comparisons.md is executed on the demonstration study; its plan's rows fit the tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.comparison.compare import COLUMNS, CURVE_COLUMNS
from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import run_here
from tests.own_plan.plans import followed, read
from tests.own_rules.test_page import FENCE, printed
from tests.structure.checkout import ROOT
from tests.variants import quick
from workflows.plan_estimates import estimated

PAGE = ROOT / "docs" / "comparisons.md"
BASE = {
    "name": '"c"',
    "endpoint": '"TTLTP"',
    "level": '"lesion"',
    "treatment": '"modality"',
    "levels": '["mwa", "rfa"]',
    "confounders": '"max_diameter_mm"',
}


def comparison(**keys: str) -> str:
    """A plan with one comparison, with these keys (TOML) instead or besides."""
    return "[[comparisons]]\n" + "".join(f"{key} = {value}\n" for key, value in (BASE | keys).items())


def test_the_page_shows_what_is_printed(demonstration: Demonstration, tmp_path: Path) -> None:
    """Its command on its plan prints what stands below it."""

    def replaced(block: re.Match[str]) -> str:
        language, name, content = block.groups()
        if name:
            (tmp_path / name).write_text(content, encoding="utf-8")
        if language != "console":
            return block[0]
        typed = content.splitlines()[0]
        words = [word.replace("comparison.toml", str(tmp_path / "comparison.toml")) for word in typed.split()[2:]]
        lines = printed(run_here(demonstration.home.root, *words), demonstration.home.root)
        return "\n".join(["```console", typed, *lines, "```"])

    text = PAGE.read_text(encoding="utf-8")
    assert FENCE.sub(replaced, text) == text


def test_the_rows_fit_the_tables(demonstration: Demonstration) -> None:
    """Built-in, both tables are empty, with the columns that a plan fills; every row is marked as the plan's."""
    with demonstration.open() as con:
        made = estimated(con, followed(comparison(levels='["rfa", "mwa"]')), {})
        empty = {name: con.execute(f"FROM analysis.{name}").df() for name in ("comparisons", "comparison_curves")}
    assert not len(empty["comparisons"]) and list(empty["comparisons"]) == COLUMNS == list(made["comparisons"])
    assert not len(empty["comparison_curves"]) and list(empty["comparison_curves"]) == CURVE_COLUMNS
    assert set(made["comparisons"]["model"]) == {"plan.c"} and "sample_size" not in made
    assert set(made["guards"]["state"]) == {"not estimable"}


SLIPS = {
    "endpoint": ('"TTLTPP"', "Did you mean TTLTP?"),
    "level": ('"lesions"', "Did you mean lesion?"),
    "treatment": ('"modalty"', "Did you mean modality?"),
    "levels": ('["mwa", "rfaa"]', "Did you mean rfa?"),
    "levels of one": ('["mwa", "mwa"]', "compares mwa with itself"),
    "levels of three": ('["mwa", "rfa", "other"]', "levels"),
    "a number": ('"max_diameter_mm"', "which is a number"),
    "confounders": ('"max_diameter"', "Did you mean max_diameter_mm?"),
    "itself": ('"modality + ras"', "names the treatment among its confounders"),
    "code": ('"open(ras)"', "which is not allowed"),
    "estimand": ('"ATU"', "which is no estimand"),
    "LTP": ('"LTP"', "LTP"),
    "covariates": ('"ras"', "covariates is no key of a plan"),
    "person": ('"patient_id"', "not about persons"),
}
KEYS = {
    "levels of one": "levels",
    "levels of three": "levels",
    "a number": "treatment",
    "itself": "confounders",
    "code": "confounders",
    "LTP": "endpoint",
    "person": "confounders",
}


@pytest.mark.parametrize("what", quick(5, SLIPS))
def test_a_slip_is_refused_in_one_sentence(what: str) -> None:
    """With the nearest name, or the cure."""
    value, said = SLIPS[what]
    found = read(comparison(**{KEYS.get(what, what): value}))
    assert found.plan is None and said in found.reason and "\n" not in found.reason, found.reason


def test_an_outcome_among_the_confounders_warns(demonstration: Demonstration) -> None:
    """What is known only later is no confounder."""
    with demonstration.open() as con:
        made = estimated(con, followed(comparison(confounders='"n_sessions"', levels='["rfa", "mwa"]')), {})
    assert made["comparisons"]["note"].str.contains("known only after the ablation").any()
