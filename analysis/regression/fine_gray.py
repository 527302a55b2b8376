"""Fine and Gray's model: how covariates change the cumulative incidence of an event where another competes.

Subjects with a competing event at T stay in the risk set with weight G(t-) / G(T-), G the Kaplan-Meier estimate of
the censoring times of all subjects (Fine and Gray, JASA 1999;94:496). Coefficients by SurPyval, which equal R's
``cmprsk::crr``; its standard errors do not (docs/decisions/0013), so the authors' sandwich is written out here: I^-1
J I^-1, J the sum over subjects of (eta + psi)(eta + psi)', eta the weighted score residual and psi what is due to G
being estimated. psi integrates q(u) / Y(u) over the subject's censoring martingale, Y the number at risk and q(u)
the sum over event times t >= u and subjects j with a competing event before u of (z_j - E(t)) r_j G(t-) / G(T_j-)
dL(t).

The ratio is of the order of incidences, not of risks among the living, and follows both causes: a covariate that only
hastens death has a ratio below 1 for LTP. So it stands beside the cause-specific ratio and never alone. At lesion level
it takes the lesions of one patient for independent, unless ``cluster`` names the patient: eta + psi is then summed by
cluster before it is squared (Zhou et al., Biostatistics 2012;13:371), while G stays that of all lesions.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis import guards
from analysis.regression import estimable_terms
from analysis.regression.cox_fit import Members, members_of
from analysis.regression.design_matrix import design
from analysis.regression.model_rows import (
    RATIO_COLUMNS,
    cluster_codes,
    counted_subjects,
    finite,
    model_row,
    term_rows,
    wald,
)
from analysis.regression.risk_sets import clustered, summed_by_cluster
from analysis.regression.subdistribution_test import changing_ratios
from analysis.subjects.counted import COUNT
from analysis.tidy import as_float, n_codes, places_of, tidy
from schemas.thresholds import FEW_CLUSTERS

METHOD = "Fine-Gray, sandwich variance"
COLUMNS = RATIO_COLUMNS
PH_COLUMNS = [*RATIO_COLUMNS[:-2], "ph_chi2", "ph_p_value", *RATIO_COLUMNS[-2:]]


def fine_gray(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    *,
    time: str = "days",
    event: str = "event",
    cause: int = 1,
    count: str | None = None,
    references: Mapping[str, str] | None = None,
    cluster: str | Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    note: str = "",
    show_unreliable: bool = False,
    with_ph: bool = False,
) -> pd.DataFrame:
    """Return one row ``subdistribution_hazard_ratio`` per term and level, then ``wald_chi2`` of the model (COLUMNS).

    ``event``: 0 censored, else the number of the cause; ``n_events`` counts ``cause``. Complete cases. A level
    without an event is set aside with its subjects; the censoring distribution is then that of the others. Below 5
    events per variable null unless ``show_unreliable``; what cannot be estimated is null with the reason. ``cluster``
    names the columns that say whose lesion a row is; each row is then one lesion. ``with_ph`` adds the test of
    proportional subdistribution hazards (ph_chi2, ph_p_value: PH_COLUMNS).
    """
    from scipy.special import chdtrc

    frame = finite(frame, [time, event])
    codes = cluster_codes(frame, cluster) if cluster else None
    place = np.arange(len(frame))
    if codes is not None:
        frame, codes = frame[codes >= 0], codes[codes >= 0]
        numbers = {time: as_float(frame[time]), event: as_float(frame[event])}
        frame, place = counted_subjects(frame, numbers, covariates)
        count = COUNT
    chosen = design(frame, covariates, references=references, count=count)
    causes = as_float(frame[event])[chosen.rows]
    events = (causes == cause).astype(int)
    n_events = int(events @ chosen.count)
    epv, of_columns = estimable_terms.events_per_variable(n_events, chosen)
    method = METHOD + (" clustered by patient" if codes is not None else "")
    base = dict(labels or {}) | {"n": int(chosen.count.sum()), "n_events": n_events, "method": method}
    base |= {"events_per_variable": epv, "quantity": "subdistribution_hazard_ratio"}
    few = ""
    if codes is not None:
        few = guards.few_clusters_note(n_codes(codes[np.isin(place, chosen.rows)]), FEW_CLUSTERS)
    notes = guards.join_notes(guards.events_per_variable_note(epv), few, of_columns, chosen.missing_note, note)
    reason = "" if n_events else (guards.NO_EVENTS if len(events) else guards.NO_COMPLETE_CASES)
    reason = reason or (guards.NOT_SHOWN if guards.is_withheld(epv, show_unreliable) else "")
    columns = PH_COLUMNS if with_ph else COLUMNS
    if reason:
        return tidy(term_rows(chosen.columns, estimable_terms.all_for(chosen, reason), {}, base, notes), columns)
    reduced = estimable_terms.reduce_design(chosen, events, chosen.count, is_logistic=False)
    notes = guards.join_notes(reduced.set_aside, notes)
    kept, figures, statistic = reduced.rows, {}, np.nan
    if reduced.columns:
        matrix = chosen.block(kept, reduced.columns)
        times, count_kept = as_float(frame[time])[chosen.rows][kept], chosen.count[kept]
        coef = _coefficients(times, causes[kept], cause, matrix, count_kept)
        if coef is not None:
            members = None
            if codes is not None:
                case = np.full(len(frame), -1)
                case[chosen.rows[kept]] = np.arange(len(kept))
                members = members_of(case[place], codes, np.ones(len(place)))
            covariance = sandwich(times, causes[kept], cause, matrix, coef, count_kept, members)
            std_error = np.sqrt(np.diag(covariance))
            figures = {j: wald(coef[at], std_error[at]) for at, j in enumerate(reduced.columns)}
            if np.isfinite(covariance).all() and np.linalg.matrix_rank(covariance) == len(coef):
                statistic = float(coef @ np.linalg.solve(covariance, coef))
            if with_ph:
                tests = changing_ratios(times, causes[kept], cause, matrix, count_kept, members)
                for at, j in enumerate(reduced.columns):
                    figures[j] |= {"ph_chi2": tests[at], "ph_p_value": chdtrc(1, tests[at])}
    rows = term_rows(chosen.columns, reduced, figures, base, notes)
    notes = guards.join_notes(estimable_terms.finite_terms_note(chosen.columns, reduced), notes)
    return tidy(rows + model_row(base, "wald_chi2", statistic, len(reduced.columns), notes), columns)


def _coefficients(
    time: np.ndarray, causes: np.ndarray, cause: int, matrix: np.ndarray, count: np.ndarray
) -> np.ndarray | None:
    """Return the maximum of the weighted partial likelihood; None if it is not finite."""
    from surpyval import FineGray

    kinds = np.array([int(value) if value > 0 else None for value in causes], dtype=object)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what it warns about is read from ``maximum``
        try:
            model = FineGray.fit(time, matrix, kinds, n=count.astype(int), event=cause)
        except (ValueError, FloatingPointError, np.linalg.LinAlgError):
            return None
    coef = np.asarray(model.beta, dtype=float)
    return coef if model.maximum == "verified" and np.isfinite(coef).all() else None


def sandwich(
    time: np.ndarray,
    causes: np.ndarray,
    cause: int,
    matrix: np.ndarray,
    coef: np.ndarray,
    count: np.ndarray,
    members: Members | None = None,
) -> np.ndarray:
    """Return the covariance of the coefficients (see the module), in linear time; with ``members``, clustered.

    ``time`` in any unit, ``causes`` 0 censored else a cause, ``matrix`` subjects x columns, ``count`` subjects per row.
    """
    z = matrix - np.average(matrix, axis=0, weights=count)
    p = z.shape[1]
    risk = np.exp(z @ coef)
    at, times = places_of(time)
    size = len(times)
    own, other, censored = causes == cause, (causes > 0) & (causes != cause), causes == 0

    def sums(values: np.ndarray) -> np.ndarray:
        return np.bincount(at, weights=count * values, minlength=size)

    def from_here(values: np.ndarray) -> np.ndarray:
        return np.cumsum(values[::-1], axis=0)[::-1]

    def before(values: np.ndarray) -> np.ndarray:
        return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)[:-1]])

    at_risk, n_censored, n_own = from_here(sums(np.ones(len(at)))), sums(censored), sums(own)
    g = np.concatenate([[1.0], np.cumprod(1.0 - n_censored / at_risk)[:-1]])  # just before each time
    carried = risk * other / np.where(g[at] > 0.0, g[at], 1.0)
    c0, c1 = before(sums(carried)), before(np.column_stack([sums(carried * z[:, j]) for j in range(p)]))
    s0 = from_here(sums(risk)) + g * c0
    s1 = from_here(np.column_stack([sums(risk * z[:, j]) for j in range(p)])) + g[:, None] * c1
    mean = s1 / s0[:, None]
    hazard = n_own / s0
    information = -(mean * n_own[:, None]).T @ mean
    for j in range(p):
        for k in range(p):
            product = z[:, j] * z[:, k]
            information[j, k] += (
                (from_here(sums(risk * product)) + g * before(sums(carried * product))) * hazard
            ).sum()
    until, until_mean = np.cumsum(hazard), np.cumsum(mean * hazard[:, None], axis=0)
    weighted, weighted_mean = from_here(g * hazard), from_here(mean * (g * hazard)[:, None])
    later, later_mean = weighted - g * hazard, weighted_mean - mean * (g * hazard)[:, None]
    eta = own[:, None] * (z - mean[at]) - risk[:, None] * (z * until[at, None] - until_mean[at])
    eta -= carried[:, None] * (z * later[at, None] - later_mean[at])
    q = (c1 * weighted[:, None] - c0[:, None] * weighted_mean) / at_risk[:, None]
    compensator = np.cumsum(q * (n_censored / at_risk)[:, None], axis=0)
    psi = censored[:, None] * q[at] - compensator[at]
    score = eta + psi
    try:
        inverse = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        return np.full((p, p), np.nan)
    if members is not None:
        return clustered(summed_by_cluster(score.T, members.count, members.cluster, members.case), inverse)
    return np.asarray(inverse @ (score.T @ (count[:, None] * score)) @ inverse)
