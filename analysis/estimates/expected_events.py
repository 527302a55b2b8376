"""How many events each group would have if groups did not differ: what a test between them rests on.

Expected of a group is the sum over event times u of d(u) n_g(u) / n(u), within strata: R's ``survdiff`` prints it. For
a test of cumulative incidence it is the same sum over the events of the cause, those at risk being alive and free of
any event: a count of what there is to compare, not part of Gray's statistic.

No p-value is given below 5 events in all, and where fewer than 1 is expected in a group. The log-rank test between two
groups is the score test of a Cox model of one variable, so the limit of the models, 5 events per variable, is its limit
too; and a chi-square is no approximation where an expected number lies below 1 (Cochran, Biometrics 1954;10:417): there
one event in the small group makes any p-value small. Below 5 expected in a group the p-value stands with a word of
caution.
"""

from __future__ import annotations

import numpy as np

from schemas.thresholds import CAUTION_EXPECTED, MIN_EVENTS, MIN_EXPECTED


def expected_events(
    times: np.ndarray,
    is_event: np.ndarray,
    counts: np.ndarray,
    groups: np.ndarray,
    strata: np.ndarray | None = None,
) -> dict[str, float]:
    """Return group -> its expected number of events; they add up to the observed events.

    ``times`` in any unit, ``is_event`` 0/1, ``counts`` subjects per row, ``groups`` and ``strata`` labels; none
    missing.
    """
    found = {str(group): 0.0 for group in np.unique(groups)}
    for stratum in [None] if strata is None else list(np.unique(strata)):
        own = np.full(len(times), True) if stratum is None else strata == stratum
        happened = own & (is_event == 1)
        at, place = np.unique(times[happened], return_inverse=True)
        events = np.bincount(place, weights=counts[happened], minlength=len(at))
        share = events / _at_risk(times[own], counts[own], at)
        for group in np.unique(groups[own]):
            members = own & (groups == group)
            found[str(group)] += float(share @ _at_risk(times[members], counts[members], at))
    return found


def _at_risk(times: np.ndarray, counts: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the number of subjects whose time is not before each of ``at``."""
    order = np.argsort(times, kind="stable")
    gone = np.concatenate([[0.0], np.cumsum(counts[order])])
    return np.asarray(counts.sum() - gone[np.searchsorted(times[order], at, side="left")])


def why_not_tested(n_events: int, smallest: float) -> str:
    """Return the reason why there is no p-value, or nothing.

    >>> why_not_tested(28, 0.4)
    'fewer than 1 event expected in a group: not tested'
    """
    if n_events < MIN_EVENTS:
        return f"fewer than {MIN_EVENTS} events: not tested"
    return f"fewer than {MIN_EXPECTED:g} event expected in a group: not tested" if smallest < MIN_EXPECTED else ""


def caution(smallest: float) -> str:
    """Return a warning if the smallest expected number makes the p-value rough, or nothing."""
    few = smallest < CAUTION_EXPECTED
    return f"fewer than {CAUTION_EXPECTED:g} events expected in a group: read with caution" if few else ""
