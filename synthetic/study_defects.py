"""Plants the demonstration study's defects, in its rows and in extra rows, so that no published figure moves.

A session row that is set aside takes its whole lesion along (PARENT-01). Broken session rows therefore belong to
patients SYN-9xxx and to lesions L8 and L9, which are not among the 120 patients and 212 lesions. Broken exam and
genotype rows come in addition to sound ones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from synthetic.defects import CellDefect, everyday
from synthetic.delivery import Cells, Row
from synthetic.study_plan import Patient

Rows = dict[str, list[Row]]
LAST = {
    "patients": 2,
    "rfa_sessions": 3,
    "genotypes": 2,
    "imaging_followups": 5,
}  # index of the last delivery
BROKEN_SESSIONS = ("220", "", "about 20", "2018-13-05")


def plant(patients: list[Patient], rows: Rows) -> None:
    """Add and break rows in place; `defects` of each broken row says which rule must find it, and with what scope."""
    used: set[int] = set()
    _patients(patients, rows["patients"])
    _session_values(rows["rfa_sessions"], used)
    _broken_sessions(rows)
    _lesions_set_aside(patients, rows)
    _genotypes(patients, rows["genotypes"], used)
    _imaging(patients, rows["imaging_followups"], used)


def _break(row: Row, defect: CellDefect) -> Row:
    row.cells[defect.column] = defect.text
    row.defects.append((defect.rule_id, defect.scope, defect.column))
    return row


def _pick(rows: list[Row], used: set[int], test: Callable[[Row], bool]) -> Row:
    """Return the first sound row that is not used yet and passes the test."""
    row = next(r for r in rows if id(r) not in used and not r.defects and test(r))
    used.add(id(row))
    return row


def _is_of_delivery(delivery: int, row: Row) -> bool:
    return row.delivery == delivery


def _is_exam(patient_id: str, day: str, row: Row) -> bool:
    return row.cells["patient_id"] == patient_id and row.cells["exam_date"] == day


def _patients(patients: list[Patient], rows: list[Row]) -> None:
    """Plant defects in patients rows; only the broken version is delivered."""
    alive = iter([p for p in patients if not p.is_dead and len(p.exam_days) > 2])
    dead = iter([p for p in patients if p.is_dead])

    def only(patient: Patient) -> Row:
        mine = [r for r in rows if r.cells["patient_id"] == patient.patient_id]
        rows[:] = [r for r in rows if r not in mine[:-1]]
        mine[-1].delivery = LAST["patients"]
        return mine[-1]

    def death(patient: Patient, day: int, status: str, rule: str, columns: tuple[str, ...]) -> None:
        row = only(patient)
        row.cells |= {"vital_status": status, "death_date": patient.on(day).isoformat()}
        row.defects += [(rule, "value", column) for column in columns]

    both = ("vital_status", "death_date")
    for defect in everyday("patients"):
        _break(only(next(alive)), defect)
    p = next(alive)
    death(p, p.followup_days, "alive", "PAT-06", both)
    p = next(alive)
    death(p, -40, "dead", "PAT-07", both)
    death(p, -40, "dead", "PAT-08", both)  # since every session comes after it
    p = next(alive)
    death(p, p.exam_days[-1] - 10, "dead", "PAT-08", both)
    death(next(dead), 6000, "dead", "PAT-09", ("death_date",))
    p = next(alive)
    _break(only(p), CellDefect("patients", "birth_year", str(p.start.year + 1), "PAT-05", "value"))
    _break(only(next(alive)), CellDefect("patients", "cea_ng_ml", "4200", "PAT-12-W", "flag"))
    row = only(next(dead))
    row.cells["death_date"] = ""
    row.defects.append(("PAT-06-W", "flag", "death_date"))
    p = next(p for p in alive if p.on(p.followup_days).isoformat() <= "2020-06-30")
    row = only(p)
    row.delivery = 1
    for sex in ("male", "female"):
        cells = {**row.cells, "sex": sex}
        rows.append(Row("patients", cells, LAST["patients"], [("KEY-01", "row", "")]))
    row.defects.append(("KEY-01", "flag", ""))


def _session_values(rows: list[Row], used: set[int]) -> None:
    """Plant value defects and one wrong unit (cm for mm) in sessions of the study's own lesions."""
    for k, defect in enumerate(everyday("rfa_sessions", "value")):
        _break(_pick(rows, used, partial(_is_of_delivery, k % 4)), defect)
    row = _pick(
        rows,
        used,
        lambda r: r.cells["session_id"].endswith("-S1") and 20 < float(r.cells["max_diameter_mm"]) < 29,
    )
    slip = f"{float(row.cells['max_diameter_mm']) / 10:.1f}"
    _break(row, CellDefect("rfa_sessions", "max_diameter_mm", slip, "LES-04", "flag"))


