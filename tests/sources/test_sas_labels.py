"""Tests that labels = true takes the value labels of SAS files from the catalogue that site.toml names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.erasure.mapped_study import erase
from tests.warehouse.kit import SITE, Kit
from tests.warehouse.sas_catalogue import write_catalogue
from tests.warehouse.statistics_kit import write_xpt
from warehouse.readers.statistics.catalogue import read_catalogue
from warehouse.storage.errors import DeliveryRejected

CODES = 'codes = { "m\u00e4nnlich" = "male", weiblich = "female", Mann = "male", Frau = "female" }'
SITE_TOML = f"""
[sources.klinik]
dictionary = "formats.sas7bcat"

[exports.patients]
source = "klinik"
[exports.patients.columns]
patient_id = "PATNR"
sex = {{ from = "GESCHL", labels = true, {CODES} }}
"""
LABELS = {"GESCHLF": {1.0: "m\u00e4nnlich", 2.0: "weiblich"}}
OF_LATER = {"GESCHLF": {1.0: "Frau", 2.0: "Mann"}}
PATIENT = "ZQERASED-1"
SEXES = "SELECT patient_id, sex FROM clean.patients ORDER BY ALL"


def catalogue(folder: Path, formats: dict = LABELS) -> bytes:
    """The bytes of a catalogue with these formats."""
    return write_catalogue(folder / "made.sas7bcat", formats).read_bytes()


def delivered(
    kit: Kit, folder: Path, name: str = "a.xpt", ids: tuple[str, ...] = ("P1", "P2"), form: str = "GESCHLF8"
) -> Kit:
    """Deliver a SAS file of patients whose sexes are 1, 2, ... in a column of that format."""
    columns = {"PATNR": list(ids), "GESCHL": [float(i % 3 + 1) for i in range(len(ids))]}
    path = write_xpt(folder / "made.xpt", columns, variable_format={"GESCHL": form} if form else {})
    kit.deliver(SITE, "klinik", name, path.read_bytes())
    return kit


def beside(kit: Kit, content: bytes, name: str = "formats.sas7bcat") -> None:
    """Put a file beside site.toml."""
    path = kit.home.landing / SITE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def reason(kit: Kit, name: str = "a.xpt") -> str:
    """Why a delivery was rejected."""
    load = kit.load(name)
    assert load["status"] == "rejected"
    return load["reason"]


@pytest.mark.long
def test_labels_of_the_catalogue(kit: Kit, tmp_path: Path) -> None:
    """Codes become the labels of their column's format, which codes then map; a code without a label stays."""
    kit.configure(SITE, SITE_TOML)
    beside(kit, catalogue(tmp_path))
    delivered(kit, tmp_path, ids=("P1", "P2", "P3")).refresh()
    assert kit.problems == []
    assert kit.tuples("SELECT patient_id, sex FROM raw.patients_current ORDER BY ALL") == [
        ("P1", "male"),
        ("P2", "female"),
        ("P3", "3"),
    ]


@pytest.mark.long
def test_a_file_is_read_with_the_catalogue_before_it(kit: Kit, tmp_path: Path) -> None:
    """A later catalogue holds for later files alone, and a refresh from the archive gives the same rows."""
    kit.configure(SITE, SITE_TOML)
    beside(kit, catalogue(tmp_path))
    delivered(kit, tmp_path).refresh()
    beside(kit, catalogue(tmp_path, OF_LATER))
    kit.refresh()
    assert kit.tuples(SEXES) == [("P1", "male"), ("P2", "female")]
    delivered(kit, tmp_path, "b.xpt", ids=("P8", "P9"))
    found = kit.refresh().tuples("SELECT patient_id, sex FROM raw.patients_current ORDER BY ALL")
    assert found == [("P1", "male"), ("P2", "female"), ("P8", "female"), ("P9", "male")]
    (kit.home.landing / SITE / "formats.sas7bcat").unlink()
    assert kit.refresh(full=True).tuples("SELECT patient_id, sex FROM raw.patients_current ORDER BY ALL") == found


