"""Tests that a folder of FHIR at a place is fetched as one, and waits until it is whole."""

from __future__ import annotations

import pytest

from tests.pulls.places.fake_place import Clinic
from tests.sources.test_bulk_folders import ALL, FILES
from warehouse.archive.archive import Archive
from warehouse.storage.errors import RegistryError

SITE_TOML = """
[sources.ehr]
kind = "fhir"
place = "s3://clinic/exports"
{keys}

[exports.rfa_sessions]
source = "ehr"
"""


def test_a_folder_of_a_night_is_one_delivery(clinic: Clinic) -> None:
    """Its files come together, and wait for one that the manifest names; a single file is a delivery of its own."""
    clinic.configure(text=SITE_TOML)
    for name, text in FILES.items():
        clinic.place.put(f"2021-01-31/{name}", text)
    clinic.place.put("2021-02-01/Patient.ndjson", FILES["Patient.ndjson"])
    clinic.place.put("2021-02-01/manifest.json", ALL)
    clinic.place.put("2021-02-02.ndjson", FILES["Patient.ndjson"])
    first = clinic.outcome()
    assert first.pulled is not None
    assert sorted(first.pulled.files) == ["2021-01-31", "2021-02-02.ndjson"]
    assert "BodyStructure.ndjson, which manifest.json names, is not there: 2021-02-01." in first.problem
    assert {name for name in clinic.landed() if "/" in name} == {f"2021-01-31/{name}" for name in FILES}
    clinic.kit.refresh()
    assert clinic.kit.problems == []
    assert clinic.kit.tuples("SELECT lesion_id, max_diameter_mm FROM clean.rfa_sessions") == [("l1", 12.0)]
    for name, text in FILES.items():
        clinic.place.put(f"2021-02-01/{name}", text)
    assert clinic.pull() == ["2021-02-01"]
    clinic.kit.land()
    arrivals = [one.delivery for one in Archive(clinic.kit.home).arrivals if one.export == "ehr"]
    assert sorted(arrivals) == ["2021-01-31", "2021-02-01", "2021-02-02.ndjson"]


def test_an_export_that_lies_directly_in_the_place(clinic: Clinic) -> None:
    """Its manifest makes it one delivery: what changes there comes as a whole, or not at all."""
    clinic.configure(text=SITE_TOML)
    for name, text in FILES.items():
        clinic.place.put(name, text)
    clinic.place.put("manifest.json", ALL)
    assert clinic.pull() == ["ehr"]
    before = clinic.landed()
    assert set(before) == {*FILES, "manifest.json"}
    clinic.place.put("Patient.ndjson", FILES["Patient.ndjson"] * 2)
    clinic.place.fails["Procedure.ndjson"] = RegistryError("The store refuses to give it.", "Ask.")
    assert "1 file waits. The store refuses to give it: ehr. Ask." in clinic.outcome().problem
    assert clinic.landed() == before
    clinic.place.fails.clear()
    assert clinic.pull() == ["ehr"]
    assert clinic.landed()["Patient.ndjson"] == FILES["Patient.ndjson"] * 2


@pytest.mark.parametrize("is_archived", [True, False])
def test_the_manifest_comes_last(clinic: Clinic, is_archived: bool) -> None:
    """A pull before it takes each file alone; with it they are one delivery, in place of those. Others' files stay."""
    clinic.configure(text=SITE_TOML)
    for name, text in FILES.items():
        clinic.place.put(name, text)
    assert clinic.pull() == sorted(FILES)
    if is_archived:
        clinic.kit.land()
    by_hand = clinic.folder / "2020-01-01.ndjson"
    by_hand.write_text(FILES["Patient.ndjson"])
    clinic.place.put("manifest.json", ALL)
    assert "landing/ has something else" in clinic.outcome().problem and by_hand.is_file()
    by_hand.unlink()
    assert clinic.pull() == ["ehr"]
    assert set(clinic.landed()) == {*FILES, "manifest.json"}
    clinic.kit.refresh()
    assert clinic.kit.problems == []
    assert ("l1", 12.0) in clinic.kit.tuples("SELECT lesion_id, max_diameter_mm FROM clean.rfa_sessions")
    assert clinic.pull() == []
