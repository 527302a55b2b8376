"""Which analyses a refresh runs: the name of each analysis table and the function that makes it.

The same frames give the same bytes, whatever the order of their rows.

>>> list(ANALYSES)[:5]
['ltp_rates', 'km_curve', 'km_summary', 'cumulative_incidence', 'logrank']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, TypeVar

import pandas as pd

from analysis import guards, primary
from analysis.comparison.compare import COLUMNS as COMPARISON_COLUMNS
from analysis.comparison.compare import CURVE_COLUMNS as COMPARISON_CURVE_COLUMNS
from analysis.declared_models import (
    COX_MODELS,
    LOGISTIC_MODELS,
    REFERENCES,
    STUDY_COVARIATES,
    Model,
    cohort_rows,
    with_mutation,
)
from analysis.estimates.cumulative_incidence import COLUMNS as INCIDENCE_COLUMNS
from analysis.estimates.cumulative_incidence import incidence_parts
from analysis.estimates.gray import COLUMNS as GRAY_COLUMNS
from analysis.estimates.gray import gray
from analysis.estimates.kaplan_meier import CURVE_COLUMNS, SUMMARY_COLUMNS, km_parts, km_summary
from analysis.estimates.logrank import COLUMNS as LOGRANK_COLUMNS
from analysis.estimates.logrank import logrank
from analysis.estimates.rates import COLUMNS as RATE_COLUMNS
from analysis.estimates.rates import rates
from analysis.estimates.restricted_mean import COLUMNS as RESTRICTED_COLUMNS
from analysis.estimates.restricted_mean import restricted_mean
from analysis.plan.guard_table import COLUMNS as GUARD_COLUMNS
from analysis.plan.guard_table import cohort_guards, guards_of_tests, model_guards
from analysis.plan.lesion_factors import lesion_curves, lesion_factors, lesion_table_one
from analysis.plan.lesion_models import lesion_models
from analysis.plan.margin_models import lesion_factor_models, margin_response
from analysis.plan.multiplicity import adjusted
from analysis.plan.ph_residuals import ph_residuals
from analysis.plan.sample_size import sample_size
from analysis.plan.sensitivity import sensitivity
from analysis.plan.shown_endpoints import (
    COMPETING_ENDPOINTS,
    DECLARED,
    LESION_NOTE,
    SURVIVAL_ENDPOINTS,
    curve_note,
    lesion_note,
)
from analysis.plan.table_one import table_one
from analysis.plan.technique import technique
from analysis.regression.cox import COLUMNS as COX_COLUMNS
from analysis.regression.cox import cox
from analysis.regression.fine_gray import fine_gray
from analysis.regression.logistic import COLUMNS as LOGISTIC_COLUMNS
from analysis.regression.logistic import logistic
from analysis.regression.subgroups import subgroups
from analysis.replication.replication_table import replication
from analysis.subjects.analysis_frames import GROUPINGS, AnalysisFrames, no_sessions
from analysis.subjects.counted import COUNT
from analysis.tidy import OVERALL, stacked, tidy
from analysis.validation.performance import COLUMNS as PERFORMANCE_COLUMNS
from schemas.analysis_tables import ANALYSIS_TABLES

Estimate = TypeVar("Estimate")
Analysis = Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame], pd.DataFrame]

MODEL_TABLES = ("cox", "logistic", "fine_gray", "lesion_models", "subgroups", "sensitivity")
READ_AGAIN = (*MODEL_TABLES, "logrank", "gray")
"""What guards and adjusted tests are made from; the others, above all curves, are not kept once they are stored."""
FAMILY = ("endpoint", "level", "quantity", "cause")  # what is tested once per grouping


def ltp_rates(registry: AnalysisFrames) -> pd.DataFrame:
    """Return shares with LTP of evaluable patients and lesions, overall and by group, with tests between groups."""
    found = [
        rates(registry.ltp_status(level), grouping=grouping, level=level, count=COUNT, note=note)
        for level, note in (("patient", ""), ("lesion", LESION_NOTE))
        for grouping in GROUPINGS
    ]
    return _stack(found, RATE_COLUMNS)


def km_curves(registry: AnalysisFrames) -> pd.DataFrame:
    """Return Kaplan-Meier curves with numbers at risk of every survival endpoint, overall and by group."""
    endpoints = _with_others(registry, SURVIVAL_ENDPOINTS, has_competing=False)
    found = _each_endpoint(registry, km_parts, endpoints, GROUPINGS, is_curve=True)
    return stacked([part for parts in found for part in parts], CURVE_COLUMNS)


def km_summaries(registry: AnalysisFrames) -> pd.DataFrame:
    """Return landmark rates, medians and follow-up of every survival endpoint, overall and by group."""
    endpoints = _with_others(registry, SURVIVAL_ENDPOINTS, has_competing=False)
    return _by_endpoint(registry, km_summary, endpoints, GROUPINGS, SUMMARY_COLUMNS, is_curve=True)


def incidences(registry: AnalysisFrames) -> pd.DataFrame:
    """Return the cumulative incidence of the event and of death before it, overall and by group."""
    endpoints = _with_others(registry, COMPETING_ENDPOINTS, has_competing=True)
    found = _each_endpoint(registry, incidence_parts, endpoints, GROUPINGS)
    return stacked([part for parts in found for part in parts], INCIDENCE_COLUMNS)


def logranks(registry: AnalysisFrames) -> pd.DataFrame:
    """Return log-rank tests of every survival endpoint between the groups."""
    groupings = [grouping for grouping in GROUPINGS if grouping != OVERALL]
    endpoints = _with_others(registry, SURVIVAL_ENDPOINTS, has_competing=False)
    return _by_endpoint(registry, logrank, endpoints, groupings, LOGRANK_COLUMNS)


def cox_models(registry: AnalysisFrames) -> pd.DataFrame:
    """Fit the declared Cox models, each covariate alone and all together."""
    found = [
        cox(
            cohort_rows(with_mutation(registry.subjects(model.endpoint, "patient")), model.cohort),
            covariates,
            count=COUNT,
            references=REFERENCES,
            labels=labels,
            show_unreliable=registry.repeats_study and model.endpoint == primary.STUDY_ENDPOINT,
        )
        for model in COX_MODELS
        for labels, covariates in _analyses(model)
    ]
    return _stack(found, COX_COLUMNS)


def logistic_models(registry: AnalysisFrames) -> pd.DataFrame:
    """Fit the declared logistic models of LTP, each covariate alone and all together."""
    found = [
        logistic(
            cohort_rows(registry.ltp_status("patient"), model.cohort),
            covariates,
            event="ltp",
            count=COUNT,
            references=REFERENCES,
            labels=labels,
            show_unreliable=registry.repeats_study,
        )
        for model in LOGISTIC_MODELS
        for labels, covariates in _analyses(model)
    ]
    return _stack(found, LOGISTIC_COLUMNS)


def baseline(registry: AnalysisFrames) -> pd.DataFrame:
    """Return Table 1 of the patients, overall and by KRAS."""
    return table_one(registry.patients, grouping="kras")


def restricted_means(registry: AnalysisFrames) -> pd.DataFrame:
    """Return restricted means to 12 and 24 months of the patient-level survival endpoints, and their differences."""
    endpoints = [pair for pair in SURVIVAL_ENDPOINTS if pair[1] == "patient" and pair not in COMPETING_ENDPOINTS]
    return _by_endpoint(registry, restricted_mean, endpoints, (OVERALL, "kras", "ras"), RESTRICTED_COLUMNS)


def grays(registry: AnalysisFrames) -> pd.DataFrame:
    """Return Gray's tests of the event and of death before it, between the groups."""
    groupings = [grouping for grouping in GROUPINGS if grouping != OVERALL]
    endpoints = _with_others(registry, COMPETING_ENDPOINTS, has_competing=True)
    return _by_endpoint(registry, gray, endpoints, groupings, GRAY_COLUMNS)


