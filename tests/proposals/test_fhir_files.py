"""`registry map` recognises FHIR, says which exports it feeds, and asks what no element says."""

from pathlib import Path

from tests.proposals.site_files import answered, lines_of, proposal_of, questions_of
from tests.sources.fhir_kit import LESION, PATIENT, SPECIMEN, ablation, concept, quantity, size, status, studied
from tests.sources.test_bulk_folders import ALL, FILES
from tests.sources.test_fhir_deliveries import FIRST, ndjson
from warehouse.intake.site_config import parse

OURS = {"system": "urn:ablation-registry:patient_id", "value": "p1"}
NUMBERED = {**PATIENT, "identifier": [{"system": "urn:mrn", "value": "77"}, OURS]}


def test_a_file_of_fhir(tmp_path: Path) -> None:
    """Each export that has rows in it is fed by its source; contrast and the patient's number are asked."""
    found = proposal_of(tmp_path, {"ehr/2021-01-01.ndjson": ndjson(NUMBERED, *FIRST[1:])})
    said = lines_of(found)
    assert said["sources"] == {"ehr": {"kind": "fhir"}}
    assert list(said["exports"]) == ["patients", "rfa_sessions", "genotypes", "imaging_followups"]
    assert {export["source"] for export in said["exports"].values()} == {"ehr"}
    assert found.n_questions == 5
    assert [(one.place, one.read_as, one.n_rows) for one in found.found] == [("ehr/2021-01-01.ndjson", "FHIR R4", 7)]
    number, contrast = 'patient_id = "identifier urn:mrn"', 'contrast_enhanced = { value = "yes" }'
    columns = parse(answered(found.text, number, contrast), "north").mapping.exports["imaging_followups"].columns  # type: ignore[union-attr]
    assert columns["patient_id"].from_ == ("identifier urn:mrn",)
    assert columns["contrast_enhanced"].value == "yes"
    assert "77" not in found.text
    assert "urn:ablation-registry" not in found.text


def test_folders_of_fhir(tmp_path: Path) -> None:
    """A night's folder, and an open one with a manifest, are read whole; another table keeps its export."""
    folder = {f"ehr/2021-01-31/{name}": text for name, text in FILES.items()}
    opened = {f"bulk/{name}": text for name, text in {**FILES, "manifest.json": ALL}.items()}
    table = "patient_id,sex,birth_year\np1,female,1950\n"
    found = proposal_of(tmp_path, {**folder, **opened, "patients/2021.csv": table})
    said = lines_of(found)
    assert {name: source["kind"] for name, source in said["sources"].items()} == {"ehr": "fhir", "bulk": "fhir"}
    assert said["exports"]["rfa_sessions"]["source"] == ["bulk", "ehr"]
    assert {one.place for one in found.found} >= {"ehr/2021-01-31", "bulk/bulk"}
    assert found.unread == ()


def test_procedures_of_another_catalogue(tmp_path: Path) -> None:
    """If no procedure is known as an ablation, their codes are asked."""
    own = ablation(code=concept("5-501.53", system="http://fhir.de/CodeSystem/bfarm/ops"))
    words = ablation(id="a2", code=concept("Mrs Smith 1"))
    found = proposal_of(tmp_path, {"ehr/a.ndjson": ndjson(PATIENT, LESION, own, words, size(quantity(1, "cm")))})
    assert list(lines_of(found)["exports"]) == ["patients"]
    assert "No procedure is known as an ablation" in questions_of(found)
    assert '# where = { "code" = ["5-501.53"] }' in found.text


def test_another_version_is_not_proposed(tmp_path: Path) -> None:
    """A file of R5 is named with the reason, beside what is proposed of the others."""
    r5 = ablation(performedDateTime=None, occurrenceDateTime="2020-01-01")
    rows = ndjson(PATIENT, SPECIMEN, studied("6407"), status("281900007"))
    found = proposal_of(tmp_path, {"ehr/a.ndjson": ndjson(r5), "ehr/b.ndjson": rows})
    assert [(one.file_name, "FHIR R5" in one.reason) for one in found.unread] == [("a.ndjson", True)]
    assert lines_of(found)["exports"]["genotypes"] == {"source": "ehr"}
