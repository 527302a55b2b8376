"""What may leave of a published model or claims that were tested: figures whose subjects and events may be counted.

Every line counts a group and those of it with the event by its time; both counts must leave, or the line says
`suppressed`. Shares are made from the counts that leave, risks from curves of rounded counts (curves.py); C-index,
slope, AUC and Brier score have two digits. Decision curves, which would count a group at each of many risks, and ratios
of models stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimates.rates import wilson
from analysis.removals import untold
from analysis.report.numbers import is_missing
from analysis.tidy import as_float, records_of, tidy
from analysis.validation import claims, performance
from analysis.validation.calibration import observed
from analysis.validation.cutoff import OBSERVED
from disclosure.assembled import Earlier, assemble
from disclosure.curves import rounded_subjects
from disclosure.levels import COST_GROUP, Key, Level, event_key, n_key
from disclosure.shared_content import counts_that_leave
from disclosure.shared_models import digits, without_counts
from disclosure.suppression import suppress
from schemas.disclosure import CURVE_CLASSES_LEAST, CURVE_ERROR_MOST, RESIDUAL_DF_LEAST, Mode
from schemas.thresholds import DAYS_PER_MONTH

LEFT_OUT = ("decision curves", "ratios of models")
SUPPRESSED, LINE = "suppressed", "line"
ROUNDED = "from counts at the end of each month, rounded to midpoints of {step}"
RISKS = (performance.CALIBRATION, OBSERVED)
"""Quantities of a group that are risks by a time."""
OF_ALL = (
    *(performance.HARRELL, performance.WOLBERS, performance.UNO, performance.SLOPE),
    *(performance.AUC, performance.BRIER, performance.NULL_BRIER),
)


@dataclass(frozen=True)
class CountedLine:
    """Whom a line (``row`` of ``table``) counts: who of the level's subjects are in it, their times and events of the
    ``endpoint``, and the time by which events count (infinite: ever).
    """

    table: str
    row: int
    level: str
    endpoint: str
    members: np.ndarray
    days: np.ndarray
    event: np.ndarray
    until: float
    competes: bool

    @property
    def keys(self) -> tuple[Key, Key]:
        """Return the keys of its size, and of those with the event."""
        outcome, line = f"{self.endpoint} by day {self.until:g}", f"{self.table} {self.row}"
        return n_key(outcome, self.level, LINE, line), event_key(outcome, self.level, LINE, line)

    @property
    def has_event(self) -> np.ndarray:
        """Return, of the level's subjects, who of the group had the event by then."""
        found = np.zeros(len(self.members), dtype=bool)
        found[self.members] = (self.event == 1) & (self.days <= self.until)
        return found


@dataclass(frozen=True)
class TestedAsShared:
    """The tables that leave, the counts in them, and the groups that were counted."""

    content: dict[str, pd.DataFrame]
    counts: dict[tuple[str, Key], int]
    levels: Mapping[str, Level]
    left_out: Sequence[str] = field(default=LEFT_OUT)


def groups_of_tested(levels: Mapping[str, Level], groups: Iterable[CountedLine]) -> dict[str, Level]:
    """Return the levels, which hold all subjects, with the groups of every line."""
    for group in groups:
        own, (n, event) = levels[group.level], group.keys
        own.add(n, group.members, COST_GROUP)
        own.add(event, group.has_event)
        own.sums.append((n, [event], "without"))
    return dict(levels)


def shared_tested(
    tables: Mapping[str, pd.DataFrame],
    groups: Sequence[CountedLine],
    mode: Mode,
    levels: Mapping[str, Level],
    earlier: Mapping[str, Iterable[Earlier]] | None = None,
) -> TestedAsShared:
    """Return the tables as they leave under `mode`. `levels` are the groups, over the subjects of `earlier` as well."""
    made = assemble(levels, mode, earlier)
    counts = counts_that_leave(made, suppress(made.cells, mode), mode)
    by_row = {(group.table, group.row): group for group in groups}
    makers = {"performance": _performance_row, "claims": _claim_row}
    content = {}
    for name, table in tables.items():
        rows = []
        for place, row in enumerate(records_of(table, list(table.columns))):
            group = by_row.get((name, place))
            found = makers[name](_untold(row), group, counts, mode) if group else None
            rows += [found] if found else []
        content[name] = tidy(rows, list(table.columns))
    return TestedAsShared(content, counts, levels)


