"""Outcomes of the centres beside each other: shares with exact intervals, and the limits of a funnel.

- major_complication, of sessions, by scale: sessions with a complication that its scale calls major (severity.py), of
  the sessions graded in that scale. Left out: sessions that state nothing, those graded in another scale only, and
  those with a complication whose grade does not say whether it is major.
- primary_efficacy, of lesions: free of viable tumour at the first adequate exam and not before, of the lesions of which
  an exam says either, as in analysis.technique. Left out: lesions without such an exam.
- ltp_12_months, of lesions: LTP within 12 months of the lesion's first ablation, of the lesions decided by then. Left
  out: lesions whose year was not over at the centre's newest imaging delivery, lesions that are not evaluable, and
  those seen for less than the year without LTP (who died or was lost); so it is not the share of a survival curve.

Limits (estimates/funnel_limits.py) are the counts inside 95 and 99.8 % around the share of all centres with cases, if
there are at least MIN_FUNNEL_CENTRES. Neither case mix nor variation beyond chance is taken into account: a centre
outside is a question to ask, not a verdict. Sessions and lesions of one patient are taken for independent, which makes
intervals and limits too narrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from analysis import guards
from analysis.estimates.exact_interval import METHOD_EXACT, exact_interval
from analysis.estimates.funnel_limits import Centre, limits, outside, pooled_share
from analysis.service.severity import GRADES
from analysis.tidy import records_of, tidy
from schemas.thresholds import FUNNEL_LIMITS, MIN_FUNNEL_CENTRES

COLUMNS = ["quantity", "level", "complication_system", "site", "n", "n_events", "n_missing", "estimate", "lower"]
COLUMNS += ["upper", "n_centres", "lower_limit_95", "upper_limit_95", "lower_limit_998", "upper_limit_998"]
COLUMNS += ["outside_limits", "method", "note"]
GRADED = ("site", "n_sessions", "n_silent", "n_graded", "n_major", "n_open")
JUDGED = ("site", "n_lesions", "n_judged", "n_effective", "n_not_due", "n_not_evaluable", "n_decided", "n_ltp")
"""Columns of the counts by centre."""
COMPLICATION, EFFICACY, LTP = "major_complication", "primary_efficacy", "ltp_12_months"
NAMES = tuple(f"{100 * level:g}" for level in FUNNEL_LIMITS)
"""95 and 99.8, in the columns without the point."""
FEW_CENTRES = f"fewer than {MIN_FUNNEL_CENTRES} centres: no limits"


class Counted(NamedTuple):
    """One centre: its cases, those with the outcome, and who is left out: (how many, why)."""

    site: str
    n: int
    n_events: int
    left_out: tuple[tuple[int, str], ...]


def outcomes(lesions: pd.DataFrame, complications: pd.DataFrame) -> pd.DataFrame:
    """Return the outcomes of all centres together (site empty) and of each (COLUMNS), from the counts of
    sql/service/lesions.sql and sql/service/complications.sql.
    """
    rows: list[dict[str, Any]] = []
    for scale in sorted(set(complications["complication_system"]) & set(GRADES)):
        own = complications[complications["complication_system"] == scale]
        base = {"quantity": COMPLICATION, "level": "session", "complication_system": scale}
        rows += _compared(base, [_graded(row) for row in records_of(own, GRADED)])
    for quantity, count in ((EFFICACY, _judged), (LTP, _decided)):
        base = {"quantity": quantity, "level": "lesion"}
        rows += _compared(base, [count(row) for row in records_of(lesions, JUDGED)])
    return tidy(rows, COLUMNS)


def _graded(row: dict[str, Any]) -> Counted:
    n_other = int(row["n_sessions"] - row["n_silent"] - row["n_graded"])
    left_out = (
        (int(row["n_silent"]), "not stated"),
        (n_other, "in another scale"),
        (int(row["n_open"]), "of a grade that does not say"),
    )
    return Counted(str(row["site"]), int(row["n_graded"] - row["n_open"]), int(row["n_major"]), left_out)


def _judged(row: dict[str, Any]) -> Counted:
    n = int(row["n_judged"])
    left_out = ((int(row["n_lesions"]) - n, "without an exam that says either"),)
    return Counted(str(row["site"]), n, int(row["n_effective"]), left_out)


def _decided(row: dict[str, Any]) -> Counted:
    n_lesions, n, n_not_due, n_not_evaluable = (
        int(row[name]) for name in ("n_lesions", "n_decided", "n_not_due", "n_not_evaluable")
    )
    left_out = (
        (n_not_due, "whose year is not over"),
        (n_not_evaluable, "not evaluable"),
        (n_lesions - n_not_due - n_not_evaluable - n, "seen for less than a year"),
    )
    return Counted(str(row["site"]), n, int(row["n_ltp"]), left_out)


def _compared(base: dict[str, Any], counted: Sequence[Counted]) -> Iterator[dict[str, Any]]:
    """Yield a row of all centres and one of each, with limits if there are enough of them."""
    centres = [Centre(one.site, one.n_events, one.n) for one in counted if one.n]
    has_limits = len(centres) >= MIN_FUNNEL_CENTRES
    share = pooled_share(centres) if has_limits else None
    reasons = [why for _, why in counted[0].left_out] if counted else []
    sums = tuple((sum(one.left_out[place][0] for one in counted), why) for place, why in enumerate(reasons))
    whole = Counted("", sum(one.n for one in counted), sum(one.n_events for one in counted), sums)
    for one in (whole, *counted):
        yield base | _share(one) | {"n_centres": len(centres)} | _limits(one, share) | {"note": _note(one, has_limits)}


def _share(one: Counted) -> dict[str, Any]:
    lower, upper = exact_interval(one.n_events, one.n)
    found: dict[str, Any] = {"site": one.site, "n": one.n, "n_events": one.n_events, "method": METHOD_EXACT}
    found |= {"n_missing": sum(n for n, _ in one.left_out), "lower": lower, "upper": upper}
    return found | {"estimate": one.n_events / one.n if one.n else None}


def _limits(one: Counted, share: float | None) -> dict[str, Any]:
    """Return the limits at the centre's number of cases, and those that it is outside of."""
    if share is None or not one.site or not one.n:
        return {}
    found: dict[str, Any] = {}
    for name, level in zip(NAMES, FUNNEL_LIMITS, strict=True):
        (lower,), (upper,) = limits([one.n], share, level)
        column = name.replace(".", "")
        found |= {f"lower_limit_{column}": int(lower), f"upper_limit_{column}": int(upper)}
    beyond = outside(Centre(one.site, one.n_events, one.n), share, FUNNEL_LIMITS)
    return found | {"outside_limits": dict(zip(FUNNEL_LIMITS, NAMES, strict=True)).get(beyond, "")}


def _note(one: Counted, has_limits: bool) -> str:
    left_out = [f"{n:,} {why}" for n, why in one.left_out if n]
    return guards.join_notes(
        "" if one.n else guards.NO_SUBJECTS,
        f"left out: {', '.join(left_out)}" if left_out else "",
        "" if has_limits else FEW_CENTRES,
    )
