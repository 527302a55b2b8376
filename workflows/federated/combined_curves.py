"""Combines the sites' risk-set tables of curves: the registry's own estimates of their counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.disclosure import MODES
from warehouse.cohorts.plan_form import PlannedCurves
from warehouse.derived.endpoint_definitions import competing
from workflows.federated.file_form import CurvesGiven, GroupByDay, ScoreOfTest
from workflows.federated.gathered import Gathered
from workflows.federated.given import OVERALL

if TYPE_CHECKING:
    import pandas as pd

    from analysis.federated.pooled_curves import WithinSite

ROUNDED = "of {sites} from counts at the end of each month, rounded: moved by up to {points:.1f} in 100"
NO_TEST_OVER_ALL = "a test over all sites needs exact tables of each"
CODES = {"censored": 0, "events": 1, "competing": 2, "others": 3}


@dataclass(frozen=True)
class CurvesCombined:
    """Curves and tests of all sites that give them, and why others do not."""

    sites: tuple[str, ...]
    tables: "Mapping[str, pd.DataFrame]"
    refused: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def combine_curves(curves: PlannedCurves, gathered: Gathered) -> CurvesCombined:
    """Combine one analysis' curves."""
    import pandas as pd

    from analysis import guards
    from analysis.federated.pooled_curves import compared_tables, curve_tables, within_tables
    from analysis.plan.shown_endpoints import curve_note, lesion_note

    given = {site: rounds[1].curves[curves.name] for site, rounds in gathered.files.items()}
    modes = {site: rounds[1].mode for site, rounds in gathered.files.items()}
    refused = {site: one.refused for site, one in given.items() if one.refused}
    given = {site: one for site, one in given.items() if site not in refused}
    competes = competing()[curves.endpoint, curves.level]
    rounded = tuple(site for site in given if not MODES[modes[site]].is_open)
    said = _said_rounded(given, modes, rounded)
    asked: list[str] = [OVERALL, *([curves.by] if curves.by else [])]
    made: dict[str, list[pd.DataFrame]] = {}
    for grouping in asked:
        frame = frame_of(given, grouping)
        if not len(frame):
            continue
        lesions = lesion_note(curves.level)
        own = curve_note(curves.endpoint, curves.level, frame["event"], competes=competes)
        notes = {"curve_note": guards.join_notes(own, lesions, said), "note": guards.join_notes(lesions, said)}
        about = (grouping, curves.endpoint, curves.level)
        tables = curve_tables(frame, *about, competes=competes, **notes)
        if grouping != OVERALL and not rounded:
            tables |= compared_tables(frame, *about, competes=competes, note=lesions)
        elif grouping != OVERALL:
            scores = _scores(curves, given, competes=competes)
            told = guards.join_notes(NO_TEST_OVER_ALL, lesions)
            tables |= within_tables(scores, *about, note=told)
        for name, table in tables.items():
            made.setdefault(name, []).append(table)
    tables = {name: pd.concat(parts, ignore_index=True) for name, parts in made.items()}
    return CurvesCombined(tuple(given), tables, refused, said)


def frame_of(given: Mapping[str, CurvesGiven], grouping: str) -> "pd.DataFrame":
    """Return the subjects of all sites as counted rows: days, event, `grouping`, site and count."""
    import pandas as pd

    rows = [
        {"days": day, "event": code, grouping: table.group, "site": site, "count": n}
        for site, one in given.items()
        for table in one.tables.get(grouping, ())
        for day, code, n in _leaving(table)
    ]
    frame = pd.DataFrame(rows, columns=["days", "event", grouping, "site", "count"])
    return frame.astype({"days": float, "event": float, "count": int})


def _leaving(table: GroupByDay) -> list[tuple[float, int, int]]:
    """Return (day, event, subjects) of those who leave."""
    return [
        (day, code, n)
        for name, code in CODES.items()
        for day, n in zip(table.days, getattr(table, name), strict=True)
        if n
    ]


def _said_rounded(given: Mapping[str, CurvesGiven], modes: Mapping[str, str], rounded: tuple[str, ...]) -> str:
    """Say how far the rounding of some sites may move a curve: half a class of each, over all subjects."""
    if not rounded:
        return ""
    n = sum(table.at_risk[0] for one in given.values() for table in one.tables.get(OVERALL, ()) if table.at_risk)
    halves = sum(MODES[modes[site]].curve_step // 2 for site in rounded)
    return ROUNDED.format(sites=", ".join(rounded), points=100.0 * halves / max(n, 1))


def _scores(curves: PlannedCurves, given: Mapping[str, CurvesGiven], *, competes: bool) -> "dict[str, list[WithinSite]]":
    """Return the scores of the tests within each site: as the site gives them, or made of its exact tables."""
    from analysis.federated.pooled_curves import score_within

    assert curves.by is not None
    names = {"logrank": 1} | ({"gray 1": 1, "gray 2": 2} if competes else {})
    found: dict[str, list[WithinSite]] = {name: [] for name in names}
    for site, one in given.items():
        for name, cause in names.items():
            if name in one.scores:
                found[name].append(_score(one.scores[name]))
            elif not one.suppressed:
                frame = frame_of({site: one}, curves.by)
                made = score_within(frame, curves.by, cause, is_gray=name != "logrank")
                found[name] += [made] if made else []
    return found


def _score(given: ScoreOfTest) -> "WithinSite":
    import numpy as np

    from analysis.federated.pooled_curves import WithinSite

    arrays = [np.array(getattr(given, name), dtype=float) for name in ("expected", "score", "variance")]
    return WithinSite(tuple(given.groups), given.n, given.n_events, *arrays)


def lost(one: CurvesGiven, grouping: str) -> tuple[int, int] | None:
    """Return (events of the site, events in the tables of a grouping) as far as both are known."""
    if one.n_events is None or grouping not in one.tables:
        return None
    return one.n_events, sum(sum(table.events) for table in one.tables[grouping])
