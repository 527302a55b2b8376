"""Draws random small registries as clean rows, for properties that must hold on any of them.

A registry has few patients and lesions, dates so close together that ties and same-day exams are common, every code,
deaths, and several specimens. Rows obey the contract's rules as clean rows do (keys are unique, every exam's lesion
exists, nobody is examined after death).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Any

from hypothesis import strategies as st

from tests.spec.clean_rows import EXPORTS, SET_ASIDE, TOLD, Clean, Row, complete, with_patients_of_sessions, with_told

FIRST_DAY = date(2020, 1, 1)
SESSION_DAYS = (0, 0, 0, 0, 1, 30, 61)
LATER_SESSION_DAYS = (0, 30, 61, 61, 90, 120, 121, 250)
EXAM_DAYS = (-5, 0, 1, 30, 30, 31, 60, 60, 61, 90, 120, 120, 121, 200, 250, 300, 365, 400)
DIAMETERS_MM = (20.0, 29.9, 30.0, 30.1, 8.5, 45.0)
LESIONS = ("L1", "L2", "L10")
N_SESSIONS = (1, 1, 2, 2, 3)
EXAMS = tuple(f"E{number}" for number in range(5, 15))  # E10 sorts before E9 as text
AFTERWARDS = ("no_viable", "no_viable", "residual", "ltp")
SESSIONS = ("S1", "S2", "S3", "S10")

# (modality, contrast_enhanced): most exams qualify, or nothing would ever happen
EXAM_KINDS = (
    *[("ct", "yes"), ("mr", "yes")] * 4,
    ("ct", "no"),
    ("mr", "unknown"),
    ("us", "yes"),
    ("us", "no"),
    ("ceus", "yes"),
    ("pet_ct", "yes"),
)
# (lesion_status, distance_to_zone_mm)
FINDINGS = (
    *[("no_viable", None)] * 6,
    ("no_viable", 12.0),
    *[("ltp", None), ("ltp", 10.0), ("residual", 0.0), ("viable", 9.99)],
    *[("ltp", 10.01), ("viable", 30.0), ("residual", 11.0)],
    ("viable", None),
    ("residual", None),
    ("equivocal", None),
    ("not_assessed", None),
    (None, None),
    (None, 5.0),
)
# death or last contact, in days after the last session or exam: (vital_status, death, last contact)
FATES = (
    *[(None, None, None), ("alive", None, 0), ("alive", None, 50), ("alive", None, -100)],
    ("unknown", None, 10),
    *[("dead", 0, None), ("dead", 1, 0), ("dead", 30, 30), ("dead", 500, 100)],
    *[("dead", None, None), ("dead", None, 40)],
)
CAUSES_OF_DEATH = (None, "cancer", "treatment", "other", "unknown")
# (new_liver_lesion, extrahepatic_progression): mostly nothing, or each patient would soon have both
ELSEWHERE = (
    *[(None, None)] * 10,
    *[("no", "no")] * 10,
    ("unknown", "unknown"),
    ("yes", None),
    ("no", "yes"),
    ("yes", "yes"),
)
SPECIMEN_SITES = (
    *["liver_metastasis"] * 2,
    *["other_metastasis", "primary", "primary", "ctdna", "unknown"],
)
SPECIMEN_DAYS = (None, -400, -30, -30, -1, 0, 0, 1, 30, 60, 200)
GENES = (*["KRAS", "NRAS", "BRAF"] * 3, "PIK3CA")
# (result, variant, vaf_percent)
RESULTS = (
    *[("wild_type", None, None)] * 20,
    ("wild_type", "G12G", None),
    *[("mutant", "G12D", None), ("mutant", "p.Gly13Asp", 40.0), ("mutant", "Q61H", 5.0)],
    *[("mutant", "V600E", 4.99), ("mutant", "D594G", 20.0), ("mutant", "G469A", None)],
    *[("mutant", "L19F", 3.0), ("mutant", "see letter", 1.0), ("mutant", None, None), ("mutant", None, 2.0)],
    *[("mutant", "codon 12", None), ("mutant", "exon 2 mutation", None), ("mutant", "G12D; Q61K", 10.0)],
    *[
        ("mutant", "codon 19", None),
        ("mutant", "mut", None),
        ("mutant", "G12G", 8.0),
        ("mutant", "K601E", None),
    ],
    *[("mutant", "Q61H; L19F", None), ("mutant", "V600K", 6.0), ("mutant", "c.111+1G>A", 60.0)],
    *[("vus", "Q22K", None), ("vus", None, 4.0), ("vus", "L19F", 3.0)],
    *[("failed", None, None), ("not_tested", None, None), ("indeterminate", None, None)],
    *[("failed", "x", None), ("indeterminate", "G12D", 2.0)],
)
PANELS = (None, "exon2_only", "unknown", *["extended", "ngs"] * 4)
TREATMENT_KINDS = (*["systemic", "resection", "transplant"] * 2, "sbrt", "ablation_elsewhere", "sirt", "tace", "other")
TREATMENT_DAYS = (-400, -60, -56, -30, 0, 1, 30, 56, 57, 61, 90, 120, 121, 200, 300, 400)
TREATMENTS_LAST = (None, None, 0, 30, 200)
INTENTS = (None, "curative", "curative", "palliative", "palliative", "adjuvant")

# One choice per row, so that many registries fit into one example.
EXAM_ROWS = st.sampled_from(tuple(product(EXAM_KINDS, FINDINGS, EXAM_DAYS)))
GENOTYPE_ROWS = st.sampled_from(tuple(product(GENES, RESULTS, PANELS)))
SPECIMENS = st.sampled_from(tuple(product(SPECIMEN_SITES, SPECIMEN_DAYS)))


def day(offset: int) -> date:
    """The date that many days after FIRST_DAY."""
    return FIRST_DAY + timedelta(days=offset)


@cache
def any_of(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Draw one of the values. Made once for each tuple: hypothesis looks through all values of a new strategy."""
    return st.sampled_from(values)


