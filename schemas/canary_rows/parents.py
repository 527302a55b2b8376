"""Canaries of ORPHAN-01 and PARENT-01: rows whose patient or lesion does not exist, or is set aside."""

from schemas.canary import Canary, PlantedRow, bad, exam, found, later, patient, session, silent, specimen, treatment

BROKEN = {"max_diameter_mm": "151"}
"""LES-03 sets aside a session with this cell."""

SET_ASIDE = ("LES-03", "LES-03-W")

SECOND = {"session_id": "S-2", "session_date": "2020-09-01"}
L2, P2 = {"lesion_id": "L-2"}, {"patient_id": "P-2"}
L1 = {"lesion_id": "L-1"}
OUTSIDE = {"lesion_id": "", "lesion_status": ""}
"""An exam's findings outside the lesions."""


def _orphan(column: str, *rows: PlantedRow) -> Canary:
    return found("ORPHAN-01", column, "row", *rows)


def _parentless(column: str, *rows: PlantedRow) -> Canary:
    return found("PARENT-01", column, "row", *rows)


def _has_parents(rule_id: str, export: str, column: str, *rows: PlantedRow, besides: tuple[str, ...] = ()) -> Canary:
    return silent(rule_id, export, column, *rows, besides=besides)


ORPHANS: tuple[Canary, ...] = (
    _orphan("patient_id", bad(specimen())),
    _orphan("patient_id", session(**P2), bad(specimen())),
    _orphan("patient_id", patient(), bad(specimen())),
    _orphan("patient_id", bad(exam())),
    _orphan("patient_id", bad(exam(**OUTSIDE))),
    _orphan("patient_id", session(**P2), bad(exam())),
    _orphan("patient_id", session(**(P2 | BROKEN)), bad(specimen())),
    _orphan("patient_id", session(**(P2 | BROKEN)), bad(exam())),
    _orphan("lesion_id", session(), session(**(L2 | BROKEN)), bad(exam(lesion_id="L-3"))),
    _orphan("lesion_id", session(), bad(exam(**L2))),
    _orphan("lesion_id", session(), session(**P2, **L2), bad(exam(**L2))),
    _orphan("lesion_id", session(), session(**(L2 | BROKEN | P2)), bad(exam(**L2))),
    _has_parents("ORPHAN-01", "genotypes", "patient_id", session(), specimen()),
    _has_parents("ORPHAN-01", "imaging_followups", "patient_id", session(), exam(**OUTSIDE)),
    _has_parents("ORPHAN-01", "imaging_followups", "lesion_id", session(), exam()),
    _has_parents("ORPHAN-01", "imaging_followups", "lesion_id", session(), session(**L2), exam(**L2)),
    _has_parents(
        "ORPHAN-01",
        "imaging_followups",
        "patient_id",
        session(**BROKEN),
        exam(),
        besides=("PARENT-01", *SET_ASIDE),
    ),
    _has_parents(
        "ORPHAN-01",
        "genotypes",
        "patient_id",
        session(**BROKEN),
        specimen(),
        besides=("PARENT-01", *SET_ASIDE),
    ),
    _has_parents(
        "ORPHAN-01",
        "imaging_followups",
        "lesion_id",
        session(),
        session(**(L2 | BROKEN)),
        exam(**L2),
        besides=("PARENT-01", *SET_ASIDE),
    ),
)

CONFLICT = (session(**L2), session(**(L2 | {"max_diameter_mm": "25"})))
"""Two rows with the same key that differ: KEY-01 sets both aside."""

