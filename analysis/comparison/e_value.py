"""How strong an unmeasured confounder would have to be to explain a ratio away: the E-value.

E = RR + sqrt(RR (RR - 1)), for ratios below 1 of their inverse: a confounder associated with both treatment and outcome
by a risk ratio of at least E each, beyond what was adjusted for, could explain the ratio; a weaker one could not
(VanderWeele and Ding, Ann Intern Med 2017;167:268). The E-value of the limit is that of the interval's end nearer to 1,
and 1 if the interval holds 1. A hazard ratio stands for a risk ratio while the outcome is rare; where more than 15 %
have it, RR = (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR)). It misleads as a grade of evidence: whether such a confounder
is plausible is a question about the disease, and other biases are not in it.
"""

from __future__ import annotations

import math

from schemas.thresholds import COMMON_OUTCOME


def risk_ratio(hazard_ratio: float, share_with_event: float) -> float:
    """Return the risk ratio that a hazard ratio stands for, approximately.

    >>> risk_ratio(2.0, 0.05), round(risk_ratio(2.0, 0.4), 4)
    (2.0, 1.6125)
    """
    if share_with_event <= COMMON_OUTCOME:
        return hazard_ratio
    root = math.sqrt(hazard_ratio)
    return (1.0 - 0.5**root) / (1.0 - 0.5 ** (1.0 / root))


def e_value(ratio: float) -> float:
    """Return the E-value of a risk ratio.

    The example of VanderWeele and Ding: 3.9 with limits 1.8 and 8.7.

    >>> round(e_value(3.9), 2), round(e_value_of_limit(3.9, 1.8, 8.7), 1)
    (7.26, 3.0)
    """
    larger = ratio if ratio >= 1.0 else 1.0 / ratio
    return larger + math.sqrt(larger * (larger - 1.0))


def e_value_of_limit(ratio: float, lower: float, upper: float) -> float:
    """Return the E-value of the limit nearer to 1; 1 if 1 lies between the limits."""
    if lower <= 1.0 <= upper:
        return 1.0
    return e_value(lower if ratio > 1.0 else upper)
