"""Procedures, sizes, disease status and patients of mCODE become the other exports."""

from pathlib import Path

import pytest

from tests.sources.fhir_kit import (
    LESION,
    PATIENT,
    ablation,
    cases,
    concept,
    observation,
    quantity,
    size,
    status,
    take,
)

UNITS = (
    (quantity(1.2, "cm"), "12"),
    (quantity(12.5, "mm"), "12.5"),
    (quantity(2.9, "cm"), "29"),
    (quantity(2.9), "2.9 (no UCUM unit)"),
    (quantity(2.9, unit="cm"), "2.9 (no UCUM unit)"),
    (quantity(1, "[in_i]"), "1 (no UCUM unit)"),
    (quantity(5, "mm", comparator="<"), "<5"),
)
"""A quantity -> the cell: UCUM's code decides, and without one it is no number, so that the rules set it aside."""
SIZES = ((20, "2020-01-01"), (22, "2020-02-01"), (44, "2020-04-01"))
TRENDS = {"281900007": "no_viable", "271299001": "viable", "268910001": "equivocal", "709137006": "not_assessed"}


def test_sessions(tmp_path: Path) -> None:
    """An ablation with its lesion, the local date as written, the last diameter before it, and how it was done."""
    sizes = [size(quantity(n, "mm"), id=f"z{n}", effectiveDateTime=day) for n, day in SIZES]
    extension = ablation()["extension"][0]
    both = [{**extension, "valueReference": {"reference": f"BodyStructure/l{n}"}} for n in (1, 2)]
    two = ablation(extension=both, partOf=[{"reference": "Procedure/visit"}])
    of_sizes, of_two, *partial = cases(
        tmp_path,
        "rfa_sessions",
        [PATIENT, LESION, ablation(), *sizes],
        [PATIENT, LESION, {**LESION, "id": "l2"}, two],
        [PATIENT, LESION, ablation(performedDateTime="2021")],
        [PATIENT, LESION, ablation(performedDateTime=None, performedPeriod={"start": "2021-03"})],
    )
    assert of_sizes == [
        {
            "patient_id": "p1",
            "session_id": "a1",
            "session_date": "2020-03-04",
            "lesion_id": "l1",
            "max_diameter_mm": "22",
            "modality": "rfa",
            "approach": "percutaneous",
        }
    ]
    assert [(row["session_id"], row["lesion_id"]) for row in of_two] == [("visit", "l1"), ("visit", "l2")]
    assert [rows[0]["session_date"] for rows in partial] == ["2021", "2021-03"]


@pytest.mark.long
def test_units(tmp_path: Path) -> None:
    """Centimetres become millimetres by the code of each quantity."""
    found = cases(tmp_path, "rfa_sessions", *([PATIENT, LESION, ablation(), size(value)] for value, _ in UNITS))
    assert [rows[0]["max_diameter_mm"] for rows in found] == [cell for _, cell in UNITS]


def test_what_is_an_ablation(tmp_path: Path) -> None:
    """Codes of CPT, ICD-10-PCS and SNOMED CT, or words for ablation and liver; only completed ones."""
    words = ablation(code={"text": "Microwave ablation of liver metastasis"}, id="a2")
    heart = ablation(code={"text": "Radiofrequency ablation of atrial flutter"}, id="a3")
    others = [ablation(status=code, id=code) for code in ("in-progress", "entered-in-error", "done")]
    taken = take(tmp_path, "rfa_sessions", ablation(), words, heart, *others)
    assert [(row["session_id"], row["modality"]) for row in taken.rows] == [("a1", "rfa"), ("a2", "mwa")]
    assert taken.reasons == {
        "another instrument": 1,
        "status is not final": 1,
        "entered in error": 1,
        "status is no code of FHIR R4": 1,
    }


@pytest.mark.long
def test_a_site_chooses_by_codes_of_its_own(tmp_path: Path) -> None:
    """What a resource says stands in columns that site.toml can map: here, a procedure by the German OPS."""
    own = ablation(code=concept("5-501.53", system="http://fhir.de/CodeSystem/bfarm/ops"), id="a4")
    text = "instrument = 'Procedure'\nwhere = { code = ['5-501.53'] }\ncolumns = { modality = { value = 'rfa' } }"
    assert take(tmp_path, "rfa_sessions", ablation(), own, text=text).column("session_id") == ["a4"]


def test_exams(tmp_path: Path) -> None:
    """The trend of a lesion is its status; modality and exam come from the method or the imaging study."""
    study = {
        "resourceType": "ImagingStudy",
        "id": "i1",
        "status": "available",
        "subject": {"reference": "Patient/p1"},
        "started": "2020-05-01T10:00:00Z",
        "modality": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "MR"}],
    }
    *trends, of_study, of_disease = cases(
        tmp_path,
        "imaging_followups",
        *([PATIENT, LESION, status(code)] for code in TRENDS),
        [PATIENT, LESION, study, status("281900007", derivedFrom=[{"reference": "ImagingStudy/i1"}])],
        [PATIENT, status("271299001", focus=[{"reference": "Condition/c"}])],
    )
    assert [rows[0]["lesion_status"] for rows in trends] == list(TRENDS.values())
    names = ("exam_id", "exam_date", "modality", "lesion_id")
    assert [trends[0][0][name] for name in names] == ["o-97509-4", "2020-05-06", "ct", "l1"]
    assert [of_study[0][name] for name in names] == ["i1", "2020-05-01", "mr", "l1"]
    assert "lesion_id" not in of_disease[0] and "lesion_status" not in of_disease[0]


def test_a_patient(tmp_path: Path) -> None:
    """Sex, year of birth and death, and what was measured last before the first ablation."""
    ecog = [observation("89247-1", id=f"e{n}", valueInteger=n, effectiveDateTime=f"2020-0{n}-01") for n in (1, 2, 4)]
    cea = observation("2039-6", valueQuantity=quantity(4.5, "ug/L"), effectiveDateTime="2020-09-01")
    dead = {**PATIENT, "deceasedDateTime": "2022-07-08T04:00:00Z"}
    assert take(tmp_path, "patients", dead, ablation(), *ecog, cea).rows == [
        {
            "patient_id": "p1",
            "sex": "female",
            "birth_year": "1950",
            "cea_ng_ml": "4.5",
            "ecog": "2",
            "vital_status": "dead",
            "death_date": "2022-07-08",
        }
    ]


@pytest.mark.long
def test_what_is_not_said_is_not_there(tmp_path: Path) -> None:
    """A column that no row has says nothing of it, so that it empties none of an earlier delivery."""
    assert list(take(tmp_path, "patients", PATIENT).rows[0]) == ["patient_id", "sex", "birth_year"]
