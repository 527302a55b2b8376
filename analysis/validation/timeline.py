"""Subjects laid out once, so that models fitted to samples of them are measured in a fraction of what a fit takes.

A sample counts each subject so often (``weight``), 0 included, so that times, ties and pairs stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.validation.at_horizon import Known
from analysis.validation.concordance import concordance
from analysis.validation.predicted import Predictor
from analysis.validation.watched import of_counts

MOST_PAIRS = 100_000
"""Of more pairs, the C-index is counted by halves of halves instead of one by one."""
STEPS, CLOSE, FAR = 25, 1e-10, 50.0
"""Of Newton: at most, the last one, and a coefficient per standard deviation that no score has."""


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
    def is_event(self) -> np.ndarray:
        """Return who had the event, as 0 and 1."""
        return (self.causes == 1).astype(float)

    @cached_property
    def is_death(self) -> np.ndarray:
        """Return who had what competes, as 0 and 1."""
        return (self.causes > 1).astype(float)

    @cached_property
    def pairs(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return (who has the event, who is later) of all pairs that C counts; None if they are too many."""
        rows = np.flatnonzero(self.causes == 1)
        if len(rows) * len(self.time) > MOST_PAIRS:
            return None
        is_later = self.at[None, :] > self.at[rows, None]
        is_later |= (self.at[None, :] == self.at[rows, None]) & (self.causes != 1)[None, :]
        first, later = np.nonzero(is_later)
        return rows[first], later

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of values at each time."""
        return np.bincount(self.at, weights=values, minlength=len(self.times))

    def c(self, score: np.ndarray, rank: np.ndarray, weights: tuple[np.ndarray, ...]) -> list[float]:
        """Return Harrell's C with each of the weights."""
        if self.pairs is None:
            plain = (concordance(self.time, self.causes, score, weight=own, with_error=False) for own in weights)
            return [one.estimate for one in plain]
        first, later = self.pairs
        higher = (1.0 + np.sign(rank[first] - rank[later])) / 2.0
        found = []
        for weight in weights:
            own = weight[first] * weight[later]
            total = own.sum()
            found.append(float((own * higher).sum() / total) if total > 0.0 else float("nan"))  # @ starts threads
        return found

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
        """Return the coefficient of the score in a Cox model of nothing else, by Newton's steps; NaN if they do not
        end.
        """
        scale = float(score.std())
        if not scale > 0.0:
            return float("nan")
        z = (score - score.mean()) / scale
        n_tied = self.sums(self.is_event).astype(np.int64)
        step = np.repeat(np.arange(len(n_tied)), n_tied)
        order = np.arange(len(step)) - np.repeat(np.cumsum(n_tied) - n_tied, n_tied)
        share = order / n_tied[step]
        seen, coef = float(z @ self.is_event), min(scale, 1.0)
        for _ in range(STEPS):
            risk = np.exp(coef * z)
            powers = (risk, risk * z, risk * z * z)
            s0, s1, s2 = (
                np.cumsum(self.sums(one)[::-1])[::-1][step] - share * self.sums(one * self.is_event)[step]
                for one in powers
            )
            mean = s1 / s0
            information = float((s2 / s0 - mean**2).sum())
            if not information > 0.0:
                return float("nan")
            move = (seen - float(mean.sum())) / information
            coef += move
            if abs(move) < CLOSE:
                return coef / scale
            if not abs(coef) < FAR:
                return float("nan")
        return float("nan")

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