def _session(patient_id: str, lesion: str, day: str, **other: str) -> Cells:
    return {
        "patient_id": patient_id,
        "session_id": f"{patient_id}-S{other.pop('number', '1')}",
        "session_date": day,
        "lesion_id": f"{patient_id}-{lesion}",
        "max_diameter_mm": "22",
        "segment": "6",
        "modality": "rfa",
        "approach": "percutaneous",
        **other,
    }


def _exam(patient_id: str, lesion: str, exam: str, day: str, **other: str) -> Cells:
    return {
        "patient_id": patient_id,
        "exam_id": f"{patient_id}-{exam}",
        "exam_date": day,
        "modality": "ct",
        "contrast_enhanced": "yes",
        "lesion_id": f"{patient_id}-{lesion}" if lesion else "",
        "lesion_status": "ltp",
        **other,
    }


def _genotype(patient_id: str, specimen: str, gene: str, **other: str) -> Cells:
    return {
        "patient_id": patient_id,
        "specimen_id": f"{patient_id}-{specimen}",
        "specimen_site": "primary",
        "specimen_date": "2017-11-20",
        "report_date": "2017-12-01",
        "gene": gene,
        "result": "wild_type",
        "panel": "ngs",
        **other,
    }


def _broken_sessions(rows: Rows) -> None:
    """Add patients SYN-9001 to SYN-9006: their only sessions are broken, so all their other rows are set aside too."""
    parent = [("PARENT-01", "row", "")]
    for number, text in enumerate(BROKEN_SESSIONS, start=9001):
        patient_id = f"SYN-{number}"
        defect = next(d for d in everyday("rfa_sessions", "row") if d.text == text)
        row = Row("rfa_sessions", _session(patient_id, "L1", "2018-03-06"), 1)
        rows["rfa_sessions"].append(_break(row, defect))
        for exam, day in (("E01", "2018-04-10"), ("E02", "2018-07-12")):
            cells = _exam(patient_id, "L1", exam, day)
            rows["imaging_followups"].append(Row("imaging_followups", cells, 1, list(parent)))
        for gene in ("KRAS", "NRAS", "BRAF"):
            rows["genotypes"].append(Row("genotypes", _genotype(patient_id, "T1", gene), 0, list(parent)))
    for size in ("21", "27"):
        cells = _session("SYN-9005", "L1", "2019-02-12", max_diameter_mm=size)
        rows["rfa_sessions"].append(Row("rfa_sessions", cells, 2, [("KEY-01", "row", "")]))
    no_lesion = {**_session("SYN-9006", "L1", "2019-04-16"), "lesion_id": ""}
    rows["rfa_sessions"].append(Row("rfa_sessions", no_lesion, 2, [("REQ-01", "row", "lesion_id")]))


def _lesions_set_aside(patients: list[Patient], rows: Rows) -> None:
    """Add lesions L9 and L8 to two patients of the study: one bad session row each sets the whole lesion aside."""
    late, whole = [p for p in patients if not p.has_ltp and p.on(0).isoformat() < "2018-06-01"][3:5]
    defect = next(d for d in everyday("rfa_sessions", "row") if d.rule_id == "ABL-02")
    row = Row("rfa_sessions", _session(late.patient_id, "L9", "2018-09-04", number="9"), 1)
    rows["rfa_sessions"].append(_break(row, defect))
    first, second = (whole.on(d).isoformat() for d in (0, 60))
    parent = ("PARENT-01", "row", "")
    good = Row("rfa_sessions", _session(whole.patient_id, "L8", first, number="1"), 2, [parent])
    bad = Row("rfa_sessions", _session(whole.patient_id, "L8", second, number="8"), 2)
    defect = next(d for d in everyday("rfa_sessions", "row") if d.text == "about 20")
    rows["rfa_sessions"] += [good, _break(bad, defect)]
    for patient, lesion in ((late, "L9"), (whole, "L8")):
        for exam, day in (("E88", "2018-11-06"), ("E89", "2018-12-11")):
            cells = _exam(patient.patient_id, lesion, exam, day)
            rows["imaging_followups"].append(Row("imaging_followups", cells, 2, [parent]))


