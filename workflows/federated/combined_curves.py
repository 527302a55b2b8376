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
WITHOUT = "without {sites}, where this group's table does not leave"
NO_SCORE = "without {sites}, where its score does not leave"
NO_TEST_OVER_ALL = "a test over all sites needs exact tables of each"
CODES = {"censored": 0, "events": 1, "competing": 2, "others": 3}


@dataclass(frozen=True)
class CurvesCombined:
    """Curves and tests of all sites that give them, and why others do not."""

    sites: tuple[str, ...]
    tables: "Mapping[str, pd.DataFrame]"
    refused: Mapping[str, str] = field(default_factory=dict)


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
    is_exact = all(MODES[modes[site]].is_open for site in given)
    asked: list[str] = [OVERALL, *([curves.by] if curves.by else [])]
    made: dict[str, list[pd.DataFrame]] = {}
    for grouping in asked:
        frame = frame_of(given, grouping)
        if not len(frame):
            continue
        lesions = lesion_note(curves.level)
        own = curve_note(curves.endpoint, curves.level, frame["event"], competes=competes)
        about = (grouping, curves.endpoint, curves.level)
        notes = {"curve_note": guards.join_notes(own, lesions), "note": lesions}
        tables = curve_tables(frame, *about, competes=competes, **notes)
        said = {group: _said(given, modes, grouping, group) for group in frame[grouping].unique()}
        for name, table in tables.items():
            both = zip(table["note"], table["stratum"], strict=True)
            tables[name] = table.assign(note=[guards.join_notes(note, said.get(group, "")) for note, group in both])
        if grouping != OVERALL and is_exact:
            tables |= compared_tables(frame, *about, competes=competes, note=lesions)
        elif grouping != OVERALL:
            scores, gone = _scores(curves, given, modes, competes=competes)
            told = {name: guards.join_notes(NO_TEST_OVER_ALL, without, lesions) for name, without in gone.items()}
            tables |= within_tables(scores, *about, notes=told)
        for name, table in tables.items():
            made.setdefault(name, []).append(table)
    tables = {name: pd.concat(parts, ignore_index=True) for name, parts in made.items()}
    return CurvesCombined(tuple(given), tables, refused)


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


def _said(given: Mapping[str, CurvesGiven], modes: Mapping[str, str], grouping: str, group: str) -> str:
    """Say which sites are not in a group's curve, and how far the rounding of others may move it: half a class of each,
    over all its subjects.
    """
    sizes = {
        site: table.at_risk[0]
        for site, one in given.items()
        for table in one.tables.get(grouping, ())
        if table.group == group and table.at_risk
    }
    gone = [site for site, one in given.items() if site not in sizes and group in one.suppressed]
    rounded = [site for site in sizes if not MODES[modes[site]].is_open]
    said = [WITHOUT.format(sites=", ".join(gone))] if gone else []
    if rounded:
        halves = sum(MODES[modes[site]].curve_step // 2 for site in rounded)
        points = 100.0 * halves / max(sum(sizes.values()), 1)
        said.append(ROUNDED.format(sites=", ".join(rounded), points=points))
    return "; ".join(said)


def _scores(
    curves: PlannedCurves, given: Mapping[str, CurvesGiven], modes: Mapping[str, str], *, competes: bool
) -> "tuple[dict[str, list[WithinSite]], dict[str, str]]":
    """Return the scores of the tests within each site, as the site gives them or made of its exact tables; and by test
    which sites are not in it.
    """
    from analysis.federated.pooled_curves import score_within

    assert curves.by is not None
    names = {"logrank": 1} | ({"gray 1": 1, "gray 2": 2} if competes else {})
    found: dict[str, list[WithinSite]] = {name: [] for name in names}
    gone: dict[str, list[str]] = {name: [] for name in names}
    for site, one in given.items():
        for name, cause in names.items():
            if name in one.scores:
                found[name].append(_score(one.scores[name]))
            elif MODES[modes[site]].is_open:
                frame = frame_of({site: one}, curves.by)
                made = score_within(frame, curves.by, cause, is_gray=name != "logrank")
                found[name] += [made] if made else []
            else:
                gone[name].append(site)
    return found, {name: NO_SCORE.format(sites=", ".join(own)) if own else "" for name, own in gone.items()}


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
