"""A folder of FHIR in landing/ is one delivery: its files refer to each other, and it waits until it is whole."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.fhir_kit import LESION, PATIENT, SPECIMEN, ablation, quantity, size, studied
from tests.sources.test_fhir_deliveries import TOML, ndjson
from tests.sources.test_study_folders import put
from tests.warehouse.kit import Kit, new_kit
from warehouse.archive.archive import Archive
from warehouse.intake.bulk_folders import check_whole
from warehouse.intake.landing import watched
from warehouse.storage.errors import NotWhole

FILES = {
    "Patient.ndjson": ndjson(PATIENT),
    "BodyStructure.ndjson": ndjson(LESION),
    "Procedure.ndjson": ndjson(ablation()),
    "Observation.000.ndjson": ndjson(size(quantity(1.2, "cm"))),
    "Observation.001.ndjson": ndjson(studied("6407")),
    "Specimen.ndjson": ndjson(SPECIMEN),
    "log.ndjson": '{"exportId": "1", "eventId": "kickoff", "eventDetail": {}}\n',
}
ADDRESS = "https://ehr.example.org/files/"


def manifest(*names: str, address: str = ADDRESS) -> str:
    """A manifest of Bulk Data that names these files, each with the resource that its name begins with."""
    output = [{"type": name.partition(".")[0], "url": f"{address}{name}"} for name in names]
    said = {"transactionTime": "2021-01-31T02:00:00Z", "request": ADDRESS, "requiresAccessToken": True}
    return json.dumps({**said, "output": output, "error": []})


ALL = manifest(*(name for name in FILES if name != "log.ndjson"))


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A home whose site has a FHIR source."""
    with new_kit(tmp_path / "home") as made:
        made.configure("north", TOML)
        (made.home.landing / "north" / "ehr").mkdir()
        yield made


def arrivals(kit: Kit) -> list[str]:
    """The names of the source's deliveries."""
    return [arrival.delivery for arrival in Archive(kit.home).arrivals if arrival.export == "ehr"]


def test_a_folder_is_one_delivery(kit: Kit) -> None:
    """References lead from one file to another; a night's folder is archived once, and its log is not read."""
    put(kit.home.landing / "north" / "ehr" / "2021-01-31", FILES)
    assert kit.refresh().problems == []
    rows = kit.tuples("SELECT patient_id, lesion_id, max_diameter_mm FROM clean.rfa_sessions")
    assert rows == [("p1", "l1", 12.0)]
    assert kit.tuples("SELECT specimen_site, gene, result FROM clean.genotypes") == [
        ("liver_metastasis", "KRAS", "wild_type")
    ]
    assert kit.tuples("SELECT DISTINCT status FROM meta.loads") == [("accepted",)]
    assert kit.land() == []
    assert arrivals(kit) == ["2021-01-31"]


def test_an_open_folder_is_told_by_its_manifest(kit: Kit) -> None:
    """With a manifest the files in the source's folder are one delivery; without one each is a delivery of its own."""
    folder = put(kit.home.landing / "north" / "ehr", {**FILES, "manifest.json": ALL})
    assert [one.place for one in watched(kit.home) if one.export == "ehr"] == ["north/ehr/ehr"]
    kit.land()
    assert arrivals(kit) == ["ehr"]
    (folder / "manifest.json").unlink()
    assert len([one for one in watched(kit.home) if one.export == "ehr"]) == len(FILES)


def test_a_folder_waits_beside_others(kit: Kit) -> None:
    """What lacks is said with the folder's place; nothing of it is archived, and other folders are."""
    ehr = kit.home.landing / "north" / "ehr"
    put(ehr / "2021-01-31", {"Patient.ndjson": FILES["Patient.ndjson"], "manifest.json": ALL})
    put(ehr / "2021-01-30", {"Patient.ndjson": FILES["Patient.ndjson"]})
    kit.land()
    assert kit.problems == [
        (
            "landing/north/ehr/2021-01-31",
            "The export is not whole: BodyStructure.ndjson, which manifest.json names, is not there. It waits.",
        )
    ]
    assert arrivals(kit) == ["2021-01-30"]
    put(ehr / "2021-01-31", FILES)
    kit.land()
    assert arrivals(kit) == ["2021-01-30", "2021-01-31"]


def test_when_a_folder_is_whole(tmp_path: Path) -> None:
    """By its manifest or our own, by names that a client gave, and by how its files end."""
    patient, ours = FILES["Patient.ndjson"], {"kind": "fhir", "files": {"a/Patient.ndjson": {"size_bytes": 7}}}
    two = manifest("Observation.1.ndjson", "Observation.2.ndjson", address="https://ehr.example.org/?file=")
    cases: list[tuple[dict[str, str], str]] = [
        ({}, "holds no NDJSON or JSON file yet"),
        ({"log.ndjson": "{}", "manifest.json": manifest()}, "holds no NDJSON or JSON file yet"),
        ({"a.ndjson": patient}, ""),
        ({"a.ndjson": patient[:-3]}, "a.ndjson ends in the middle of a resource"),
        ({"a.ndjson": patient + "\n", "b.ndjson": "", "c.json": f"[{patient}]\n\n"}, ""),
        ({"a.ndjson": patient, "Observation.ndjson.part": ""}, "Observation.ndjson.part is still being copied"),
        ({"1.Observation.ndjson": patient, "manifest.json": two}, "which manifest.json names, is not there"),
        ({"1.Observation.ndjson": patient, "2.Observation.ndjson": patient, "manifest.json": two}, ""),
        ({"Patient.ndjson.gz": patient, "manifest.json": manifest("Patient.ndjson")}, ""),
        ({"a/Patient.ndjson": patient[:7] + "}", "manifest.json": json.dumps(ours)}, "not there, or not all of it"),
        ({"a/Patient.ndjson": patient[:6] + "}", "manifest.json": json.dumps(ours)}, ""),
        ({"a.ndjson": patient, "manifest.json": '{"kind": "fhir", "files": {"a/x": 1, "b/x": 1}}'}, "several sites"),
        ({"a.ndjson": patient, "manifest.json": "["}, ""),
    ]
    for number, (files, said) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        put(folder, files)
        try:
            check_whole(folder)
        except NotWhole as reason:
            assert said, (files, reason.message)
            assert said in reason.message
        else:
            assert said == "", files
