"""A condition of a plan may compare a coded column only with what the column can hold."""

from __future__ import annotations

import pytest

from tests.variants import quick
from warehouse.cohorts.plan_form import PlanRefused
from workflows.plan_checks import columns_of_condition

STRANGE = {
    "ras = 'mutated'": "compares ras with 'mutated', which it never is. Did you mean 'mutant'?",
    "'Mutant' = ras": "compares ras with 'Mutant', which it never is. Did you mean 'mutant'?",
    "ecog <= 1 AND (ras = 'mutant' OR braf IN ('mutant', 'wt'))": "compares braf with 'wt', which it never is.",
    "segment = '9'": "compares segment with '9', which it never is. It is one of 1, 2,",
}
KNOWN = (
    *("ras = 'mutant'", "ras IN ('mutant', 'wild_type')", "ras <> 'x'", "ras NOT IN ('x')", "site = 'any'"),
    *("lower(ras) = 'x'", "primary_site LIKE '%colon'", "ecog = 1", "ras IS NULL", "segment = '8'"),
)


@pytest.mark.parametrize("condition", quick(3, STRANGE))
def test_a_value_that_is_never_held_is_refused(condition: str) -> None:
    """With the nearest that is, on either side of = and in a list."""
    with pytest.raises(PlanRefused) as refused:
        columns_of_condition(condition, "plan.toml: subgroup")
    assert STRANGE[condition] in str(refused.value)


@pytest.mark.parametrize("condition", quick(4, KNOWN))
def test_every_other_comparison_stands(condition: str) -> None:
    """What it holds, what it differs from, patterns, and columns of free text."""
    assert columns_of_condition(condition, "plan.toml: subgroup")
