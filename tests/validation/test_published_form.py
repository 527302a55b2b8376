"""What a file of a published model or claim may say, and what is refused with its cure."""

from __future__ import annotations

import hashlib

import pytest

from schemas.home_file import HomeFile
from tests.variants import quick
from warehouse.cohorts.published_form import PublishedFile, PublishedRefused
from warehouse.cohorts.published_skeleton import skeleton
from workflows.published_checks import published_of, read_terms

MODEL = '[model]\nendpoint = "TTLTP"\nlevel = "lesion"\n'
TERM = '[[model.terms]]\ncolumn = "max_diameter_mm"\nratio = 1.4\n'
GROUPS = '[[claims]]\nname = "c"\ngroups = [{ where = "kras = \'mutant\'", share = "15/49" }]\n'
RATIO = '[[claims]]\nname = "c"\nformula = "kras"\nterm = "kras"\nratio = 2.0\n'


def published(text: str | None) -> PublishedFile:
    """The file that a text states."""
    sha256 = hashlib.sha256((text or "").encode()).hexdigest()
    return published_of(HomeFile("score.toml", sha256, text))


def test_the_skeleton_can_be_tested_as_it_is() -> None:
    """With the comments as they are, and with every key in force."""
    text = skeleton("score.toml")
    assert published(text).model is not None and "registry test-model score.toml" in text
    lines = [
        line[2:] if line.startswith("# ") and ("=" in line or "[" in line or "]" in line) else line
        for line in text.splitlines()
    ]
    whole = published("\n".join(line for line in lines if not line.startswith("registry test-model")))
    assert whole.model is not None and whole.model.baseline is not None and len(whole.claims) == 3


REFUSED = {
    "no TOML": ("model", "score.toml is not TOML"),
    "nothing": ('title = "t"', "states neither a model nor a claim. Write [model] or [[claims]]."),
    "an unknown key": (
        MODEL.replace("level", "levle") + TERM,
        "model.levle is no key of such a file. Did you mean level?",
    ),
    "an unknown part": (MODEL + TERM + "[model.basline]\nmonths = 12\n", "Did you mean baseline?"),
    "an unknown column": (MODEL + TERM.replace("diameter", "diametre"), "Did you mean max_diameter_mm?"),
    "a column of the other level": (
        MODEL.replace('"lesion"', '"patient"') + TERM.replace("max_diameter_mm", "segment"),
        "names segment, which is no column of cohort.patients.",
    ),
    "a text as number": (MODEL + TERM.replace("max_diameter_mm", "ras"), "Write a condition: when = \"ras = '...'\"."),
    "a condition's column": (MODEL + '[[model.terms]]\nwhen = "krs = 1"\nratio = 2\n', "names krs, which is no column"),
    "a condition that runs code": (
        MODEL + "[[model.terms]]\nwhen = \"read_text('x') = ''\"\nratio = 2\n",
        "calls read_text, which is not allowed.",
    ),
    "a person": (
        MODEL + "[[model.terms]]\nwhen = \"patient_id = 'P'\"\nratio = 2\n",
        "about groups, not about persons",
    ),
    "an unknown endpoint": (MODEL.replace("TTLTP", "TTLT") + TERM, "Did you mean TTLTP?"),
    "a model of LTP": (MODEL.replace("TTLTP", "LTP") + TERM, "is of LTP, which has no time."),
    "incidence where nothing competes": (
        '[model]\nendpoint = "OS"\nof = "incidence"\n[[model.terms]]\ncolumn = "ecog"\nratio = 2\n',
        "nothing competes with OS.",
    ),
    "two effects": (MODEL + TERM + "coefficient = 0.3\n", "states either a ratio or a coefficient"),
    "no effect": (MODEL + TERM.replace("ratio = 1.4\n", ""), "states either a ratio or a coefficient"),
    "a ratio below 0": (MODEL + TERM.replace("1.4", "-1.4"), "model.terms.1.ratio: input should be greater than 0."),
    "a term twice": (MODEL + TERM + TERM, "names a term twice"),
    "percent as shares": (
        MODEL + TERM + "[model.baseline]\nmonths = [12]\nfree = [93]\n",
        "has shares that do not fall between 1 and 0; 85 % is 0.85.",
    ),
    "a baseline that rises": (
        MODEL + TERM + "[model.baseline]\nmonths = [12, 24]\nfree = [0.8, 0.9]\n",
        "has shares that do not fall",
    ),
    "a baseline of another length": (
        MODEL + TERM + "[model.baseline]\nmonths = [12]\nfree = [0.9, 0.8]\n",
        "another number",
    ),
    "months that do not rise": (
        MODEL + TERM + "[model.baseline]\nmonths = [24, 12]\nfree = [0.9, 0.8]\n",
        "months that do not rise",
    ),
    "more events than subjects": (GROUPS.replace("15/49", "50/49"), 'has a share that is not written like "13/71".'),
    "a share in words": (GROUPS.replace("15/49", "15 of 49"), 'has a share that is not written like "13/71".'),
    "limits beside the figure": (
        GROUPS.replace('share = "15/49"', "percent = 50, lower = 60, upper = 70"),
        "has limits that do not hold its percent",
    ),
    "a time of no time": (GROUPS + "months = 12\n", "states months with an endpoint that has times"),
    "an unknown estimator": (
        GROUPS + 'estimator = "actuarial"\n',
        "is none of kaplan_meier, cumulative_incidence, crude.",
    ),
    "a claim's term": (
        RATIO.replace('term = "kras"', 'term = "krs"'),
        "krs, which is no term of the formula. Did you mean kras?",
    ),
    "a claim's formula": (RATIO.replace('"kras"\nterm', '"exec(kras)"\nterm'), "calls exec, which is not allowed."),
    "a ratio without a formula": (
        RATIO.replace('formula = "kras"\n', ""),
        "has a ratio, which needs its formula and its term",
    ),
    "neither groups nor ratio": ('[[claims]]\nname = "c"\n', "states either groups or a ratio"),
    "one limit": (RATIO + "lower = 1.0\n", "states both limits of its ratio, or neither"),
}


@pytest.mark.parametrize("what", quick(12, REFUSED))
def test_what_is_refused(what: str) -> None:
    """One sentence names the file, what is wrong and the cure; a value of the writer's is not repeated."""
    text, said = REFUSED[what]
    with pytest.raises(PublishedRefused) as refused:
        published(text)
    assert said in str(refused.value) and str(refused.value).startswith("score.toml"), str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_text_is_refused() -> None:
    """It is not UTF-8."""
    with pytest.raises(PublishedRefused, match="not UTF-8"):
        published(None)


def test_who_is_unknown_has_no_score() -> None:
    """A condition is null where its column is empty or unknown, unless it speaks of that itself."""
    terms = "".join(
        f'[[model.terms]]\nwhen = "{when}"\nratio = 2\n'
        for when in ("ras = 'mutant'", "ras <> 'unknown'", "minimal_margin_mm < 5", "minimal_margin_mm IS NULL")
    )
    model = published(MODEL + terms).model
    assert model is not None
    known, speaks, number, missing = (term.sql() for term in read_terms(model))
    assert known.startswith('CASE WHEN "ras" IS NOT NULL AND "ras" <> \'unknown\' THEN')
    assert speaks.startswith("CASE WHEN true THEN") and missing.startswith("CASE WHEN true THEN")
    assert number.startswith('CASE WHEN "minimal_margin_mm" IS NOT NULL THEN')