@pytest.mark.parametrize(
    ("site_toml", "formats", "form", "said"),
    [
        (SITE_TOML.replace('dictionary = "formats.sas7bcat"', ""), LABELS, "GESCHLF8", "A SAS file holds no value"),
        (SITE_TOML, None, "GESCHLF8", "has not come yet"),
        (SITE_TOML, {"OTHERF": {1.0: "x"}}, "GESCHLF8", "has no format GESCHLF"),
        (SITE_TOML, LABELS, "", "has no format in the SAS file"),
    ],
)
def test_labels_that_nothing_gives(
    kit: Kit, tmp_path: Path, site_toml: str, formats: dict | None, form: str, said: str
) -> None:
    """Without a catalogue, without the format in it or in the file, labels = true rejects the file with a cure."""
    kit.configure(SITE, site_toml)
    if formats is not None:
        beside(kit, catalogue(tmp_path, formats))
    delivered(kit, tmp_path, form=form).refresh()
    assert said in reason(kit) and "codes instead of labels" in reason(kit)


@pytest.mark.long
def test_a_catalogue_that_comes_later(kit: Kit, tmp_path: Path) -> None:
    """A file that came before its catalogue is read with the first one that comes."""
    kit.configure(SITE, SITE_TOML)
    delivered(kit, tmp_path).refresh()
    assert kit.load("a.xpt")["status"] == "rejected"
    beside(kit, catalogue(tmp_path))
    assert kit.refresh().tuples(SEXES) == [("P1", "male"), ("P2", "female")]


def test_a_catalogue_among_the_files(kit: Kit, tmp_path: Path) -> None:
    """A catalogue in the source's folder is no delivery of rows: the refusal says where it goes."""
    kit.configure(SITE, SITE_TOML)
    kit.deliver(SITE, "klinik", "formats.sas7bcat", catalogue(tmp_path))
    assert "beside site.toml" in reason(kit.refresh(), "formats.sas7bcat")


@pytest.mark.parametrize("content", [b"code;label\n1;x\n", bytes(100)])
def test_another_file_under_its_name(kit: Kit, tmp_path: Path, content: bytes) -> None:
    """A file that is no catalogue is refused as such where labels are asked for."""
    kit.configure(SITE, SITE_TOML)
    beside(kit, content)
    assert "not a catalogue" in reason(delivered(kit, tmp_path).refresh())


def test_a_damaged_catalogue(tmp_path: Path) -> None:
    """A catalogue that is cut off is refused."""
    with pytest.raises(DeliveryRejected, match="cannot be read") as refusal:
        read_catalogue(catalogue(tmp_path)[:1500])
    assert "PROC FORMAT" in refusal.value.cure


def test_a_dictionary_of_a_table_is_a_catalogue(kit: Kit) -> None:
    """A table's dictionary of another name is refused in site.toml: a forgotten kind would leave it unread."""
    kit.configure(SITE, SITE_TOML.replace("formats.sas7bcat", "dictionary.csv"))
    kit.refresh()
    assert "catalogue of SAS formats" in kit.problems[0][1]


def test_codes_below_zero(tmp_path: Path) -> None:
    """The labels of codes below zero are left out: pyreadstat 1.3.7 gives the label of -4 to -1, of -7 to -0.625."""
    formats = {"STATUSF": {1.0: "ltp", 0.0: "none", -4.0: "not done", -7.0: "unknown"}, "$SEXF": {"m": "male"}}
    found = read_catalogue(catalogue(tmp_path, formats))
    assert found["STATUSF"].labels == {"1": "ltp", "0": "none"} and found["STATUSF"].n_left_out == 2
    assert found["$SEXF"].labels == {"m": "male"}


def test_letters_of_missing_values(tmp_path: Path) -> None:
    """The label of a missing value's letter is that of its reason, written with a point; of text it is a code."""
    found = read_catalogue(catalogue(tmp_path, {"XF": {1.0: "ltp", "A": "not done"}, "$XF": {"A": "left"}}))
    assert found["XF"].labels == {"1": "ltp", ".A": "not done"} and found["$XF"].labels == {"A": "left"}


@pytest.mark.long
def test_what_an_erasure_keeps(kit: Kit, tmp_path: Path) -> None:
    """After an erasure the rows of others keep their labels."""
    kit.configure(SITE, SITE_TOML)
    beside(kit, catalogue(tmp_path))
    delivered(kit, tmp_path, ids=("P1", PATIENT)).refresh()
    erase(kit, PATIENT, SITE)
    assert kit.refresh(full=True).tuples(SEXES) == [("P1", "male")]
