"""Makes what a site gives of a study: curves as risk-set tables and scores, models as score and information.

With no mode everything is exact. Under a mode it is what disclosure/federated_groups.py lets leave.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schemas.disclosure import Mode
from workflows.federated.file_form import (
    Column,
    CurvesGiven,
    GroupByDay,
    ModelAsked,
    ModelGiven,
    ScoreOfTest,
    SumsByDay,
)
from workflows.federated.rows import ModelRows, Subjects

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from disclosure.federated_groups import StudyPart
    from disclosure.levels import Key, Level

    Counts = Mapping[tuple[str, Key], int]

OVERALL = "overall"
NOT_MADE = "it cannot be made of this site's release"
BY_DAY = 'without strata = "site" it needs sums by day, which show single patients'
OTHER_COLUMNS = "its columns are not those that are asked for"
FEW_DECIDE = "so few subjects decide at these coefficients that they would be seen"
EVENTS_LEFT_OUT = "subjects with events are asked to be left out"


def exact_curves(subjects: Subjects) -> CurvesGiven:
    """Return the tables of all groups by day."""
    import pandas as pd

    frame = pd.DataFrame({"days": subjects.days, "event": subjects.event, "count": 1})
    tables = {OVERALL: [_by_day(OVERALL, frame)]}
    for grouping, labels in subjects.groups.items():
        tables[grouping] = [_by_day(group, frame[labels == group]) for group in sorted(set(labels))]
    return CurvesGiven(n=len(frame), n_events=int((subjects.event == 1).sum()), tables=tables)


def curves_that_leave(part: "StudyPart", counts: "Counts", levels: "Mapping[str, Level]", mode: Mode) -> CurvesGiven:
    """Return the tables and scores of curves that leave under a mode."""
    from disclosure.federated_groups import drawn

    tables, suppressed = {}, []
    for grouping in (OVERALL, *part.groups):
        frame = drawn(part, counts, mode, grouping)
        labels = frame[grouping].astype(str) if grouping != OVERALL else None
        of_group = {OVERALL: frame} if labels is None else {g: frame[labels == g] for g in sorted(set(labels))}
        tables[grouping] = [_by_day(group, own) for group, own in of_group.items() if len(own)]
        every = levels[part.level].strata(part.outcome, part.level, grouping)
        suppressed += [group for group in every if group not in {one.group for one in tables[grouping]}]
    scores: dict[str, ScoreOfTest] = {}
    for grouping in part.groups:
        for name, cause in (("logrank", 1), *((f"gray {cause}", cause) for cause in (1, 2) if part.competes)):
            found = _score(part, counts, levels, grouping, name, cause)
            scores |= {name: found} if found else {}
    n, n_events = part.counted(counts), part.counted(counts, 1)
    return CurvesGiven(n=n, n_events=n_events, tables=tables, scores=scores, suppressed=suppressed)


def _score(
    part: "StudyPart", counts: "Counts", levels: "Mapping[str, Level]", grouping: str, name: str, cause: int
) -> ScoreOfTest | None:
    from analysis.federated.pooled_curves import score_within
    from disclosure.federated_groups import rounded, why_not_tested
    from disclosure.levels import event_key, n_key

    if why_not_tested(part, counts, levels, grouping, cause):
        return None
    frame = part.by_group(part.outcome, part.level, grouping)
    made = score_within(frame, grouping, cause, is_gray=name != "logrank")
    if made is None:
        return None
    about = [(part.outcome, part.level, grouping, group) for group in made.groups]
    return ScoreOfTest(
        groups=list(made.groups),
        n=sum(counts[part.level, n_key(*one)] for one in about),
        n_events=sum(counts[part.level, event_key(*one, cause)] for one in about),
        expected=rounded(made.expected).tolist(),
        score=rounded(made.score).tolist(),
        variance=rounded(made.variance).tolist(),
    )


def exact_model(rows: ModelRows, asked: ModelAsked | None, *, is_within: bool) -> ModelGiven:
    """Return what is asked of a model, or the first round; ``is_within``: its strata lie within sites."""
    import numpy as np

    given, kept, places = _asked_of(rows, asked)
    if given.refused:
        return given
    if asked is None:
        every = {term: _levels(labels, rows.subjects.event) for term, labels in rows.subjects.groups.items()}
        n_events = int((rows.subjects.event == 1).sum())
        given = given.model_copy(update={"n": len(kept), "n_events": n_events, "levels": every})
    coef = np.array(given.coefficients)
    if is_within:
        return _scored(given, rows, kept, places, coef, rows.subjects.days, rows.subjects.event == 1)
    from analysis.regression.day_sums import day_sums

    event, matrix = rows.subjects.event[kept] == 1, rows.matrix[kept][:, places]
    sums = day_sums(rows.subjects.days[kept], event, matrix, rows.stratum[kept], coef, np.array(given.center))
    by_day = SumsByDay(
        stratum=[str(label) for label in sums.stratum],
        **{name: getattr(sums, name).tolist() for name in ("day", "leaving", "events", "n_events", "z_events")},
    )
    return given.model_copy(update={"by_day": by_day})


def model_that_leaves(rows: ModelRows, asked: ModelAsked | None, mode: Mode) -> ModelGiven:
    """Return score and information as they leave under a mode, of a model that may leave; counts are not in it."""
    import numpy as np

    from disclosure.federated_groups import effective_subjects, rounded, slack, watched

    given, kept, places = _asked_of(rows, asked)
    if given.refused:
        return given
    coef = np.array(given.coefficients)
    if (rows.subjects.event[~kept] == 1).any():
        return ModelGiven(refused=EVENTS_LEFT_OUT)
    if effective_subjects(rows.matrix[kept][:, places], coef) <= mode.small:
        return ModelGiven(refused=FEW_DECIDE)
    ends = watched(rows.subjects.days, rows.stratum, mode)
    is_event = (rows.subjects.event == 1) & (rows.subjects.days <= ends)
    days = np.minimum(rows.subjects.days, np.maximum(ends, 0.0))
    exact = _scored(given, rows, kept, places, coef, days, is_event)
    assert exact.score is not None and exact.information is not None
    score = rounded(np.array(exact.score))
    update = {
        "log_likelihood": None,
        "score": score.tolist(),
        "score_slack": slack(score).tolist(),
        "information": rounded(np.array(exact.information)).tolist(),
        "meat": None if exact.meat is None else rounded(np.array(exact.meat)).tolist(),
    }
    return exact.model_copy(update=update)


def _asked_of(rows: ModelRows, asked: ModelAsked | None) -> "tuple[ModelGiven, np.ndarray, list[int]]":
    """Return an answer without numbers, who is in it, and the places of its columns."""
    import numpy as np

    every: list[Column] = [(column.term, column.level, column.reference) for column in rows.columns]
    everybody = np.ones(len(rows.matrix), dtype=bool)
    if asked is None:
        zeros = [0.0] * len(every)
        given = ModelGiven.model_construct(columns=every, coefficients=zeros, center=zeros)
        return given, everybody, list(range(len(every)))
    is_known = set(asked.columns) <= set(every) and all(term in rows.subjects.groups for term, _ in asked.without)
    if not is_known or len(set(asked.columns)) < len(asked.columns):
        return ModelGiven(refused=OTHER_COLUMNS), everybody, []
    for term, level in asked.without:
        everybody &= rows.subjects.groups[term] != level
    said = asked.model_dump()
    return ModelGiven.model_construct(**said), everybody, [every.index(column) for column in asked.columns]


def _scored(
    given: ModelGiven,
    rows: ModelRows,
    kept: "np.ndarray",
    places: list[int],
    coef: "np.ndarray",
    days: "np.ndarray",
    is_event: "np.ndarray",
) -> ModelGiven:
    """Return the answer with log-likelihood, score, information, and for lesions what clusters them by patient."""
    import numpy as np

    from analysis.regression.day_sums import day_sums, derivatives

    matrix = rows.matrix[kept][:, places]
    days, is_event, stratum = days[kept], is_event[kept], rows.stratum[kept]
    center = matrix.mean(axis=0) if len(matrix) else np.zeros(len(coef))
    found = derivatives(day_sums(days, is_event, matrix, stratum, coef, center), coef)
    update = {
        "log_likelihood": found.log_likelihood,
        "score": found.score.tolist(),
        "score_slack": [0.0] * len(coef),
        "information": found.information.tolist(),
    }
    if rows.subjects.level == "lesion":
        patients = [key[:2] for key, is_in in zip(rows.subjects.keys, kept, strict=True) if is_in]
        update["meat"] = _meat(days, is_event, matrix, stratum, coef, patients).tolist()
    return given.model_copy(update=update)


def _meat(
    days: "np.ndarray",
    is_event: "np.ndarray",
    matrix: "np.ndarray",
    stratum: "np.ndarray",
    coef: "np.ndarray",
    patients: list[tuple[str, ...]],
) -> "np.ndarray":
    """Return the sum over patients of the squared sum of the score residuals of their lesions."""
    import numpy as np
    import pandas as pd

    from analysis.regression.risk_sets import Cases, risk_sets, score_residuals, summed_by_cluster

    p = len(coef)
    if not is_event.any():
        return np.zeros((p, p))
    count, codes = np.ones(len(days)), pd.factorize(stratum.astype(str), sort=True)[0]
    cases = Cases(days, is_event.astype(int), matrix, count, None, codes)
    residuals = score_residuals(cases, risk_sets(cases, coef))
    cluster = pd.factorize(pd.MultiIndex.from_tuples(patients))[0]
    sums = summed_by_cluster(residuals, count, cluster, np.arange(len(days)))
    return np.asarray(sums.T @ sums)


def _levels(labels: "np.ndarray", event: "np.ndarray") -> dict[str, tuple[int, int]]:
    return {
        str(level): (int((labels == level).sum()), int(((labels == level) & (event == 1)).sum()))
        for level in sorted(set(labels))
    }


def levels_that_leave(
    part: "StudyPart", counts: "Counts", levels: "Mapping[str, Level]"
) -> dict[str, dict[str, tuple[int, int]]]:
    """Return the classes of a model's terms as their counts leave: those of which both do."""
    from disclosure.levels import event_key, n_key

    found: dict[str, dict[str, tuple[int, int]]] = {}
    for grouping in part.groups:
        for stratum in levels[part.level].strata(part.outcome, part.level, grouping):
            about = (part.outcome, part.level, grouping, stratum)
            n, n_events = (counts.get((part.level, key)) for key in (n_key(*about), event_key(*about)))
            if n is not None and n_events is not None:
                found.setdefault(grouping, {})[stratum] = (n, n_events)
    return found


def _by_day(group: str, frame: "pd.DataFrame") -> GroupByDay:
    """Return the risk-set table of counted subjects."""
    import numpy as np

    from analysis.tidy import as_float, places_of

    days, event, count = (as_float(frame[name]) for name in ("days", "event", "count"))
    place, at = places_of(days)
    leaving = [np.bincount(place[event == code], weights=count[event == code], minlength=len(at)) for code in range(4)]
    whole = np.sum(leaving, axis=0)
    at_risk = np.cumsum(whole[::-1])[::-1]
    names = ("censored", "events", "competing", "others")
    numbers = {name: one.astype(int).tolist() for name, one in zip(names, leaving, strict=True)}
    return GroupByDay(group=group, days=at.tolist(), at_risk=at_risk.astype(int).tolist(), **numbers)
