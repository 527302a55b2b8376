"""What a Cox model needs of its subjects at given coefficients: sums by stratum and day, which add up over sites.

With r = exp(b'(z - c)) of each subject, S0, S1 and S2 of a risk set are sums of r, r z and r z z' over those who leave
on that day or later; Efron's rule needs the same sums over those with the event of the day. So sites that keep their
rows give, for each stratum and day, these sums over those who leave then, and the pooled log-likelihood, score and
information follow exactly. Where every stratum lies within one site the site adds them up itself. ``center`` c keeps
exponents small; sums that are added up must share it, and what is made of them does not depend on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.tidy import places_of


@dataclass(frozen=True)
class DaySums:
    """Sums for each stratum (its label) and day on which somebody leaves, strata and days in order.

    ``leaving`` and ``events`` have a column for r, then for each r z, then for each r z z' (upper triangle by rows);
    ``n_events`` and ``z_events`` are the subjects with the event and the sum of their z - c.
    """

    stratum: np.ndarray
    day: np.ndarray
    leaving: np.ndarray
    events: np.ndarray
    n_events: np.ndarray
    z_events: np.ndarray


@dataclass(frozen=True)
class Derivatives:
    """The partial log-likelihood, its gradient (the score) and minus its Hessian (the information)."""

    log_likelihood: float
    score: np.ndarray
    information: np.ndarray


def day_sums(
    time: np.ndarray,
    event: np.ndarray,
    matrix: np.ndarray,
    stratum: np.ndarray,
    coef: np.ndarray,
    center: np.ndarray,
    count: np.ndarray | None = None,
) -> DaySums:
    """Return the sums of subjects: ``event`` 0/1, ``matrix`` subjects x columns, ``stratum`` a label of each, ``count``
    subjects per row (default 1).
    """
    place, stratum, day = _cells(stratum, time)
    n = np.ones(len(time)) if count is None else count
    return DaySums(stratum, day, *sums_at(place, len(day), event, matrix - center, coef, n))


def sums_at(
    place: np.ndarray, size: int, event: np.ndarray, z: np.ndarray, coef: np.ndarray, count: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return ``leaving``, ``events``, ``n_events`` and ``z_events`` of subjects whose stratum and day have the numbers
    ``place``, below ``size``; ``z`` is the matrix less its center.
    """
    products = [z[:, j] * z[:, k] for j, k in zip(*np.triu_indices(z.shape[1]), strict=True)]
    whole = np.column_stack([np.ones(len(z)), z, *products]) * (count * np.exp(z @ coef))[:, None]
    own = event == 1
    n_events = np.bincount(place[own], weights=count[own], minlength=size)
    z_events = _added(place[own], z[own] * count[own, None], size)
    return _added(place, whole, size), _added(place[own], whole[own], size), n_events, z_events


def merged(parts: Sequence[DaySums]) -> DaySums:
    """Return the sums over all sites: those of the same stratum and day are added."""
    stratum, day = (np.concatenate([getattr(part, name) for part in parts]) for name in ("stratum", "day"))
    place, stratum, day = _cells(stratum, day)
    sums = [np.concatenate([getattr(part, name) for part in parts]) for name in ("leaving", "events", "z_events")]
    leaving, events, z_events = (_added(place, values, len(day)) for values in sums)
    n_events = _added(place, np.concatenate([part.n_events for part in parts])[:, None], len(day))[:, 0]
    return DaySums(stratum, day, leaving, events, n_events, z_events)


def derivatives(sums: DaySums, coef: np.ndarray, *, ties: str = "efron") -> Derivatives:
    """Return log-likelihood, score and information at the coefficients of the sums; ``ties`` efron or breslow."""
    p = sums.z_events.shape[1]
    at_risk = _from_each_day_on(sums)
    tied = np.rint(sums.n_events).astype(np.int64)
    step = np.repeat(np.arange(len(tied)), tied)
    order = np.arange(len(step)) - np.repeat(np.cumsum(tied) - tied, tied)
    share = order / tied[step] if ties == "efron" else np.zeros(len(step))
    s0 = at_risk[step, 0] - share * sums.events[step, 0]

    def over_steps(values: np.ndarray) -> np.ndarray:
        return np.bincount(step, weights=values, minlength=len(tied))

    # A step sees the sums at risk less its share of those with the event, so its day needs five numbers, not its rows.
    once, once_share = over_steps(1.0 / s0), over_steps(share / s0)
    twice, twice_share, twice_both = (over_steps(share**power / s0**2) for power in (0, 1, 2))
    s1, s1_events = at_risk[:, 1 : p + 1], sums.events[:, 1 : p + 1]
    information = np.zeros((p, p))
    information[np.triu_indices(p)] = once @ at_risk[:, p + 1 :] - once_share @ sums.events[:, p + 1 :]
    information = information + np.triu(information, 1).T
    crossed = s1.T @ (s1_events * twice_share[:, None])
    of_means = s1.T @ (s1 * twice[:, None]) + s1_events.T @ (s1_events * twice_both[:, None])
    information = information - (of_means - crossed - crossed.T)
    z_events = sums.z_events.sum(axis=0)
    score = z_events - (once @ s1 - once_share @ s1_events)
    return Derivatives(float(z_events @ coef - np.log(s0).sum()), score, information)


def _cells(stratum: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each row's place among the distinct strata and days, and the stratum and the day of each place."""
    codes, labels = places_of(stratum.astype(str))
    days, known = places_of(day)
    place, found = places_of(codes.astype(np.int64) * max(len(known), 1) + days)
    return place, labels[found // max(len(known), 1)], known[found % max(len(known), 1)]


def _added(place: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    columns = [np.bincount(place, weights=column, minlength=size) for column in values.T]
    return np.column_stack(columns) if columns else np.empty((size, 0))


def _from_each_day_on(sums: DaySums) -> np.ndarray:
    """Return, at each day of a stratum, the sums over those of it who leave then or later."""
    upto = np.cumsum(sums.leaving[::-1], axis=0)[::-1]
    ends = np.append(np.flatnonzero(sums.stratum[1:] != sums.stratum[:-1]) + 1, len(sums.stratum))
    after = np.vstack([upto, np.zeros((1, upto.shape[1]))])[ends] if len(upto) else upto
    of_stratum = np.searchsorted(ends, np.arange(len(upto)), side="right")
    return upto - after[of_stratum]
