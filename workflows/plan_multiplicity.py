"""Adjusts the p-values of a plan's models for their number: Holm and Benjamini-Hochberg over all of its terms.

The primary contrast is one test, declared as such, and its model is not among them: every term of every other model is,
once: by its complete cases.
"""

from typing import TYPE_CHECKING

from schemas.own_plan import IMPUTED, MODEL_TABLES, PREFIX, PRIMARY

if TYPE_CHECKING:
    import pandas as pd

FAMILY = "own plan"


def place_of(model: str, term: str, level: str) -> str:
    """Return what the grouping of a test is called: the model as its table has it, its term and the term's level.

    >>> place_of("plan.m", "ras", "mutant")
    'plan.m: ras mutant'
    """
    return f"{model}: {term} {level}".rstrip()


def adjusted_terms(tables: "dict[str, list[pd.DataFrame]]") -> "pd.DataFrame | None":
    """Return the rows for analysis.multiplicity; None where fewer than two terms have a p-value."""
    import pandas as pd

    from analysis.plan.multiplicity import COLUMNS, adjusted

    models = [table for name in MODEL_TABLES for table in tables.get(name, ())]
    if not models:
        return None
    rows = pd.concat(models, ignore_index=True)
    is_tested = rows["quantity"].str.endswith("_ratio") & rows["p_value"].notna()
    is_other = (rows["model"] != f"{PREFIX}{PRIMARY}") & ~rows["model"].str.endswith(IMPUTED)
    tests = rows[is_tested & is_other]
    if len(tests) < 2:
        return None
    places = [place_of(*row) for row in tests[["model", "term", "term_level"]].itertuples(index=False)]
    return adjusted(tests.assign(grouping=places, family=FAMILY, cause=None, note=""), ["family"])[COLUMNS]
