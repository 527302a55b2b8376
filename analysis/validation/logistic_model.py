"""A logistic model of the registry's own put to the test: AUC, Brier score, calibration, and their optimism.

Nothing here has a time: the outcome is whether there was LTP at all. The AUC is the C-index of such a model. Its
score is fitted to the outcome again, with an intercept and a slope; on its own subjects these are 0 and 1, and what
drawings leave of them says how much its risks are too far from the mean (Cox, Biometrika 1958;45:562; R's
``rms::val.prob`` and ``validate``). Patients are drawn with replacement, all lesions of one together, and a drawing
fits the model as it was fitted: by maximum likelihood, of lesions by generalised estimating equations with
exchangeable correlation. Misleads as the model does: who was followed for three months without LTP counts as free of
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.exact_interval import METHOD_EXACT, exact_interval
from analysis.regression.gee import equations
from analysis.regression.logistic import fit_logistic
from analysis.tidy import OVERALL, tidy
from analysis.validation.at_horizon import Known, auc, brier
from analysis.validation.calibration import cuts_of
from analysis.validation.calibration import n_groups as n_groups_of
from analysis.validation.concordance import ranks
from analysis.validation.optimism import CALIBRATION, Figure, drawings
from analysis.validation.own_model import APPARENT, FAILED, NOT_FITTED, TOO_MANY_FAILED
from analysis.validation.performance import AUC, BRIER, COLUMNS, NULL_BRIER, SLOPE, few_events
from schemas.thresholds import BOOTSTRAP_FAILED_MOST, BOOTSTRAP_REPLICATES, TEST_EVENTS_LEAST

INTERCEPT = "intercept"
METHOD = "logistic regression"
METHOD_OF_LESIONS = "logistic GEE, exchangeable"
BY_DRAWING = f"interval by {BOOTSTRAP_REPLICATES} bootstrap samples of patients"
BY_SCORE = "of the score in a {method} of nothing else"


@dataclass(frozen=True)
class Statuses:
    """Whom a model is of, one a row: ``outcome`` 0 or 1; ``cluster`` codes 0, 1, ... of those who are drawn together,
    ``is_clustered`` if a code may have several rows.
    """

    outcome: np.ndarray
    matrix: np.ndarray
    cluster: np.ndarray
    is_clustered: bool

    def coefficients(self, matrix: np.ndarray, sample: np.ndarray) -> np.ndarray | None:
        """Return the coefficients of these columns, intercept first, with each cluster in it so often; None without a
        finite maximum.
        """
        count = sample[self.cluster]
        own = count > 0
        if (np.ptp(matrix[own], axis=0) == 0.0).any() or np.ptp(self.outcome[own]) == 0.0:
            return None
        if not self.is_clustered:
            found = fit_logistic(matrix[own], self.outcome[own], count[own].astype(float))
            return None if found is None else np.asarray(found["coef"])
        rows = np.repeat(np.arange(len(count)), count)
        copy = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        codes = np.unique(self.cluster[rows] * (int(count.max()) + 1) + copy, return_inverse=True)[1]
        fitted = equations(matrix[rows], self.outcome[rows], codes)
        return None if fitted is None else fitted[0]

    def known(self, sample: np.ndarray) -> Known:
        """Return who had the event and who had not, each cluster counted so often."""
        each = sample[self.cluster].astype(float)
        return Known(each * self.outcome, each * (1.0 - self.outcome), float(each.sum()))


@dataclass(frozen=True)
class Tested:
    """The score of a fitted model, its figures on its own subjects, their optimism (empty if too many drawings could
    not be fitted), and the limits of those that are drawn; ``cuts``: where the groups of predicted risk begin.
    """

    score: np.ndarray
    cuts: np.ndarray
    apparent: Mapping[Figure, float]
    optimism: Mapping[Figure, float]
    limits: Mapping[Figure, tuple[float, float]]
    n_drawn: int
    n_failed: int


def risks_of(score: np.ndarray) -> np.ndarray:
    """Return the risk that belongs to each score.

    >>> risks_of(np.array([0.0])).tolist()
    [0.5]
    """
    return np.asarray(1.0 / (1.0 + np.exp(-score)))


def tested(statuses: Statuses, samples: Iterable[np.ndarray] | None = None) -> Tested | None:
    """Fit the model of all columns, measure it, and do the same with each sample; None if it cannot be fitted.

    ``samples``: how often each cluster is in each; those of ``drawings`` unless others are given.
    """
    n = int(statuses.cluster.max()) + 1
    everybody = np.ones(n, dtype=np.int64)
    coef = statuses.coefficients(statuses.matrix, everybody)
    if coef is None:
        return None
    score = _score(statuses, coef)
    n_fewer = int(min(statuses.outcome.sum(), (1.0 - statuses.outcome).sum()))
    cuts = cuts_of(risks_of(score), n_groups_of(n_fewer))
    at_best: dict[Figure, float] = {(SLOPE, 0.0, 0): 1.0, (INTERCEPT, 0.0, 0): 0.0}
    apparent = _measures(statuses, score, cuts, everybody) | at_best
    gone: dict[Figure, list[float]] = {figure: [] for figure in apparent}
    drawn: dict[Figure, list[float]] = {figure: [] for figure in apparent}
    n_drawn = n_failed = 0
    for sample in drawings(n) if samples is None else samples:
        n_drawn += 1
        for figure, value in (
            _measures(statuses, score, cuts, sample) | _shares(statuses, score, cuts, sample)
        ).items():
            drawn.setdefault(figure, []).append(value)
        own = statuses.coefficients(statuses.matrix, sample)
        again = None if own is None else statuses.coefficients(_score(statuses, own)[:, None], everybody)
        if own is None or again is None:
            n_failed += 1
            continue
        of_own = _score(statuses, own)
        on_drawn = _measures(statuses, of_own, cuts, sample) | at_best
        on_all = _measures(statuses, of_own, cuts, everybody)
        on_all |= {(INTERCEPT, 0.0, 0): float(again[0]), (SLOPE, 0.0, 0): float(again[1])}
        for figure, found in gone.items():
            found.append(on_drawn[figure] - on_all[figure])
    is_enough = n_drawn > n_failed and n_failed <= BOOTSTRAP_FAILED_MOST * n_drawn
    optimism = {figure: float(np.nanmean(found)) for figure, found in gone.items()} if is_enough else {}
    limits = {figure: (float(low), float(high)) for figure, found in drawn.items() if found
              for low, high in [np.nanquantile(found, (0.025, 0.975))]}  # fmt: skip
    return Tested(score, cuts, apparent, optimism, limits, n_drawn, n_failed)


def logistic_model(
    statuses: Statuses, labels: Mapping[str, Any], note: str = "", samples: Iterable[np.ndarray] | None = None
) -> pd.DataFrame:
    """Return AUC, Brier score, slope and intercept of the score, and observed beside predicted risk, in groups too
    (COLUMNS of performance.py), with ``optimism`` and ``corrected``. What cannot be estimated is null with the reason.
    """
    n, n_events = len(statuses.outcome), int(statuses.outcome.sum())
    n_fewer = min(n_events, n - n_events)
    method = METHOD_OF_LESIONS if statuses.is_clustered else METHOD
    base = dict(labels) | {"quantity": AUC, "stratum": OVERALL, "n": n, "n_events": n_events, "method": method}
    if n_fewer < TEST_EVENTS_LEAST:
        return tidy([base | {"note": guards.join_notes(few_events(n_fewer), note)}], COLUMNS)
    found = tested(statuses, samples)
    if found is None:
        return tidy([base | {"note": guards.join_notes(NOT_FITTED, note)}], COLUMNS)
    words = "" if not found.n_failed else FAILED if found.optimism else TOO_MANY_FAILED
    said = words.format(n_failed=found.n_failed, n=found.n_drawn)
    base["note"] = guards.join_notes(few_events(n_fewer), said, APPARENT, note)
    rows = [_row(base, found, (name, 0.0, 0), f"{method}, {BY_DRAWING}") for name in (AUC, BRIER)]
    share = n_events / n
    rows.insert(2, base | {"quantity": NULL_BRIER, "estimate": share * (1.0 - share)})
    for name in (SLOPE, INTERCEPT):
        rows.append(_row(base, found, (name, 0.0, 0), BY_SCORE.format(method=method)))
    return tidy([*rows, *_calibrated(statuses, found, base)], COLUMNS)


def _row(base: Mapping[str, Any], found: Tested, figure: Figure, method: str) -> dict[str, Any]:
    """Return the row of a figure, with its limits by drawing if it has any."""
    row = {**base, "quantity": figure[0], "estimate": found.apparent[figure], "method": method}
    if figure in found.limits:
        row |= dict(zip(("lower", "upper"), found.limits[figure], strict=True))
    return row | _less(found, figure, found.apparent[figure])


def _less(found: Tested, figure: Figure, estimate: float) -> dict[str, float]:
    """Return the optimism of a figure, and the estimate less it; nothing without one."""
    gone = found.optimism.get(figure, np.nan)
    return {"optimism": gone, "corrected": estimate - gone} if np.isfinite(gone) else {}


def _calibrated(statuses: Statuses, found: Tested, base: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return observed beside the mean predicted risk: of everybody, and of groups by the predicted risk."""
    risk = risks_of(found.score)
    groups: list[tuple[str, Figure | None, np.ndarray]] = [(OVERALL, None, np.ones(len(risk), dtype=bool))]
    if len(found.cuts):
        place, n_groups = np.searchsorted(found.cuts, risk, side="right"), len(found.cuts) + 1
        groups += [(f"{one + 1} of {n_groups}", (CALIBRATION, 0.0, one), place == one) for one in range(n_groups)]
    rows = []
    for stratum, figure, own in groups:
        n, n_events = int(own.sum()), int(statuses.outcome[own].sum())
        row = {**base, "quantity": CALIBRATION, "stratum": stratum, "n": n, "n_events": n_events}
        row |= {"estimate": n_events / n, "predicted": float(risk[own].mean())}
        if not statuses.is_clustered:
            limits, row["method"] = exact_interval(n_events, n), METHOD_EXACT
        else:
            limits = found.limits[(SHARE, 0.0, -1 if figure is None else figure[2])]
            row["method"] = f"share of lesions, {BY_DRAWING}"
        if limits[0] < limits[1]:
            row |= dict(zip(("lower", "upper"), limits, strict=True))
        if figure is not None:
            row |= _less(found, figure, n_events / n) | {"note": ""}
        rows.append(row)
    return rows


