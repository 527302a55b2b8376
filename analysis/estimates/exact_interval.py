"""The exact interval of a share (Clopper and Pearson, Biometrika 1934;26:404).

Its lower end is the share at which the count or more would be seen in half of 5 %, its upper end the share at which the
count or fewer would be. It contains the true share at least as often as it says, and with few cases more often: it is
wider than Wilson's interval. It takes cases for independent.
"""

from __future__ import annotations

METHOD_EXACT = "share, exact interval (Clopper-Pearson)"


def exact_interval(n_events: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of ``n_events`` of ``n``; NaN for n = 0.

    >>> tuple(round(limit, 4) for limit in exact_interval(3, 20))
    (0.0321, 0.3789)
    """
    from scipy.stats import binomtest

    if n == 0:
        return float("nan"), float("nan")
    found = binomtest(n_events, n).proportion_ci(method="exact")
    return float(found.low), float(found.high)