def _genotypes(patients: list[Patient], rows: list[Row], used: set[int]) -> None:
    """Plant value defects in deciding rows, and row defects in rows of a further specimen T8."""
    for defect in everyday("genotypes", "value"):
        _break(
            _pick(rows, used, lambda r: r.cells["result"] == "mutant" and r.cells["patient_id"] < "SYN-9"),
            defect,
        )
    wild = [p for p in patients if not any(p.genes.values())]
    for patient, defect in zip(wild, everyday("genotypes", "row"), strict=False):
        cells = _genotype(patient.patient_id, "T8", "KRAS", specimen_site="liver_metastasis", report_date="2017-12-01")
        cells |= {"result": "mutant", "variant": "p.G12D"}
        rows.append(_break(Row("genotypes", cells, 1), defect))
    contradiction = _genotype(wild[10].patient_id, "T8", "KRAS", variant="p.Gly12Val")
    rows.append(Row("genotypes", contradiction, 1, [("GEN-03", "row", "")]))
    for result in ("mutant", "indeterminate"):
        cells = _genotype(wild[11].patient_id, "T8", "BRAF", variant="p.V600E", result=result)
        rows.append(Row("genotypes", cells, 2, [("KEY-01", "row", "")]))
    for gene in ("KRAS", "NRAS"):
        rows.append(Row("genotypes", _genotype("SYN-9010", "T1", gene), 1, [("ORPHAN-01", "row", "")]))
    for text, rule in (("see report", "GEN-01-W"), ("", "GEN-03-W")):
        row = _pick(
            rows,
            used,
            lambda r: r.cells["result"] == "mutant" and r.cells["gene"] == "KRAS" and r.delivery == 0,
        )
        _break(row, CellDefect("genotypes", "variant", text, rule, "flag"))


def _imaging(patients: list[Patient], rows: list[Row], used: set[int]) -> None:
    """Plant value defects in exams between others, and row defects in exams that would be LTPs if they counted."""
    free = [p for p in patients if not p.has_ltp and len(p.exam_days) > 4 and p.lesions[0].again_days == []]
    for patient, defect in zip(free, everyday("imaging_followups", "value"), strict=False):
        day = patient.on(patient.exam_days[2]).isoformat()
        _break(_pick(rows, used, partial(_is_exam, patient.patient_id, day)), defect)
    last = LAST["imaging_followups"]
    for patient, defect in zip(free[6:], everyday("imaging_followups", "row"), strict=False):
        day = patient.on(patient.exam_days[2] + 30).isoformat()
        rows.append(_break(Row("imaging_followups", _exam(patient.patient_id, "L1", "E77", day), last), defect))
    orphan = ("ORPHAN-01", "row", "")
    rows.append(Row("imaging_followups", _exam("SYN-9010", "L1", "E01", "2018-05-08"), 1, [orphan]))
    stray = _exam(free[12].patient_id, "L7", "E78", "2020-02-04")
    rows.append(Row("imaging_followups", stray, 4, [orphan]))
    lost = free[13]
    between = (lost.on(lost.exam_days[2]) + timedelta(days=35)).isoformat()
    for status in ("no_viable", "ltp"):  # two versions at once and none before: both are set aside
        cells = _exam(lost.patient_id, "L1", "E79", between, lesion_status=status)
        rows.append(Row("imaging_followups", cells, last, [("KEY-01", "row", "")]))
    day = free[14].on(free[14].exam_days[1]).isoformat()
    kept = _pick(rows, used, lambda r: r.cells["patient_id"] == free[14].patient_id and r.cells["exam_date"] == day)
    kept.defects.append(("KEY-01", "flag", ""))
    for status in ("ltp", "residual"):  # an earlier version exists: it stays, flagged
        cells = {**kept.cells, "lesion_status": status}
        rows.append(Row("imaging_followups", cells, last, [("KEY-01", "row", "")]))
