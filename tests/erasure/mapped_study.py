"""A small study with a patient who will be erased, delivered as different hospitals hold it."""

from __future__ import annotations

from functools import partial

from schemas.exports import EXPORTS
from tests.sources.study_files import Study
from tests.warehouse.kit import Kit, row_of
from warehouse.erasure.erase_from_archive import ErasedFromArchive, erase_from_archive
from warehouse.redaction.erasure_list import ErasedList

SITE, PATIENT = "index-study", "ZQERASED-1"
WORDS = (PATIENT, "zqguidance", "zqsegment")
OTHERS = ("P1", "P2", "P3")
GERMAN_NAME, REDCAP_NAME = "a German clinic's workbook, SPSS file and cp1252 CSV", "a REDCap project, raw"


def study_of(*patients: str) -> Study:
    """Two lesions, an exam and a gene for each; the first lesion has a segment that is set aside."""
    found: dict[str, list[dict[str, str]]] = {name: [] for name in EXPORTS}
    for patient in patients:
        mark = "zq" if patient == PATIENT else "their "
        day = f"2020-01-{10 + int(patient[-1]):02d}"
        found["patients"].append(_whole("patients", patient_id=patient, sex="male", birth_year="1950"))
        for lesion in ("L1", "L2"):
            cells = {"guidance": f"{mark}guidance", "segment": f"{mark}segment" if lesion == "L1" else "5"}
            found["rfa_sessions"].append(
                _whole("rfa_sessions", patient_id=patient, lesion_id=lesion, session_date=day, **cells)
            )
            found["imaging_followups"].append(
                _whole("imaging_followups", patient_id=patient, lesion_id=lesion, exam_id=f"E{lesion}")
            )
        found["genotypes"].append(_whole("genotypes", patient_id=patient, result="mutant", variant="p.G12D"))
    return found


def _whole(export: str, **cells: str) -> dict[str, str]:
    return {name: "" for name in EXPORTS[export].column_names} | row_of(export, **cells)


def erase(kit: Kit, patient: str = PATIENT, site: str = SITE) -> ErasedFromArchive:
    """Put the patient on the list and rewrite the archive."""
    listed = ErasedList(kit.home)
    listed.add(listed.begin(site, patient, "consent withdrawn"))
    listed.end()
    return erase_from_archive(kit.home, site, partial(listed.among, site))
