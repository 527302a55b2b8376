"""Whom each count of a release's public set counts: every group of patients, lesions or sessions that its shared tables
speak of.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from analysis import primary
from analysis.declared_models import COX_MODELS, LOGISTIC_MODELS, STUDY_COVARIATES, cohort_rows
from analysis.plan.table_one import CATEGORIES, MEANS, MEDIANS
from analysis.plan.technique import efficacy, graded, success
from analysis.subjects.analysis_frames import FACTORS, AnalysisFrames
from analysis.subjects.complications import NONE
from analysis.subjects.counted import as_categories
from analysis.subjects.numbered_frames import LESION, PATIENT, SESSION
from analysis.tidy import OVERALL, UNKNOWN, as_float, stratum_labels
from disclosure.levels import (
    COST_GROUP,
    COST_WHOLE,
    LESION_LEVEL,
    PATIENT_LEVEL,
    SESSION_LEVEL,
    Key,
    Level,
    add_described,
    add_model,
    add_outcome,
    event_key,
    n_key,
    whole_key,
)
from disclosure.service_groups import add_volumes

LTP = "LTP"
TIMES_PRIMARY = 3.0
"""How much more is lost with a group of the primary contrast, or of an endpoint that the page begins with."""
FIRST_ENDPOINTS = (primary.ENDPOINT, primary.COMPETING_ENDPOINT, LTP)
MODEL_LEVELS = (("TTLTP", LESION_LEVEL), ("LTP", LESION_LEVEL))


def groups_of(registry: AnalysisFrames, has_volumes: bool = False) -> dict[str, Level]:
    """Return the groups of every table that a shared set can hold, by level; of volumes only if it has them."""
    n_sessions = int(registry.sessions[SESSION].max()) + 1 if len(registry.sessions) else 0
    levels = {
        PATIENT_LEVEL: Level(len(registry.patients)),
        LESION_LEVEL: Level(len(registry.lesions)),
        SESSION_LEVEL: Level(n_sessions),
    }
    for (endpoint, level), competes in registry.endpoints():
        _add_endpoint(levels[level], registry, endpoint, level, competes)
    for level in (PATIENT_LEVEL, LESION_LEVEL):
        _add_ltp(levels[level], registry, level)
        _add_nested_events(levels[level], level)
    _add_models(levels, registry)
    _add_table_one(levels[PATIENT_LEVEL], registry.patients)
    _add_technique(levels, registry)
    _add_flow(levels, registry)
    if has_volumes:
        add_volumes(levels, registry)
    return levels


def _add_endpoint(own: Level, registry: AnalysisFrames, endpoint: str, level: str, competes: bool) -> None:
    rows = registry.each(endpoint, level)
    place = rows[PATIENT if level == PATIENT_LEVEL else LESION].to_numpy()
    rows, place = rows[place >= 0], place[place >= 0]
    event = np.full(own.n_subjects, -1)
    event[place] = np.minimum(as_float(rows["event"]), 2)  # what competes is one: which of them is not told
    _add_outcome(own, registry, endpoint, level, event, (1, 2) if competes else (1,))


def _add_ltp(own: Level, registry: AnalysisFrames, level: str) -> None:
    status = as_float((registry.patients if level == PATIENT_LEVEL else registry.lesions)["ltp"])
    _add_outcome(own, registry, LTP, level, np.where(np.isfinite(status), status, -1), (1,))


def _add_outcome(
    own: Level, registry: AnalysisFrames, endpoint: str, level: str, event: np.ndarray, causes: Sequence[int]
) -> None:
    """Add all who can have the outcome (`event` -1: cannot), by every factor, and those who have it."""
    factors = registry.profiles(level).of(np.arange(own.n_subjects))
    strata: dict[str, dict[str, np.ndarray]] = {OVERALL: {OVERALL: event >= 0}}
    for factor in FACTORS:
        labels = stratum_labels(factors[factor])
        strata[factor] = {str(name): (labels == name) & (event >= 0) for name in np.unique(labels[event >= 0])}

    def cost(grouping: str) -> float:
        whole = COST_WHOLE if grouping == OVERALL else COST_GROUP
        whole *= TIMES_PRIMARY if grouping == primary.GROUPING else 1.0
        return whole * (TIMES_PRIMARY if endpoint in FIRST_ENDPOINTS else 1.0)

    add_outcome(own, endpoint, level, event, causes, strata, cost)
    _add_genes(own, endpoint, level, strata, event, causes)


def _add_genes(
    own: Level,
    endpoint: str,
    level: str,
    strata: dict[str, dict[str, np.ndarray]],
    event: np.ndarray,
    causes: Sequence[int],
) -> None:
    """Add what RAS is put together from: KRAS by NRAS, of all and of those with the event."""
    for cause in (0, *causes):

        def key(grouping: str, stratum: str, cause: int = cause) -> Key:
            return (
                event_key(endpoint, level, grouping, stratum, cause)
                if cause
                else n_key(endpoint, level, grouping, stratum)
            )

        parts: dict[tuple[str, str], list[Key]] = {}
        for (kras, of_kras), (nras, of_nras) in product(strata["kras"].items(), strata["nras"].items()):
            members = of_kras & of_nras & ((event == cause) | (cause == 0))
            both = own.hide(("genes", endpoint, level, kras, nras, str(cause)), members)
            ras = "mutant" if "mutant" in (kras, nras) else "wild_type" if kras == nras == "wild_type" else UNKNOWN
            for place in (("kras", kras), ("nras", nras), ("ras", ras)):
                parts.setdefault(place, []).append(both)
        for (grouping, stratum), shared in parts.items():
            if stratum in strata[grouping]:
                own.sums.append((key(grouping, stratum), shared, "otherwise"))


def _add_nested_events(own: Level, level: str) -> None:
    """Add how endpoints hang together: whose event is always an event of another too, in every group."""
    whole = [key for key in own.members if key[0] == "event" and key[3] == OVERALL]
    sets = np.array([own.members[key] for key in whole])
    names: dict[bytes, str] = {}
    for key, members in zip(whole, sets, strict=True):
        own.same[key[1], key[5]] = names.setdefault(np.packbits(members).tobytes(), f"{key[1]} {key[5]}")
    for inner, outer in product(range(len(whole)), repeat=2):
        one, other = whole[inner], whole[outer]
        if one[1] == other[1] or not sets[inner].any() or (sets[inner] & ~sets[outer]).any():
            continue
        both = {key[5] for key in whole if key[1] == one[1]}
        causes = [event_key(one[1], level, OVERALL, OVERALL, int(cause)) for cause in sorted(both)]
        is_union = len(causes) > 1 and (np.any([own.members[key] for key in causes], axis=0) == sets[outer]).all()
        if not is_union or one[5] != "1":
            continue  # said with the first of its parts; if it is no union, assembled.py looks for small differences
        for key in [key for key in own.members if key[:3] == ("event", *other[1:3]) and key[5] == other[5]]:
            parts = [("event", one[1], level, *key[3:5], cause) for cause in sorted(both)]
            own.sums.append((key, parts, "more"))


def model_parts(endpoint: str, level: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return (cohort, covariates) of the declared models of an endpoint, each covariate alone and all together."""
    found: list[tuple[str, tuple[str, ...]]] = []
    if (endpoint, level) in (*MODEL_LEVELS, ("TTLTP", PATIENT_LEVEL)):
        found.append(("all", STUDY_COVARIATES))
    for model in (*COX_MODELS, *LOGISTIC_MODELS) if level == PATIENT_LEVEL else ():
        if model.endpoint == endpoint and set(model.covariates) <= set(FACTORS):
            found += [(model.cohort, (name,)) for name in model.covariates] + [(model.cohort, model.covariates)]
    return list(dict.fromkeys(found))


