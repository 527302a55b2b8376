"""The study's "actuarial" one-year rates and their p-value beside every estimator they could be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.estimates.cumulative_incidence import incidence
from analysis.estimates.logrank import logrank
from analysis.estimates.product_limit import steps, survival_at
from analysis.estimates.rates import compare
from analysis.replication.published_figures import NAMES, index_study
from analysis.replication.replication_row import group, row
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.counted import COUNT
from analysis.tidy import as_float
from schemas.thresholds import DAYS_PER_MONTH, ONE_YEAR_MONTHS

CRUDE = "crude share with LTPFS of 12 months or more"
SHARE_NOTE = "crude share, not an actuarial rate: patients whose follow-up ended before 12 months count as failures"
CALLED_ACTUARIAL = "WARNING: the published rate is called actuarial, but is reproduced by the crude share: "


def _crude(patients: pd.DataFrame, stratum: str) -> tuple[int, int]:
    """Return (patients with LTPFS of 12 months or more, patients with a known LTPFS) of one KRAS group."""
    months = as_float(group(patients, stratum)["ltpfs_months"])
    return int((months >= ONE_YEAR_MONTHS).sum()), int(np.isfinite(months).sum())


def one_year_rates(registry: AnalysisFrames) -> list[dict[str, Any]]:
    """Return one row per KRAS group and estimator; the crude share carries the warning if it prints as
    published.
    """
    patients = registry.patients
    rows: list[dict[str, Any]] = []
    for known in index_study().groups:
        k, n = _crude(patients, known.stratum)
        estimates = {CRUDE: k / n if n else None}
        for endpoint, what in (("LTPFS_STUDY", "deaths censored"), ("LTPFS", "deaths as events")):
            members = group(registry.subjects(endpoint, "patient"), known.stratum)
            estimates[f"Kaplan-Meier of {endpoint}, {what}"] = _km_one_year(members)
        members = group(registry.subjects("TTLTP", "patient"), known.stratum)
        estimates["1 - cumulative incidence of LTP, death competing"] = _free_of_ltp(members)
        actuarial = estimates["Kaplan-Meier of LTPFS_STUDY, deaths censored"]
        for estimator, estimate in estimates.items():
            printed = f"{known.one_year_ltpfs_percent:.1f} %"
            text = "" if estimate is None else f"{100.0 * estimate:.1f} %"
            quantity = f"1-year LTPFS, {NAMES[known.stratum]}"
            found = row(quantity, printed, known.one_year_ltpfs_percent / 100.0, estimate, text, estimator)
            if estimator == CRUDE:
                found["note"] = (CALLED_ACTUARIAL if found["agrees"] else "") + SHARE_NOTE
                found["note"] += "" if actuarial is None else f"; Kaplan-Meier gives {100.0 * actuarial:.1f} %"
                found["computed"] += f" ({k}/{n})" if n else ""
            rows.append(found)
    return rows


def _km_one_year(members: pd.DataFrame) -> float | None:
    table = steps(as_float(members["days"]), (as_float(members["event"]) == 1).astype(float), as_float(members[COUNT]))
    estimate: float | None = survival_at(table, ONE_YEAR_MONTHS * DAYS_PER_MONTH)["estimate"]
    return estimate


def _free_of_ltp(members: pd.DataFrame) -> float | None:
    days = as_float(members["days"])
    if len(days) == 0 or days.max() < ONE_YEAR_MONTHS * DAYS_PER_MONTH:
        return None
    table = incidence(days, as_float(members["event"]), 1, as_float(members[COUNT]))
    at = int(np.searchsorted(table["time"].to_numpy(), ONE_YEAR_MONTHS * DAYS_PER_MONTH, side="right")) - 1
    return 1.0 - float(table["estimate"].iloc[at])


def one_year_p_values(registry: AnalysisFrames) -> list[dict[str, Any]]:
    """Return the published p-value beside three tests of the crude shares and the log-rank test."""
    shares = [(known.stratum, *_crude(registry.patients, known.stratum)) for known in index_study().groups]
    tests = {test["quantity"]: test.get("p_value") for test in compare([share for share in shares if share[2]])}
    log_rank = logrank(registry.subjects("LTPFS_STUDY", "patient"), grouping="kras", count=COUNT)
    p_values = {
        "Pearson's chi-square of the crude shares": tests.get("pearson_chi2"),
        "Yates's chi-square of the crude shares": tests.get("yates_chi2"),
        "Fisher's exact test of the crude shares": tests.get("fisher_exact"),
        "log-rank test of LTPFS_STUDY": float(log_rank["p_value"].iloc[0]),
    }
    published = index_study().one_year_p
    printed = f"p = {published:.3f}"
    rows: list[dict[str, Any]] = []
    for estimator, p_value in p_values.items():
        text = "" if p_value is None else f"p = {p_value:.3f}"
        found = row("1-year LTPFS, KRAS, p", printed, published, p_value, text, estimator)
        found["note"] = "a test of crude shares, not of survival" if "crude" in estimator else ""
        rows.append(found)
    return rows
