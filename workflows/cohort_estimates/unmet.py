"""Says of terms what a reader would not expect: classes that nobody is in, and known values that a function drops."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from warehouse.cohorts.plan_form import PlannedGroups
from warehouse.cohorts.terms import Term

if TYPE_CHECKING:
    import pandas as pd


def unmet_levels(frame: "pd.DataFrame", terms: Sequence[Term]) -> Iterator[str]:
    """Yield a sentence for each class by conditions that no row of `frame` is in: its condition may be misspelt."""
    for term in terms:
        if isinstance(term, PlannedGroups):
            met = set(frame[term.name].dropna())
            yield from (f"nobody is in {level} of {term.name}" for level in term.labels if level not in met)


def without_value(frame: "pd.DataFrame", made: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each of the columns `made` by functions that lacks values where `names` are all known."""
    from analysis.regression.formula_terms import is_present

    is_known = ~frame.index.isin([])
    for name in names:
        is_known &= is_present(frame[name])
    for name in made:
        if not is_present(frame[name])[is_known].all():
            yield f"{name} has no value for some known values, such as a logarithm of 0, which count as missing"
