"""A study's folder in landing/ is one delivery: packed alike each time, and waiting until it is whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.calls_kit import call, maf
from tests.sources.study_kit import SAMPLES, study, zip_of_study
from tests.warehouse.kit import Kit, new_kit
from warehouse.archive.archive import Archive
from warehouse.intake.landing import watched
from warehouse.intake.landing_problems import waiting_files
from warehouse.storage.file_stamp import sha256_of, stamp_of

SITE = """[sources.cbio]
kind = "cbioportal"
genes = ["KRAS"]

[exports.genotypes]
source = "cbio"
mode = "snapshot"
max_withdrawn = 1.0
"""
SESSIONS = "patient_id,session_id,session_date,lesion_id,max_diameter_mm\n" + "".join(
    f"P{n},A,2020-01-0{n},L1,20\n" for n in (1, 2, 3)
)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A home whose site has a cBioPortal source and three patients with a session."""
    with new_kit(tmp_path / "home") as made:
        made.configure("north", SITE)
        made.deliver("north", "rfa_sessions", "2020-12-31.csv", SESSIONS)
        yield made


def put(folder: Path, files: dict[str, str]) -> Path:
    """Write the files of a study."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def genotypes(kit: Kit) -> list[tuple]:
    """Specimen and result of KRAS."""
    return kit.tuples("SELECT specimen_id, result FROM clean.genotypes ORDER BY ALL")


def arrivals(kit: Kit) -> list[str]:
    """The names of the source's deliveries."""
    return [arrival.delivery for arrival in Archive(kit.home).arrivals if arrival.export == "cbio"]


EXPECTED = [("S1", "mutant"), ("S1P", "wild_type"), ("S2", "wild_type"), ("S3", "not_tested")]


@pytest.mark.parametrize("place", ["cbio", "cbio/2020-12-31_study"])
def test_a_folder_is_one_delivery(kit: Kit, place: str) -> None:
    """It is archived whole under its name, again only if a file of it changes, and a ZIP gives the same rows."""
    folder = put(kit.home.landing / "north" / place, study())
    assert kit.refresh().problems == []
    assert genotypes(kit) == EXPECTED
    assert arrivals(kit) == [Path(place).name]
    assert kit.land() == []
    assert arrivals(kit) == [Path(place).name]
    assert waiting_files(kit.home, Archive(kit.home)) == []
    (folder / "data_mutations.txt").write_text(maf(call(sample="S2")), encoding="utf-8")
    assert [one.name for one in waiting_files(kit.home, Archive(kit.home))] == [Path(place).name]
    kit.refresh()
    assert arrivals(kit) == [Path(place).name, f"{Path(place).name}#2"]
    assert genotypes(kit) == [("S1", "wild_type"), ("S1P", "wild_type"), ("S2", "mutant"), ("S3", "not_tested")]


def test_a_zip_is_a_file_like_any_other(kit: Kit) -> None:
    """It gives the same rows as the folder."""
    (kit.home.landing / "north" / "cbio").mkdir()
    zip_of_study(kit.home.landing / "north" / "cbio" / "2020-12-31.zip", study())
    assert kit.refresh().problems == []
    assert genotypes(kit) == EXPECTED


def test_files_that_arrive_one_after_the_other(kit: Kit) -> None:
    """Until the last file is there that a meta file names, the study waits, and nothing of it is archived."""
    folder, files = kit.home.landing / "north" / "cbio", study()
    late = {name: files.pop(name) for name in ("data_mutations.txt", "data_clinical_sample.txt")}
    put(folder, {"data_clinical_patient.txt": files["data_clinical_patient.txt"]})
    kit.land()
    assert kit.problems == [
        ("landing/north/cbio/cbio", "The study is not whole: a table of samples is not there yet. It waits.")
    ]
    put(folder, files)
    kit.land()
    assert [sentence for _, sentence in kit.problems] == [
        "The study is not whole: data_clinical_sample.txt is not there yet. It waits."
    ]
    put(folder, late)
    assert kit.refresh().problems == []
    assert genotypes(kit) == EXPECTED


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    """Whatever their order and times; hidden and unfinished files do not count, and a renamed one does."""
    one, other = put(tmp_path / "one", study()), put(tmp_path / "other", dict(reversed(study().items())))
    put(other, {".DS_Store": "x", "data_cna.txt.part": "x"})
    assert sha256_of(one) == sha256_of(other)
    before = stamp_of(one)
    (one / "data_gene_panel_TWO.txt").rename(one / "data_gene_panel_2.txt")
    assert stamp_of(one) != before
    assert sha256_of(one) != sha256_of(other)


def test_a_damaged_archive_is_healed_from_the_folder(kit: Kit) -> None:
    """The folder's bytes are the archived ones, so they replace a damaged copy."""
    put(kit.home.landing / "north" / "cbio", study())
    kit.land()
    archive = Archive(kit.home)
    (arrival,) = [one for one in archive.arrivals if one.export == "cbio"]
    for path in (kit.home.archive / "files").glob(f"*/{arrival.sha256}.zst"):
        path.chmod(0o600)
        path.write_bytes(b"damaged")
    assert not archive.is_whole(arrival)
    assert archive.heal(arrival)


def test_a_study_is_watched_as_one(kit: Kit) -> None:
    """The sensor sees one place, not its files."""
    put(kit.home.landing / "north" / "cbio", study())
    assert [file.place for file in watched(kit.home) if file.export == "cbio"] == ["north/cbio/cbio"]


def test_a_study_with_a_sample_of_two_patients_is_rejected_alone(kit: Kit) -> None:
    """The delivery says what is wrong; the site's other files are loaded."""
    put(kit.home.landing / "north" / "cbio", study(data_clinical_sample=SAMPLES + "P2\tS1\tPrimary\t\t0\n"))
    kit.refresh()
    row = kit.load("cbio", "north")
    assert (row["status"], genotypes(kit)) == ("rejected", [])
    assert "1 samples occur twice in data_clinical_sample.txt" in str(row)
    assert kit.value("SELECT count(*) FROM clean.rfa_sessions") == 3