def fine_grays(registry: AnalysisFrames) -> pd.DataFrame:
    """Fit Fine-Gray and cause-specific Cox models of LTP per patient, side by side, with the study's covariates."""
    labels = {"endpoint": "TTLTP", "level": "patient", "cohort": "all", "analysis": "multivariable"}
    subjects = registry.subjects("TTLTP", "patient")
    shared: dict[str, Any] = {"count": COUNT, "references": REFERENCES}
    of_incidence = fine_gray(subjects, STUDY_COVARIATES, labels=labels | {"model": "fine_gray"}, **shared)
    of_cause = cox(subjects, STUDY_COVARIATES, labels=labels | {"model": "cause_specific"}, **shared)
    of_incidence = of_incidence.assign(ph_chi2=float("nan"), ph_p_value=float("nan"))[COX_COLUMNS]
    return _stack([of_incidence, of_cause[of_cause["quantity"] == "hazard_ratio"]], COX_COLUMNS)


def subgroup_effects(registry: AnalysisFrames) -> pd.DataFrame:
    """Return the effect of KRAS on the primary endpoint in each subgroup, with tests of interaction."""
    labels = {"endpoint": primary.ENDPOINT, "level": primary.LEVEL, "model": "kras_by_subgroup", "cohort": "all"}
    subjects = registry.subjects(primary.ENDPOINT, primary.LEVEL)
    others = ("nras", "braf", "diameter_ge_30")
    return subgroups(subjects, "kras", others, count=COUNT, references=REFERENCES, labels=labels)


