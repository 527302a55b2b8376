"""Registries of lesions with margins and known effects, and the intervals that a release gives of them.

Lesions of one patient share a positive stable frailty, the end of follow-up and the patient's death. Over that frailty
the hazard of LTP stays proportional, each log ratio times STABLE, so every truth is in closed form, or an integral over
the margins. The dose-response is a spline with the release's knots, so that its model is right. Fine-Gray times and
LTP yes or no of one patient are alike by a normal variable that is common to them (correlation ALIKE).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

from analysis.estimates import clustered_curves, cumulative_incidence
from analysis.estimates.clustered_curves import INCIDENCE, SURVIVAL
from analysis.estimates.product_limit import steps, survival_at
from analysis.estimates.rates import exact, wilson
from analysis.plan.lesion_factors import RATE_BEYOND, _beyond
from analysis.regression.fine_gray import fine_gray
from analysis.regression.restricted_spline import basis, spline_ratios
from analysis.subjects.lesion_factors import MARGIN
from analysis.tidy import OVERALL
from benchmarks import simulated_truth as truth
from benchmarks.intervals import Interval, wald
from schemas.thresholds import DAYS_PER_MONTH, ENOUGH_MARGIN_MM, MARGIN_GRID_MM, MARGIN_KNOTS_MM

MEAN_MARGIN, SPREAD_MARGIN = 6.0, 3.0
RESPONSE = np.array([-0.25, 0.15])  # of the spline's columns: 2.0 times the hazard at 2 mm, 0.8 times at 8 mm
ALIKE = 0.5
LTP_LOG_ODDS = (0.0, -0.45)  # LTP yes or no: at a margin of 0, and per mm
MONTHS = 12


@dataclass(frozen=True)
class Lesions:
    """A registry: of each lesion its patient, KRAS, margin, time (months) and cause (1 LTP, 2 death), Fine-Gray time
    and cause, and LTP yes or no, among lesions of one patient that are alike and that are not."""

    patient: np.ndarray
    kras: np.ndarray
    margin: np.ndarray
    time: np.ndarray
    cause: np.ndarray
    fg_time: np.ndarray
    fg_cause: np.ndarray
    ltp_alike: np.ndarray
    ltp_apart: np.ndarray

    def frame(self, time: np.ndarray, event: np.ndarray) -> pd.DataFrame:
        """Return the lesions as the release hands them over."""
        cells = {"days": time * DAYS_PER_MONTH, "event": event, "patient": self.patient, "kras": self.kras}
        return pd.DataFrame(cells | {MARGIN: self.margin})


def draw(random: np.random.Generator) -> Lesions:
    """Draw a registry at random."""
    n = truth.N_PATIENTS
    of_patient = (random.random(n) < truth.MUTANT).astype(float)
    ends = random.uniform(*truth.FOLLOW_UP, n)
    patient = np.repeat(np.arange(n), random.choice([1, 2, 3, 4], n, p=truth.LESION_SHARES))
    kras, margin = of_patient[patient], random.normal(MEAN_MARGIN, SPREAD_MARGIN, len(patient))
    death = (random.exponential(1.0, n) / (truth.DEATH_HAZARD * np.exp(truth.LOG_HR_DEATH * of_patient)))[patient]
    hazard = truth.LTP_HAZARD * np.exp(truth.LOG_HR_LTP * kras + _response(margin))
    to_ltp = random.exponential(1.0, len(patient)) / (hazard * truth.positive_stable(random, n)[patient])
    time = np.minimum(np.minimum(to_ltp, death), ends[patient])
    cause = np.where(to_ltp == time, 1, np.where(death == time, 2, 0))

    def alike() -> np.ndarray:
        common, own = random.normal(size=n)[patient], random.normal(size=len(patient))
        return np.asarray(ndtr(np.sqrt(ALIKE) * common + np.sqrt(1.0 - ALIKE) * own))

    fine_gray_times = truth.fine_gray_times(alike(), alike(), -np.log(alike()), kras, ends[patient])
    chance = _ltp_chance(margin)
    ltp = [(u < chance).astype(float) for u in (alike(), random.random(len(patient)))]
    return Lesions(patient, kras, margin, time, cause, *fine_gray_times, *ltp)


def _response(margin: np.ndarray) -> np.ndarray:
    """Return the log hazard ratio of LTP, of one lesion, against the release's reference."""
    at = np.append(margin, ENOUGH_MARGIN_MM)
    found = basis(at, MARGIN_KNOTS_MM) @ RESPONSE
    return np.asarray(found[:-1] - found[-1])


def _ltp_chance(margin: np.ndarray) -> np.ndarray:
    return np.asarray(expit(LTP_LOG_ODDS[0] + LTP_LOG_ODDS[1] * margin))


@cache
def _margins() -> tuple[np.ndarray, np.ndarray]:
    """Return margins and their weights, which sum over the margins' distribution."""
    nodes = np.linspace(-8.0, 8.0, 16001)
    weights = np.exp(-(nodes**2) / 2.0)
    return MEAN_MARGIN + SPREAD_MARGIN * nodes, weights / weights.sum()