PARENTS: tuple[Canary, ...] = (
    _parentless("lesion_id", session(**BROKEN), bad(session(**SECOND))),
    _parentless("lesion_id", bad(session()), session(**(SECOND | BROKEN))),
    _parentless("lesion_id", session(**BROKEN), session(**L2), bad(exam())),
    _parentless("lesion_id", session(**BROKEN), bad(exam()), bad(exam(exam_id="E-2", exam_date="2020-08-01"))),
    _parentless("lesion_id", session(), *CONFLICT, bad(session(**(L2 | SECOND)))),
    _parentless("lesion_id", session(), *CONFLICT, bad(exam(**L2))),
    _parentless("lesion_id", session(), *CONFLICT, session(**(L2 | P2)), bad(exam(**L2))),
    _parentless("patient_id", session(**BROKEN), bad(exam(**OUTSIDE))),
    _parentless("patient_id", session(**BROKEN), bad(exam(**L2))),
    _parentless("patient_id", session(**BROKEN), session(**(L2 | P2 | BROKEN)), bad(exam(**L2))),
    _parentless("patient_id", session(**BROKEN), bad(specimen())),
    _parentless("patient_id", session(**BROKEN), session(**P2), bad(specimen())),
    _parentless("patient_id", session(**BROKEN), session(**P2), bad(exam(**OUTSIDE))),
    _parentless("patient_id", *CONFLICT, bad(specimen())),
    *(
        _has_parents("PARENT-01", planted.export, column, *others, planted, besides=("ORPHAN-01", *SET_ASIDE))
        for planted, column in ((specimen(), "patient_id"), (exam(), "patient_id"), (exam(**OUTSIDE), "patient_id"))
        for others in ((), (session(**(P2 | BROKEN)),))
    ),
    _has_parents("PARENT-01", "rfa_sessions", "lesion_id", session(**BROKEN), session(**L2), besides=SET_ASIDE),
    _has_parents("PARENT-01", "rfa_sessions", "lesion_id", session(**BROKEN), session(**P2), besides=SET_ASIDE),
    _has_parents(
        "PARENT-01", "imaging_followups", "lesion_id", session(**BROKEN), session(**L2), exam(**L2), besides=SET_ASIDE
    ),
    _has_parents(
        "PARENT-01", "imaging_followups", "lesion_id", session(**BROKEN), session(**P2), exam(**P2), besides=SET_ASIDE
    ),
    _has_parents(
        "PARENT-01",
        "imaging_followups",
        "patient_id",
        session(**BROKEN),
        session(**L2),
        exam(**OUTSIDE),
        besides=SET_ASIDE,
    ),
    _has_parents(
        "PARENT-01",
        "imaging_followups",
        "patient_id",
        session(**BROKEN),
        session(**P2),
        exam(**(P2 | OUTSIDE)),
        besides=SET_ASIDE,
    ),
    _has_parents(
        "PARENT-01", "genotypes", "patient_id", session(**BROKEN), session(**L2), specimen(), besides=SET_ASIDE
    ),
    _has_parents(
        "PARENT-01", "genotypes", "patient_id", session(**BROKEN), session(**P2), specimen(**P2), besides=SET_ASIDE
    ),
    _has_parents(
        "PARENT-01",
        "imaging_followups",
        "lesion_id",
        session(**L2),
        later(session(**L2)),
        later(session(**(L2 | {"max_diameter_mm": "25"}))),
        exam(**L2),
        besides=("KEY-01",),
    ),
)

OF_TREATMENTS: tuple[Canary, ...] = (
    _orphan("patient_id", bad(treatment())),
    _orphan("patient_id", bad(treatment(**L1))),
    _orphan("patient_id", patient(), bad(treatment())),
    _orphan("patient_id", session(**P2), bad(treatment())),
    _orphan("patient_id", session(**P2), bad(treatment(**L1))),
    _orphan("patient_id", session(**(P2 | BROKEN)), bad(treatment())),
    _orphan("lesion_id", session(), bad(treatment(**L2))),
    _orphan("lesion_id", session(), session(**P2, **L2), bad(treatment(**L2))),
    _orphan("lesion_id", session(), session(**(L2 | BROKEN)), bad(treatment(lesion_id="L-3"))),
    _orphan("lesion_id", session(), session(**(L2 | BROKEN | P2)), bad(treatment(**L2))),
    *(
        _has_parents("ORPHAN-01", "treatments", column, *rows, besides=besides)
        for column, rows, besides in (
            ("patient_id", (session(), treatment()), ()),
            ("lesion_id", (session(), treatment(**L1)), ()),
            ("lesion_id", (session(), session(**L2), treatment(**L2)), ()),
            ("patient_id", (session(**BROKEN), treatment()), ("PARENT-01", *SET_ASIDE)),
            ("lesion_id", (session(), session(**(L2 | BROKEN)), treatment(**L2)), ("PARENT-01", *SET_ASIDE)),
        )
    ),
    _parentless("lesion_id", session(**BROKEN), session(**L2), bad(treatment(**L1))),
    _parentless("lesion_id", session(**BROKEN), bad(treatment(**L1)), bad(treatment(treatment_id="T-2", **L1))),
    _parentless("lesion_id", session(), *CONFLICT, bad(treatment(**L2))),
    _parentless("lesion_id", session(), *CONFLICT, session(**(L2 | P2)), bad(treatment(**L2))),
    _parentless("patient_id", session(**BROKEN), bad(treatment())),
    _parentless("patient_id", session(**BROKEN), bad(treatment(**L2))),
    _parentless("patient_id", session(**BROKEN), session(**(L2 | P2 | BROKEN)), bad(treatment(**L2))),
    _parentless("patient_id", session(**BROKEN), session(**P2), bad(treatment())),
    _parentless("patient_id", *CONFLICT, bad(treatment())),
    *(
        _has_parents("PARENT-01", "treatments", "patient_id", *others, planted, besides=("ORPHAN-01", *SET_ASIDE))
        for planted in (treatment(), treatment(**L1))
        for others in ((), (session(**(P2 | BROKEN)),))
    ),
    *(
        _has_parents("PARENT-01", "treatments", column, session(**BROKEN), other, planted, besides=SET_ASIDE)
        for column, other, planted in (
            ("lesion_id", session(**L2), treatment(**L2)),
            ("lesion_id", session(**P2), treatment(**P2, **L1)),
            ("patient_id", session(**L2), treatment()),
            ("patient_id", session(**P2), treatment(**P2)),
        )
    ),
)

CANARIES = (*ORPHANS, *PARENTS, *OF_TREATMENTS)