@st.composite
def session_rows(draw: st.DrawFn) -> list[Row]:
    """Draw the sessions of one patient: each lesion is ablated one to three times."""
    rows = {}
    for lesion in draw(st.lists(any_of(LESIONS), min_size=1, max_size=3, unique=True)):
        n_sessions = draw(any_of(N_SESSIONS))
        chosen = st.lists(any_of(SESSIONS), min_size=n_sessions, max_size=n_sessions, unique=True)
        for place, session in enumerate(draw(chosen)):
            days = SESSION_DAYS if place == 0 else LATER_SESSION_DAYS
            rows[session, lesion] = {
                "session_id": session,
                "lesion_id": lesion,
                "session_date": day(draw(any_of(days))),
                "max_diameter_mm": draw(any_of(DIAMETERS_MM)),
            }
    return list(rows.values())


@st.composite
def exam_rows(draw: st.DrawFn, lesions: list[str]) -> list[Row]:
    """Draw the exams of one patient: rows of the lesions, and sometimes a finding outside them."""
    keys = any_of(tuple(product(EXAMS, [*lesions, *lesions, None])))
    rows: dict[tuple[str, str | None], Row] = {}
    for _ in range(draw(st.integers(len(lesions), 9 * len(lesions)))):
        exam, lesion = draw(keys)
        (modality, contrast), (status, distance_mm), offset = draw(EXAM_ROWS)
        new_liver_lesion, extrahepatic_progression = draw(any_of(ELSEWHERE))
        rows[exam, lesion] = {
            "exam_id": exam,
            "lesion_id": lesion,
            "exam_date": day(offset),
            "modality": modality,
            "contrast_enhanced": contrast,
            "lesion_status": status,
            "distance_to_zone_mm": distance_mm,
            "new_liver_lesion": new_liver_lesion,
            "extrahepatic_progression": extrahepatic_progression,
        }
    return list(rows.values())


@st.composite
def retreatment_rows(draw: st.DrawFn, sessions: list[Row]) -> list[Row]:
    """Draw exams around a lesion's last session for every second lesion that was ablated twice: free, LTP, and what was
    seen after the second ablation. By chance alone that order is rare.
    """
    rows = []
    for lesion in sorted({row["lesion_id"] for row in sessions}):
        own = sorted(row["session_date"] for row in sessions if row["lesion_id"] == lesion)
        if own[-1] - own[0] < timedelta(days=30) or not draw(st.booleans()):
            continue
        course = [
            (own[0] + timedelta(days=20), "no_viable"),
            (own[-1] - timedelta(days=draw(st.integers(0, 5))), "ltp"),
        ]
        course += [(own[-1] + timedelta(days=days), draw(any_of(AFTERWARDS))) for days in (30, 60, 120)]
        rows += [
            {"exam_id": f"E{20 + place}", "lesion_id": lesion, "exam_date": when, "modality": "ct"}
            | {"contrast_enhanced": "yes", "lesion_status": status}
            for place, (when, status) in enumerate(course)
        ]
    return rows


