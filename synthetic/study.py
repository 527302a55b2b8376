"""Writes the demonstration study: 120 synthetic patients with 212 lesions, as one hospital's exports.

The patients come from `study_patients.csv`, found by `tools/search_study.py`. Run through the registry, the exports
give the published figures of docs/demonstration-study.md. Nothing here reads a clock; the same code writes the same
bytes.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

from synthetic.delivery import FileStyle, Row, write_file
from synthetic.study_defects import LAST, Rows, plant
from synthetic.study_people import covariates, version
from synthetic.study_plan import SEED, Patient, plan
from synthetic.study_rows import imaging_rows, session_rows
from synthetic.study_specimens import genotype_rows

SITE = "index-study"
DELIVERIES: dict[str, tuple[FileStyle, ...]] = {
    "patients": (
        FileStyle("2018-12-31_patients_synthetic.csv", header="spaced"),
        FileStyle("2020-06-30_patients_synthetic.csv"),
        FileStyle("2022-06-30_patients_synthetic.csv", header="mixed_case", extra=(("study_arm", "single"),)),
    ),
    "rfa_sessions": (
        FileStyle("2017-12-31_rfa_sessions_synthetic.csv", delimiter=";"),
        FileStyle("2018-12-31_rfa_sessions_synthetic.csv"),
        FileStyle("2019-12-31_rfa_sessions_synthetic.csv", extra=(("ward", "IR 2"), ("anaesthesia", "general"))),
        FileStyle("2022-06-30_rfa_sessions_synthetic.csv", header="mixed_case"),
    ),
    "genotypes": (
        FileStyle("2018-06-30_genotypes_synthetic.csv", has_bom=True),
        FileStyle("2019-12-31_genotypes_synthetic.csv"),
        FileStyle("2022-06-30_genotypes_synthetic.csv", delimiter="\t"),
    ),
    "imaging_followups": (
        FileStyle("2018-03-31_imaging_followups_synthetic.csv"),
        FileStyle("2018-12-31_imaging_followups_synthetic.csv", header="mixed_case"),
        FileStyle("2019-09-30_imaging_followups_synthetic.csv"),
        FileStyle("2020-06-30_imaging_followups_synthetic.csv.gz"),
        FileStyle("2021-03-31_imaging_followups_synthetic.csv", extra=(("scanner", "B"),)),
        FileStyle("2022-06-30_imaging_followups_synthetic.csv"),
    ),
}
DATED_BY = {"rfa_sessions": "session_date", "genotypes": "report_date", "imaging_followups": "exam_date"}
SHARE_REDELIVERED, SHARE_DUPLICATE = 0.05, 0.01
# export, column, the cell in the earlier delivery, the correct cell ('' any), how many rows are corrected later
CORRECTIONS: tuple[tuple[str, str, str, str, int], ...] = (
    ("imaging_followups", "lesion_status", "equivocal", "no_viable", 4),
    ("imaging_followups", "lesion_status", "no_viable", "ltp", 2),
    ("imaging_followups", "contrast_enhanced", "no", "yes", 2),
    ("imaging_followups", "exam_date", "2018-02-30", "", 1),
    ("rfa_sessions", "max_diameter_mm", "230", "", 1),
    ("rfa_sessions", "session_date", "2107-11-07", "", 1),
    ("rfa_sessions", "segment", "IX", "", 1),
    ("genotypes", "result", "wild_type", "mutant", 2),
)


def write_study(landing: Path) -> dict[str, int]:
    """Write landing/index-study/<export>/<file> for the four exports; return the number of rows per file.

    Keys are paths below `landing`, e.g. 'index-study/patients/2018-12-31_patients_synthetic.csv'. Existing files are
    overwritten with the same bytes.
    """
    written = {}
    for export, files in files_of_study().items():
        for style, rows in files:
            name = f"{SITE}/{export}/{style.name}"
            written[name] = write_file(landing / SITE / export, export, style, rows)
    return written


def files_of_study() -> dict[str, list[tuple[FileStyle, list[Row]]]]:
    """Return the deliveries of each export in order, each with its rows in file order."""
    rng = Random(SEED + 1)
    rows: Rows = {export: [] for export in DELIVERIES}
    patients = plan()
    for patient in patients:
        sessions, exams = session_rows(patient, rng), imaging_rows(patient, rng)
        rows["rfa_sessions"] += sessions
        rows["imaging_followups"] += exams
        rows["genotypes"] += genotype_rows(patient, rng)
        dates = [r.cells["session_date"] for r in sessions] + [r.cells["exam_date"] for r in exams]
        rows["patients"] += _patient_versions(patient, dates, rng)
    for export, column in DATED_BY.items():
        for row in rows[export]:
            row.delivery = _delivery_of(export, row.cells[column])
    plant(patients, rows)
    _correct_later(rows, rng)
    _redeliver(rows, rng)
    return {e: [(s, _file_rows(rows[e], k, rng)) for k, s in enumerate(DELIVERIES[e])] for e in DELIVERIES}


def _delivery_of(export: str, day: str) -> int:
    """Return the index of the first delivery whose extract date is not before the day."""
    return next(k for k, style in enumerate(DELIVERIES[export]) if style.extract_date >= day)


def _patient_versions(patient: Patient, dates: list[str], rng: Random) -> list[Row]:
    """Return the patient's row in every patients delivery from the first session on."""
    base = covariates(patient, rng)
    cause = rng.choices(("cancer", "other", "unknown"), (80, 12, 8))[0]
    found = []
    for k, style in enumerate(DELIVERIES["patients"]):
        row = version(base, patient, dates, style.extract_date, cause)
        if row is not None:
            row.delivery = k
            found.append(row)
    return found


def _single(rows: list[Row], export: str) -> list[Row]:
    """Return the sound rows that are the only version of their key and not in the last delivery."""
    times = Counter(row.key for row in rows)
    return [r for r in rows if not r.defects and times[r.key] == 1 and r.delivery < LAST[export]]


def _correct_later(rows: Rows, rng: Random) -> None:
    """Make some rows wrong at first; the next delivery has the same key with the correct cell."""
    for export, column, wrong, right, times in CORRECTIONS:
        named = [r for r in _single(rows[export], export) if r.cells.get("lesion_id") or r.cells.get("variant")]
        sound = [r for r in named if r.cells.get(column) and right in ("", r.cells[column])]
        for row in rng.sample(sound, times):
            rows[export].append(Row(export, {**row.cells, column: wrong}, row.delivery, [("", "corrected", column)]))
            row.delivery += 1


def _redeliver(rows: Rows, rng: Random) -> None:
    """Repeat a share of the rows, unchanged, in the next delivery."""
    for export in DATED_BY:
        for row in _single(rows[export], export):
            if rng.random() < SHARE_REDELIVERED:
                rows[export].append(Row(export, row.cells, row.delivery + 1))


def _file_rows(rows: list[Row], delivery: int, rng: Random) -> list[Row]:
    """Return the rows of one file: ordered by patient, with a few exact duplicates of sound rows at the end."""
    mine = sorted((r for r in rows if r.delivery == delivery), key=lambda r: r.cells["patient_id"])
    sound = [r for r in mine if not r.defects]
    return mine + rng.sample(sound, max(1, round(SHARE_DUPLICATE * len(sound))))