@cache
def true_at(quantity: str) -> float:
    """Return the share of KRAS mutant lesions with LTP by MONTHS, or free of LTP and death."""
    margin, weight = _margins()
    margin, weight = margin[::20], weight[::20] / weight[::20].sum()
    hazard = truth.LTP_HAZARD * np.exp(truth.LOG_HR_LTP + _response(margin))
    death = truth.hazards(True)[1]

    def had(months: float) -> float:
        return float(weight @ -np.expm1(-((hazard * months) ** truth.STABLE)))

    alive = np.exp(-death * MONTHS)
    if quantity == SURVIVAL:
        return float((1.0 - had(MONTHS)) * alive)
    nodes, shares = np.polynomial.legendre.leggauss(60)
    root = np.sqrt(MONTHS) * (nodes + 1.0) / 2.0  # months = root^2: smooth at 0
    inner = sum(w * had(r**2) * np.exp(-death * r**2) * 2.0 * r for w, r in zip(shares, root, strict=True))
    return float(had(MONTHS) * alive + death * inner * np.sqrt(MONTHS) / 2.0)


def _curve(d: Lesions, quantity: str, *, clustered: bool) -> Interval | None:
    event = np.minimum(d.cause, 1) if quantity == SURVIVAL else d.cause
    if clustered:
        found = clustered_curves.at_landmarks(
            d.frame(d.time, event), quantity, (MONTHS,), grouping="kras", cluster="patient"
        )
        at = next(row for row in found if row["stratum"] == "1")
    else:
        own = d.kras == 1.0
        of = steps if quantity == SURVIVAL else partial(cumulative_incidence.incidence, of_cause=1)
        at = survival_at(of(d.time[own], event[own]), MONTHS)
    return None if at["estimate"] is None else (at["estimate"], at["lower"], at["upper"], true_at(quantity))


def _fine_gray(d: Lesions, *, clustered: bool) -> Interval | None:
    row = fine_gray(d.frame(d.fg_time, d.fg_cause), ["kras"], cluster="patient" if clustered else None).iloc[0]
    return None if pd.isna(row["coef"]) else wald(row["coef"], row["std_error"], truth.FG_LOG_RATIO)


def _spline(d: Lesions, at: float) -> Interval | None:
    table = spline_ratios(
        d.frame(d.time, (d.cause == 1).astype(int)),
        MARGIN,
        ["kras"],
        knots=MARGIN_KNOTS_MM,
        reference=ENOUGH_MARGIN_MM,
        step=MARGIN_GRID_MM,
        cluster="patient",
    )
    row = table[np.isclose(table["term_value"].astype(float), at)]
    if row.empty or pd.isna(row["coef"].iloc[0]):
        return None
    value = truth.STABLE * float(_response(np.array([at]))[0])
    return row["coef"].iloc[0], float(np.log(row["lower"].iloc[0])), float(np.log(row["upper"].iloc[0])), value


def _share(d: Lesions, by: Callable[[int, int], tuple[float, float]]) -> Interval:
    k, n = int(d.ltp_alike.sum()), len(d.patient)
    margin, weight = _margins()
    return k / n, *by(k, n), float(weight @ _ltp_chance(margin))


def _upper(d: Lesions, *, are_alike: bool) -> Interval | None:
    """The exact upper limit of the lesions beyond the largest margin with LTP, and the true share beyond it."""
    ltp = d.ltp_alike if are_alike else d.ltp_apart
    rows = list(_beyond(pd.DataFrame({"ltp": ltp, MARGIN: d.margin}), OVERALL))
    upper = next(row for row in rows if row["quantity"] == RATE_BEYOND).get("upper")
    if upper is None or np.isnan(upper):
        return None
    bound = float(d.margin[ltp == 1.0].max())
    margin, weight = _margins()
    beyond = margin > bound
    return 0.0, 0.0, upper, float(weight[beyond] @ _ltp_chance(margin[beyond]) / weight[beyond].sum())


UPPER_LIMITS: dict[str, Callable[[Lesions], Interval | None]] = {
    "share beyond the largest margin with LTP, exact upper limit": partial(_upper, are_alike=True),
    "the same, lesions of one patient not alike": partial(_upper, are_alike=False),
}
"""Limits of 97.5 % on one side."""
ESTIMATORS: dict[str, Callable[[Lesions], Interval | None]] = {
    "Kaplan-Meier of lesions at 12 months, clustered": partial(_curve, quantity=SURVIVAL, clustered=True),
    "Kaplan-Meier of lesions, taken for independent": partial(_curve, quantity=SURVIVAL, clustered=False),
    "incidence of LTP of lesions at 12 months, clustered": partial(_curve, quantity=INCIDENCE, clustered=True),
    "incidence of LTP of lesions, taken for independent": partial(_curve, quantity=INCIDENCE, clustered=False),
    "Fine-Gray of lesions, clustered": partial(_fine_gray, clustered=True),
    "Fine-Gray of lesions, taken for independent": partial(_fine_gray, clustered=False),
    "spline of the margin, 2 mm against 5 mm, clustered": partial(_spline, at=2.0),
    "spline of the margin, 8 mm against 5 mm, clustered": partial(_spline, at=8.0),
    "share of lesions, exact, taken for independent": partial(_share, by=exact),
    "share of lesions, Wilson, taken for independent": partial(_share, by=wilson),
    **UPPER_LIMITS,
}
