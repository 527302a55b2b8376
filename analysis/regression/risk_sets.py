"""Risk sets of a Cox model: their sums, score and Schoenfeld residuals, and the clustered variance, in linear time.

The library that fits gives no residuals for stratified models (docs/decisions/0013), so they are written out. At event
time k of a stratum let m subjects have the event. Efron's step l = 0..m-1 sees S0_l = S0 - (l/m) S0_D, the sum of
r = exp(z'b) over the risk set less a share of those with the event, and E_l = S1_l / S0_l. With A = sum 1/S0_l and
B = sum E_l/S0_l, and A*, B* the same weighted by 1 - l/m, the score residual of a subject is

    event (z - mean E_l) - r (z sum A - sum B)   over the event times in (entry, time]

where one with the event takes A*, B* at its own time. Breslow is l = 0 throughout. The sandwich is V U'U V, U the
residuals summed by cluster, V the model's covariance (Lin and Wei, JASA 1989;84:1074): R's ``coxph(cluster = )``. It
misleads with few clusters (below about 40 it is too small).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from analysis.tidy import places_of


@dataclass(frozen=True)
class Cases:
    """The subjects of a model: ``time``, ``event`` 0/1, ``matrix`` (subjects x columns), ``entry`` or None, ``strata``
    (codes 0, 1, ...) or None, ``count`` subjects per row, ``weight`` of each of them or None: the steps of an event
    time then count as much as its events weigh on average, as R has it. ``entry`` < ``time`` in every row."""

    time: np.ndarray
    event: np.ndarray
    matrix: np.ndarray
    count: np.ndarray
    entry: np.ndarray | None = None
    strata: np.ndarray | None = None
    weight: np.ndarray | None = None


@dataclass(frozen=True)
class RiskSets:
    """Sums at each event time (stratum by stratum, in order of time), and each subject's place among them.

    ``mean`` is the mean of E_l (times x columns), ``variance`` the sum over l of the covariates' variance in the risk
    set (times x columns x columns; empty unless asked for), ``own`` the event time of each subject with the event.
    """

    rows: np.ndarray  # positions of the subjects with the event
    own: np.ndarray
    first: np.ndarray  # event times at or before entry, and before the subject's stratum
    last: np.ndarray  # event times at or before the subject's time
    mean: np.ndarray
    steps: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # A, B, A*, B*
    variance: np.ndarray
    risk: np.ndarray


def risk_sets(cases: Cases, coef: np.ndarray, *, ties: str = "efron", with_variance: bool = False) -> RiskSets:
    """Return the sums of all risk sets at ``coef``. Time grows with subjects times columns (squared for the variance),
    not with the number of event times; memory beside the matrix with subjects alone, since one column is looked at
    after the other.
    """
    centre = _centre(cases)
    risk = np.exp(cases.matrix @ coef - centre @ coef)
    rows = np.flatnonzero(cases.event == 1)
    rank, levels = places_of(cases.time)
    stratum = np.zeros(len(rank), dtype=np.int64) if cases.strata is None else cases.strata.astype(np.int64)
    place = stratum * (len(levels) + 1) + rank + 1  # 0 in each stratum is before every time
    own, keys = places_of(place[rows])
    last = np.searchsorted(keys, place, side="right")
    start = stratum * (len(levels) + 1)
    if cases.entry is not None:
        start = start + np.searchsorted(levels, cases.entry, side="right")
    first = np.searchsorted(keys, start, side="right")
    size = len(keys)

    all_from_start = cases.entry is None and cases.strata is None

    def at_risk(values: np.ndarray) -> np.ndarray:
        left = np.bincount(last, weights=values, minlength=size + 1)
        if not all_from_start:
            left -= np.bincount(first, weights=values, minlength=size + 1)
        return np.cumsum(left[::-1])[::-1][1:]

    def with_event(values: np.ndarray) -> np.ndarray:
        return np.bincount(own, weights=values[rows], minlength=size)

    each = cases.count if cases.weight is None else cases.count * cases.weight
    weight = each * risk
    p = len(centre)
    s0, s0_events = at_risk(weight), with_event(weight)
    s1, s1_events = np.empty((size, p)), np.empty((size, p))
    for j in range(p):
        weighted = weight * _column(cases, centre, j)
        s1[:, j], s1_events[:, j] = at_risk(weighted), with_event(weighted)
    n_tied = np.rint(with_event(cases.count)).astype(np.int64)
    step = np.repeat(np.arange(size), n_tied)
    order = np.arange(len(step)) - np.repeat(np.cumsum(n_tied) - n_tied, n_tied)
    share = order / n_tied[step] if ties == "efron" else np.zeros(len(step))
    inverse = 1.0 / (s0[step] - share * s0_events[step])

    def over_steps(values: np.ndarray) -> np.ndarray:
        return np.bincount(step, weights=values, minlength=size)

    # E_l is linear in the share, so sums over the steps need five numbers per event time, whatever the columns.
    once, once_share = over_steps(inverse), over_steps(inverse * share)
    square = inverse**2
    twice, twice_share, twice_both = (over_steps(square * share**power) for power in (0, 1, 2))

    def combined(whole: np.ndarray, tied: np.ndarray) -> np.ndarray:
        return s1 * whole[:, None] - s1_events * tied[:, None]

    mean = combined(once, once_share) / n_tied[:, None]
    if cases.weight is not None:
        mean_weight = with_event(each) / n_tied
        once, once_share, twice, twice_share, twice_both = (
            sums * mean_weight for sums in (once, once_share, twice, twice_share, twice_both)
        )
    b, b_own = combined(twice, twice_share), combined(twice - twice_share, twice_share - twice_both)
    variance = np.zeros((size if with_variance else 0, p, p))
    if with_variance:
        for j in range(p):
            weighted = weight * _column(cases, centre, j)
            for k in range(j, p):
                product = weighted * _column(cases, centre, k)
                squares = at_risk(product) * once - with_event(product) * once_share
                crossed = s1[:, j] * s1_events[:, k] + s1_events[:, j] * s1[:, k]
                of_means = s1[:, j] * s1[:, k] * twice - crossed * twice_share
                of_means += s1_events[:, j] * s1_events[:, k] * twice_both
                variance[:, j, k] = variance[:, k, j] = squares - of_means
    a, a_own = once, once - once_share
    return RiskSets(rows, own, first, last, mean, (a, b, a_own, b_own), variance, risk)


def schoenfeld(cases: Cases, sets: RiskSets) -> np.ndarray:
    """Return the covariates of each subject with the event, less their mean in its risk set (events x columns)."""
    return cases.matrix[sets.rows] - _centre(cases) - sets.mean[sets.own]


def score_residuals(cases: Cases, sets: RiskSets) -> Iterator[np.ndarray]:
    """Yield, column by column, each subject's share in the score; rows that stand for several give that of one."""
    centre = _centre(cases)
    a, b, a_own, b_own = sets.steps
    sum_a = np.concatenate([[0.0], np.cumsum(a)])
    hazard = sum_a[sets.last] - sum_a[sets.first]
    hazard[sets.rows] += (a_own - a)[sets.own]
    for j in range(len(centre)):
        column = _column(cases, centre, j)
        sum_b = np.concatenate([[0.0], np.cumsum(b[:, j])])
        expected = sum_b[sets.last] - sum_b[sets.first]
        expected[sets.rows] += (b_own - b)[sets.own, j]
        found = -sets.risk * (column * hazard - expected)
        found[sets.rows] += column[sets.rows] - sets.mean[sets.own, j]
        yield found


def summed_by_cluster(
    residuals: Iterable[np.ndarray], count: np.ndarray, cluster: np.ndarray, case: np.ndarray
) -> np.ndarray:
    """Return the residuals summed by cluster (clusters x columns). Of each member ``case`` is the place of its
    residual, ``cluster`` its code 0, 1, ... and ``count`` how many it is.
    """
    return np.column_stack([np.bincount(cluster, weights=count * column[case]) for column in residuals])


def clustered(sums: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return the sandwich covariance: residuals that are summed by cluster between model covariances."""
    influence = sums @ covariance
    return np.asarray(influence.T @ influence)


def _centre(cases: Cases) -> np.ndarray:
    return np.asarray(cases.count @ cases.matrix / cases.count.sum())


def _column(cases: Cases, centre: np.ndarray, j: int) -> np.ndarray:
    return np.asarray(cases.matrix[:, j] - centre[j])
