"""Decides on plain numbers whether a delivery waits, and gives the reason in a sentence with counts but no cells.

Background: docs/decisions/0019-deliveries-that-wait.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.thresholds import (
    CM_FOR_MM_BELOW,
    FEW_KEYS,
    FEW_LES_04,
    FEW_VALUES,
    FEW_VALUES_BEFORE,
    MOST_LES_04,
    TIMES_OFF,
)

COLUMNS = (
    *("max_diameter_mm", "minimal_margin_mm", "zone_long_mm", "zone_short_mm", "distance_to_zone_mm"),
    "time_min",
)
"""Columns whose unit can be mistaken. CEA and allele fractions span magnitudes from one batch to the next."""


@dataclass(frozen=True)
class Spread:
    """The distribution of a column's values above 0: `n` values, lower quartile, median and upper quartile."""

    n: int
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Rows:
    """Row counts of a delivery: `n` all rows; `les_04` those that break LES-04 or whose zone is too small for the
    diameter (LEAST_ZONE); `below` those of them whose diameter is below CM_FOR_MM_BELOW.
    """

    n: int
    les_04: int
    below: int


def withdraws_much(export: str, n_rows: int, n_keys: int, n_gone: int, most: float) -> str | None:
    """Return why a snapshot that would withdraw `n_gone` of `n_keys` keys waits, or None if it need not wait."""
    if n_gone == 0:
        return None
    if n_rows == 0:
        keys = "the only key" if n_keys == 1 else f"all {n_keys:,} keys"
        return f"The delivery has no rows: as a snapshot it would withdraw {keys} of {export}."
    if n_gone / n_keys <= most or (most > 0 and n_gone <= FEW_KEYS and n_gone < n_keys):
        return None
    if n_gone == n_keys == 1:
        return f"As a snapshot it would withdraw the only key of {export}."
    share, limit = 100 * n_gone / n_keys, 100 * most
    shown = f"{share:.0f} %" if share - limit >= 1 else f"{share:.2f} %"
    return (
        f"As a snapshot it would withdraw {n_gone:,} of the {n_keys:,} keys of {export} "
        f"({shown}, more than {limit:g} %)."
    )


def looks_like_centimetres(rows: Rows) -> str | None:
    """Return why a delivery of sessions whose rows break LES-04 waits, or None if it need not wait."""
    if rows.les_04 <= FEW_LES_04 or rows.les_04 <= MOST_LES_04 * rows.n:
        return None
    if 2 * rows.below >= rows.les_04:
        return (
            f"max_diameter_mm looks like centimetres: {rows.below:,} of {rows.n:,} rows are below {CM_FOR_MM_BELOW:g}. "
            "Deliver it again in mm, give the unit in site.toml if all files have it, or confirm it:"
        )
    return (
        "max_diameter_mm and zone_long_mm look like different units: "
        f"in {rows.les_04:,} of {rows.n:,} rows they do not fit together. "
        "Deliver both in mm, give the units in site.toml if all files have them, or confirm it:"
    )


def is_ten_times_off(column: str, now: Spread | None, before: Mapping[int, Spread]) -> str | None:
    """Return why a delivery waits because this column differs from earlier deliveries, or None if it need not wait.

    The whole interquartile range has to differ: another unit shifts every quartile, other patients shift only one.
    """
    of_before = [s for s in before.values() if s.n]
    if now is None or now.n < FEW_VALUES or sum(s.n for s in of_before) < FEW_VALUES_BEFORE:
        return None
    low, median, high = (_weighted_median([(getattr(s, q), s.n) for s in of_before]) for q in ("low", "median", "high"))
    if now.median * TIMES_OFF <= median and now.high < low:
        times = median / now.median
        said = (
            f"{column} looks ten times too small: the median of its {now.n:,} values is {times:.0f} times smaller than "
            "in earlier deliveries."
        )
    elif median * TIMES_OFF <= now.median and now.low > high:
        times = now.median / median
        said = (
            f"{column} looks ten times too large: the median of its {now.n:,} values is {times:.0f} times larger than "
            "in earlier deliveries."
        )
    else:
        return None
    return " ".join((said, f"Deliver it again in {'minutes' if column == 'time_min' else 'mm'}, or confirm it:"))


def _weighted_median(values: list[tuple[float, int]]) -> float:
    """Return the median of (value, weight) pairs."""
    ordered, half, passed = sorted(values), sum(n for _, n in values) / 2, 0
    for value, n in ordered:
        passed += n
        if passed >= half:
            return value
    return ordered[-1][0]
