"""How much better a model looks on those it was fitted to than on others: the optimism, by bootstrap.

Patients are drawn again with replacement, all lesions of one together; the same model is fitted to the drawn ones and
measured on them and on everybody. The mean difference is the optimism, and a figure less its optimism is what the model
may reach elsewhere (Harrell, Lee and Mark, Stat Med 1996;15:361; R's ``rms::validate``). A patient drawn twice counts
twice, as a weight, so that each drawing costs one fit. The terms of the model are taken as given: what was chosen by
looking at the data is not part of the drawing, and its optimism not of the figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.regression.cox_fit import coefficients
from analysis.regression.risk_sets import Cases
from analysis.validation.at_horizon import auc, brier, known_at
from analysis.validation.calibration import by_risk, cuts_of, incidence_at, n_groups, quick_slope
from analysis.validation.concordance import concordance
from analysis.validation.predicted import Predictor, predictor
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
    model = _fitted(subjects, each)
    if model is None:
        return None
    score = model.score(subjects.matrix)
    cuts = {at: _cuts(subjects, model, score, at) for at in horizons}
    apparent = measures(subjects, each, model, cuts)
    gone: dict[Figure, list[float]] = {figure: [] for figure in apparent}
    n_drawn = n_failed = 0
    for sample in drawings(int(subjects.cluster.max()) + 1) if samples is None else samples:
        n_drawn += 1
        count = sample[subjects.cluster].astype(float)
        own = _fitted(subjects, count)
        if own is None:
            n_failed += 1
            continue
        on_drawn, on_all = measures(subjects, count, own, cuts), measures(subjects, each, own, cuts)
        for figure, found in gone.items():
            found.append(on_drawn[figure] - on_all[figure])
    is_enough = n_drawn > n_failed and n_failed <= BOOTSTRAP_FAILED_MOST * n_drawn
    optimism = {figure: _mean(found) for figure, found in gone.items()} if is_enough else {}
    return Measured(model, apparent, optimism, cuts, n_drawn, n_failed)


def measures(
    subjects: Subjects, count: np.ndarray, model: Predictor, cuts: Mapping[float, np.ndarray]
) -> dict[Figure, float]:
    """Return the figures of a model on subjects, each counted so often. Calibration is the observed less the mean
    predicted risk of each group.
    """
    own = count > 0.0
    time, causes, weight = subjects.time[own], subjects.causes[own], count[own]
    score = model.score(subjects.matrix[own])
    c = concordance(time, causes, score, weight=weight, with_error=False).estimate
    found: dict[Figure, float] = {(HARRELL, 0.0, 0): c, (SLOPE, 0.0, 0): quick_slope(time, causes, score, weight)}
    for at, begins in cuts.items():
        risk, known = model.risk(score, at), known_at(time, causes, at, weight)
        found[AUC, at, 0] = float("nan") if known is None else auc(risk, known)
        found[BRIER, at, 0] = float("nan") if known is None else brier(risk, known)
        for number, members in enumerate(by_risk(risk, begins)):
            seen = incidence_at(time[members], causes[members], at, weight[members])
            mean = float(np.average(risk[members], weights=weight[members])) if members.any() else float("nan")
            found[CALIBRATION, at, number] = seen - mean
    return found


def _cuts(subjects: Subjects, model: Predictor, score: np.ndarray, at: float) -> np.ndarray:
    n_events = int(((subjects.causes == 1) & (subjects.time <= at)).sum())
    return cuts_of(model.risk(score, at), n_groups(n_events))


def _fitted(subjects: Subjects, count: np.ndarray) -> Predictor | None:
    own = count > 0.0
    cases = Subjects(subjects.time[own], subjects.causes[own], subjects.matrix[own], subjects.cluster[own]).cases(
        count[own]
    )
    coef = coefficients(cases)
    return None if coef is None else predictor(cases, coef, subjects.causes[own])


def _mean(values: list[float]) -> float:
    """Return the mean of the drawings in which there is a value; NaN if there is none."""
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")
