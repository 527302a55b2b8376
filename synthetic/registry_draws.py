"""Draws the patients and lesions of a large synthetic registry at random, as numpy arrays.

Times are whole days after the patient's first ablation. Lesion LTP follows a piecewise constant hazard multiplied by
the effects of RAS, margin, size and a patient's gamma frailty; death and loss are exponential (docs/sources.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.thresholds import DAYS_PER_MONTH

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FIRST_SESSION, LAST_SESSION = np.datetime64("2010-01-04"), np.datetime64("2024-06-28")
EXTRACT_DATE = np.datetime64("2024-12-31")
SHARE_KRAS, SHARE_NRAS_OF_KRAS_WT, SHARE_BRAF_OF_RAS_WT = 0.39, 0.06, 0.11  # docs/sources.md
LESIONS_PER_PATIENT = np.array([16, 11, 4, 1]) / 32  # 1, 2, 3, 4 lesions, docs/sources.md
H0_24_MONTHS = 0.032  # cumulative LTP hazard, RAS wild-type and margin >= 5 mm, docs/sources.md
HR_RAS, HR_MARGIN_BELOW_5, HR_PER_10_MM = 2.42, 7.94, 1.14
FRAILTY_VARIANCE = 0.4
HAZARD_MONTHS = np.array([0.0, 6, 12, 24, 120])
HAZARD_SHAPE = np.array([1.0, 1.3, 0.5, 0.15])  # early and then flat, as in Jiang 2019
DEATH_PER_MONTH_WT, DEATH_PER_MONTH_MUTANT = 0.0094, 0.0244
LOSS_PER_MONTH, IMAGING_STOP_PER_MONTH = 0.010, 0.026
EXAM_MONTHS = np.array([1.3, 4, 7, 10, 13, 16, 19, 22, 25, 31, 37, 43, 49, 55, 61])  # docs/sources.md
EXAM_JITTER_DAYS, SHARE_MISSED = 9.0, 0.10
SHARE_RESIDUAL, SHARE_RETREATED = 0.03, 0.72
NEVER = 10**6


@dataclass(frozen=True)
class Draw:
    """n patients, m lesions, K exams per patient.

    Per patient (n): start (dates), kras, nras, braf, end_days, is_dead, n_lesions; exam_days (n x K) and
    is_done (n x K). Per lesion (m): owner (index of the patient), number (1..4), diameter_mm, margin_mm,
    is_residual, ltp_days (NEVER without), is_retreated.
    """

    start: NDArray[np.datetime64]
    kras: Flags
    nras: Flags
    braf: Flags
    end_days: Ints
    is_dead: Flags
    n_lesions: Ints
    exam_days: Ints
    is_done: Flags
    owner: Ints
    number: Ints
    diameter_mm: Floats
    margin_mm: Floats
    is_residual: Flags
    ltp_days: Ints
    is_retreated: Flags


def draw(n: int, rng: np.random.Generator) -> Draw:
    """Draw n patients with their lesions, exams and events. The same generator state gives the same draw."""
    days = np.arange(FIRST_SESSION, LAST_SESSION + 1)
    start = rng.choice(days[np.is_busday(days)], n)
    kras = rng.random(n) < SHARE_KRAS
    nras = ~kras & (rng.random(n) < SHARE_NRAS_OF_KRAS_WT)
    braf = ~kras & ~nras & (rng.random(n) < SHARE_BRAF_OF_RAS_WT)
    is_ras_mutant = kras | nras
    death = _exponential_days(np.where(is_ras_mutant, DEATH_PER_MONTH_MUTANT, DEATH_PER_MONTH_WT), rng)
    lost = np.minimum(_exponential_days(np.full(n, LOSS_PER_MONTH), rng), (EXTRACT_DATE - start).astype(int))
    end_days = np.minimum(death, lost)
    exam_days, is_done = _exams(end_days, rng)
    n_lesions = rng.choice(np.arange(1, 5), n, p=LESIONS_PER_PATIENT)
    owner = np.repeat(np.arange(n), n_lesions)
    first_of_owner = np.cumsum(n_lesions) - n_lesions
    m = owner.size
    diameter: Floats = np.clip(np.round(rng.lognormal(np.log(19), 0.42, m), 1), 8.1, 60)
    unrounded: Floats = np.clip(rng.normal(6.4, 3.6, m) - 0.04 * (diameter - 20), -4, 16)
    margin = np.round(unrounded, 1)
    relative: Floats = np.where(is_ras_mutant[owner], HR_RAS, 1) * np.where(margin < 5, HR_MARGIN_BELOW_5, 1)
    relative *= HR_PER_10_MM ** ((diameter - 20) / 10)
    relative *= rng.gamma(1 / FRAILTY_VARIANCE, FRAILTY_VARIANCE, n)[owner]
    return Draw(
        start,
        kras,
        nras,
        braf,
        end_days,
        death <= lost,
        n_lesions,
        exam_days,
        is_done,
        owner,
        np.arange(m) - first_of_owner[owner] + 1,
        diameter,
        margin,
        rng.random(m) < SHARE_RESIDUAL,
        _ltp_days(relative, rng),
        rng.random(m) < SHARE_RETREATED,
    )


def _exponential_days(per_month: Floats, rng: np.random.Generator) -> Ints:
    """Draw exponential times in whole days, at least 3, for hazards per month."""
    return 3 + (rng.exponential(1.0, per_month.size) / per_month * DAYS_PER_MONTH).astype(int)


def _ltp_days(relative: Floats, rng: np.random.Generator) -> Ints:
    """Draw the day of biological LTP by inverting the piecewise cumulative hazard; NEVER beyond its end."""
    cumulative = np.r_[0.0, np.cumsum(np.diff(HAZARD_MONTHS) * HAZARD_SHAPE)]
    cumulative *= H0_24_MONTHS / np.interp(24, HAZARD_MONTHS, cumulative)
    target = rng.exponential(1.0, relative.size) / relative
    months = np.interp(target, cumulative, HAZARD_MONTHS)
    return np.where(target > cumulative[-1], NEVER, np.maximum(1, months * DAYS_PER_MONTH)).astype(int)


def _exams(end_days: Ints, rng: np.random.Generator) -> tuple[Ints, Flags]:
    """Draw exam days with jitter, and which took place: not missed, before the end, before imaging stopped."""
    n, k = end_days.size, EXAM_MONTHS.size
    planned = np.rint(EXAM_MONTHS * DAYS_PER_MONTH).astype(int)
    jitter = np.clip(np.rint(rng.normal(0, EXAM_JITTER_DAYS, (n, k))), -24, 24).astype(int)
    exam_days = planned + jitter
    stop = np.minimum(end_days - 1, _exponential_days(np.full(n, IMAGING_STOP_PER_MONTH), rng))
    is_done = (exam_days <= stop[:, None]) & (rng.random((n, k)) >= SHARE_MISSED)
    return exam_days, is_done
