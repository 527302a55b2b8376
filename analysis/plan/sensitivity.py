"""Would another reasonable analysis have said the same? The main contrast, KRAS, by other methods.

Effects by period are shown for KRAS and for every term whose hazards are not proportional in the main Cox model (p
below PH_ALPHA). The cut at 12 months is fixed beforehand; since a term is chosen by its test of proportionality, the
difference between its periods is no second proof.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis import guards, primary, removals
from analysis.declared_models import LOGISTIC_MODELS, REFERENCES, STUDY_COVARIATES
from analysis.estimates.interval_censored import interval_censored
from analysis.estimates.kaplan_meier import km_summary
from analysis.estimates.logrank import METHOD, logrank
from analysis.plan.main_estimates import GROUPING
from analysis.regression.cox import cox
from analysis.regression.firth import few_events
from analysis.regression.period_effects import time_split
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.counted import COUNT
from analysis.subjects.landmark import from_landmark
from analysis.subjects.last_scan import censored_at_last_scan
from analysis.subjects.numbered_frames import PATIENT
from analysis.tidy import OVERALL, records_of, tidy
from schemas.thresholds import PH_ALPHA

ONE_SITE = "only one site: nothing to stratify by"
REMOVED_FOLLOWED = "removed areas censored only at their last exam"
COLUMNS = ["variant", "endpoint", "level", "grouping", "stratum", "model", "cohort", "analysis", "term", "term_level"]
COLUMNS += ["reference", "period", "n", "n_events", "quantity", "estimate", "lower", "upper", "df", "p_value"]
COLUMNS += ["events_per_variable", "ph_chi2", "ph_p_value", "method", "note"]


def sensitivity(registry: AnalysisFrames) -> pd.DataFrame:
    """Run the sensitivity analyses: few events (profile, Firth), 90-day landmark, effects before and after 12 months,
    interval censoring, censoring at the last scan, stratification by site, and entry at the first adequate exam.
    """
    status, subjects = registry.ltp_status("patient"), registry.subjects(primary.ENDPOINT, "patient")
    shared: dict[str, Any] = {"count": COUNT, "references": REFERENCES}
    labels = {"level": "patient", "cohort": "all", "analysis": "multivariable"}
    odds, hazard = (
        labels | {"endpoint": "LTP", "model": LOGISTIC_MODELS[0].name},
        labels | {"endpoint": primary.ENDPOINT},
    )
    late, note = from_landmark(subjects, count=COUNT)
    by_name: dict[str, Any] = shared | {"show_unreliable": registry.repeats_study}
    found = [
        ("few events", few_events(status, STUDY_COVARIATES, event="ltp", by=by, labels=_of(odds, by), **by_name))
        for by in ("profile", "firth")
    ]
    landmark = cox(late, STUDY_COVARIATES, labels=hazard | {"model": "landmark_90d"}, note=note, **shared)
    found.append(("landmark 90 days", landmark[landmark["quantity"] == "hazard_ratio"]))
    labels = hazard | {"model": "by_period"}
    for term in _changing(cox(subjects, STUDY_COVARIATES, **shared)):
        found.append(("effects by period", time_split(subjects, term, STUDY_COVARIATES, labels=labels, **shared)))
    exams, said = registry.ltp_intervals(), _of_intervals(registry)
    for grouping in (OVERALL, "kras"):
        table = interval_censored(exams, grouping=grouping, endpoint="TTLTP", level="lesion", count=COUNT, note=said)
        found.append(("interval censoring", table))
    found += [("last scan", table) for table in _until_last_scan(registry, labels, shared)]
    found += [("stratified by site", table) for table in _within_sites(registry, hazard, shared)]
    found.append(("delayed entry", _since_adequate_exam(registry, labels)))
    rows = [row | {"variant": variant} for variant, table in found for row in records_of(table, COLUMNS)]
    return tidy(rows, COLUMNS)


def _of(labels: dict[str, str], by: str) -> dict[str, str]:
    """Return the labels of the same model by another method, which is a model of its own among the guards."""
    return labels | {"model": f"{labels['model']}_{by}"}


def _changing(model: pd.DataFrame) -> list[str]:
    """Return KRAS and the terms of the Cox model whose hazards are not proportional, in the model's order."""
    terms = model[(model["quantity"] == "hazard_ratio") & (model["ph_p_value"] < PH_ALPHA)]["term"]
    return list(dict.fromkeys([GROUPING, *terms]))


def _until_last_scan(registry: AnalysisFrames, labels: dict[str, str], shared: dict[str, Any]) -> list[pd.DataFrame]:
    """Return LTPFS of patients, curves and hazard ratios, with deaths long after the last scan censored there."""
    subjects, note = censored_at_last_scan(registry.subjects_scanned(), count=COUNT)
    named: dict[str, Any] = {"endpoint": "LTPFS", "level": "patient", "count": COUNT, "note": note}
    curves = [km_summary(subjects, grouping=grouping, **named) for grouping in (OVERALL, "kras")]
    ratios = cox(
        subjects, STUDY_COVARIATES, labels=labels | {"endpoint": "LTPFS", "model": "last_scan"}, note=note, **shared
    )
    shares = [table[table["quantity"].str.startswith("survival_")] for table in curves]
    return [*shares, ratios[ratios["quantity"] == "hazard_ratio"]]


def _within_sites(registry: AnalysisFrames, labels: dict[str, str], shared: dict[str, Any]) -> list[pd.DataFrame]:
    """Return the log-rank test by KRAS and the Cox model, both stratified by site; one null row with the reason if
    there is only one site."""
    subjects = registry.subjects_by_site(primary.ENDPOINT, "patient")
    named: dict[str, Any] = {"endpoint": primary.ENDPOINT, "level": "patient"}
    if subjects["site"].nunique() < 2:
        size = {"n": int(subjects[COUNT].sum()), "n_events": int(subjects[COUNT][subjects["event"] == 1.0].sum())}
        row = named | size | {"grouping": "kras", "quantity": "logrank_chi2", "method": METHOD, "note": ONE_SITE}
        return [tidy([row], COLUMNS)]
    test = logrank(subjects, grouping="kras", count=COUNT, strata="site", **named)
    model = cox(subjects, STUDY_COVARIATES, strata="site", labels=labels | {"model": "by_site"}, **shared)
    return [test, model[model["quantity"] == "hazard_ratio"]]


def _since_adequate_exam(registry: AnalysisFrames, labels: dict[str, str]) -> pd.DataFrame:
    """Return TTLTP of lesions that enter at their first adequate exam, with variance clustered by patient."""
    lesions = registry.each_since_adequate_exam()
    model = cox(
        lesions,
        STUDY_COVARIATES,
        entry="entry_days",
        references=REFERENCES,
        cluster=PATIENT,
        labels=labels | {"endpoint": "TTLTP", "level": "lesion", "model": "since_adequate_exam"},
        note=removals.cause_specific(lesions["event"]),
    )
    return model[model["quantity"] == "hazard_ratio"]


def _of_intervals(registry: AnalysisFrames) -> str:
    """Return what the curves of ltp_intervals take as censored: a removed area is followed to its last exam there."""
    events = registry.by_group("TTLTP", "lesion", OVERALL)["event"]
    return guards.join_notes("lesions; deaths censored", REMOVED_FOLLOWED if removals.are_in(events) else "")
