"""All guards of every model and endpoint in one table: what was checked, what was found, and what it means.

States: ``ok``, ``caution``, ``unreliable`` (shown only because it was requested, or not shown), ``not estimable``,
``not applicable``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.subjects.analysis_frames import GENOTYPES, AnalysisFrames
from analysis.subjects.counted import COUNT
from analysis.tidy import UNKNOWN, as_float, records_of, stratum_labels, tidy
from schemas.thresholds import (
    CAUTION_EXPECTED,
    DAYS_PER_MONTH,
    EVENTS_PER_VARIABLE_UNRELIABLE,
    EVENTS_PER_VARIABLE_WARN,
    MATURE_SHARE,
    MATURITY_MONTHS,
    MIN_EVENTS,
    MIN_EXPECTED,
    PH_ALPHA,
    UNKNOWN_CAUTION,
)

COLUMNS = ["endpoint", "level", "model", "cohort", "analysis", "grouping", "stratum", "period", "cause", "term"]
COLUMNS += ["n", "n_events", "guard", "state", "estimate", "note"]
# The columns (those that the table has) that identify one model in a table of ratios; the term is added where each has
# a model, or a number of events, of its own.
_MODEL = ("endpoint", "level", "model", "cohort", "analysis", "grouping", "stratum", "period")


def model_guards(table: pd.DataFrame) -> pd.DataFrame:
    """Return events per variable, convergence, separation and proportionality of each model in a table of ratios.

    Univariable models are identified by their term, models of subgroups by grouping and stratum, effects by period by
    term and period. ``term`` lists the terms of a model, ``note`` is its method.
    """
    rows: list[dict[str, Any]] = []
    ratios = table[table["quantity"].str.endswith("_ratio")]
    by_term = ratios["analysis"] == "univariable"
    if "period" in ratios:
        by_term |= ratios["period"] != ""
    ratios = ratios.assign(own_term=ratios["term"].where(by_term, ""))
    keys = [*(name for name in _MODEL if name in ratios), "own_term", "method"]
    for key, own in ratios.groupby(keys, sort=False, dropna=False):
        base = dict(zip(keys[:-2], key[:-2], strict=True)) | {"term": ", ".join(dict.fromkeys(own["term"]))}
        base |= {"n": own["n"].iloc[0], "n_events": own["n_events"].iloc[0]}
        shared = base | {"note": str(key[-1])}
        epv = float(own["events_per_variable"].iloc[0])
        rows.append(shared | {"guard": "events per variable", "estimate": epv, "state": _of_epv(epv)})
        missing = own[own["estimate"].isna()]
        separated = own["note"].str.contains("separation): not estimable", regex=False) & own["estimate"].isna()
        stuck = missing["note"].str.contains(guards.NOT_CONVERGED, regex=False)
        is_shown = bool(own["estimate"].notna().any())
        rows.append(shared | _yes_no("separation", int(separated.sum()), is_shown))
        rows.append(shared | _yes_no("convergence", int(stuck.sum()), is_shown))
        if "ph_p_value" in own:
            p_values = own["ph_p_value"].dropna()
            smallest = float(p_values.min()) if len(p_values) else np.nan
            state = "not applicable" if np.isnan(smallest) else "caution" if smallest < PH_ALPHA else "ok"
            rows.append(shared | {"guard": "proportional hazards, smallest p", "estimate": smallest, "state": state})
    return tidy(rows, COLUMNS)


def _of_epv(epv: float) -> str:
    if epv < EVENTS_PER_VARIABLE_UNRELIABLE:
        return "unreliable"
    return "caution" if epv < EVENTS_PER_VARIABLE_WARN else "ok"


def _yes_no(guard: str, n: int, is_shown: bool) -> dict[str, Any]:
    """Return the row of one guard; a model that was not fitted, or is withheld, is not called ok."""
    return {"guard": guard, "estimate": n, "state": "not estimable" if n else "ok" if is_shown else "not applicable"}


def guards_of_tests(table: pd.DataFrame) -> pd.DataFrame:
    """Return total events, and expected events in the smallest group, for each test in a table of tests between groups;
    ``model`` is the test's method. Not estimable: the test has no p-value for that reason.
    """
    rows: list[dict[str, Any]] = []
    for row in records_of(table, ["endpoint", "level", "grouping", "cause", "n", "n_events", "min_expected", "method"]):
        base = row | {"model": row["method"]}
        n_events, smallest = int(row["n_events"]), row["min_expected"]
        state = "not estimable" if n_events < MIN_EVENTS else "ok"
        rows.append(base | {"guard": "events to test", "estimate": n_events, "state": state})
        state = "not applicable" if smallest is None else "caution" if smallest < CAUTION_EXPECTED else "ok"
        state = "not estimable" if smallest is not None and smallest < MIN_EXPECTED else state
        rows.append(base | {"guard": "expected events, smallest group", "estimate": smallest, "state": state})
    return tidy(rows, COLUMNS)


def cohort_guards(registry: AnalysisFrames, endpoints: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return the share with unknown genotype for each gene, and the share followed for 12 months or to the event."""
    rows: list[dict[str, Any]] = []
    for endpoint, level in endpoints:
        subjects = registry.subjects(endpoint, level)
        counts, events, days = as_float(subjects[COUNT]), as_float(subjects["event"]), as_float(subjects["days"])
        n = int(counts.sum())
        base = {"endpoint": endpoint, "level": level, "n": n, "n_events": int(counts[events == 1].sum())}
        for gene in GENOTYPES:
            share = counts[stratum_labels(subjects[gene]) == UNKNOWN].sum() / n if n else np.nan
            state = "not applicable" if not n else "caution" if share > UNKNOWN_CAUTION else "ok"
            rows.append(base | {"term": gene, "guard": "share of unknown genotype", "estimate": share, "state": state})
        rows.append(base | _maturity(counts, events, days))
    return tidy(rows, COLUMNS)


def maturity(subjects: pd.DataFrame, endpoint: str, level: str) -> pd.DataFrame:
    """Return the share followed for 12 months, or to the event, of subjects that are counted together (days, event,
    count).
    """
    counts, events, days = (as_float(subjects[name]) for name in (COUNT, "event", "days"))
    base = {"endpoint": endpoint, "level": level, "n": int(counts.sum()), "n_events": int(counts[events == 1].sum())}
    return tidy([base | _maturity(counts, events, days)], COLUMNS)


def _maturity(counts: np.ndarray, events: np.ndarray, days: np.ndarray) -> dict[str, Any]:
    is_mature = (days >= MATURITY_MONTHS * DAYS_PER_MONTH) | (events > 0)
    share = counts[is_mature].sum() / counts.sum() if counts.sum() else np.nan
    state = "not applicable" if not counts.sum() else "caution" if share < MATURE_SHARE else "ok"
    note = "share followed for 12 months, or to the event before"
    return {"guard": "maturity of follow-up", "estimate": share, "state": state, "note": note}
