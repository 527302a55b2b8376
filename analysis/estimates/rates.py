"""How many had LTP: shares with Wilson intervals, and the 2x2 tests between groups.

A share of all who were ever seen takes those followed briefly for free of LTP: for rates over time, see kaplan_meier.py
and cumulative_incidence.py.

Wilson's interval solves |p - share| = z sqrt(p (1 - p) / n) (JASA 1927;22:209). Pearson's chi-square
without and Yates's with continuity correction; Fisher's exact test sums the probabilities of all tables no
more likely than the one seen. The odds ratio is a d / (b c) with Woolf's interval exp(log OR -+ z sqrt(1/a
+ 1/b + 1/c + 1/d)). Published p-values are often the uncorrected Pearson ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.tidy import OVERALL, UNKNOWN, Z_975, as_float, split, tidy, weights
from schemas.thresholds import EXPECTED_COUNT_LEAST, EXPECTED_COUNT_MIN, SMALL_EXPECTED_MAX

METHOD_RATE = "share, Wilson interval"
METHOD_EXACT = "share, exact (Clopper-Pearson) interval"
COLUMNS = [
    "endpoint",
    "level",
    "grouping",
    "stratum",
    "n",
    "n_events",
    "quantity",
    "estimate",
    "lower",
    "upper",
]
COLUMNS += ["df", "p_value", "method", "note"]


def wilson(n_events: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; NaN for n = 0.

    >>> tuple(round(limit, 4) for limit in wilson(15, 49))
    (0.1952, 0.4453)
    """
    if n == 0:
        return float("nan"), float("nan")
    share, z2 = n_events / n, Z_975**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_975 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    return float(middle - half) if n_events else 0.0, float(middle + half) if n_events < n else 1.0