def _counts(group: CountedLine, counts: Mapping[tuple[str, Key], int]) -> tuple[int, int] | None:
    """Return (subjects, events) as they leave; None if one of them does not."""
    found = [counts.get((group.level, key)) for key in group.keys]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _untold(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with texts that do not tell removals from deaths."""
    return {name: untold(value) if isinstance(value, str) else value for name, value in row.items()}


def _suppressed(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in row if isinstance(row[name], str)}
    kept |= {name: row.get(name) for name in ("time_months", "published_value", "published_lower", "published_upper")}
    return kept | {"note": SUPPRESSED}


def _performance_row(
    row: dict[str, Any], group: CountedLine, counts: Mapping[tuple[str, Key], int], mode: Mode
) -> dict[str, Any] | None:
    """Return a line on the model: of everybody with two digits, of a group's risk from rounded curves."""
    found = _counts(group, counts)
    if found is None or (row["quantity"] in OF_ALL and found[0] - 1 < RESIDUAL_DF_LEAST):
        return _suppressed(row)
    n, n_events = found
    shared = row | {"n": n, "n_events": n_events, "std_error": None, "note": without_counts(str(row["note"]))}
    shared |= {name: digits(row[name]) for name in ("predicted", "estimate", "lower", "upper")}
    if row["quantity"] not in RISKS or is_missing(row["estimate"]):
        return shared
    return shared | _risk(group, n, n_events, mode)


def _risk(group: CountedLine, n: int, n_events: int, mode: Mode) -> dict[str, Any]:
    """Return the observed risk of a group from its rounded curve; nothing where rounding would move it far."""
    is_near = mode.curve_step // 2 <= CURVE_ERROR_MOST * n
    nothing: dict[str, Any] = {"estimate": None, "lower": None, "upper": None, "note": SUPPRESSED}
    if not (is_near and n_events >= CURVE_CLASSES_LEAST * mode.curve_step):
        return nothing
    made = rounded_subjects(group.days, group.event, np.ones(len(group.days)), mode)
    if made.empty:
        return nothing
    each = made.loc[made.index.repeat(made["count"])]
    seen = observed(as_float(each["days"]), as_float(each["event"]), group.until, competes=group.competes)
    if not np.isfinite(seen.estimate):
        return nothing
    limits = {"lower": digits(seen.lower), "upper": digits(seen.upper)}
    return {"estimate": digits(seen.estimate), **limits, "note": ROUNDED.format(step=mode.curve_step)}


def _claim_row(
    row: dict[str, Any], group: CountedLine, counts: Mapping[tuple[str, Key], int], mode: Mode
) -> dict[str, Any] | None:
    """Return a claim beside the share that the counts that leave give, or the rate of the rounded curve."""
    found = _counts(group, counts)
    if found is None or row["quantity"] == claims.FREE and row["method"] == claims.METHOD_RATE:
        return _suppressed(row)
    n, n_events = found
    shared = row | {"n": n, "n_events": n_events, "note": without_counts(str(row["note"]))}
    if row["quantity"] == claims.SHARE:
        lower, upper = wilson(min(n_events, n), n)
        shared |= {"estimate": min(n_events / n, 1.0), "lower": lower, "upper": upper}
    else:
        shared |= _risk(group, n, n_events, mode)
        if row["quantity"] == claims.FREE and shared["estimate"] is not None:
            free = {"estimate": "estimate", "lower": "upper", "upper": "lower"}
            shared |= {name: digits(1.0 - shared[of]) for name, of in free.items()}
    return shared | claims.verdicts(shared)


UNTIL_EVER = float("inf")


def until(months: Any) -> float:
    """Return the day by which events of a line count: ever, if the line is of no time."""
    return UNTIL_EVER if is_missing(months) else float(months) * DAYS_PER_MONTH
