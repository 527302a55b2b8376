"""How many events each group would have if groups did not differ: what a test between them rests on.

Expected of a group is the sum over event times u of d(u) n_g(u) / n(u), within strata (risk_table.py): R's ``survdiff``
prints it. For a test of cumulative incidence it is the same sum over the events of the cause, those at risk being alive
and free of any event: a count of what there is to compare, not part of Gray's statistic.

No p-value is given below 5 events in all, and where fewer than 1 is expected in a group. The log-rank test between two
groups is the score test of a Cox model of one variable, so the limit of the models, 5 events per variable, is its limit
too; and a chi-square is no approximation where an expected number lies below 1 (Cochran, Biometrics 1954;10:417): there
one event in the small group makes any p-value small. Below 5 expected in a group the p-value stands with a word of
caution.
"""

from __future__ import annotations

from schemas.thresholds import CAUTION_EXPECTED, MIN_EVENTS, MIN_EXPECTED


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
