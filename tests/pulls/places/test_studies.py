"""Tests that a cBioPortal study at a place is fetched whole, and comes into landing/ as one or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.pulls.places.fake_place import Clinic
from tests.sources.calls_kit import call, maf
from tests.sources.study_kit import study
from tests.warehouse.kit import SITE
from warehouse.archive.archive import Archive
from warehouse.pulls.places import put_in_place
from warehouse.storage.errors import RegistryError

SITE_TOML = """
[sources.ehr]
kind = "cbioportal"
place = "s3://clinic/studies"
genes = ["KRAS"]
{keys}

[exports.genotypes]
source = "ehr"
mode = "snapshot"
max_withdrawn = 1.0
"""
SESSIONS = "patient_id,session_id,session_date,lesion_id,max_diameter_mm\n" + "".join(
    f"P{n},A,2020-01-0{n},L1,20\n" for n in (1, 2, 3)
)
FIRST = [("S1", "mutant"), ("S1P", "wild_type"), ("S2", "wild_type"), ("S3", "not_tested")]
SECOND = [("S1", "wild_type"), ("S1P", "wild_type"), ("S2", "mutant"), ("S3", "not_tested")]
WITHIN = pytest.mark.parametrize("within", ["", "2020-12-31_study/"], ids=["open", "in a folder"])


@pytest.fixture
def clinic(clinic: Clinic) -> Clinic:
    """A site whose studies lie at a place."""
    clinic.configure(text=SITE_TOML)
    return clinic


def put(clinic: Clinic, within: str, files: dict[str, str]) -> None:
    """Write a study."""
    for name, text in files.items():
        clinic.place.put(f"{within}{name}", text)


def name_of(within: str) -> str:
    """What the delivery is called: the study's folder, or the source's where it lies directly there."""
    return within.rstrip("/") or "ehr"


def genotypes(clinic: Clinic) -> list[tuple]:
    """Specimen and result of KRAS after a refresh."""
    clinic.kit.deliver(SITE, "rfa_sessions", "2020-12-31.csv", SESSIONS)
    clinic.kit.refresh()
    assert clinic.kit.problems == []
    return clinic.kit.tuples("SELECT specimen_id, result FROM clean.genotypes ORDER BY ALL")


@WITHIN
def test_a_study_is_one_delivery(clinic: Clinic, within: str) -> None:
    """It is fetched with its folders, and again, whole, when one of its files changes."""
    put(clinic, within, study())
    assert clinic.pull() == [name_of(within)]
    assert {name.removeprefix(within) for name in clinic.landed()} == set(study())
    assert genotypes(clinic) == FIRST
    assert clinic.pull() == []
    clinic.place.put(f"{within}data_mutations.txt", maf(call(sample="S2")))
    assert clinic.pull() == [name_of(within)]
    assert genotypes(clinic) == SECOND
    assert [a.delivery for a in Archive(clinic.kit.home).arrivals if a.export == "ehr"] == [
        name_of(within),
        f"{name_of(within)}#2",
    ]


@WITHIN
def test_a_study_of_which_a_file_cannot_be_had(clinic: Clinic, within: str) -> None:
    """The one before stays whole in landing/, and another study is delivered."""
    put(clinic, within, study())
    clinic.pull()
    before = clinic.landed()
    clinic.place.put(f"{within}data_mutations.txt", maf(call(sample="S2")))
    clinic.place.put("2020-01-01_other.zip", "not a study, but a file")
    clinic.place.fails[f"{within}data_mutations.txt"] = RegistryError("The store refuses to give it.", "Ask.")
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == ("2020-01-01_other.zip",)
    assert f"1 file waits. The store refuses to give it: {name_of(within)}. Ask." in outcome.problem
    assert {name: text for name, text in clinic.landed().items() if not name.endswith(".zip")} == before


@WITHIN
def test_a_study_that_is_not_whole_there_waits(clinic: Clinic, within: str) -> None:
    """A file that its meta file names is not there yet: nothing of it is in landing/."""
    files = study()
    lacking = files.pop("data_clinical_sample.txt")
    put(clinic, within, files)
    assert "1 file waits. The study is not whole" in clinic.outcome().problem
    assert not clinic.folder.exists() or clinic.landed() == {}
    clinic.place.put(f"{within}data_clinical_sample.txt", lacking)
    assert clinic.pull() == [name_of(within)]


def test_a_study_that_is_being_written_waits(clinic: Clinic) -> None:
    """Also where each file appears whole: two looks before, and one after it was fetched, find the same files."""
    put(clinic, "", study())
    late = iter(range(100))
    clinic.place.meanwhile = lambda what: clinic.place.put("data_more.txt", str(next(late))) if what == "list" else None
    assert clinic.outcome().pulled.remarks == ("still being written, so the next pull fetches it: ehr",)  # type: ignore[union-attr]
    clinic.place.meanwhile = lambda what: clinic.place.put("data_more.txt", str(next(late))) if what != "list" else None
    assert clinic.outcome().pulled.remarks == ("still being written, so the next pull fetches it: ehr",)  # type: ignore[union-attr]
    assert not clinic.folder.exists()
    clinic.place.meanwhile = lambda what: None
    assert clinic.pull() == ["ehr"]


def test_a_zip_beside_a_study_stays(clinic: Clinic) -> None:
    """It is a delivery of its own, and no part of the study that takes the other's place."""
    put(clinic, "", study())
    clinic.place.put("2020-01-01_old.zip", "a ZIP")
    assert clinic.pull() == ["2020-01-01_old.zip", "ehr"]
    clinic.place.put("data_mutations.txt", maf(call(sample="S2")))
    assert clinic.pull() == ["ehr"]
    assert clinic.landed()["2020-01-01_old.zip"] == "a ZIP"


