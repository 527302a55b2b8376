"""Logistic regression of lesions that share patients: generalised estimating equations.

Liang and Zeger, Biometrika 1986;73:13. With r the Pearson residuals, the scale is the mean of r^2 and the
correlation the mean of r_i r_j over pairs of one cluster over the scale; variance is the sandwich. Equals R's
``geepack::geeglm(corstr = "exchangeable")``; the library here estimates the correlation with other denominators,
which moves the coefficients (docs/decisions/0013), so the equations are written out: for an exchangeable correlation
they are sums by cluster, in linear time. Odds ratios are of the average lesion. Misleads as a model of LTP in the
same way as logistic.py (short follow-up counts as free of LTP), and where patients with many lesions differ from
those with one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis import guards
from analysis.regression import estimable_terms
from analysis.regression.design_matrix import design
from analysis.regression.model_rows import RATIO_COLUMNS, cluster_codes, finite, model_row, term_rows, wald
from analysis.subjects.counted import distinct_rows
from analysis.tidy import as_float, n_codes, tidy
from schemas.thresholds import FEW_CLUSTERS, STD_ERROR_SEPARATION

METHOD = "logistic GEE, exchangeable, variance clustered by patient"
INTERCEPT = "(Intercept)"
COLUMNS = RATIO_COLUMNS
_MAX_STEPS = 100
_TOLERANCE = 1e-12  # of a step, in standard errors


def gee(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    *,
    event: str,
    cluster: str | Sequence[str],
    references: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return one row ``odds_ratio`` per term and level, then ``odds`` of the intercept, ``correlation`` (alpha, without
    interval) and ``wald_chi2`` (COLUMNS).

    ``event`` 0/1 or null; ``cluster`` names the columns that say whose lesion it is; complete cases. Below 5 events
    (the rarer outcome) per variable null unless ``show_unreliable``; what cannot be estimated is null with the reason.
    """
    total = len(frame)
    frame = finite(frame, [event])
    codes = cluster_codes(frame, cluster)
    frame, codes = frame[codes >= 0], codes[codes >= 0]
    chosen = design(frame, covariates, references=references)
    outcome = (as_float(frame[event])[chosen.rows] == 1).astype(float)
    n, n_events = len(outcome), int(outcome.sum())
    epv, of_columns = estimable_terms.events_per_variable(min(n_events, n - n_events), chosen)
    base = dict(labels or {}) | {"n": n, "n_events": n_events, "method": METHOD, "events_per_variable": epv}
    base["quantity"] = "odds_ratio"
    n_clusters = n_codes(codes[chosen.rows])
    notes = [guards.events_per_variable_note(epv), guards.few_clusters_note(n_clusters, FEW_CLUSTERS)]
    notes += [f"{total - len(frame)} rows without outcome left out" if len(frame) < total else ""]
    notes += [of_columns, chosen.missing_note, note]
    reason = guards.NO_COMPLETE_CASES if n == 0 else guards.NO_EVENTS if n_events == 0 else ""
    reason = reason or (guards.ALL_EVENTS if n_events == n else "")
    reason = reason or (guards.NOT_SHOWN if guards.is_withheld(epv, show_unreliable) else "")
    if reason:
        rows = term_rows(chosen.columns, estimable_terms.all_for(chosen, reason), {}, base, guards.join_notes(*notes))
        return tidy(rows, COLUMNS)
    reduced = estimable_terms.reduce_design(chosen, outcome, chosen.count, is_logistic=True)
    note = guards.join_notes(reduced.set_aside, *notes)
    kept, fitted = reduced.rows, None
    if reduced.columns:
        fitted = equations(
            chosen.block(kept, reduced.columns), outcome[kept], pd.factorize(codes[chosen.rows][kept])[0]
        )
    if fitted is None:
        return tidy(term_rows(chosen.columns, reduced, {}, base, note), COLUMNS)
    coef, covariance, alpha = fitted
    std_error = np.sqrt(np.diag(covariance))
    figures = {j: wald(coef[1 + at], std_error[1 + at]) for at, j in enumerate(reduced.columns)}
    rows = term_rows(chosen.columns, reduced, figures, base, note)
    odds = {"note": note} | wald(coef[0], std_error[0])
    if reduced.is_reference_infinite:
        odds = {"note": guards.join_notes(guards.INFINITE_REFERENCE, note)}
    rows.append(base | {"quantity": "odds", "term": INTERCEPT} | odds)
    lonely = "every patient has one lesion: independence assumed" if alpha is None else ""
    rows.append(base | {"quantity": "correlation", "estimate": alpha, "note": guards.join_notes(lonely, note)})
    if np.linalg.matrix_rank(covariance[1:, 1:]) == len(coef) - 1:
        statistic = float(coef[1:] @ np.linalg.solve(covariance[1:, 1:], coef[1:]))
        note = guards.join_notes(estimable_terms.finite_terms_note(chosen.columns, reduced), note)
        rows += model_row(base, "wald_chi2", statistic, len(coef) - 1, note)
    return tidy(rows, COLUMNS)


