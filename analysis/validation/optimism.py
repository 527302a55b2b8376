"""How much better a model looks on those it was fitted to than on others: the optimism, by bootstrap.

Patients are drawn again with replacement, all lesions of one together; the same model is fitted to the drawn ones and
measured on them and on everybody. The mean difference is the optimism, and a figure less its optimism is what the model
may reach elsewhere (Harrell, Lee and Mark, Stat Med 1996;15:361; R's ``rms::validate``). A patient drawn twice counts
twice, as a weight, and a fit begins at the coefficients of the whole (timeline.py), so that a drawing costs less than a
single fit. The terms of the model are taken as given: what was chosen by looking at the data is not part of the
drawing, and its optimism not of the figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.regression.cox_fit import coefficients
from analysis.regression.risk_sets import Cases
from analysis.validation.at_horizon import Known, auc, brier
from analysis.validation.calibration import cuts_of
from analysis.validation.calibration import n_groups as n_groups_of
from analysis.validation.concordance import ranks
from analysis.validation.predicted import Predictor
from analysis.validation.timeline import Timeline
from schemas.thresholds import BOOTSTRAP_FAILED_MOST, BOOTSTRAP_REPLICATES, BOOTSTRAP_SEED

HARRELL, SLOPE, AUC, BRIER, CALIBRATION = "harrell_c", "slope", "auc", "brier", "calibration"
Figure = tuple[str, float, int]
"""(quantity, time or 0, group or 0)."""


@dataclass(frozen=True)
class Subjects:
    """Whom a model is of, one a row: ``causes`` 0 censored, 1 the event, more what competes; ``cluster`` codes 0, 1,
    ... of those who are drawn together.
    """

    time: np.ndarray
    causes: np.ndarray
    matrix: np.ndarray
    cluster: np.ndarray

    def cases(self, count: np.ndarray) -> Cases:
        """Return them as the cases of a Cox model, each counted so often."""
        return Cases(self.time, (self.causes == 1).astype(int), self.matrix, count)


@dataclass(frozen=True)
class Measured:
    """A fitted model with its figures on its own subjects, and their optimism; ``cuts``: by time, where the groups of
    predicted risk begin. ``optimism`` is empty if too many drawings could not be fitted.
    """

    model: Predictor
    apparent: Mapping[Figure, float]
    optimism: Mapping[Figure, float]
    cuts: Mapping[float, np.ndarray]
    n_drawn: int = 0
    n_failed: int = 0


def drawings(n: int, replicates: int = BOOTSTRAP_REPLICATES, seed: int = BOOTSTRAP_SEED) -> Iterator[np.ndarray]:
    """Yield, for each sample of ``n`` drawn with replacement from ``n``, how often each is in it. The same seed gives
    the same samples.
    """
    random = np.random.default_rng(seed)
    for _ in range(replicates):
        yield np.bincount(random.integers(0, n, n), minlength=n)


def bootstrapped(
    subjects: Subjects, horizons: Sequence[float], samples: Iterable[np.ndarray] | None = None
) -> Measured | None:
    """Fit the Cox model of all columns, measure it, and do the same with each sample; None if it cannot be fitted.

    ``horizons``: the times at which risks are predicted. ``samples``: how often each cluster is in each; those of
    ``drawings`` unless others are given. The same subjects in the same order give the same figures.
    """
    each = np.ones(len(subjects.time))
    timeline = Timeline(subjects.time, subjects.causes)
    model = _fitted(subjects, timeline, each)
    if model is None:
        return None
    cuts = {at: _cuts(subjects, model.risk(model.score(subjects.matrix), at), at) for at in horizons}
    known = {at: timeline.known_at(at, each) for at in horizons}
    (apparent,) = measures(subjects, timeline, model, cuts, [(each, known)])
    apparent[SLOPE, 0.0, 0] = 1.0
    gone: dict[Figure, list[float]] = {figure: [] for figure in apparent}
    n_drawn = n_failed = 0
    for sample in drawings(int(subjects.cluster.max()) + 1) if samples is None else samples:
        n_drawn += 1
        count = sample[subjects.cluster].astype(float)
        own = _fitted(subjects, timeline, count, model)
        if own is None:
            n_failed += 1
            continue
        drawn = {at: timeline.known_at(at, count) for at in horizons}
        on_drawn, on_all = measures(subjects, timeline, own, cuts, [(count, drawn), (each, known)])
        on_drawn[SLOPE, 0.0, 0] = 1.0  # of the subjects that it was fitted to
        on_all[SLOPE, 0.0, 0] = timeline.slope(own.score(subjects.matrix))
        for figure, found in gone.items():
            found.append(on_drawn[figure] - on_all[figure])
    is_enough = n_drawn > n_failed and n_failed <= BOOTSTRAP_FAILED_MOST * n_drawn
    optimism = {figure: _mean(found) for figure, found in gone.items()} if is_enough else {}
    return Measured(model, apparent, optimism, cuts, n_drawn, n_failed)


def measures(
    subjects: Subjects,
    timeline: Timeline,
    model: Predictor,
    cuts: Mapping[float, np.ndarray],
    on: Sequence[tuple[np.ndarray, Mapping[float, Known | None]]],
) -> list[dict[Figure, float]]:
    """Return the figures of a model, but its slope, on subjects counted so often, once for each of ``on``: (weights,
    what is known of them at each time). Calibration is the observed less the mean predicted risk of each group.
    """
    score = model.score(subjects.matrix)
    rank = ranks(score)
    of_c = timeline.c(rank, tuple(weight for weight, _ in on))
    found: list[dict[Figure, float]] = [{(HARRELL, 0.0, 0): c} for c in of_c]
    risks = model.risks(score, cuts)
    groups = {at: np.searchsorted(begins, risks[at], side="right") for at, begins in cuts.items()}
    for own, (weight, known) in zip(found, on, strict=True):
        for at, one in known.items():
            risk, group, n_groups = risks[at], groups[at], len(cuts[at]) + 1
            own[AUC, at, 0], own[BRIER, at, 0] = auc(rank, one), brier(risk, one)
            seen = timeline.incidences(group, n_groups, at, weight)
            size = np.bincount(group, weights=weight, minlength=n_groups)
            total = np.bincount(group, weights=weight * risk, minlength=n_groups)
            mean = np.divide(total, size, out=np.full(n_groups, np.nan), where=size > 0.0)
            own |= {(CALIBRATION, at, number): float(seen[number] - mean[number]) for number in range(n_groups)}
    return found


def _cuts(subjects: Subjects, risk: np.ndarray, at: float) -> np.ndarray:
    return cuts_of(risk, n_groups_of(int(((subjects.causes == 1) & (subjects.time <= at)).sum())))


def _fitted(
    subjects: Subjects, timeline: Timeline, count: np.ndarray, near: Predictor | None = None
) -> Predictor | None:
    """Return the model of the subjects counted so often; ``near``, one of much the same subjects, shows where to look.
    Where that finds none, the library says whether there is one.
    """
    coef = None if near is None else timeline.coefficients(subjects.matrix, count, near.coef)
    if coef is None:
        own = count > 0.0
        event = (subjects.causes[own] == 1).astype(int)
        coef = coefficients(Cases(subjects.time[own], event, subjects.matrix[own], count[own]))
    return None if coef is None else timeline.predictor(coef, subjects.matrix, count)


def _mean(values: list[float]) -> float:
    """Return the mean of the drawings in which there is a value; NaN if there is none."""
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")
