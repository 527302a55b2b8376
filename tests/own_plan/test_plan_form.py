"""What a plan says, what its analyses are as definitions, and what is refused in which words."""

from __future__ import annotations

import re

import pytest

from tests.own_plan.plans import CURVES, EXAMPLE, MODEL, followed, model, read
from tests.variants import quick
from warehouse.cohorts.plan_skeleton import SKELETON

PRIMARY = '[primary]\nendpoint = "LTPFS"\ncontrast = "ras"\nreference = "wild_type"\n'
TERM = '[[terms]]\nname = "margin"\ncolumn = "minimal_margin_mm"\ncategories = [5]\n'
GROUPS = '[[groups]]\nname = "mutation"\n[groups.levels]\n"RAS" = "ras = \'mutant\'"\n"none" = "ras = \'wild_type\'"\n'


def hashes(text: str) -> dict[str, str]:
    """Kind and name of each analysis -> its definition's hash."""
    return {f"{one.kind} {one.item.name}": one.sha256 for one in followed(text).definitions}


def test_the_example_and_the_skeleton_can_be_followed() -> None:
    """The example declares a primary contrast (a model and curves), three models and curves; the skeleton works as it
    is, with every line that it shows as a comment too.
    """
    found = hashes(EXAMPLE.read_text(encoding="utf-8"))
    assert list(found) == [
        *("model primary", "model margin_and_mutation", "model margin_dose", "model ras_incidence"),
        *("curves primary", "curves survival_by_mutation"),
    ]
    assert list(hashes(SKELETON)) == ["model primary", "model ras_adjusted", "curves primary", "curves survival_by_ras"]
    keys = re.sub(r'^# (?=[\w\["][\w. "\[\]]*( =|\]$))', "", SKELETON, flags=re.M)
    keys = re.sub(r'^(method|formula = "ras \*|cluster|test|time_varying).*\n', "", keys, flags=re.M)
    assert "[[groups]]\n" in keys and followed(keys).groups[0].name == "mutation"


SAME = {
    "comments and blanks": "# why\n\n" + MODEL.replace(" = ", "   =   ") + "# the end\n",
    "another order of keys": '[[models]]\nformula = "kras"\nendpoint = "ttltp"\nname = "m"\n',
    "another name and a title": MODEL.replace('"m"', '"other"') + 'title = "Ours"\n',
    "what is there by default": MODEL + 'level = "patient"\nmethod = "cox"\n',
    "beside others": PRIMARY + MODEL + CURVES + TERM,
    "a formula with blanks": MODEL.replace('"kras"', '"  kras "'),
}


@pytest.mark.parametrize("how", SAME)
def test_a_definition_outlives_its_layout(how: str) -> None:
    """What changes nothing in what is estimated keeps the definition, and so its day."""
    (before,) = hashes(MODEL).values()
    assert before in hashes(SAME[how]).values()


OTHER = {
    "another endpoint": MODEL.replace("TTLTP", "LTPFS"),
    "another level": MODEL + 'level = "lesion"\n',
    "another formula": MODEL.replace('"kras"', '"kras + sex"'),
    "a reference": MODEL + 'references = { kras = "mutant" }\n',
    "strata": MODEL + 'strata = "site"\n',
    "entry": MODEL + 'entry = "last_followup_date"\n',
    "a cluster": MODEL + 'cluster = "site"\n',
    "a subgroup": MODEL + 'subgroup = "ecog = 0"\n',
    "a covariate that changes": MODEL.replace('"kras"', '"after_reablation"') + 'time_varying = "reablation"\n',
    "another method": MODEL + 'method = "fine_gray"\n',
}


@pytest.mark.parametrize("how", OTHER)
def test_another_analysis_is_another_definition(how: str) -> None:
    """Every key that moves the estimate moves the definition."""
    assert set(hashes(MODEL).values()).isdisjoint(hashes(OTHER[how]).values())


def test_a_definition_holds_the_terms_that_it_uses() -> None:
    """Other categories of a term, or another order of conditions, are another analysis; an unused term is nothing."""
    uses = MODEL.replace('"kras"', '"margin"')
    before = hashes(uses + TERM)
    assert before != hashes(uses + TERM.replace("[5]", "[6]"))
    assert before == hashes(uses + TERM + GROUPS)
    first, second = GROUPS.splitlines()[3:]
    turned = GROUPS.replace(f"{first}\n{second}", f"{second}\n{first}")
    uses = MODEL.replace('"kras"', '"mutation"')
    assert hashes(uses + GROUPS) != hashes(uses + turned)


REFUSED = {
    "no TOML": ("primary = [", "plan.toml is not TOML"),
    "a line of it": (MODEL + "formula 5\n", r"plan.toml is not TOML \(line 5"),
    "nothing": ("", "plan.toml declares no analysis. Write [primary]"),
    "only terms": (TERM, "plan.toml declares no analysis."),
    "not UTF-8": (None, "plan.toml is not UTF-8 text, or cannot be read."),
    "an unknown key": (model(formla='"kras"'), "models.1.formla is no key of a plan. Did you mean formula?"),
    "an unknown part": ('[[model]]\nname = "m"\n', "model is no key of a plan. Did you mean models?"),
    "an unknown key of groups": (GROUPS.replace("[groups.levels]", "per = 5\n[groups.levels]"), "take no per"),
    "a missing key": ('[[models]]\nname = "m"\nendpoint = "OS"\n', "models.1.formula is missing."),
    "a name with blanks": (model(name='"my model"'), "models.1.name is not a name of small letters"),
    "two models of one name": (MODEL + MODEL, "two models are called m. Rename one of them."),
    "a model named primary": (PRIMARY + model(name='"primary"'), "two models are called primary."),
    "two curves of one name": (CURVES + CURVES, "two curves are called c."),
    "a term like groups": (MODEL + GROUPS + TERM.replace("margin", "mutation", 1), "two terms or groups are called"),
    "a number for a text": (model(formula="5"), "models.1.formula: input should be a valid string."),
    "two ways at once": (MODEL + TERM + "per = 5\n", "terms.1: takes one of per, log and categories."),
    "one level of groups": (GROUPS.rsplit('"none"', 1)[0] + MODEL, "groups.1.levels"),
}


@pytest.mark.parametrize("how", quick(6, REFUSED))
def test_what_cannot_be_read_is_refused_in_one_sentence(how: str) -> None:
    """The sentence names the place and the cure, and repeats no more than names."""
    text, said = REFUSED[how]
    found = read(text)
    assert found.plan is None
    pattern = said if "\\" in said else re.escape(said)
    assert re.search(pattern, found.reason), found.reason
    assert "\n" not in found.reason and found.reason.endswith((".", "?"))
