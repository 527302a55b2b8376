"""Turns a patient's plan in the demonstration study into rows of rfa_sessions and imaging_followups.

The rows include everyday noise that must not move a figure: exams that do not qualify, distant findings, same-day
control scans.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random

from synthetic.delivery import Cells, Row
from synthetic.study_plan import Lesion, Patient

SEGMENTS = ("2", "3", "4a", "4b", "5", "6", "7", "8", "VIII", "IVa", "VI", "1")
GUIDANCE = ("US", "US, CEUS for control", "CT", "CT and US fusion", "")
UPPER_CASE_UNTIL = "2018-07-01"  # the radiology system wrote codes in capitals before this date
SHARE_SAME_DAY_SCAN, SHARE_SOFT_EXAM, SHARE_DOUBTFUL_CT = 0.25, 0.10, 0.2
SHARE_NEW_LESION, SHARE_EXTRAHEPATIC = 0.22, 0.13


def lesion_id(patient: Patient, lesion: Lesion) -> str:
    """Return the identifier of a lesion, unique within the site."""
    return f"{patient.patient_id}-L{lesion.number}"


def session_rows(patient: Patient, rng: Random) -> list[Row]:
    """Return one row per lesion and session; sessions are numbered by day."""
    by_day: dict[int, list[Lesion]] = defaultdict(list)
    for lesion in patient.lesions:
        for day in (lesion.first_day, *lesion.again_days):
            by_day[day].append(lesion)
    rows = []
    segments = {x.number: s for x, s in zip(patient.lesions, rng.sample(SEGMENTS, 4), strict=False)}
    for number, day in enumerate(sorted(by_day), start=1):
        shared = {
            "patient_id": patient.patient_id,
            "session_id": f"{patient.patient_id}-S{number}",
            "session_date": patient.on(day).isoformat(),
            "modality": rng.choice(("rfa", "RFA", "")),
            "approach": rng.choices(("percutaneous", "laparoscopic", "open"), (90, 4, 6))[0],
            "guidance": rng.choice(GUIDANCE),
            "complication_system": "cirse",
            "complication_grade": rng.choices(("", "1", "2", "3"), (88, 5, 5, 2))[0],
        }
        for lesion in by_day[day]:
            cells = {**shared, **_lesion_cells(lesion, day, rng), "segment": segments[lesion.number]}
            rows.append(Row("rfa_sessions", {**cells, "lesion_id": lesion_id(patient, lesion)}))
    return rows


def _lesion_cells(lesion: Lesion, day: int, rng: Random) -> Cells:
    """Draw size, zone, margin and technique of one lesion in one session; margins are thin if tumour returns."""
    is_first = day == lesion.first_day
    diameter = lesion.diameter_mm if is_first else round(rng.uniform(9, 22), 1)
    thin = lesion.fate in ("ltp", "never_adequate") or lesion.is_residual
    margin = max(round(rng.gauss(2.5 if thin else 6.5, 2.0), 1), -2.0)
    short = round(diameter + 2 * margin + rng.uniform(0, 5), 1)
    return {
        "max_diameter_mm": f"{diameter:g}",
        "minimal_margin_mm": f"{margin:g}" if rng.random() < 0.92 else "",
        "zone_long_mm": f"{max(short, diameter) + round(rng.uniform(2, 9), 1):.1f}",
        "zone_short_mm": f"{short:.1f}",
        "subcapsular": rng.choices(("no", "yes", "", "unknown"), (60, 27, 8, 5))[0],
        "perivascular": rng.choices(("no", "yes", ""), (70, 24, 6))[0],
        "power_w": str(rng.choice((60, 80, 100, 120, 150, 200))),
        "time_min": str(rng.choice((8, 10, 12, 12, 16, 20, 24))),
        "technical_success": "yes" if rng.random() < 0.97 or not is_first else "no",
    }


def imaging_rows(patient: Patient, rng: Random) -> list[Row]:
    """Return one row per lesion and exam, and rows without a lesion for findings elsewhere."""
    exams = [(day, rng.choices(("ct", "mr"), (65, 35))[0], "yes") for day in patient.exam_days]
    soft = _soft_days(patient, rng)
    lesions = patient.lesions
    if any(x.is_residual for x in lesions) or rng.random() < SHARE_SAME_DAY_SCAN:
        exams.append((0, "ct", "yes"))
    exams += _further_exams(patient, rng)
    doubtful = patient.ltpfs_days if patient.has_ltp and rng.random() < SHARE_DOUBTFUL_CT else None
    if doubtful is not None:  # the CT is doubtful, an MR on the same day decides
        exams = [e for e in exams if e[0] != doubtful] + [(doubtful, "ct", "yes"), (doubtful, "mr", "yes")]
    new_days = {max(d for d in patient.exam_days if d < x.first_day) for x in lesions if x.first_day > 60}
    if len(patient.exam_days) > 1 and rng.random() < SHARE_NEW_LESION:
        new_days.add(rng.choice(patient.exam_days[1:]))
    extra_day = rng.choice(patient.exam_days) if rng.random() < SHARE_EXTRAHEPATIC else None
    distant = _distant_day(patient, rng)
    rows = []
    for number, (day, modality, contrast) in enumerate(sorted(exams), start=1):
        kind = soft.get(day, "") if contrast == "yes" and day else ""
        shared = {
            "patient_id": patient.patient_id,
            "exam_id": f"{patient.patient_id}-E{number:02d}",
            "exam_date": patient.on(day).isoformat(),
            "modality": modality,
            "contrast_enhanced": "no" if kind == "no_contrast" else contrast,
        }
        if shared["exam_date"] < UPPER_CASE_UNTIL:
            shared["modality"] = modality.upper()
        seen = [x for x in lesions if x.first_day < day or (x.first_day == day == 0)]
        for lesion in seen:
            if lesion.fate == "no_imaging":
                continue
            cells = _finding(patient, lesion, day, modality, contrast, rng)
            if day == doubtful and modality == "ct":
                cells = {"lesion_status": rng.choice(("no_viable", "equivocal"))}
            if kind in ("equivocal", "not_assessed"):
                cells = {"lesion_status": kind}
            if day == distant and lesion.number == 1 and contrast == "yes" and not kind:
                cells = {
                    "lesion_status": rng.choice(("viable", "ltp")),
                    "distance_to_zone_mm": rng.choice(("10.1", "10.5", "14", "27", "55.5")),
                }
            cells["new_liver_lesion"] = "" if day in new_days else rng.choice(("no", "no", "", "unknown"))
            rows.append(Row("imaging_followups", {**shared, "lesion_id": lesion_id(patient, lesion), **cells}))
        if day in new_days or day == extra_day:
            elsewhere = {
                "new_liver_lesion": "yes" if day in new_days else "no",
                "extrahepatic_progression": "yes" if day == extra_day else "no",
            }
            rows.append(Row("imaging_followups", {**shared, **elsewhere}))
    return rows


def _soft_days(patient: Patient, rng: Random) -> dict[int, str]:
    """Return scheduled exams that turn out not to qualify, by day; never one on which a figure depends."""
    if any(x.first_day > 60 or x.is_residual for x in patient.lesions):
        return {}
    inner = [d for d in patient.exam_days[1:] if d < patient.ltpfs_days]
    if len(patient.exam_days) > 1 and not patient.has_ltp:
        inner.append(patient.exam_days[0])
    kinds = ("no_contrast", "equivocal", "not_assessed")
    return {d: rng.choice(kinds) for d in inner if d != patient.ltpfs_days and rng.random() < SHARE_SOFT_EXAM}


def _further_exams(patient: Patient, rng: Random) -> list[tuple[int, str, str]]:
    """Return unscheduled exams that do not qualify: ultrasound, CEUS, PET-CT, CT without contrast."""
    kinds = (("us", "no"), ("ceus", "yes"), ("pet_ct", "no"), ("ct", "no"), ("mr", "unknown"))
    found = []
    if rng.random() < 0.25 and patient.ltpfs_days > 150:
        found.append((patient.ltpfs_days - rng.randint(7, 25), *rng.choice(kinds)))
    last = patient.exam_days[-1]
    if rng.random() < 0.35 and patient.followup_days > last + 12:
        found.append((rng.randint(last + 8, patient.followup_days - 2), *rng.choice(kinds)))
    return found


def _distant_day(patient: Patient, rng: Random) -> int | None:
    """Return the day of a finding more than 10 mm from lesion 1's zone, for a few patients without LTP."""
    if patient.has_ltp or len(patient.exam_days) < 3 or rng.random() > 0.12:
        return None
    return rng.choice(patient.exam_days[2:])


def _finding(patient: Patient, lesion: Lesion, day: int, modality: str, contrast: str, rng: Random) -> Cells:
    """Return status and distance of one lesion on one day, as planned; random for unscheduled exams."""
    if day == 0:
        return {"lesion_status": "no_viable"}
    if day not in patient.exam_days:
        status = rng.choices(("no_viable", "not_assessed", "equivocal", "viable", "ltp"), (40, 20, 15, 15, 10))[0]
        return {"lesion_status": status}
    first_exam = min(d for d in patient.exam_days if d > lesion.first_day)
    is_viable = lesion.fate == "never_adequate" or (lesion.is_residual and day == first_exam)
    if is_viable:
        return {"lesion_status": "residual" if day == first_exam else "viable", "distance_to_zone_mm": "0"}
    if (
        lesion.ltp_day is not None
        and day >= lesion.ltp_day
        and not any(lesion.ltp_day < d < day for d in lesion.again_days)
    ):
        distance = rng.choices((f"{rng.uniform(0, 9.9):.1f}", "10", "10.0", ""), (60, 8, 4, 28))[0]
        return {"lesion_status": rng.choices(("ltp", "viable"), (80, 20))[0], "distance_to_zone_mm": distance}
    return {"lesion_status": "no_viable"}
