"""The effect of one term in subgroups, and whether it differs between them: the rows of a forest plot.

Each ratio is that of a Cox model in the subgroup alone; the interaction is twice the gain in log-likelihood from
letting the term's effect differ between subgroups (with ``cluster`` the Wald test on the clustered variance). Read
the test, not which intervals cross 1: subgroups are small, and among many one will look different by chance (Wang et
al., N Engl J Med 2007;357:2189).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.regression.cox import COLUMNS as COX_COLUMNS
from analysis.regression.cox import cox
from analysis.regression.cox_fit import fit, members_of
from analysis.regression.design_matrix import design
from analysis.regression.model_rows import cluster_codes, finite, model_row
from analysis.regression.risk_sets import Cases
from analysis.tidy import OVERALL, UNKNOWN, as_float, records_of, split, stratum_labels, tidy, weights

COLUMNS = ["grouping", "stratum", *COX_COLUMNS]


def subgroups(
    frame: pd.DataFrame,
    term: str,
    by: Sequence[str],
    *,
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    references: Mapping[str, str] | None = None,
    cluster: str | Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return ``hazard_ratio`` of ``term`` overall and in each known value of each column in ``by`` (``grouping``,
    ``stratum``), and per column one row ``interaction_chi2`` (COLUMNS).

    ``time`` in any unit, ``event`` 1 the event. What cannot be estimated is null with the reason.
    """
    shared: dict[str, Any] = {"time": time, "event": event, "count": count, "references": references}
    shared |= {"cluster": cluster, "labels": labels, "note": note, "show_unreliable": show_unreliable}
    found = []
    for name in (OVERALL, *(name for name in by if name != term)):
        for stratum, rows in split(frame, name):
            if stratum == UNKNOWN:
                continue
            table = cox(frame.iloc[rows], [term], **shared)
            table = table[table["quantity"] == "hazard_ratio"].assign(grouping=name, stratum=stratum)
            found.append(table)
        if name != OVERALL:
            found.append(_interaction(frame, term, name, time, event, count, references, cluster, labels, note))
    return tidy([row for table in found for row in records_of(table, COLUMNS)], COLUMNS)


def _interaction(
    frame: pd.DataFrame,
    term: str,
    by: str,
    time: str,
    event: str,
    count: str | None,
    references: Mapping[str, str] | None,
    cluster: str | Sequence[str] | None,
    labels: Mapping[str, str] | None,
    note: str,
) -> pd.DataFrame:
    frame = finite(frame, [time, event])
    frame = frame[(stratum_labels(frame[by]) != UNKNOWN) & (stratum_labels(frame[term]) != UNKNOWN)]
    frame = frame.assign(**{f"_{by}": stratum_labels(frame[by])})  # numbers are groups here too
    codes = cluster_codes(frame, cluster) if cluster else np.arange(len(frame))
    frame, codes = frame[codes >= 0], codes[codes >= 0]
    events = (as_float(frame[event]) == 1).astype(int)
    n_events = int(events @ weights(frame, count))
    base: dict[str, Any] = dict(labels or {}) | {"grouping": by, "quantity": "interaction_chi2", "term": term}
    base |= {"n": int(weights(frame, count).sum()), "n_events": n_events}
    base["method"] = (
        "Wald test of the interaction, clustered by patient" if cluster else "likelihood-ratio test of the interaction"
    )
    main = design(frame, [term, f"_{by}"], references=references, count=count)
    own, groups = ([j for j, c in enumerate(main.columns) if c.term == name] for name in (term, f"_{by}"))
    products = np.column_stack([main.matrix[:, j] * main.matrix[:, k] for j in own for k in groups] or [np.empty(0)])
    n_levels = [len(set(stratum_labels(frame[name]))) for name in (term, by)]
    reason = guards.NO_EVENTS if not events.any() else guards.NOTHING_TO_COMPARE if min(n_levels) < 2 else ""
    if not reason and _has_empty_cell(frame, term, by, events):
        reason = "a group without events (separation): not estimable"
    if reason:
        return pd.DataFrame([base | {"note": guards.join_notes(reason, note)}])
    epv = n_events / (main.matrix.shape[1] + products.shape[1])
    base["events_per_variable"] = epv
    times, each = as_float(frame[time])[main.rows], main.count
    whole = np.column_stack([main.matrix, products])
    clusters = members_of(np.arange(len(times)), codes[main.rows], each) if cluster else None
    with_it = fit(Cases(times, events[main.rows], whole, each), members=clusters, with_ph=False)
    without = fit(Cases(times, events[main.rows], main.matrix, each), with_ph=False)
    statistic, df = np.nan, products.shape[1]
    if with_it is not None and without is not None:
        statistic = with_it.likelihood_ratio - without.likelihood_ratio
        if cluster:
            coef, spread = with_it.coef[-df:], with_it.covariance[-df:, -df:]
            statistic = float(coef @ np.linalg.solve(spread, coef))
    notes = guards.join_notes(guards.events_per_variable_note(epv), note)
    rows = model_row(base, "interaction_chi2", statistic, df, notes)
    return pd.DataFrame(rows or [base | {"note": guards.join_notes(guards.NOT_CONVERGED, notes)}])


def _has_empty_cell(frame: pd.DataFrame, term: str, by: str, events: np.ndarray) -> bool:
    """Return whether a combination of levels has no event, so that the interaction runs to infinity."""
    if pd.api.types.is_numeric_dtype(frame[term]) and not pd.api.types.is_bool_dtype(frame[term]):
        happened = pd.Series(events).groupby(stratum_labels(frame[by])).sum()
        return bool((happened == 0).any())
    cells = pd.crosstab(stratum_labels(frame[term]), stratum_labels(frame[by]), values=events, aggfunc="sum")
    return bool(cells.isna().any().any() or (cells == 0).any().any())