@st.composite
def genotype_rows(draw: st.DrawFn) -> list[Row]:
    """Draw the genotype rows of one patient: up to three specimens, whose rows sometimes differ in site or date."""
    rows = {}
    for specimen in draw(st.lists(any_of(("T1", "T9", "T10")), max_size=3, unique=True)):
        site, taken = draw(SPECIMENS)
        for _ in range(draw(st.integers(1, 6))):
            gene, (result, variant, vaf_percent), panel = draw(GENOTYPE_ROWS)
            if draw(st.integers(0, 19)) == 19:
                site, taken = draw(SPECIMENS)
            rows[specimen, gene, variant] = {
                "specimen_id": specimen,
                "gene": gene,
                "variant": variant,
                "specimen_site": site,
                "specimen_date": None if taken is None else day(taken),
                "result": result,
                "vaf_percent": vaf_percent,
                "panel": panel,
            }
    return list(rows.values())


@st.composite
def treatment_rows(draw: st.DrawFn, patient: Row, sessions: list[Row]) -> list[Row]:
    """Draw the treatments of one patient, most often few; none starts after the death."""
    lesions = sorted({row["lesion_id"] for row in sessions})
    rows = {}
    for _ in range(draw(any_of((0, 0, 1, 2, 4)))):
        kind, start = draw(any_of(TREATMENT_KINDS)), day(draw(any_of(TREATMENT_DAYS)))
        lasts, died = draw(any_of(TREATMENTS_LAST)), patient["death_date"]
        if died is not None and start > died:
            continue
        names_one = kind in ("resection", "sbrt") and draw(st.booleans())
        treatment = draw(any_of(("T1", "T2", "T9", "T10")))
        rows[treatment] = {
            "treatment_id": treatment,
            "kind": kind,
            "start_date": start,
            "stop_date": None if lasts is None else start + timedelta(days=lasts),
            "lesion_id": draw(any_of(tuple(lesions))) if names_one else None,
            "intent": draw(any_of(INTENTS)),
        }
    return list(rows.values())


@st.composite
def registries(draw: st.DrawFn, site: str = "a") -> Clean:
    """Draw clean rows of one site with one to three patients; a few have no session or no row in patients."""
    shown: dict[str, list[Row]] = {export: [] for export in EXPORTS}
    for number in range(draw(st.integers(1, 3))):
        key = {"site": site, "patient_id": f"P{number}"}
        sessions = draw(session_rows()) if draw(st.integers(0, 9)) > 0 else []
        exams = draw(exam_rows(sorted({row["lesion_id"] for row in sessions}))) if sessions else []
        exams += draw(retreatment_rows(sessions))
        genotypes = draw(genotype_rows()) if sessions else []
        status, death, contact = draw(any_of(FATES))
        last = max([FIRST_DAY, *(row["session_date"] for row in sessions), *(row["exam_date"] for row in exams)])
        patient = {
            "vital_status": status,
            "death_cause": None if status != "dead" else draw(any_of(CAUSES_OF_DEATH)),
            "death_date": None if death is None else last + timedelta(days=death),
            "last_contact_date": None if contact is None else last + timedelta(days=contact),
            "birth_year": draw(any_of((None, 1950))),
            "sex": draw(any_of((None, "female", "male"))),
            "n_clm_total": draw(any_of((None, *[1] * 4, 2, 3))),
            "extrahepatic_disease": draw(any_of((*["no"] * 6, "yes", None))),
        }
        patients = [patient] if draw(st.integers(0, 9)) > 0 else []
        shown["treatments"] += [key | row for row in draw(treatment_rows(patient, sessions))] if sessions else []
        for export, rows in zip(EXPORTS[:4], (patients, sessions, genotypes, exams), strict=True):
            shown[export] += [key | row for row in rows]
    clean: Clean = {
        export: [complete(export, row, line) for line, row in enumerate(rows, start=1)]
        for export, rows in shown.items()
    }
    clean[SET_ASIDE] = [
        complete(SET_ASIDE, {"site": site, "patient_id": row["patient_id"], "lesion_id": "L9"}, 1)
        for row in clean["rfa_sessions"]
        if draw(st.integers(0, 19)) == 19
    ]
    clean[TOLD] = []
    return with_told(with_patients_of_sessions(clean))


class Registries(dict[str, list[Row]]):
    """Clean rows of many registries, whose repr says how many there are, not what is in them."""

    def __repr__(self) -> str:
        return f"<{', '.join(f'{len(rows)} {export}' for export, rows in self.items())}>"


@st.composite
def many_registries(draw: st.DrawFn, n_sites: int) -> Clean:
    """Draw clean rows of `n_sites` independent registries, one per site, so that one run checks all of them."""
    together = Registries({export: [] for export in (*EXPORTS, SET_ASIDE, TOLD)})
    for number in range(n_sites):
        for export, rows in draw(registries(site=f"s{number:02d}")).items():
            together[export] += rows
    return together
