"""Which analyses a refresh of the registry runs: the name of each analysis table and the function that
makes it.

Here belongs the choice of endpoints, levels, groupings and models. Not here: any formula. The same frames
give the same bytes, whatever the order of their rows.

>>> list(ANALYSES)[:5]
['ltp_rates', 'km_curve', 'km_summary', 'cumulative_incidence', 'logrank']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from analysis import guards
from analysis.cohorts import COUNT, GROUPINGS, Registry
from analysis.cox import COLUMNS as COX_COLUMNS
from analysis.cox import cox
from analysis.cumulative_incidence import COLUMNS as INCIDENCE_COLUMNS
from analysis.cumulative_incidence import cumulative_incidence
from analysis.kaplan_meier import CURVE_COLUMNS, SUMMARY_COLUMNS, km_curve, km_summary
from analysis.logistic import COLUMNS as LOGISTIC_COLUMNS
from analysis.logistic import logistic
from analysis.logrank import COLUMNS as LOGRANK_COLUMNS
from analysis.logrank import logrank
from analysis.models import COX_MODELS, LOGISTIC_MODELS, REFERENCES, Model, cohort
from analysis.rates import COLUMNS as RATE_COLUMNS
from analysis.rates import rates
from analysis.replication import replication
from analysis.table_one import table_one
from analysis.tidy import OVERALL, tidy

Analysis = Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame], pd.DataFrame]

# (endpoint, level) shown as curves; those with death as a competing risk also as cumulative incidence.
SURVIVAL_ENDPOINTS = (
    ("LTPFS_STUDY", "patient"),
    ("LTPFS", "patient"),
    ("TTLTP", "patient"),
    ("TTLTP", "lesion"),
    ("OS", "patient"),
)
COMPETING_ENDPOINTS = (("TTLTP", "patient"), ("TTLTP", "lesion"))
LESION_NOTE = "descriptive: lesions of one patient are not independent"
COMPETING_NOTE = "deaths censored: 1 - survival overstates the incidence of LTP, see cumulative_incidence"


def ltp_rates(registry: Registry) -> pd.DataFrame:
    """Shares with LTP of evaluable patients and lesions, overall and by group, with tests between groups."""
    found = [
        rates(registry.ltp_status(level), grouping=grouping, level=level, count=COUNT, note=note)
        for level, note in (("patient", ""), ("lesion", LESION_NOTE))
        for grouping in GROUPINGS
    ]
    return _stack(found, RATE_COLUMNS)


def km_curves(registry: Registry) -> pd.DataFrame:
    """Kaplan-Meier curves with numbers at risk of every survival endpoint, overall and by group."""
    return _by_endpoint(registry, km_curve, SURVIVAL_ENDPOINTS, GROUPINGS, CURVE_COLUMNS, COMPETING_NOTE)


def km_summaries(registry: Registry) -> pd.DataFrame:
    """Landmark rates, medians and follow-up of every survival endpoint, overall and by group."""
    return _by_endpoint(registry, km_summary, SURVIVAL_ENDPOINTS, GROUPINGS, SUMMARY_COLUMNS, COMPETING_NOTE)


def incidences(registry: Registry) -> pd.DataFrame:
    """Cumulative incidence of LTP and of death before it, overall and by group."""
    return _by_endpoint(registry, cumulative_incidence, COMPETING_ENDPOINTS, GROUPINGS, INCIDENCE_COLUMNS)


def logranks(registry: Registry) -> pd.DataFrame:
    """Log-rank tests of every survival endpoint between the groups."""
    groupings = [grouping for grouping in GROUPINGS if grouping != OVERALL]
    return _by_endpoint(registry, logrank, SURVIVAL_ENDPOINTS, groupings, LOGRANK_COLUMNS)


def cox_models(registry: Registry) -> pd.DataFrame:
    """The declared Cox models, each covariate alone and all together."""
    found = [
        cox(
            cohort(registry.subjects(model.endpoint, "patient"), model.cohort),
            covariates,
            count=COUNT,
            references=REFERENCES,
            labels=labels,
            show_unreliable=True,  # a published model is asked for by name
        )
        for model in COX_MODELS
        for labels, covariates in _analyses(model)
    ]
    return _stack(found, COX_COLUMNS)


def logistic_models(registry: Registry) -> pd.DataFrame:
    """The declared logistic models of LTP, each covariate alone and all together."""
    found = [
        logistic(
            cohort(registry.ltp_status("patient"), model.cohort),
            covariates,
            event="ltp",
            count=COUNT,
            references=REFERENCES,
            labels=labels,
            show_unreliable=True,  # a published model is asked for by name
        )
        for model in LOGISTIC_MODELS
        for labels, covariates in _analyses(model)
    ]
    return _stack(found, LOGISTIC_COLUMNS)


def baseline(registry: Registry) -> pd.DataFrame:
    """Table 1 of the patients, overall and by KRAS."""
    return table_one(registry.patients, grouping="kras")


TABLES: dict[str, Callable[[Registry], pd.DataFrame]] = {
    "ltp_rates": ltp_rates,
    "km_curve": km_curves,
    "km_summary": km_summaries,
    "cumulative_incidence": incidences,
    "logrank": logranks,
    "cox": cox_models,
    "logistic": logistic_models,
    "table_one": baseline,
    "replication": replication,
}


def _from_frames(make: Callable[[Registry], pd.DataFrame]) -> Analysis:
    def analysis(patients: pd.DataFrame, lesions: pd.DataFrame, time_to_event: pd.DataFrame) -> pd.DataFrame:
        return make(Registry(patients, lesions, time_to_event))

    analysis.__name__, analysis.__doc__ = make.__name__, make.__doc__
    return analysis


# Analysis table -> function of derived.patient_ltpfs, derived.lesion_ltp and derived.time_to_event.
ANALYSES: dict[str, Analysis] = {name: _from_frames(make) for name, make in TABLES.items()}


def run(patients: pd.DataFrame, lesions: pd.DataFrame, time_to_event: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All analysis tables, by name. The cohorts are made once: several times faster than one function of
    ANALYSES after the other.
    """
    registry = Registry(patients, lesions, time_to_event)
    return {name: make(registry) for name, make in TABLES.items()}


def _by_endpoint(
    registry: Registry,
    estimate: Callable[..., pd.DataFrame],
    endpoints: Iterable[tuple[str, str]],
    groupings: Iterable[str],
    columns: list[str],
    competing_note: str = "",
) -> pd.DataFrame:
    found = []
    for endpoint, level in endpoints:
        competing = competing_note if (endpoint, level) in COMPETING_ENDPOINTS else ""
        note = guards.join_notes(competing, LESION_NOTE if level == "lesion" else "")
        subjects = registry.subjects(endpoint, level)
        for grouping in groupings:
            found.append(estimate(subjects, grouping=grouping, endpoint=endpoint, level=level, count=COUNT, note=note))
    return _stack(found, columns)


def _analyses(model: Model) -> list[tuple[dict[str, str], tuple[str, ...]]]:
    labels = {"endpoint": model.endpoint, "level": "patient", "model": model.name, "cohort": model.cohort}
    alone = [(labels | {"analysis": "univariable"}, (covariate,)) for covariate in model.covariates]
    return [*alone, (labels | {"analysis": "multivariable"}, model.covariates)]


def _stack(tables: Iterable[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tidy([], columns)