def _add_models(levels: dict[str, Level], registry: AnalysisFrames) -> None:
    for level in (PATIENT_LEVEL, LESION_LEVEL):
        own = levels[level]
        factors = registry.profiles(level).of(np.arange(own.n_subjects))
        factors["_place"] = np.arange(own.n_subjects)
        for endpoint in sorted({key[1] for key in own.members if key[0] == "n"}):
            for cohort, covariates in model_parts(endpoint, level):
                members = np.zeros(own.n_subjects, dtype=bool)
                members[cohort_rows(factors, cohort)["_place"].to_numpy()] = True
                for covariate in covariates:
                    members &= stratum_labels(factors[covariate]) != UNKNOWN
                add_model(own, endpoint, level, cohort, covariates, members)


def _add_table_one(own: Level, patients: pd.DataFrame) -> None:
    status = stratum_labels(patients["kras"]) if len(patients) else np.empty(0, dtype=object)
    columns = {OVERALL: np.ones(len(patients), dtype=bool)}
    columns |= {str(name): status == name for name in np.unique(status.astype(str))}
    shown = [name for name in (*MEANS, *MEDIANS, *CATEGORIES) if name in patients and name != "kras"]
    add_described(own, columns, {name: levels_of(patients[name], name in CATEGORIES) for name in shown})