def adjusted_tests(registry: AnalysisFrames) -> pd.DataFrame:
    """Return the log-rank and Gray tests between the groups, adjusted for their number per endpoint."""
    found = [table[table["level"] == "patient"] for table in (TABLES["logrank"](registry), TABLES["gray"](registry))]
    tests = pd.concat([table.astype(object) for table in found], ignore_index=True)
    return adjusted(tests[tests["p_value"].notna()], FAMILY)


def guard_rows(registry: AnalysisFrames) -> pd.DataFrame:
    """Return what was checked for every model and endpoint, and what was found."""
    models = (TABLES[name](registry) for name in MODEL_TABLES)
    tests = (TABLES[name](registry) for name in ("logrank", "gray"))
    others = [pair for pair, _ in registry.endpoints()]
    endpoints = tuple(dict.fromkeys([*SURVIVAL_ENDPOINTS, *COMPETING_ENDPOINTS, *others]))
    found = [cohort_guards(registry, endpoints), *(model_guards(table) for table in models)]
    return _stack([*found, *(guards_of_tests(table) for table in tests)], GUARD_COLUMNS)


def _only_of_own_plans(columns: list[str]) -> Callable[[AnalysisFrames], pd.DataFrame]:
    """Return the maker of a table in which the built-in plan has no row."""
    return lambda _: tidy([], columns)


def _once(name: str, make: Callable[[AnalysisFrames], pd.DataFrame]) -> Callable[[AnalysisFrames], pd.DataFrame]:
    """Wrap ``make`` to run once per registry: READ_AGAIN."""

    @wraps(make)
    def made(registry: AnalysisFrames) -> pd.DataFrame:
        if name not in registry.tables:
            registry.tables[name] = make(registry)
        return registry.tables[name]

    return made


def model_performance(_: AnalysisFrames) -> pd.DataFrame:
    """Return no rows: the built-in plan puts no model to the test, an own plan adds those that it asks for."""
    return tidy([], PERFORMANCE_COLUMNS)


