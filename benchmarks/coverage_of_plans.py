"""Registries for what a plan asks for: watched late, few events, treatments that nobody assigned by chance.

Who is watched late enters within a year, whatever its risk. Few events: some ten in all, and of those exposed often
none. Treatments: the confounder is the log of a positive stable frailty, which makes the hazard and the treatment
likelier; over everybody the hazards stay proportional then, with STABLE times the log ratio, so that the effect in all
(ATE) and its curve are known exactly. Times are in months.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.comparison.compare import CRUDE, RATIO, WEIGHTED, compare
from analysis.estimates import cumulative_incidence, product_limit
from analysis.estimates.exact_interval import exact_interval
from analysis.estimates.product_limit import survival_at
from analysis.regression.cox_fit import fit
from analysis.regression.firth_cox import firth_cox
from analysis.regression.risk_sets import Cases
from benchmarks import simulated_truth as truth
from benchmarks.intervals import Interval, wald
from schemas.thresholds import DAYS_PER_MONTH

MONTHS = 12
LATE, LATEST = 0.5, 12.0  # share of those who are watched late, and until when
EXPOSED, FEW_HAZARD, FEW_LOG_HR = 0.2, 0.004, -0.7
HAZARD, EFFECT = 0.02, -0.6  # of the treatments: per month without, log hazard ratio at equal frailty
CHOICE = (-0.2, 0.5)  # log odds of the treatment: intercept, per unit of the confounder


@dataclass(frozen=True)
class Planned:
    """Three registries: patients with an entry (only who is still watched at it), few events, and two treatments."""

    base: truth.Draw
    entry: np.ndarray
    exposed: np.ndarray
    few_time: np.ndarray
    few_event: np.ndarray
    treated: np.ndarray
    confounder: np.ndarray
    time: np.ndarray
    event: np.ndarray


def draw(random: np.random.Generator) -> Planned:
    """Draw a registry of each at random."""
    base, n = truth.draw(random), truth.N_PATIENTS
    entry = np.where(random.random(n) < LATE, random.uniform(0.0, LATEST, n), 0.0)
    exposed = (random.random(n) < EXPOSED).astype(float)
    few = random.exponential(1.0, n) / (FEW_HAZARD * np.exp(FEW_LOG_HR * exposed))
    ends = random.uniform(*truth.FOLLOW_UP, (2, n))
    frailty = truth.positive_stable(random, n)
    treated = (random.random(n) < expit(CHOICE[0] + CHOICE[1] * np.log(frailty))).astype(int)
    to_event = random.exponential(1.0, n) / (HAZARD * np.exp(EFFECT * treated) * frailty)
    few_time, time = np.minimum(few, ends[0]), np.minimum(to_event, ends[1])
    events = (few <= ends[0]).astype(int), (to_event <= ends[1]).astype(int)
    return Planned(base, entry, exposed, few_time, events[0], treated, np.log(frailty), time, events[1])


def _late(d: Planned, what: str) -> Interval | None:
    own = d.entry < d.base.time
    if what == "cox":
        event = (d.base.cause[own] == 1).astype(int)
        found = fit(Cases(d.base.time[own], event, d.base.kras[own, None], np.ones(own.sum()), d.entry[own]))
        return None if found is None else wald(found.coef[0], found.std_error[0], truth.LOG_HR_LTP)
    own &= d.base.kras == 1.0
    time, cause, entry = d.base.time[own], d.base.cause[own], d.entry[own]
    if what == "survival":
        table = product_limit.estimates(time, (cause > 0).astype(float), entry=entry)
        value = truth.free_at(MONTHS, True)
    else:
        table = cumulative_incidence.estimates(time, cause, 1, entry=entry)
        value = truth.incidence_at(MONTHS, True)
    at = survival_at(table, MONTHS)
    return None if at["estimate"] is None else (at["estimate"], at["lower"], at["upper"], value)


def _few(d: Planned, *, firth: bool) -> Interval | None:
    if not firth:
        found = fit(Cases(d.few_time, d.few_event, d.exposed[:, None], np.ones(len(d.exposed))), with_ph=False)
        return None if found is None else wald(found.coef[0], found.std_error[0], FEW_LOG_HR)
    frame = pd.DataFrame({"days": d.few_time, "event": d.few_event, "exposed": d.exposed})
    row = firth_cox(frame, ["exposed"], show_unreliable=True).iloc[0]
    if pd.isna(row["coef"]):
        return None
    lower = -np.inf if pd.isna(row["lower"]) else float(np.log(row["lower"]))
    upper = np.inf if pd.isna(row["upper"]) else float(np.log(row["upper"]))
    return row["coef"], lower, upper, FEW_LOG_HR


def _compared(d: Planned) -> pd.DataFrame:
    cells = {"days": d.time * DAYS_PER_MONTH, "event": d.event, "frailty": d.confounder}
    frame = pd.DataFrame(cells).assign(treatment=np.where(d.treated == 1, "mwa", "rfa"))
    return compare(frame, "treatment", ("mwa", "rfa"), ["frailty"], ["frailty"]).table


def _ratio(d: Planned, quantity: str) -> Interval | None:
    table = _compared(d)
    row = table[table["quantity"] == quantity]
    if row.empty or pd.isna(row["coef"].iloc[0]):
        return None
    return wald(row["coef"].iloc[0], row["std_error"].iloc[0], truth.STABLE * EFFECT)


def _weighted_curve(d: Planned) -> Interval | None:
    table = _compared(d)
    row = table[(table["quantity"] == f"{WEIGHTED}_{MONTHS}m") & (table["stratum"] == "mwa")]
    if row.empty or pd.isna(row["estimate"].iloc[0]):
        return None
    value = float(np.exp(-((HAZARD * np.exp(EFFECT) * MONTHS) ** truth.STABLE)))
    return row["estimate"].iloc[0], row["lower"].iloc[0], row["upper"].iloc[0], value


def _share(d: Planned) -> Interval:
    k, n = int(d.base.binary.sum()), len(d.base.binary)
    odds = [float(expit(truth.ODDS[0] + truth.ODDS[1] * x)) for x in (0.0, 1.0)]
    return k / n, *exact_interval(k, n), odds[0] * (1.0 - truth.MUTANT) + odds[1] * truth.MUTANT


ESTIMATORS: dict[str, Callable[[Planned], Interval | None]] = {
    "Kaplan-Meier at 12 months, delayed entry": partial(_late, what="survival"),
    "cumulative incidence at 12 months, delayed entry": partial(_late, what="incidence"),
    "Cox, delayed entry": partial(_late, what="cox"),
    "Cox, Firth, some ten events, profile": partial(_few, firth=True),
    "Cox, Wald, the same registries": partial(_few, firth=False),
    "comparison of treatments, weighted ratio (ATE)": partial(_ratio, quantity=RATIO),
    "comparison of treatments, not weighted": partial(_ratio, quantity=CRUDE),
    "weighted curve at 12 months (ATE)": _weighted_curve,
    "share of patients, exact": _share,
}
