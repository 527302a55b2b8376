"""Draws simulated registries whose true values are known, for benchmarks/coverage.py. Times are in months.

A registry has 120 patients, 41 % of them KRAS mutant, with one to four lesions each; the hazards are of the size that
the literature reports for liver ablation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

N_PATIENTS, MUTANT = 120, 0.41
LESION_SHARES = (0.5, 0.3, 0.15, 0.05)
LTP_HAZARD, DEATH_HAZARD = 0.012, 0.0094  # per month, wild type
LOG_HR_LTP, LOG_HR_DEATH = 0.7, 0.95
FOLLOW_UP = (12.0, 36.0)  # uniform end of follow-up
STABLE = 0.8  # positive stable frailty: marginal log hazard ratio is this times the conditional one
ODDS = (-1.5, 0.7)  # log odds of LTP: intercept, KRAS
SPREAD = 0.25  # correlation of LTP between the lesions of one patient
FG_SHARE, FG_RATE, FG_LOG_RATIO = 0.35, 0.06, 0.6


@dataclass(frozen=True)
class Draw:
    """One registry: patients' kras, times, causes; Fine-Gray times and causes; lesions' owner, time, event, ltp."""

    kras: np.ndarray
    time: np.ndarray
    cause: np.ndarray
    fg_time: np.ndarray
    fg_cause: np.ndarray
    binary: np.ndarray
    owner: np.ndarray
    lesion_time: np.ndarray
    lesion_event: np.ndarray
    lesion_ltp: np.ndarray


def draw(random: np.random.Generator) -> Draw:
    """Draw a registry at random."""
    n = N_PATIENTS
    kras = (random.random(n) < MUTANT).astype(float)
    ends = random.uniform(*FOLLOW_UP, n)
    to_ltp = random.exponential(1.0 / (LTP_HAZARD * np.exp(LOG_HR_LTP * kras)))
    to_death = random.exponential(1.0 / (DEATH_HAZARD * np.exp(LOG_HR_DEATH * kras)))
    first = np.minimum(to_ltp, to_death)
    time, cause = np.minimum(first, ends), np.where(first > ends, 0, np.where(to_ltp < to_death, 1, 2))
    fg_time, fg_cause = _fine_gray(random, kras, ends)
    owner = np.repeat(np.arange(n), random.choice([1, 2, 3, 4], n, p=LESION_SHARES))
    frailty = positive_stable(random, n)[owner]
    hazard = LTP_HAZARD * np.exp(LOG_HR_LTP * kras[owner]) * frailty
    to_ltp = random.exponential(1.0, len(owner)) / hazard
    lesion_time = np.minimum(to_ltp, ends[owner])
    p = 1.0 / (1.0 + np.exp(-(ODDS[0] + ODDS[1] * kras)))
    size = 1.0 / SPREAD - 1.0
    shared = random.beta(p * size, (1.0 - p) * size)
    binary = (random.random(n) < p).astype(float)
    lesion_ltp = (random.random(len(owner)) < shared[owner]).astype(float)
    event = (to_ltp <= ends[owner]).astype(int)
    return Draw(kras, time, cause, fg_time, fg_cause, binary, owner, lesion_time, event, lesion_ltp)


def _fine_gray(random: np.random.Generator, kras: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    share, own = random.random(len(kras)), random.random(len(kras))
    return fine_gray_times(share, own, random.exponential(1.0, len(kras)), kras, ends)


def fine_gray_times(
    share: np.ndarray, own: np.ndarray, other: np.ndarray, kras: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Times whose cumulative incidence of cause 1 is 1 - (1 - p (1 - exp(-rt)))^ratio, as in Fine and Gray (1999), from
    two uniform variables and an exponential one of each subject.
    """
    ratio = np.exp(FG_LOG_RATIO * kras)
    total = 1.0 - (1.0 - FG_SHARE) ** ratio
    is_first = share < total
    u = own * total
    own = -np.log(1.0 - (1.0 - (1.0 - u) ** (1.0 / ratio)) / FG_SHARE) / FG_RATE
    other = other / (0.03 * np.exp(0.3 * kras))
    to_event = np.where(is_first, own, other)
    return np.minimum(to_event, ends), np.where(to_event > ends, 0, np.where(is_first, 1, 2))


def positive_stable(random: np.random.Generator, n: int) -> np.ndarray:
    """Chambers, Mallows and Stuck's draw of a positive stable variable, Laplace transform exp(-s^STABLE)."""
    angle, e = random.uniform(0.0, np.pi, n), random.exponential(1.0, n)
    a = np.sin((1.0 - STABLE) * angle) * np.sin(STABLE * angle) ** (STABLE / (1.0 - STABLE))
    a = a / np.sin(angle) ** (1.0 / (1.0 - STABLE))
    return np.asarray((a / e) ** ((1.0 - STABLE) / STABLE))


def hazards(mutant: bool) -> tuple[float, float]:
    """Return the cause-specific hazards of LTP and of death, per month."""
    return LTP_HAZARD * np.exp(LOG_HR_LTP * mutant), DEATH_HAZARD * np.exp(LOG_HR_DEATH * mutant)


def free_at(months: float, mutant: bool) -> float:
    """Return the share of patients who are alive without LTP after `months`."""
    return float(np.exp(-sum(hazards(mutant)) * months))


def mean_free(months: float, mutant: bool) -> float:
    """Return the mean number of months alive without LTP within the first `months`."""
    total = sum(hazards(mutant))
    return float((1.0 - np.exp(-total * months)) / total)


def incidence_at(months: float, mutant: bool) -> float:
    """Return the share of patients with LTP by `months`, with death as a competing event."""
    own, other = hazards(mutant)
    return float(own / (own + other) * (1.0 - np.exp(-(own + other) * months)))