def test_what_somebody_put_there_is_not_swept_away(clinic: Clinic) -> None:
    """A study waits while its folder in landing/ holds what is neither fetched nor archived."""
    put(clinic, "", study())
    clinic.pull()
    (clinic.folder / "data_notes.txt").write_text("by hand")
    clinic.place.put("data_mutations.txt", maf(call(sample="S2")))
    assert "landing/ has something else under its name" in clinic.outcome().problem
    assert clinic.landed()["data_notes.txt"] == "by hand"
    clinic.kit.land()
    assert clinic.pull() == ["ehr"]
    assert "data_notes.txt" not in clinic.landed()


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_pull_that_ends_while_a_study_takes_the_place_of_another(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """One of them is in landing/, whole, at the latest when the next pull has begun."""
    put(clinic, "", study())
    clinic.pull()
    before = clinic.landed()
    clinic.place.put("data_mutations.txt", maf(call(sample="S2")))
    steps = iter(range(1, 10))

    def dying(real):
        def step(*given):
            if next(steps) >= after:
                raise KeyboardInterrupt
            return real(*given)

        return step

    with monkeypatch.context() as broken:
        broken.setattr(put_in_place, "_move", dying(put_in_place._move))
        broken.setattr(put_in_place, "durable_rename", dying(put_in_place.durable_rename))
        broken.setattr(put_in_place, "mend", lambda target: None)  # as if it had been killed
        with pytest.raises(KeyboardInterrupt):
            clinic.outcome()
    assert {path.name for path in clinic.folder.parent.iterdir()} <= {"site.toml", "ehr", ".ehr.before", ".ehr.part"}
    clinic.place.cannot_be_listed = RegistryError("Nothing.", "Nothing.")
    clinic.outcome()
    assert clinic.landed() == before
    clinic.place.cannot_be_listed = None
    assert clinic.pull() == ["ehr"] and clinic.landed() != before


def test_landing_on_another_disk(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was fetched is copied there, for the registry's user alone, before it takes its place."""

    def on_another_disk(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "rename", on_another_disk)
    put(clinic, "", study())
    clinic.place.put("2020-01-01_old.zip", "a ZIP")
    assert clinic.pull() == ["2020-01-01_old.zip", "ehr"]
    clinic.place.put("data_mutations.txt", maf(call(sample="S2")))
    assert clinic.pull() == ["ehr"]
    assert set(clinic.landed()) == {*study(), "2020-01-01_old.zip"}
    modes = {path.stat().st_mode & 0o077 for path in clinic.folder.rglob("*") if path.is_file()}
    assert modes == {0}


def test_other_folders_are_passed_over(clinic: Clinic) -> None:
    """A folder that holds no study's files is none; how many files it has is said."""
    put(clinic, "a/", study())
    put(clinic, "b/", {"notes.txt": "x", "more.txt": "x"})
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == ("a",)
    assert outcome.pulled.remarks == ("2 files in folders below are not fetched",)
    assert {Path(name).parts[0] for name in clinic.landed()} == {"a"}
