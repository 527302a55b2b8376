"""Whether enough subjects are at risk for what a curve says at a time.

Few is below a tenth of the group, and below 5 whatever its size. A tenth is where curves are cut off (Pocock et al.,
Lancet 2002;359:1686). With fewer than 5 at risk one more event moves a Kaplan-Meier estimate by a quarter of its value
or more, and Greenwood's variance, which is for large samples, does not say so. Such an estimate stands in its table,
labelled, and not in running text. Beyond a group's last time there is no estimate, even where the curve has come to 0:
nobody was there to be seen.
"""

from __future__ import annotations

from schemas.thresholds import MIN_AT_RISK, MIN_SHARE_AT_RISK

FEW = "few at risk: fewer than 5, or than a tenth of the group"
BEYOND = "beyond the last follow-up"


def is_few(n_at_risk: float, n: float) -> bool:
    """Return whether ``n_at_risk`` of a group of ``n`` are too few.

    >>> is_few(4, 20), is_few(11, 120), is_few(12, 120)
    (True, True, False)
    """
    return n_at_risk < max(MIN_AT_RISK, MIN_SHARE_AT_RISK * n)


def few_note(n_at_risk: float, n: float) -> str:
    """Return the label of an estimate that rests on few, or nothing."""
    return FEW if is_few(n_at_risk, n) else ""