def levels_of(values: pd.Series, is_category: bool) -> dict[str, np.ndarray]:
    """Return who has each level of a variable of Table 1, '' for those of whom it is missing; of a number, these."""
    if not is_category:
        return {"": np.isnan(as_float(values))}
    labels = as_categories(values).to_numpy().astype(str)
    levels = {str(name): labels == name for name in np.unique(labels)}
    return levels | {"": labels == UNKNOWN}


def technique_key(level: str, quantity: str, what: str, term: str = "", grade: str = "") -> Key:
    """Return the key of those of whom an outcome of the technique is known (n), is so (event) or is not known."""
    return ("technique", level, quantity, what, term, grade)


def _add_technique(levels: dict[str, Level], registry: AnalysisFrames) -> None:
    lesions = levels[LESION_LEVEL]
    of_session = success(registry.sessions)
    first = np.full(lesions.n_subjects, np.nan)
    found = of_session[LESION].to_numpy()
    inside = (found >= 0) & (found < lesions.n_subjects)
    first[found[inside]] = as_float(of_session["is_success"])[inside]
    seen = efficacy(registry.lesions)
    for quantity, values in (
        ("technical_success", first),
        ("primary_efficacy", as_float(seen["is_primary"])),
        ("assisted_efficacy", as_float(seen["is_assisted"])),
    ):
        _add_share(lesions, LESION_LEVEL, quantity, np.ones(lesions.n_subjects, dtype=bool), values)
    sessions, read = levels[SESSION_LEVEL], graded(registry.sessions)
    number = read[SESSION].to_numpy()

    def of(rows: np.ndarray) -> np.ndarray:
        members = np.zeros(sessions.n_subjects, dtype=bool)
        members[number[rows]] = True
        return members

    stated = read["is_stated"].to_numpy(dtype=bool)
    everybody = sessions.add(whole_key(SESSION_LEVEL), of(np.ones(len(read), dtype=bool)), COST_WHOLE)
    for scale in sorted(read.loc[stated, "complication_system"].astype(str).unique()):
        rows = stated & (read["complication_system"].astype(str) == scale).to_numpy()
        n = sessions.add(technique_key(SESSION_LEVEL, "complication", "n", scale), of(rows), COST_GROUP)
        grades = read["grade"].astype(str).to_numpy()
        some = sessions.add(
            technique_key(SESSION_LEVEL, "complication", "event", scale, "any"), of(rows & (grades != NONE))
        )
        sessions.sums.append((n, [some], "without"))
        sessions.sums.append((everybody, [n], "other scale or not stated"))
        for grade in sorted(set(grades[rows & (grades != NONE)])):
            one = technique_key(SESSION_LEVEL, "complication", "event", scale, grade)
            sessions.sums.append((some, [sessions.add(one, of(rows & (grades == grade)))], "another grade"))
            sessions.sums.append((n, [one], "without"))
    missing = technique_key(SESSION_LEVEL, "complication", "missing")
    sessions.add(missing, sessions.members[everybody] & ~of(stated))
    sessions.sums.append((everybody, [missing], "stated"))


def _add_share(own: Level, level: str, quantity: str, whole: np.ndarray, values: np.ndarray) -> None:
    known = whole & np.isfinite(values)
    n = own.add(technique_key(level, quantity, "n"), known, COST_GROUP)
    has_it = own.add(technique_key(level, quantity, "event"), known & (values == 1))
    missing = own.add(technique_key(level, quantity, "missing"), whole & ~known)
    everybody = own.add(whole_key(level), whole, COST_WHOLE)
    own.sums.append((n, [has_it], "without"))
    own.sums.append((everybody, [n, missing], "rest"))


def _add_flow(levels: dict[str, Level], registry: AnalysisFrames) -> None:
    patients, lesions = levels[PATIENT_LEVEL], levels[LESION_LEVEL]
    patients.add(whole_key(PATIENT_LEVEL), np.ones(patients.n_subjects, dtype=bool), COST_WHOLE)
    lesions.add(whole_key(LESION_LEVEL), np.ones(lesions.n_subjects, dtype=bool), COST_WHOLE)
    for own, level in ((patients, PATIENT_LEVEL), (lesions, LESION_LEVEL)):
        own.sums.append((whole_key(level), [n_key(LTP, level, OVERALL, OVERALL)], "not evaluable"))
