"""The index study's figures beside this registry's, and by which estimator each published figure is
reproduced.

Every published rate is compared with each estimator it could be: the crude share of patients seen free of LTP at 12
months, Kaplan-Meier, cumulative incidence; every ratio with the logistic odds ratio and the Cox hazard ratio. A crude
share is not an actuarial rate: it counts patients whose follow-up ended before 12 months as failures. Where a published
"actuarial" rate is such a share, the note says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.estimates.product_limit import quantile, steps
from analysis.replication.one_year_rates import one_year_p_values, one_year_rates
from analysis.replication.published_figures import MUTANT, NAMED, NAMES, index_study
from analysis.replication.published_models import HAZARD, ratio_rows
from analysis.replication.replication_row import fraction, group, row
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.counted import COUNT
from analysis.tidy import as_float, stratum_labels, tidy
from schemas.thresholds import DAYS_PER_MONTH

COLUMNS = [
    "quantity",
    "published",
    "computed",
    "published_value",
    "computed_value",
    "estimator",
    "agrees",
    "reproduces",
    "note",
]
FOLLOW_UP_NOTE = "mean follow-up mixes short follow-up with early death"


def replication(registry: AnalysisFrames) -> pd.DataFrame:
    """Return one row per published figure and candidate estimator (COLUMNS).

    Shares, counts, means and p-values agree when they print as published. Ratios of models agree when they
    lie inside the published 95 % interval on the same side of 1, since the study's individual data are not
    public. ``agrees`` is null where nothing can be computed. ``reproduces`` says whether the estimator that the study
    names (published_figures.NAMED) prints as published, for ratios too; it is null for every other estimator.
    """
    patients, status = registry.patients, registry.ltp_status("patient")
    rows = [*_sizes(patients, registry.lesions), *_ltp_shares(status)]
    rows += [*one_year_rates(registry), *one_year_p_values(registry)]
    rows += [*_follow_up(patients, registry.subjects("OS", "patient")), _mean_ltpfs(patients)]
    rows += ratio_rows(patients, status, registry.subjects("LTPFS_STUDY", "patient"))
    return tidy([found | {"reproduces": _reproduces(found)} for found in rows], COLUMNS)


def _reproduces(row: dict[str, Any]) -> bool | None:
    if row["estimator"] not in NAMED or row.get("agrees") is None:
        return None
    printed, computed = row["published"].split()[0], row.get("computed_value")
    if row.get("estimator") != HAZARD or computed is None:
        return bool(row["agrees"])
    decimals = len(printed.partition(".")[2])
    return f"{computed:.{decimals}f}" == printed


def _sizes(patients: pd.DataFrame, lesions: pd.DataFrame) -> list[dict[str, Any]]:
    n, n_lesions = len(patients), len(lesions)
    n_mutant = int((stratum_labels(patients["kras"]) == MUTANT).sum())
    study = index_study()
    published_mutant = next(known.n for known in study.groups if known.stratum == MUTANT)
    mutant = fraction(published_mutant, study.n_patients)
    return [
        row("patients", str(study.n_patients), study.n_patients, n, str(n), "count"),
        row("lesions", str(study.n_lesions), study.n_lesions, n_lesions, str(n_lesions), "count"),
        row("patients with KRAS mutant", mutant, published_mutant, n_mutant, fraction(n_mutant, n), "count"),
    ]


def _ltp_shares(status: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for known in index_study().groups:
        members = group(status, known.stratum)
        n, k = int(members[COUNT].sum()), int(as_float(members["ltp"]) @ as_float(members[COUNT]))
        printed = fraction(known.n_ltp, known.n)
        share = k / n if n else None
        quantity = f"LTP, {NAMES[known.stratum]}"
        rows.append(row(quantity, printed, known.n_ltp / known.n, share, fraction(k, n), "crude share with LTP"))
    return rows


def _follow_up(patients: pd.DataFrame, overall_survival: pd.DataFrame) -> list[dict[str, Any]]:
    """Return months from first ablation to last contact (to death if no contact is recorded)."""
    end = pd.to_datetime(patients["last_contact_date"]).fillna(pd.to_datetime(patients["death_date"]))
    months = (end - pd.to_datetime(patients["first_ablation_date"])).dt.days / DAYS_PER_MONTH
    rows: list[dict[str, Any]] = []
    samples: list[np.ndarray] = []
    for known in index_study().groups:
        values = np.sort(as_float(months[stratum_labels(patients["kras"]) == known.stratum].dropna()))
        samples.append(values)
        mean = float(values.mean()) if len(values) else None
        spread = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
        printed = f"{known.follow_up_mean_months:.2f} +- {known.follow_up_sd_months:.2f} months"
        text = "" if mean is None else f"{mean:.2f} +- {spread:.2f} months"
        quantity = f"follow-up, {NAMES[known.stratum]}"
        found = row(quantity, printed, known.follow_up_mean_months, mean, text, "mean +- SD to last contact")
        members = group(overall_survival, known.stratum)
        is_end = (as_float(members["event"]) == 0).astype(float)
        median = quantile(steps(as_float(members["days"]), is_end, as_float(members[COUNT])), 0.5)[0]
        reverse = f"; reverse Kaplan-Meier median {median / DAYS_PER_MONTH:.2f} months" if np.isfinite(median) else ""
        rows.append(found | {"note": FOLLOW_UP_NOTE + reverse})
    above = index_study().follow_up_p_above
    printed = f"p > {above:g}"
    p_value = _welch_p(*samples)
    text = "" if p_value is None else f"p = {p_value:.3f}"
    found = row("follow-up, KRAS, p", printed, above, p_value, text, "Welch's t-test")
    agrees = None if p_value is None else p_value > above
    return [*rows, found | {"agrees": agrees}]


def _welch_p(first: np.ndarray, second: np.ndarray) -> float | None:
    if min(len(first), len(second)) < 2 or first.std() + second.std() == 0.0:
        return None
    from scipy.special import stdtr

    parts = [values.var(ddof=1) / len(values) for values in (first, second)]
    total = sum(parts)
    df = total**2 / sum(part**2 / (len(values) - 1) for part, values in zip(parts, (first, second), strict=True))
    return float(2.0 * stdtr(df, -abs(first.mean() - second.mean()) / np.sqrt(total)))


def _mean_ltpfs(patients: pd.DataFrame) -> dict[str, Any]:
    months = as_float(patients["ltpfs_months"])
    values = np.sort(months[np.isfinite(months)])  # sorted: the sum does not depend on the order of rows
    mean = float(values.mean()) if len(values) else None
    text = "" if mean is None else f"{mean:.2f} months"
    published = index_study().mean_ltpfs_months
    printed = f"{published:.2f} months"
    found = row("mean LTPFS", printed, published, mean, text, "mean, censored times counted as they stand")
    return found | {"note": "not a mean time to LTP: it mixes events with ends of imaging"}