def exact(n_events: int, n: int) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval of a share (Biometrika 1934;26:404), 2.5 % on each side; NaN for n = 0.

    >>> tuple(round(limit, 4) for limit in exact(0, 30))
    (0.0, 0.1157)
    """
    if n == 0:
        return float("nan"), float("nan")
    from scipy.special import betaincinv

    lower = float(betaincinv(n_events, n - n_events + 1, 0.025)) if n_events else 0.0
    upper = float(betaincinv(n_events + 1, n - n_events, 0.975)) if n_events < n else 1.0
    return lower, upper


def rates(
    frame: pd.DataFrame,
    *,
    outcome: str = "ltp",
    grouping: str = OVERALL,
    endpoint: str = "LTP",
    level: str = "",
    count: str | None = None,
    note: str = "",
) -> pd.DataFrame:
    """Return the share with ``outcome`` in each stratum, then the tests between the strata (COLUMNS).

    ``outcome`` 0/1 or boolean; rows where it is null are not counted; ``count`` the subjects each row
    stands for. Quantity ``rate``, and per grouping ``pearson_chi2``, ``yates_chi2``, ``fisher_exact``
    (sample odds ratio) and ``odds_ratio``: the last stratum against the first. ``unknown`` is shown and not
    tested. With three strata or more only Pearson's test is given.
    """
    known = frame[frame[outcome].notna()]
    values, each = as_float(known[outcome]), weights(known, count)
    rows: list[dict[str, Any]] = []
    counts: list[tuple[str, int, int]] = []
    for stratum, members in split(known, grouping):
        n_events, n = int(values[members] @ each[members]), int(each[members].sum())
        lower, upper = wilson(n_events, n)
        base = {
            "endpoint": endpoint,
            "level": level,
            "grouping": grouping,
            "stratum": stratum,
            "n": n,
            "n_events": n_events,
        }
        base |= {"quantity": "rate", "method": METHOD_RATE, "lower": lower, "upper": upper}
        missing = "" if n else guards.NO_SUBJECTS
        rows.append(base | {"estimate": n_events / n if n else None, "note": guards.join_notes(missing, note)})
        counts.append((stratum, n_events, n))
    if grouping != OVERALL:
        tested = [count for count in counts if count[0] != UNKNOWN]
        left_out = sum(n for stratum, _, n in counts if stratum == UNKNOWN)
        unknown_note = f"{left_out} with unknown {grouping} left out" if left_out else ""
        base = {"endpoint": endpoint, "level": level, "grouping": grouping}
        base |= {"n": sum(n for _, _, n in tested), "n_events": sum(k for _, k, _ in tested)}
        for row in compare(tested):
            rows.append(base | row | {"note": guards.join_notes(row.get("note", ""), unknown_note, note)})
    return tidy(rows, COLUMNS)


def compare(counts: Sequence[tuple[str, int, int]]) -> list[dict[str, Any]]:
    """Return the tests between (stratum, events, n): rows with quantity, estimate, df, p_value, limits, method and
    note.

    >>> [round(row["estimate"], 3) for row in compare([("wild_type", 13, 71), ("mutant", 15, 49)])]
    [2.453, 1.813, 1.968, 1.968]
    """
    table = np.array([[n - k, k] for _, k, n in counts], dtype=float).reshape(-1, 2)
    reason = ""
    if len(table) < 2:
        reason = "only one group: nothing to compare" if len(table) else guards.NO_SUBJECTS
    elif table[:, 1].sum() == 0:
        reason = guards.NO_EVENTS
    elif table[:, 0].sum() == 0:
        reason = guards.ALL_EVENTS
    pearson = {"quantity": "pearson_chi2", "method": "Pearson's chi-square, uncorrected"} | _chi2(table, False, reason)
    if len(table) > 2:
        return [pearson]
    yates = {"quantity": "yates_chi2", "method": "chi-square with Yates's correction"} | _chi2(table, True, reason)
    fisher: dict[str, Any] = {"quantity": "fisher_exact", "method": "Fisher's exact test", "note": reason}
    ratio: dict[str, Any] = {
        "quantity": "odds_ratio",
        "method": "sample odds ratio, Woolf interval",
        "note": reason,
    }
    if not reason:
        (a, b), (c, d) = table.tolist()
        contrast = f"{counts[1][0]} against {counts[0][0]}"
        estimate = a * d / (b * c) if b * c > 0 else None
        fisher |= {"estimate": estimate, "p_value": _fisher_p(table), "note": contrast}
        ratio |= {"estimate": estimate, "note": contrast}
        if table.min() > 0:
            half = Z_975 * float(np.sqrt((1.0 / table).sum()))
            ratio |= {"lower": estimate * np.exp(-half), "upper": estimate * np.exp(half)}
        else:
            ratio["note"] = f"{contrast}; no interval: a cell of the table is empty"
    return [pearson, yates, fisher, ratio]


def _chi2(table: np.ndarray, is_corrected: bool, reason: str) -> dict[str, Any]:
    if reason:
        return {"note": reason}
    from scipy.special import chdtrc

    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    distance = np.abs(table - expected)
    if is_corrected:
        distance = distance - min(0.5, float(distance.min()))
    statistic, df = float((distance**2 / expected).sum()), len(table) - 1
    return {"estimate": statistic, "df": df, "p_value": float(chdtrc(df, statistic)), "note": _few_expected(expected)}


def _few_expected(expected: np.ndarray) -> str:
    """Return why a chi-square test should not be trusted (Cochran 1954); '' if it may be. With two groups, a single one
    of the four expected counts already exceeds the share that may be small.
    """
    is_small = expected < EXPECTED_COUNT_MIN
    if len(expected) == 2:
        return f"an expected count is below {EXPECTED_COUNT_MIN:g}: prefer Fisher's test" if is_small.any() else ""
    if is_small.mean() <= SMALL_EXPECTED_MAX and expected.min() >= EXPECTED_COUNT_LEAST:
        return ""
    return f"{is_small.sum()} of {expected.size} expected counts are below {EXPECTED_COUNT_MIN:g}: unreliable"


def _fisher_p(table: np.ndarray) -> float:
    from scipy.stats import fisher_exact

    return float(fisher_exact(table.astype(int)).pvalue)