SHARE = "share"
"""Who had the event, of everybody (-1) and of each group: drawn for its limits."""


def _score(statuses: Statuses, coef: np.ndarray) -> np.ndarray:
    return np.asarray(coef[0] + statuses.matrix @ coef[1:])


def _measures(statuses: Statuses, score: np.ndarray, cuts: np.ndarray, sample: np.ndarray) -> dict[Figure, float]:
    """Return AUC and Brier score of a score on clusters counted so often, and of each group of predicted risk the
    observed less the mean predicted.
    """
    known, risk = statuses.known(sample), risks_of(score)
    found: dict[Figure, float] = {(AUC, 0.0, 0): auc(ranks(score), known), (BRIER, 0.0, 0): brier(risk, known)}
    gaps = _by_group(statuses, risk, cuts, sample, statuses.outcome - risk)
    return found | {(CALIBRATION, 0.0, number): float(gap) for number, gap in enumerate(gaps)}


def _shares(statuses: Statuses, score: np.ndarray, cuts: np.ndarray, sample: np.ndarray) -> dict[Figure, float]:
    """Return the share who had the event, of everybody and of each group of predicted risk."""
    shares = _by_group(statuses, risks_of(score), cuts, sample, statuses.outcome)
    known = statuses.known(sample)
    return {(SHARE, 0.0, -1): known.share} | {(SHARE, 0.0, at): float(one) for at, one in enumerate(shares)}


def _by_group(
    statuses: Statuses, risk: np.ndarray, cuts: np.ndarray, sample: np.ndarray, values: np.ndarray
) -> Sequence[float]:
    """Return the mean of values in each group of predicted risk; NaN where a sample has nobody."""
    each, group = sample[statuses.cluster].astype(float), np.searchsorted(cuts, risk, side="right")
    size = np.bincount(group, weights=each, minlength=len(cuts) + 1)
    total = np.bincount(group, weights=each * values, minlength=len(cuts) + 1)
    return list(np.divide(total, size, out=np.full(len(size), np.nan), where=size > 0.0))
