"""A report's content as it leaves: tables, flow and words under a mode, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.report.content import ReportContent
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.tidy import OVERALL
from disclosure.assembled import Assembled, Earlier, assemble
from disclosure.groups import LTP, groups_of
from disclosure.levels import Key, Level, event_key, n_key, whole_key
from disclosure.shared_frames import SharedFrames
from disclosure.shared_tables import LEFT_OUT, VOLUMES, shared_tables
from disclosure.suppression import suppress
from schemas.disclosure import Mode

NOT_DRAWN = "courses of single lesions, data quality"


@dataclass(frozen=True)
class Shared:
    """What leaves: the content, the counts in it (level and key -> count), and the groups that were counted."""

    content: ReportContent
    counts: dict[tuple[str, Key], int]
    levels: Mapping[str, Level]


def shared_content(
    content: ReportContent,
    registry: AnalysisFrames,
    mode: Mode,
    levels: Mapping[str, Level] | None = None,
    earlier: Mapping[str, Iterable[Earlier]] | None = None,
) -> Shared:
    """Return the content as it leaves under `mode`, nothing of which shows a small group, alone, with the rest of it or
    with what left `earlier`. `levels` are the groups of `registry`, over the subjects of `earlier` as well.
    """
    has_volumes = len(content.tables.get(VOLUMES, ())) > 0
    levels = groups_of(registry, has_volumes) if levels is None else levels
    made = assemble(levels, mode, earlier)
    counts = counts_that_leave(made, suppress(made.cells, mode), mode)
    frames = SharedFrames(registry, counts, mode)
    tables = shared_tables(content.tables, frames, counts, levels, mode)
    nothing = pd.DataFrame()
    return Shared(
        replace(
            content,
            tables=tables,
            flow=shared_flow(content, counts),
            quality=nothing,
            quality_rules=nothing,
            problems=(),
            inputs=(),
            scorecard=nothing,
            trend=nothing,
            changes=nothing,
            exceptions=nothing,
            canaries=None,
            completeness=nothing,
            control_charts=nothing,
            run_in=nothing,
            thresholds=nothing,
            maturity=nothing,
            quality_sensitivity=nothing,
            morning_note=None,
            own_plan=None,
            data_docs="",
            courses=nothing,
            n_courses=0,
            caution="",
            disclosure=statement(mode, made, counts, [NOT_DRAWN, *LEFT_OUT.values()]),
        ),
        counts,
        levels,
    )


def counts_that_leave(made: Assembled, suppressed: np.ndarray, mode: Mode) -> dict[tuple[str, Key], int]:
    """Return (level, key) -> the count as it leaves."""
    return {place: mode.rounded(made.cells.values[cell]) for place, cell in made.places.items() if not suppressed[cell]}


def shared_flow(content: ReportContent, counts: Mapping[tuple[str, Key], int]) -> list[tuple]:
    """Return the flow from ablation on, with the counts that leave; what was left out on the way is not counted, since
    a difference would give the suppressed ones away, and nor is what came before.
    """
    found = []
    for label, names in (
        ("Ablated", {level: whole_key(level) for level in ("patient", "lesion")}),
        ("Evaluable", {level: n_key(LTP, level, OVERALL, OVERALL) for level in ("patient", "lesion")}),
        ("With LTP", {level: event_key(LTP, level, OVERALL, OVERALL) for level in ("patient", "lesion")}),
    ):
        patients, lesions = (counts.get((level, key)) for level, key in names.items())
        note = "" if patients is not None and lesions is not None else "a count that is not shown is suppressed"
        found.append((label, patients, lesions, note, False))
    return found if content.flow else []


def statement(mode: Mode, made: Assembled, counts: Mapping[tuple[str, Key], int], left_out: Iterable[str]) -> str:
    """Say under which mode the content stands, what that means, and what was left out."""
    n_cells = len(made.places)
    how = f"{n_cells - len(counts):,} of {n_cells:,} counts are suppressed: those up to {mode.small}"
    how += f"{'' if mode.hides_zero else ' but 0'}, and others that would give them away"
    how += f"; all others are rounded to the nearest {mode.rounding}" if mode.rounding > 1 else ""
    return (
        f"Disclosure control {mode.name}: {how}. Curves are of counts at each month's end, rounded to midpoints of "
        f"{mode.curve_step}, while more than {mode.small} are at risk; small groups have none. P-values of curves and "
        f"ratios of models have two digits. Left out: {', '.join(left_out)}."
    )
