"""Dose-response: how the hazard changes with a number, without choosing a class or a straight line beforehand.

A restricted cubic spline: cubic between the knots, straight beyond them, so k knots take k - 1 coefficients (Durrleman
and Simon, Stat Med 1989;8:551; Harrell's ``rcspline.eval``, R's ``ns`` with the outer knots as boundary). The knots are
stated, never found from the data: quantiles of the values, or of the distinct values, would give another curve with
every delivery, and libraries disagree on them. The curve is the ratio of the hazard at each value to that at a stated
reference, with Wald's interval from the variance clustered by patient; at the reference it is 1 without an interval.
Tests: all coefficients (does it matter), and all but the straight one (is it no straight line). Only values between the
smallest and the largest seen are shown: beyond them the line goes on without data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.regression import estimable_terms
from analysis.regression.cox_fit import Fitted, fit, members_of
from analysis.regression.design_matrix import design
from analysis.regression.model_rows import (
    FIGURES,
    LABELS,
    cluster_codes,
    counted_cases,
    finite,
    model_row,
    people_of,
    wald,
)
from analysis.regression.risk_sets import Cases
from analysis.subjects.counted import COUNT
from analysis.tidy import as_float, n_codes, stratum_labels, tidy
from schemas.thresholds import CLUSTERS_OF_SPLINE, FEW_CLUSTERS

COLUMNS = [*LABELS, "term_value", *FIGURES, "method", "note"]
METHOD = "Cox, Efron ties, restricted cubic spline with knots at {knots}"
CLUSTERED = ", variance clustered by patient"
BEYOND = "the reference lies outside the values seen"


def basis(values: np.ndarray, knots: Sequence[float]) -> np.ndarray:
    """Return the columns of the spline (values x len(knots) - 1): the value itself, then one column for each knot but
    the last two, divided by the squared distance of the outer knots.

    >>> basis(np.array([0.0, 5.0, 10.0, 15.0]), (0.0, 5.0, 10.0)).tolist()
    [[0.0, 0.0], [5.0, 1.25], [10.0, 7.5], [15.0, 15.0]]
    """
    last, before = knots[-1], knots[-2]

    def cubed(knot: float) -> np.ndarray:
        return np.maximum(values - knot, 0.0) ** 3

    columns = [values]
    for knot in knots[:-2]:
        share = (last - knot) / (last - before)
        columns.append((cubed(knot) - share * cubed(before) + (share - 1.0) * cubed(last)) / (last - knots[0]) ** 2)
    return np.column_stack(columns)


def spline_ratios(
    frame: pd.DataFrame,
    term: str,
    covariates: Sequence[str] = (),
    *,
    knots: Sequence[float],
    reference: float,
    step: float,
    cluster: str | Sequence[str] | None = None,
    strata: str | None = None,
    entry: str | None = None,
    subject: str | None = None,
    time: str = "days",
    event: str = "event",
    references: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return ``hazard_ratio`` of the number ``term`` at every multiple of ``step`` within the values seen, compared
    with ``reference``, then ``spline_chi2`` (all its coefficients) and ``nonlinear_chi2`` (COLUMNS).

    ``time`` in any unit, ``event`` 1 the event, complete cases, adjusted for ``covariates``. Below 5 events per
    variable null unless ``show_unreliable``; what cannot be estimated is null with the reason. ``cluster``, ``strata``,
    ``entry`` and ``subject`` are those of cox.py.
    """
    frame = finite(frame, [time, event, *([entry] if entry else [])])
    if entry:
        frame = frame[as_float(frame[entry]) < as_float(frame[time])]
    codes = cluster_codes(frame, cluster) if cluster else np.arange(len(frame))
    rows, codes = frame[codes >= 0], codes[codes >= 0]
    frame, place = counted_cases(rows, [term, *covariates], time, event, entry, strata)
    values = as_float(frame[term])
    of_spline = basis(np.where(np.isfinite(values), values, 0.0), knots)
    of_spline[~np.isfinite(values)] = np.nan
    names = [term, *(f"{term} ({j})" for j in range(2, of_spline.shape[1] + 1))]
    made = frame.assign(**dict(zip(names, of_spline.T, strict=True)))
    people = people_of(rows[subject], place) if subject else None
    needed = [strata] if strata else []
    shared: dict[str, Any] = {"references": references, "also_complete": needed, "count": COUNT, "people": people}
    chosen = design(made, [*names, *covariates], **shared)
    events = (as_float(frame[event])[chosen.rows] == 1).astype(int)
    n_clusters = n_codes(codes[np.isin(place, chosen.rows)])
    n, n_events = chosen.n_subjects(np.arange(len(events))), int(events @ chosen.count)
    epv, of_columns = estimable_terms.events_per_variable(n_events, chosen)
    base: dict[str, Any] = dict(labels or {}) | {"n": n, "n_events": n_events, "term": term}
    base |= {"quantity": "hazard_ratio", "reference": f"{reference:g}", "events_per_variable": epv}
    base["method"] = METHOD.format(knots=", ".join(f"{knot:g}" for knot in knots))
    base["method"] += ", time-varying covariates" if subject else ", delayed entry" if entry else ""
    base["method"] += f", stratified by {strata}" if strata else ""
    base["method"] += CLUSTERED if cluster else ""
    adjusted = f"adjusted for {', '.join(covariates)}" if covariates else ""
    few = guards.few_clusters_note(n_clusters, FEW_CLUSTERS) if cluster else ""
    few = few or (guards.NARROW_SPLINE if cluster and n_clusters < CLUSTERS_OF_SPLINE else "")
    notes = guards.join_notes(
        guards.events_per_variable_note(epv), few, of_columns, adjusted, chosen.missing_note.split(" (")[0], note
    )
    reason = guards.NO_COMPLETE_CASES if not len(events) else "" if events.any() else guards.NO_EVENTS
    reason = reason or (guards.NOT_SHOWN if guards.is_withheld(epv, show_unreliable) else "")
    seen = values[chosen.rows]
    grid = _grid(seen, step) if len(seen) else np.empty(0)
    if not reason and not seen.min() <= reference <= seen.max():
        reason = BEYOND
    fitted, reduced = None, None
    if not reason:
        reduced = estimable_terms.reduce_design(chosen, events, chosen.count, is_logistic=False)
        reason = next((reduced.reasons[j] for j in range(len(names)) if j in reduced.reasons), "")
    if not reason and reduced is not None:
        kept = reduced.rows
        matrix = chosen.block(kept, reduced.columns)
        since = as_float(frame[entry])[chosen.rows][kept] if entry else None
        within = pd.factorize(stratum_labels(frame[strata])[chosen.rows][kept], sort=True)[0] if strata else None
        times = as_float(frame[time])[chosen.rows][kept]
        cases = Cases(times, events[kept], matrix, chosen.count[kept], since, within)
        case = np.full(len(frame), -1)
        case[chosen.rows[kept]] = np.arange(len(kept))
        members = members_of(case[place], codes, np.ones(len(place))) if cluster else None
        fitted = fit(cases, members=members, with_ph=False)
        reason, notes = ("" if fitted else guards.NOT_CONVERGED), guards.join_notes(reduced.set_aside, notes)
    if fitted is None:
        return tidy([base | {"note": guards.join_notes(reason, notes)}], COLUMNS)
    return tidy(_rows(fitted, grid, knots, reference, base, notes), COLUMNS)


