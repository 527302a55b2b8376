"""Adjusts the p-values of a plan's models for their number: Holm and Benjamini-Hochberg over all of its terms.

The primary contrast is one test, declared as such, and its model is not among them. Of every other model each term is
tested once, by its complete cases: a spline that has a curve as a whole, since the test of one of its coefficients
answers no question, and a crossing in place of what it is made of, which by itself holds at the reference alone.
"""

import re
from typing import TYPE_CHECKING

from schemas.own_plan import IMPUTED, MODEL_TABLES, PREFIX, PRIMARY, SPLINES

if TYPE_CHECKING:
    import pandas as pd

FAMILY = "own plan"
WHOLE_SPLINE = "spline_chi2"
_LEVEL = re.compile(r"\[T\.[^\]]*\]")
_COEFFICIENT = re.compile(r"\[[^\[\]()]*\]$")


def place_of(model: str, term: str, level: str) -> str:
    """Return what the grouping of a test is called: the model as its table has it, its term and the term's level.

    >>> place_of("plan.m", "ras", "mutant")
    'plan.m: ras mutant'
    """
    return f"{model}: {term} {level}".rstrip()


def factors(term: str) -> frozenset[str]:
    """Return what a term is made of, without levels and the names of coefficients.

    >>> sorted(factors("ras[T.mutant]:rcs(margin, [2, 5, 10])[linear]"))
    ['ras', 'rcs(margin, [2, 5, 10])']
    """
    return frozenset(_COEFFICIENT.sub("", part) for part in _LEVEL.sub("", term).split(":"))


def adjusted_terms(tables: "dict[str, list[pd.DataFrame]]") -> "pd.DataFrame | None":
    """Return the rows for analysis.multiplicity; None where fewer than two terms have a p-value."""
    import pandas as pd

    from analysis.plan.multiplicity import COLUMNS, adjusted

    models = [table for name in MODEL_TABLES for table in tables.get(name, ())]
    if not models:
        return None
    rows = _others(pd.concat(models, ignore_index=True))
    splines = _others(pd.concat([rows[:0], *tables.get(SPLINES, ())], ignore_index=True))
    splines = splines[splines["quantity"] == WHOLE_SPLINE]
    rows = rows[rows["quantity"].str.endswith("_ratio")]
    tests = pd.concat([_by_themselves(rows, splines), splines], ignore_index=True)
    if len(tests) < 2:
        return None
    levels = tests["term_level"].fillna("")
    places = [place_of(*row) for row in zip(tests["model"], tests["term"], levels, strict=True)]
    return adjusted(tests.assign(grouping=places, family=FAMILY, cause=None, note=""), ["family"])[COLUMNS]


def _others(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows with a p-value of models but the primary, with nothing imputed."""
    is_other = (rows["model"] != f"{PREFIX}{PRIMARY}") & ~rows["model"].astype(str).str.endswith(IMPUTED)
    return rows[is_other & rows["p_value"].notna()]


def _by_themselves(rows: "pd.DataFrame", splines: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows whose term is no coefficient of one of the splines, and in no crossing of its model."""
    curves = set(zip(splines["model"], splines["term"], strict=True))
    made_of = [factors(term) for term in rows["term"]]
    within: dict[str, set[frozenset[str]]] = {}
    for model, own in zip(rows["model"], made_of, strict=True):
        within.setdefault(model, set()).add(own)
    is_kept = []
    for model, own in zip(rows["model"], made_of, strict=True):
        is_of_curve = any((model, column) in curves for column in map(_splined, own) if column)
        is_kept.append(not is_of_curve and not any(own < other for other in within[model]))
    return rows[is_kept]


def _splined(factor: str) -> str:
    """Return the column of a spline; '' for everything else.

    >>> _splined("rcs(margin, [2, 5, 10])"), _splined("margin")
    ('margin', '')
    """
    found = re.match(r"rcs\((\w+),", factor)
    return found[1] if found else ""
