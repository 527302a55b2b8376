"""Subjects laid out once, so that models fitted to samples of them are measured in a fraction of what a fit takes.

A sample counts each subject so often (``weight``), 0 included, so that times, ties and pairs stay where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.validation.at_horizon import Known
from analysis.validation.concordance import beyond, sums_beyond
from analysis.validation.predicted import Predictor
from analysis.validation.watched import of_counts

MOST_CELLS = 250_000
"""Of event times times ranks in a table; of more, the C-index is counted by halves of halves."""
STEPS, CLOSE, FAR, SINGULAR = 25, 1e-10, 50.0, 1e-8
"""Of Newton: at most, the last one, a coefficient per standard deviation that no model has, and the least information
of an event."""


@dataclass(frozen=True)
class Timeline:
    """Subjects one a row: ``time``, ``causes`` 0 censored, 1 the event, more what competes."""

    time: np.ndarray
    causes: np.ndarray

    @cached_property
    def times(self) -> np.ndarray:
        """Return the distinct times."""
        return np.unique(self.time)

    @cached_property
    def at(self) -> np.ndarray:
        """Return each subject's place among the times."""
        return np.searchsorted(self.times, self.time)

    @cached_property
    def order(self) -> np.ndarray:
        """Return the subjects in the order of their times."""
        return np.argsort(self.at, kind="stable")

    @cached_property
    def is_event(self) -> np.ndarray:
        """Return who had the event, as 0 and 1."""
        return (self.causes == 1).astype(float)

    @cached_property
    def is_death(self) -> np.ndarray:
        """Return who had what competes, as 0 and 1."""
        return (self.causes > 1).astype(float)

    @cached_property
    def n_before(self) -> np.ndarray:
        """Return at how many of the times with an event each subject is known to be free of it; of one day, those who
        have it are earlier."""
        times = np.unique(self.at[self.causes == 1])
        is_event = self.causes == 1
        return np.where(is_event, np.searchsorted(times, self.at), np.searchsorted(times, self.at, side="right"))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of values at each time."""
        return np.bincount(self.at, weights=values, minlength=len(self.times))

    def c(self, rank: np.ndarray, weights: Sequence[np.ndarray]) -> list[float]:
        """Return Harrell's C with each of the weights: from a table of event times and ranks, or by halves of halves
        if it were too large."""
        own = np.flatnonzero(self.causes == 1)
        shape, each = (int(self.n_before.max()) + 1, int(rank.max()) + 1), np.stack(weights)
        if shape[0] * shape[1] > MOST_CELLS:
            place = 2 * self.at + (self.causes != 1)
            lower, same = sums_beyond(place, rank, each)
            counted, pairs = (lower + same / 2.0)[:, own], np.stack([beyond(place, one)[own] for one in weights])
        else:
            cells = self.n_before * shape[1] + rank
            table = np.stack([np.bincount(cells, one, shape[0] * shape[1]).reshape(shape) for one in weights])
            later = np.cumsum(table[:, :0:-1], axis=1)[:, ::-1]  # those still free after each event time
            upto, at = np.cumsum(later, axis=2), self.n_before[own]
            counted, pairs = (upto - later / 2.0)[:, at, rank[own]], upto[:, at, -1]
        totals = [(each[:, own] * found).sum(axis=1) for found in (counted, pairs)]  # @ starts threads
        return [float(c / n) if n > 0.0 else float("nan") for c, n in zip(*totals, strict=True)]

    def hazard(self, is_event: np.ndarray, ratio: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the steps of the baseline hazard at each time, by Efron's rule."""
        risk = weight * ratio
        at_risk = np.cumsum(self.sums(risk)[::-1])[::-1]
        own, n_tied = self.sums(risk * is_event), np.rint(self.sums(weight * is_event)).astype(np.int64)
        step = np.repeat(np.arange(len(n_tied)), n_tied)
        order = np.arange(len(step)) - np.repeat(np.cumsum(n_tied) - n_tied, n_tied)
        inverse = 1.0 / (at_risk[step] - order / n_tied[step] * own[step])
        return np.bincount(step, weights=inverse, minlength=len(n_tied))

    def predictor(self, coef: np.ndarray, matrix: np.ndarray, weight: np.ndarray) -> Predictor:
        """Return the model with these coefficients, with the baseline of the weighted subjects."""
        center = weight @ matrix / weight.sum()
        hazard = self.hazard(self.is_event, np.exp((matrix - center) @ coef), weight)
        death = np.zeros(len(self.times))
        if self.is_death.any():
            death = self.hazard(self.is_death, np.ones(len(self.time)), weight)
        is_step = (hazard > 0.0) | (death > 0.0)
        return Predictor(coef, center, self.times[is_step], hazard[is_step], death[is_step])

    def slope(self, score: np.ndarray) -> float:
        """Return the coefficient of the score in a Cox model of nothing else; NaN if Newton's steps do not end."""
        found = self.coefficients(score[:, None], np.ones(len(score)), np.ones(1))
        return float("nan") if found is None else float(found[0])

    def coefficients(self, matrix: np.ndarray, weight: np.ndarray, start: np.ndarray) -> np.ndarray | None:
        """Return the coefficients of the Cox model of the weighted subjects, Efron's rule, by Newton's steps; None if
        they do not end, where the columns may be dependent or the maximum infinite.

        A subject's square is in the risk set of every event up to its time, so that the squares are summed once over
        subjects, times the hazard of each, and not at every event.
        """
        own = np.flatnonzero(weight[self.order] > 0.0)
        rows = self.order[own]
        mean = weight @ matrix / weight.sum()
        z = matrix[rows] - mean
        scale = np.sqrt(weight[rows] @ z**2 / weight.sum())
        if not (np.ptp(z, axis=0) > 0.0).all():
            return None
        z, each, place = z / scale, weight[rows], self.at[rows]
        died = np.flatnonzero(self.is_event[rows])
        times, place_of_died = np.unique(place[died], return_inverse=True)
        n_tied = np.bincount(place_of_died, weights=each[died]).astype(np.int64)
        first, last = np.searchsorted(place, times), np.searchsorted(times, place, side="right")
        begins = np.flatnonzero(np.diff(place_of_died, prepend=-1))
        step = np.repeat(np.arange(len(times)), n_tied)
        share = (np.arange(len(step)) - np.repeat(np.cumsum(n_tied) - n_tied, n_tied)) / n_tied[step]
        seen, coef = each[died] @ z[died], np.clip(start * scale, -1.0, 1.0)
        sums = np.empty((len(rows), 1 + z.shape[1]))
        for _ in range(STEPS if len(died) else 0):
            risk = each * np.exp(z @ coef)
            sums[:, 0], sums[:, 1:] = risk, risk[:, None] * z
            tied = np.add.reduceat(sums[died], begins, axis=0)
            at_risk = np.cumsum(sums[::-1], axis=0)[::-1][first]
            here = at_risk[step] - share[:, None] * tied[step]
            inverse = 1.0 / here[:, 0]
            expected = here[:, 1:] * inverse[:, None]
            hazard = np.concatenate([[0.0], np.cumsum(np.bincount(step, weights=inverse))])[last]
            hazard[died] -= np.bincount(step, weights=inverse * share)[place_of_died]
            information = np.einsum("i,ij,ik->jk", risk * hazard, z, z) - np.einsum("ij,ik->jk", expected, expected)
            if not np.isfinite(information).all() or not np.linalg.eigvalsh(information)[0] > SINGULAR * len(step):
                return None
            move = np.linalg.solve(information, seen - expected.sum(axis=0))
            coef = coef + move
            if np.abs(move).max() < CLOSE:
                return np.asarray(coef / scale)
            if not np.abs(coef).max() < FAR:
                return None
        return None

    def known_at(self, at: float, weight: np.ndarray) -> Known | None:
        """Return what is known at a time of the weighted subjects; None if nobody is watched so long."""
        is_over = self.time <= at
        if weight[self.time >= at].sum() == 0.0:
            return None
        still = of_counts(self.times, self.sums(weight), self.sums(weight * (self.causes == 0)))
        tiny = np.finfo(float).tiny
        left = np.where(is_over & (self.causes > 0), weight, 0.0) / np.maximum(still.share[self.at], tiny)
        stays = np.where(is_over, 0.0, weight / max(float(still.at(at)), tiny))
        case = left * self.is_event
        return Known(case, left - case + stays, float(weight.sum()))

    def incidence(self, at: float, weight: np.ndarray) -> float:
        """Return the cumulative incidence of the event by a time; NaN where nobody is watched so long."""
        return float(self.incidences(np.zeros(len(self.time), dtype=np.int64), 1, at, weight)[0])

    def incidences(self, group: np.ndarray, n_groups: int, at: float, weight: np.ndarray) -> np.ndarray:
        """Return the cumulative incidence of the event by a time in each group; NaN where nobody is watched so long."""
        place, shape = self.at * n_groups + group, (len(self.times), n_groups)
        leaving, events, deaths = (
            np.bincount(place, weights=values, minlength=shape[0] * n_groups).reshape(shape)
            for values in (weight, weight * self.is_event, weight * self.is_death)
        )
        at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
        here = np.where(at_risk > 0.0, at_risk, 1.0)
        stays = np.cumprod(1.0 - (events + deaths) / here, axis=0)
        before = np.concatenate([np.ones((1, n_groups)), stays[:-1]])
        upto = int(np.searchsorted(self.times, at, side="right"))
        found = (before * events / here)[:upto].sum(axis=0)
        after = at_risk[int(np.searchsorted(self.times, at, side="left")) :]
        return np.where(after[0] > 0.0 if len(after) else False, found, np.nan)
