"""Made-up tables in the shape of schema `analysis`, for tests of the report and its figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from analysis.report import FlowStep, InputFile, Problem, ReportContent, render
from schemas.thresholds import DAYS_PER_MONTH
from tests.analysis_report.sample_tables import model_table, rates_table, replication, table_one

N_PATIENTS = 120
RELEASE = "20251123T040100Z-0a1b2c3d"
GROUPINGS = {"overall": ["overall"], "kras": ["wild_type", "mutant"], "diameter_ge_30": ["false", "true"]}


def cohort(seed: int = 7) -> pd.DataFrame:
    """Patients with groups, and days and event (0, 1 LTP, 2 death) of made-up follow-up."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"overall": "overall", "kras": np.where(np.arange(N_PATIENTS) < 49, "mutant", "wild_type")},
        index=range(N_PATIENTS),
    )
    frame["diameter_ge_30"] = np.where(draw.random(N_PATIENTS) < 0.35, "true", "false")
    hazard = (
        0.012 * np.where(frame["kras"] == "mutant", 1.9, 1.0) * np.where(frame["diameter_ge_30"] == "true", 1.8, 1.0)
    )
    ltp, death = draw.exponential(1 / hazard), draw.exponential(1 / 0.008, N_PATIENTS)
    censored = draw.normal(16, 4.5, N_PATIENTS).clip(3, 32)
    months = np.minimum(np.minimum(ltp, death), censored)
    frame["days"] = np.maximum(1, np.round(months * DAYS_PER_MONTH))
    frame["event"] = np.where(months == ltp, 1, np.where(months == death, 2, 0))
    return frame


def curve(days: np.ndarray, event: np.ndarray) -> pd.DataFrame:
    """The product-limit curve with log-log limits; one row per time and one at 0."""
    rows, survival, variance = [], 1.0, 0.0
    for day in [0.0, *np.unique(days)]:
        n, d = int((days >= day).sum()), int(((days == day) & event).sum())
        if d:
            survival *= 1 - d / n
            variance += d / (n * (n - d)) if n > d else 0.0
        spread = 1.96 * math.sqrt(variance) / abs(math.log(survival)) if 0 < survival < 1 else math.nan
        lower, upper = (
            (survival ** math.exp(spread), survival ** math.exp(-spread)) if spread == spread else (math.nan, math.nan)
        )
        rows.append((day, day / DAYS_PER_MONTH, n, d, int(((days == day) & ~event).sum()), survival, lower, upper))
    names = ["time_days", "time_months", "n_at_risk", "n_events", "n_censored", "estimate", "lower", "upper"]
    return pd.DataFrame(rows, columns=names)