def _grid(seen: np.ndarray, step: float) -> np.ndarray:
    """Return the multiples of ``step`` from the smallest to the largest value seen."""
    first, last = np.ceil(seen.min() / step - 1e-9), np.floor(seen.max() / step + 1e-9)
    return np.arange(first, last + 1) * step


def _rows(
    fitted: Fitted, grid: np.ndarray, knots: Sequence[float], reference: float, base: dict[str, Any], note: str
) -> list[dict[str, Any]]:
    """Return the rows of a fitted spline, whose columns are the first of the model."""
    p = len(knots) - 1
    coef, covariance = fitted.coef[:p], fitted.covariance[:p, :p]
    distance = basis(grid, knots) - basis(np.array([reference]), knots)
    logs, spreads = distance @ coef, np.sqrt(np.einsum("ij,jk,ik->i", distance, covariance, distance))
    rows = []
    for value, log, spread in zip(grid, logs, spreads, strict=True):
        found: dict[str, Any] = {"estimate": 1.0, "coef": 0.0, "note": "the reference"}
        if value != reference:
            found = {"note": ""} | wald(float(log), float(spread))
        rows.append(base | {"term_value": value} | found | {"note": guards.join_notes(found["note"], note)})
    rows += model_row(base, "spline_chi2", float(coef @ np.linalg.solve(covariance, coef)), p, note)
    curved, spread_of_curved = coef[1:], covariance[1:, 1:]
    statistic = float(curved @ np.linalg.solve(spread_of_curved, curved))
    return rows + model_row(base, "nonlinear_chi2", statistic, p - 1, note)