# schemas/analysis_tables.py declares each of these tables; a test checks that both lists agree.
MAKERS: dict[str, Callable[[AnalysisFrames], pd.DataFrame]] = {
    "ltp_rates": ltp_rates,
    "km_curve": km_curves,
    "km_summary": km_summaries,
    "cumulative_incidence": incidences,
    "logrank": logranks,
    "cox": cox_models,
    "logistic": logistic_models,
    "table_one": baseline,
    "replication": replication,
    "restricted_mean": restricted_means,
    "gray": grays,
    "fine_gray": fine_grays,
    "lesion_models": lesion_models,
    "subgroups": subgroup_effects,
    "sensitivity": sensitivity,
    "multiplicity": adjusted_tests,
    "sample_size": sample_size,
    "comparisons": _only_of_own_plans(COMPARISON_COLUMNS),
    "comparison_curves": _only_of_own_plans(COMPARISON_CURVE_COLUMNS),
    "guards": guard_rows,
    "ph_residuals": ph_residuals,
    "technique": technique,
    "lesion_table_one": lesion_table_one,
    "lesion_factors": lesion_factors,
    "lesion_curves": lesion_curves,
    "lesion_factor_models": lesion_factor_models,
    "margin_response": margin_response,
    "model_performance": model_performance,
}
TABLES = {
    table.name: _once(table.name, MAKERS[table.name]) if table.name in READ_AGAIN else MAKERS[table.name]
    for table in ANALYSIS_TABLES
}


def _from_frames(make: Callable[[AnalysisFrames], pd.DataFrame]) -> Analysis:
    def analysis(patients: pd.DataFrame, lesions: pd.DataFrame, time_to_event: pd.DataFrame) -> pd.DataFrame:
        return make(AnalysisFrames(patients, lesions, time_to_event))

    analysis.__name__, analysis.__doc__ = make.__name__, make.__doc__
    return analysis


# Analysis table -> function of derived.patient_ltpfs, derived.lesion_ltp and derived.time_to_event.
ANALYSES: dict[str, Analysis] = {name: _from_frames(make) for name, make in TABLES.items()}


def run(
    patients: pd.DataFrame,
    lesions: pd.DataFrame,
    time_to_event: pd.DataFrame,
    sessions: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Return all analysis tables by name. The cohorts are made once, several times faster than calling each
    function of ANALYSES. Without ``sessions`` (clean.rfa_sessions) there are no shares of sessions.
    """
    registry = AnalysisFrames(patients, lesions, time_to_event, no_sessions() if sessions is None else sessions)
    return {name: make(registry) for name, make in TABLES.items()}


def _with_others(
    registry: AnalysisFrames, declared: tuple[tuple[str, str], ...], *, has_competing: bool
) -> list[tuple[str, str]]:
    """Return the declared endpoints, then those of the registry that are not listed: competing if a subject's event
    competes. So a new definition is analysed without being listed anywhere.
    """
    found = registry.endpoints()
    return [*declared, *(pair for pair, competes in found if pair not in DECLARED and competes == has_competing)]


def _by_endpoint(
    registry: AnalysisFrames,
    estimate: Callable[..., pd.DataFrame],
    endpoints: Iterable[tuple[str, str]],
    groupings: Iterable[str],
    columns: list[str],
    *,
    is_curve: bool = False,
) -> pd.DataFrame:
    return _stack(_each_endpoint(registry, estimate, endpoints, groupings, is_curve=is_curve), columns)


def _each_endpoint(
    registry: AnalysisFrames,
    estimate: Callable[..., Estimate],
    endpoints: Iterable[tuple[str, str]],
    groupings: Iterable[str],
    *,
    is_curve: bool = False,
) -> Iterator[Estimate]:
    for endpoint, level in endpoints:
        for grouping in groupings:
            subjects = registry.by_group(endpoint, level, grouping)
            caution = curve_note(endpoint, level, subjects["event"], competes=False) if is_curve else ""
            note = guards.join_notes(caution, lesion_note(level))
            yield estimate(subjects, grouping=grouping, endpoint=endpoint, level=level, count=COUNT, note=note)


def _analyses(model: Model) -> list[tuple[dict[str, str], tuple[str, ...]]]:
    labels = {"endpoint": model.endpoint, "level": "patient", "model": model.name, "cohort": model.cohort}
    alone = [(labels | {"analysis": "univariable"}, (covariate,)) for covariate in model.covariates]
    return [*alone, (labels | {"analysis": "multivariable"}, model.covariates)]


def _stack(tables: Iterable[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tidy([], columns)
