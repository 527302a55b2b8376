"""The main estimates of any one endpoint: the few figures by which two definitions of it are compared.

They are the share at 12 and 24 months, overall and by KRAS (Kaplan-Meier, or the cumulative incidence of the event
where another event competes), and at patient level the hazard ratio of KRAS with the study's covariates.
"""

from __future__ import annotations

import pandas as pd

from analysis import primary
from analysis.declared_models import REFERENCES, STUDY_COVARIATES
from analysis.estimates.cumulative_incidence import cumulative_incidence
from analysis.estimates.kaplan_meier import km_summary
from analysis.plan.estimate_changes import Estimate, Figure, estimate_of
from analysis.plan.main_estimates import GROUPING
from analysis.regression.cox import cox
from analysis.subjects.counted import COUNT
from analysis.tidy import OVERALL
from schemas.thresholds import MAIN_LANDMARKS_MONTHS

OF_INTEREST = 1
STRATA = {OVERALL: OVERALL, "wild_type": GROUPING, "mutant": GROUPING}
"""Stratum -> the grouping it belongs to."""


def figures(level: str, has_competing: bool) -> list[Figure]:
    """Return the figures of an endpoint at that level, in reading order."""
    quantity = "incidence" if has_competing else "survival"
    found = [Figure(f"{quantity}_{months}m", stratum) for months in MAIN_LANDMARKS_MONTHS for stratum in STRATA]
    return found + ([Figure("hazard_ratio", "mutant")] if level == "patient" else [])


def endpoint_estimates(
    subjects: pd.DataFrame, endpoint: str, level: str, has_competing: bool
) -> dict[Figure, Estimate]:
    """Return the estimates from subjects with days, event, FACTORS and count, equal ones counted together. A figure
    that cannot be estimated, or is withheld because events are too few, has no value.
    """
    if subjects.empty:
        return {}
    found = _incidences(subjects) if has_competing else _survival(subjects)
    if level == "patient":
        found |= _hazard_ratio(subjects, endpoint)
    return found


def _survival(subjects: pd.DataFrame) -> dict[Figure, Estimate]:
    found = {}
    for grouping in (OVERALL, GROUPING):
        table = km_summary(subjects, grouping=grouping, count=COUNT, landmarks_months=MAIN_LANDMARKS_MONTHS)
        for _, row in table[table["stratum"].isin(STRATA)].iterrows():
            figure = Figure(str(row["quantity"]), str(row["stratum"]))
            found[figure] = estimate_of(row, figure)
    return found


def _incidences(subjects: pd.DataFrame) -> dict[Figure, Estimate]:
    """Return the curve's value at the landmark; none if nobody was followed that long."""
    found = {}
    for grouping in (OVERALL, GROUPING):
        table = cumulative_incidence(subjects, grouping=grouping, count=COUNT, causes={OF_INTEREST: "event"})
        for stratum, curve in table[table["stratum"].isin(STRATA)].groupby("stratum"):
            for months in MAIN_LANDMARKS_MONTHS:
                until = curve[curve["time_months"] <= months]
                if curve["time_months"].max() < months or until.empty:
                    continue
                figure = Figure(f"incidence_{months}m", str(stratum))
                row = until.iloc[-1].to_dict() | {"n_events": curve["n_events"].sum()}
                found[figure] = estimate_of(row, figure)
    return found


def _hazard_ratio(subjects: pd.DataFrame, endpoint: str) -> dict[Figure, Estimate]:
    labels = {"endpoint": endpoint, "level": "patient", "model": "", "cohort": "all", "analysis": "multivariable"}
    # the replication's model is requested by name, however few its events
    is_published = endpoint == primary.STUDY_ENDPOINT
    table = cox(
        subjects,
        STUDY_COVARIATES,
        count=COUNT,
        references=REFERENCES,
        labels=labels,
        show_unreliable=is_published,
    )
    wanted = (table["term"] == GROUPING) & (table["term_level"] == "mutant") & (table["quantity"] == "hazard_ratio")
    figure = Figure("hazard_ratio", "mutant")
    return {} if table[wanted].empty else {figure: estimate_of(table[wanted].iloc[0], figure)}