def _strata(frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for grouping, strata in GROUPINGS.items():
        for stratum in strata:
            part = frame[frame[grouping] == stratum]
            if len(part):
                yield grouping, stratum, part


def km_tables(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """km_curve, km_summary, logrank for LTPFS, LTPFS_STUDY and OS."""
    curves, summary, tests = [], [], []
    for endpoint, events in {"LTPFS_STUDY": (1,), "LTPFS": (1, 2), "OS": (2,)}.items():
        for grouping, stratum, part in _strata(frame):
            base = {
                "endpoint": endpoint,
                "level": "patient",
                "grouping": grouping,
                "stratum": stratum,
                "n": len(part),
            }
            event = part["event"].isin(events).to_numpy()
            table = curve(part["days"].to_numpy(), event)
            curves.append(table.assign(**base))
            for months in (6, 12, 24, 36):
                row = table[table["time_months"] <= months].iloc[-1]
                known = table["time_months"].max() >= months
                value = {k: float(row[k]) if known else None for k in ("estimate", "lower", "upper")}
                note = "" if known else "beyond the last follow-up"
                summary.append(
                    base | {"n_events": int(event.sum()), "quantity": f"survival_{months}m", "note": note} | value
                )
            median = {"quantity": "median_months", "estimate": None, "note": "median not reached"}
            summary.append(base | {"n_events": int(event.sum())} | median)
            reverse = {
                "quantity": "reverse_km_median_months",
                "estimate": 16.1,
                "lower": 15.0,
                "upper": 17.2,
                "note": "",
            }
            summary.append(base | {"n_events": len(part) - int(event.sum())} | reverse)
        for grouping, p in {"kras": 0.0042, "diameter_ge_30": 0.00004}.items():
            tests.append(
                {
                    "endpoint": endpoint,
                    "level": "patient",
                    "grouping": grouping,
                    "stratum": "",
                    "n": len(frame),
                    "n_events": 28,
                    "quantity": "logrank_chi2",
                    "estimate": 8.1,
                    "df": 1,
                    "p_value": p,
                    "note": "",
                }
            )
    return pd.concat(curves, ignore_index=True), pd.DataFrame(summary), pd.DataFrame(tests)


def incidence_table(frame: pd.DataFrame) -> pd.DataFrame:
    """cumulative_incidence of LTP and death: Aalen-Johansen with rough limits."""
    found = []
    for grouping, stratum, part in _strata(frame):
        days, events = part["days"].to_numpy(), part["event"].to_numpy()
        free = curve(days, events > 0)
        before = np.concatenate([[1.0], free["estimate"].to_numpy()[:-1]])
        for cause in (1, 2):
            own = np.array([((days == day) & (events == cause)).sum() for day in free["time_days"]])
            value = np.cumsum(before * own / free["n_at_risk"].clip(lower=1))
            table = free[["time_days", "time_months", "n_at_risk"]].assign(
                n_events=own, estimate=value, cause=cause, n=len(part)
            )
            table = table.assign(lower=value * 0.6, upper=(value * 1.5).clip(upper=1.0), note="")
            found.append(table.assign(endpoint="TTLTP", level="patient", grouping=grouping, stratum=stratum))
    return pd.concat(found, ignore_index=True)


NEWER = ("restricted_mean", "gray", "fine_gray", "lesion_models", "subgroups", "sensitivity", "multiplicity", "guards")
NEWER += (
    "sample_size",
    "comparisons",
    "comparison_curves",
    "ph_residuals",
    "lesion_table_one",
    "lesion_factors",
    "lesion_curves",
    "lesion_factor_models",
    "margin_response",
)


@cache
def newer_tables() -> dict[str, pd.DataFrame]:
    """The tables of NEWER as the plan makes them, of a simulated registry."""
    from analysis.plan.analysis_plan import TABLES
    from analysis.subjects.analysis_frames import AnalysisFrames
    from tests.analysis.simulated import registry

    cohorts = AnalysisFrames(*registry(N_PATIENTS))
    return {name: TABLES[name](cohorts) for name in NEWER}


def courses(n: int = 60) -> pd.DataFrame:
    """Made-up courses of lesions."""
    place = np.arange(n)
    strata = np.where(place % 3 == 0, "mutant", "wild_type")
    return pd.DataFrame({"stratum": strata, "months": 2.0 + place % 29, "event": place % 7 % 3})


@cache
def sample_tables() -> dict[str, pd.DataFrame]:
    """All tables of the sample, made once per process; whoever changes one copies it first."""
    frame = cohort()
    curves, summary, tests = km_tables(frame)
    return {
        "ltp_rates": rates_table(),
        "km_curve": curves,
        "km_summary": summary,
        "logrank": tests,
        "replication": replication(),
        "cumulative_incidence": incidence_table(frame),
        "cox": model_table("hazard_ratio"),
        "logistic": model_table("odds_ratio"),
        "table_one": table_one(),
        **newer_tables(),
    }


def content(**changes) -> ReportContent:
    """A whole report's content; keyword arguments replace its fields."""
    flow = [
        FlowStep("Received", 124, 219),
        FlowStep(
            "Set aside",
            4,
            7,
            "LES-03, diameter outside 2 to 150 mm: 3 lesions; ABL-02, session date not possible: 2 lesions; "
            "PARENT-01, another session of the lesion is set aside: 2 lesions",
            True,
        ),
        FlowStep("Ablated, in the analysis", 120, 212),
        FlowStep("Not evaluable for LTP", 0, 7, "no adequate exam after ablation: 7 lesions", True),
        FlowStep("Evaluable for LTP", 120, 205),
        FlowStep("With LTP", 28, 36),
    ]
    exports = ["patients", "rfa_sessions", "genotypes", "imaging_followups"]
    counts = {
        "received": [124, 240, 371, 1432],
        "duplicate": [0, 2, 0, 6],
        "conflicting": [0, 2, 0, 0],
        "unchanged": [0, 0, 0, 0],
        "new": [124, 236, 371, 1426],
        "changed": 0,
        "current": [123, 231, 368, 1409],
        "quarantined_rows": [1, 5, 3, 17],
        "values_set_aside": [3, 4, 1, 2],
    }
    rules = pd.DataFrame(
        [
            ("LES-03", "E", "max_diameter_mm is outside 2..150", 3, 0),
            ("PARENT-01", "E", "a session row of the lesion is set aside", 12, 0),
            ("PAT-12", "E", "cea_ng_ml is not above 0, or above 50000", 0, 2),
        ],
        columns=["rule_id", "severity", "sentence", "rows", "values"],
    )
    values = {
        "release_id": RELEASE,
        "title": "Liver metastasis ablation registry",
        "code_version": "0.1.0",
        "is_synthetic": True,
        "tables": dict(sample_tables()),
        "flow": flow,
        "quality": pd.DataFrame({"site": "demo", "export": exports, **counts}),
        "quality_rules": rules,
        "problems": [Problem("demo", "genotypes", "genotypes_2019-11.csv", "The file has no header line.")],
        "inputs": [InputFile("demo", name, f"{name}_2019-12-31.csv", "ab12" * 16, 240) for name in exports],
        "schema_versions": {"clean": "1", "derived": "1"},
        "courses": courses(),
        "n_courses": 60,
    }
    return ReportContent(**{**values, **changes})


@cache
def sample_page() -> str:
    """The page of the sample, rendered once per process."""
    return render(content())
