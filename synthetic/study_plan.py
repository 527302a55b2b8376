"""Plans the demonstration study, from 120 patients to 212 lesions: treatments, exams and the fate of each lesion.

The plan is deterministic and counts days from the first ablation. It preserves the two facts of `study_patients.csv`:
a patient with LTP has the first one on `ltpfs_days`; a patient without has the last qualifying exam on `ltpfs_days`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from schemas.thresholds import LARGE_LESION_MM

PATIENTS_FILE = Path(__file__).with_name("study_patients.csv")
SEED = 120212
FIRST_SESSION, LAST_SESSION = date(2017, 1, 3), date(2019, 12, 20)
LAST_CONTACT = date(2022, 6, 15)
LESION_MIX = {
    1: 60,
    2: 36,
    3: 16,
    4: 8,
}  # number of lesions -> patients who have that many: 212 lesions in all (mix as in docs/sources.md)
N_RESIDUAL, N_NEVER_ADEQUATE, N_NO_IMAGING = 9, 4, 2
EXAM_GAP_DAYS = 91


@dataclass
class Lesion:
    """One lesion: when it was first treated, its fate, and the days on which it was treated again.

    fate: 'clear', 'ltp' (on ltp_day), 'never_adequate', 'no_imaging'. A residual lesion is viable on the
    first exam, is treated again, and then follows its fate.
    """

    number: int
    first_day: int
    diameter_mm: float
    fate: str = "clear"
    is_residual: bool = False
    ltp_day: int | None = None
    again_days: list[int] = field(default_factory=list)


@dataclass
class Patient:
    """One patient of `study_patients.csv` with the plan of lesions and exams; days count from `start`."""

    patient_id: str
    genes: dict[str, bool]
    is_ge_30: bool
    has_ltp: bool
    ltpfs_days: int
    followup_days: int
    is_dead: bool
    start: date
    lesions: list[Lesion] = field(default_factory=list)
    exam_days: list[int] = field(default_factory=list)

    def on(self, day: int) -> date:
        """Return the calendar date of a day of the plan."""
        return self.start + timedelta(days=day)


def plan() -> list[Patient]:
    """Return the 120 patients in the order of the file; the plan is always the same."""
    rng = Random(SEED)
    patients = _read(rng)
    counts = [n for n, times in LESION_MIX.items() for _ in range(times)]
    rng.shuffle(counts)
    for patient, n in zip(patients, counts, strict=True):
        patient.exam_days = _exam_days(patient, rng)
        _add_lesions(patient, n, rng)
    _add_fates(patients, rng)
    for patient in patients:
        _add_reablations(patient, rng)
    return patients


def _read(rng: Random) -> list[Patient]:
    """Read the table; each patient starts on a weekday, and follow-up ends by LAST_CONTACT."""
    patients = []
    with PATIENTS_FILE.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            days, followup = int(row["ltpfs_days"]), int(row["followup_days"])
            while True:
                start = FIRST_SESSION + timedelta(days=rng.randint(0, (LAST_SESSION - FIRST_SESSION).days))
                is_weekday = start.weekday() < 5 and (start + timedelta(days=days)).weekday() < 5
                if is_weekday and start + timedelta(days=followup) <= LAST_CONTACT:
                    break
            genes = {gene: row[gene.lower()] == "1" for gene in ("KRAS", "NRAS", "BRAF")}
            patients.append(
                Patient(
                    row["patient_id"],
                    genes,
                    row["diameter_ge_30"] == "1",
                    row["ltp"] == "1",
                    days,
                    followup,
                    row["is_dead"] == "1",
                    start,
                )
            )
    return patients


def _exam_days(patient: Patient, rng: Random) -> list[int]:
    """Draw the days of the cross-sectional exams: at 4 to 8 weeks, then about every three months (docs/sources.md).

    The day `ltpfs_days` is always one of them; without LTP it is the last.
    """
    first = rng.randint(28, 49) if rng.random() < 0.9 else rng.randint(60, 75)
    if patient.has_ltp:
        first = min(first, 45)
    gaps = max(1 if patient.has_ltp else 0, round((patient.ltpfs_days - first) / EXAM_GAP_DAYS))
    if gaps == 0:
        return [patient.ltpfs_days]
    step = (patient.ltpfs_days - first) / gaps
    days = [first] + [round(first + step * k) + rng.randint(-6, 6) for k in range(1, gaps)] + [patient.ltpfs_days]
    while patient.has_ltp and (later := days[-1] + rng.randint(75, 105)) < patient.followup_days - 2:
        days.append(later)
    weekend = {5: 2, 6: 1}
    return [d if d == patient.ltpfs_days else d + weekend.get(patient.on(d).weekday(), 0) for d in days]


def _add_lesions(patient: Patient, n: int, rng: Random) -> None:
    """Add lesion 1, treated on day 0, and the others, treated on day 0, in a staged session, or later as new ones."""
    small = [round(rng.triangular(9, 29.4, 19), 1) for _ in range(n)]
    if patient.is_ge_30:
        small[rng.randrange(n)] = round(min(LARGE_LESION_MM + rng.expovariate(1 / 7), 54), 1)
    elif rng.random() < 0.05:
        small[0] = 29.9
    patient.lesions = [Lesion(1, 0, small[0])]
    staged_day = min(rng.randint(13, 20), patient.exam_days[0] - 7)
    staged_day -= max(0, patient.on(staged_day).weekday() - 4)
    late = [d for d in patient.exam_days[1:-1] if d + 25 < patient.ltpfs_days]
    for number in range(2, n + 1):
        kind = rng.random()
        if kind < 0.12 and late:
            day = _weekday(patient, rng.choice(late) + rng.randint(8, 18))
        else:
            day = staged_day if kind > 0.87 else 0
        patient.lesions.append(Lesion(number, day, small[number - 1]))


def _weekday(patient: Patient, day: int) -> int:
    """Return the day itself, or the preceding Friday for a weekend."""
    return day - max(0, patient.on(day).weekday() - 4)


def _add_fates(patients: list[Patient], rng: Random) -> None:
    """Assign LTP where the table says so and to some further lesions, then residual, failed and unimaged lesions."""
    for p in patients:
        if not p.has_ltp:
            continue
        p.lesions[0].fate, p.lesions[0].ltp_day = "ltp", p.ltpfs_days
        later = [d for d in p.exam_days if d > p.ltpfs_days]
        for lesion in p.lesions[1:]:
            seen = [d for d in p.exam_days if lesion.first_day < d < p.ltpfs_days]
            if seen and rng.random() < 0.3:
                day = rng.choice(later) if later and rng.random() < 0.4 else p.ltpfs_days
                lesion.fate, lesion.ltp_day = "ltp", day
    many = [p for p in patients if len([d for d in p.exam_days if d < p.ltpfs_days]) >= 3]
    for p in rng.sample(many, N_RESIDUAL):
        lesion = rng.choice([x for x in p.lesions if x.first_day < p.exam_days[0]])
        lesion.is_residual = True
        lesion.again_days.append(_weekday(p, p.exam_days[0] + rng.randint(10, 20)))
    several = [p for p in patients if len(p.lesions) > 1 and _is_free(p.lesions[-1])]
    failed = rng.sample(several, N_NEVER_ADEQUATE)
    for p in failed:
        p.lesions[-1].fate = "never_adequate"
    for p in rng.sample([p for p in several if p not in failed and not p.has_ltp], N_NO_IMAGING):
        p.lesions[-1].fate = "no_imaging"
        p.lesions[-1].first_day = _weekday(p, p.exam_days[-1] + 4)


def _is_free(lesion: Lesion) -> bool:
    """Return whether nothing has been decided about this lesion yet."""
    return lesion.fate == "clear" and not lesion.is_residual


def _add_reablations(patient: Patient, rng: Random) -> None:
    """Re-ablate three of four LTPs within three weeks, if follow-up continues."""
    for lesion in patient.lesions:
        if lesion.ltp_day is None or rng.random() > 0.75:
            continue
        day = _weekday(patient, lesion.ltp_day + rng.randint(8, 21))
        if day < patient.followup_days and day not in patient.exam_days:
            lesion.again_days.append(day)
