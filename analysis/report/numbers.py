"""Print numbers: one way for each kind, everywhere on the page.

A missing number is an en dash, never zero.
"""

from __future__ import annotations

import math
import re
from typing import Any

from analysis.figures.forest import ratio_text

MISSING = "–"
SMALLEST_P = 0.001
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def is_missing(value: Any) -> bool:
    """Return whether a value is missing: None, NaN, NaT or pandas' NA."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA refuses to be true or false
        return True


def text(value: Any) -> str:
    """Return text as it is, a missing value as ''."""
    return "" if is_missing(value) else str(value)


def count(value: Any) -> str:
    """Print a count with a thousands separator: 12,345."""
    return MISSING if is_missing(value) else f"{int(value):,}"


def counted(value: Any, noun: str) -> str:
    """Print a count with its noun in the singular or plural: '1 patient', '12 events', '– patients'."""
    is_one = not is_missing(value) and int(value) == 1
    return f"{count(value)} {noun}{'' if is_one else 's'}"


def p_value(value: Any) -> str:
    """Print a p-value with three decimals, '<0.001' below that; never '0.000'."""
    if is_missing(value):
        return MISSING
    number = float(value)
    return f"<{SMALLEST_P}" if number < SMALLEST_P else f"{number:.3f}"


def p_equals(value: Any) -> str:
    """Print a p-value for running text: 'p = 0.004', 'p < 0.001'; '' if it is missing."""
    printed = p_value(value)
    return "" if printed == MISSING else f"p < {SMALLEST_P}" if printed.startswith("<") else f"p = {printed}"


def percent(share: Any, decimals: int = 1) -> str:
    """Print a share (0 to 1) as a percentage without the sign: 23.3."""
    return MISSING if is_missing(share) else f"{100 * float(share):.{decimals}f}"


def percent_interval(share: Any, lower: Any, upper: Any) -> str:
    """'81.0 (70.1–88.2)'; without an interval only the share."""
    if is_missing(share):
        return MISSING
    if is_missing(lower) or is_missing(upper):
        return percent(share)
    return f"{percent(share)} ({percent(lower)}–{percent(upper)})"


def ratio_interval(ratio: Any, lower: Any, upper: Any) -> str:
    """'3.97 (1.65–9.55)'; a missing ratio is an en dash. A ratio of exactly 0 (an empty cell) is '0', not '<0.001'."""
    if is_missing(ratio) or not math.isfinite(float(ratio)):
        return MISSING
    if float(ratio) == 0:
        return "0"
    if is_missing(lower) or is_missing(upper):
        return ratio_text(float(ratio))
    return f"{ratio_text(float(ratio))} ({ratio_text(float(lower))}–{ratio_text(float(upper))})"


def months_interval(months: Any, lower: Any, upper: Any) -> str:
    """'14.2 (12.9–16.0)'; a limit that is not reached is 'NR'."""
    if is_missing(months):
        return MISSING
    if is_missing(lower) and is_missing(upper):
        return f"{float(months):.1f}"
    limits = [
        "NR" if is_missing(limit) or math.isinf(float(limit)) else f"{float(limit):.1f}" for limit in (lower, upper)
    ]
    return f"{float(months):.1f} ({limits[0]}–{limits[1]})"


def release_time(release_id: str) -> str:
    """'23 November 2025, 04:01 UTC' from a release id; the id itself when it has another form."""
    found = re.match(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})\d{2}Z", release_id)
    if not found or not 1 <= int(found[2]) <= 12:
        return release_id
    return f"{int(found[3])} {MONTH_NAMES[int(found[2]) - 1]} {found[1]}, {found[4]}:{found[5]} UTC"