def equations(
    matrix: np.ndarray, outcome: np.ndarray, cluster: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float | None] | None:
    """Return (coefficients with the intercept first, their sandwich covariance, correlation or None if no cluster has
    two); None if the equations have no finite solution. ``cluster`` holds codes 0, 1, ... Clusters whose members are
    equal are counted together, which changes no sum.
    """
    matrix, outcome, cluster, count = _distinct_clusters(matrix, outcome, cluster)
    each = count[cluster]
    mean = np.average(matrix, axis=0, weights=each)
    scale = np.sqrt(np.average((matrix - mean) ** 2, axis=0, weights=each))
    x = np.column_stack([np.ones(len(outcome)), (matrix - mean) / scale])
    size = np.bincount(cluster).astype(float)
    n_pairs = (count * size * (size - 1.0) / 2.0).sum()
    coef = np.zeros(x.shape[1])

    def by_cluster(values: np.ndarray) -> np.ndarray:
        return np.column_stack([np.bincount(cluster, weights=column) for column in values.T])

    with np.errstate(all="ignore"):
        for _ in range(_MAX_STEPS):
            fitted = 1.0 / (1.0 + np.exp(-(x @ coef)))
            spread = np.sqrt(fitted * (1.0 - fitted))
            residual, weighted = (outcome - fitted) / spread, x * spread[:, None]
            if not np.isfinite(residual).all():
                return None
            sums, own = np.bincount(cluster, weights=residual), residual**2
            dispersion = each @ own / each.sum()
            alpha = float((count @ sums**2 - each @ own) / 2.0 / n_pairs / dispersion) if n_pairs else 0.0
            shared = alpha / (1.0 + (size - 1.0) * alpha)
            columns = by_cluster(weighted)
            information = (weighted * each[:, None]).T @ weighted - (columns * (count * shared)[:, None]).T @ columns
            information /= 1.0 - alpha
            score = (by_cluster(weighted * residual[:, None]) - (shared * sums)[:, None] * columns) / (1.0 - alpha)
            try:
                inverse = np.linalg.inv(information)
            except np.linalg.LinAlgError:
                return None
            step = inverse @ (count @ score)
            coef = coef + step
            if not np.isfinite(coef).all() or np.abs(coef).max() > STD_ERROR_SEPARATION:
                return None
            if (np.abs(step) <= _TOLERANCE * np.sqrt(np.abs(np.diag(inverse)))).all():
                break
        else:
            return None
    back = np.diag(np.concatenate([[1.0], 1.0 / scale]))
    back[0, 1:] = -mean / scale
    covariance = back @ inverse @ ((score * count[:, None]).T @ score) @ inverse @ back.T
    usable = np.isfinite(covariance).all() and np.sqrt(np.diag(inverse).clip(0)).max() < STD_ERROR_SEPARATION
    return (back @ coef, covariance, alpha if n_pairs else None) if usable else None


def _distinct_clusters(
    matrix: np.ndarray, outcome: np.ndarray, cluster: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return (matrix, outcome, cluster) of one cluster of each kind, and how many there are of it. Clusters are of one
    kind if they have the same members, in whatever order."""
    names = [f"column {j}" for j in range(matrix.shape[1])] + ["outcome"]
    cell, _ = distinct_rows(pd.DataFrame(np.column_stack([matrix, outcome]), columns=names), names)
    order = np.lexsort((cell, cluster))
    cell, cluster = cell[order], cluster[order]
    first = np.flatnonzero(np.diff(cluster, prepend=-1))
    size = np.diff(np.append(first, len(cluster)))
    kind = np.zeros(len(first), dtype=np.int64)
    for place in range(int(size.max(initial=0))):  # kinds by their first members, then by one more
        has_it = size > place
        member = np.zeros(len(first), dtype=np.int64)
        member[has_it] = cell[first[has_it] + place] + 1
        kind = pd.factorize(kind * (int(cell.max(initial=0)) + 2) + member, sort=True)[0]
    count = np.bincount(kind).astype(float)
    chosen = np.empty(len(count), dtype=np.int64)
    chosen[kind[::-1]] = np.arange(len(kind))[::-1]
    rows = np.flatnonzero(np.isin(cluster, cluster[first[chosen]]))
    of_rows = kind[np.searchsorted(cluster[first], cluster[rows])]
    return matrix[order[rows]], outcome[order[rows]], of_rows, count
