"""A data dictionary decides what may be loaded: what is none waits in landing/, and without it nothing is read."""

from pathlib import Path

import pytest

from tests.sources.redcap_kit import DATA, STUDY
from tests.sources.redcap_xml import project_xml
from tests.warehouse.kit import SITE, Kit
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.queries.open_entries import open_entries
from warehouse.queries.rows_as_delivered import rows_as_delivered

TOML = """
[sources.redcap]
kind = "redcap"
dictionary = "project.xml"
[exports.patients]
source = "redcap"
instrument = "The patient"
columns = { patient_id = "pid", sex = { from = "sex", labels = true } }
"""
ABSENT = "project.xml, the dictionary of [sources.redcap] in site.toml, has not come"
FILE = "2024-01-01.csv"
WITH_RECORDS = project_xml(STUDY, ["ablation"], DATA)


@pytest.mark.long
def test_a_project_xml_beside_site_toml(kit: Kit) -> None:
    """Choices have their labels, an instrument may be named by its label, and identifiers are only in the archive."""
    _deliver(kit, project_xml(STUDY, ["ablation"]))
    assert kit.problems == []
    assert kit.tuples("SELECT patient_id, sex FROM clean.patients ORDER BY 1") == [("001", "female"), ("002", "male")]
    assert "Left out as identifiers: name." in kit.load(FILE)["reason"]
    assert not [name for name in _tables(kit) if "Anna" in str(kit.tuples(f"SELECT t::VARCHAR FROM {name} t"))]


def test_records_beside_site_toml_are_not_archived(kit: Kit) -> None:
    """An XML with records waits in landing/, and says where it belongs."""
    _deliver(kit, WITH_RECORDS)
    ((place, sentence),) = kit.problems
    assert place == f"landing/{SITE}/project.xml"
    assert sentence.startswith("The XML holds records, and a data dictionary holds none. The file waits. In REDCap,")
    assert [a.file_name for a in Archive(kit.home).arrivals if a.export == SITE_EXPORT] == ["site.toml"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (STUDY.replace("Diameter", "Größe").encode("cp1252"), "The data dictionary is not UTF-8."),
        (DATA.encode(), "The data dictionary lacks the column Variable / Field Name."),
        (project_xml(STUDY).encode()[:2000], "The file is not valid XML, or only a part of it."),
        (b"", "The data dictionary lacks the column Variable / Field Name."),
        (b"PK\x03\x04" + bytes(range(256)), "The data dictionary is not UTF-8."),
    ],
)
def test_what_is_no_dictionary_waits(kit: Kit, content: bytes, reason: str) -> None:
    """Excel's cp1252, a data file, half an XML, an empty file, a workbook: a reason, and another site goes on."""
    kit.deliver("south", "patients", FILE, "patient_id,sex\nP1,male\n")
    _deliver(kit, content)
    ((place, sentence),) = kit.problems
    assert place == f"landing/{SITE}/project.xml" and sentence.startswith(f"{reason} The file waits. In ")
    assert kit.tuples("SELECT site, patient_id FROM clean.patients") == [("south", "P1")]


@pytest.mark.long
def test_without_its_dictionary_a_file_is_not_read(kit: Kit) -> None:
    """Identifiers would be loaded: the file is rejected by the dictionary's name, and read when it has come."""
    _deliver(kit, None)
    load = kit.load(FILE)
    assert load["status"] == "rejected" and load["reason"].startswith(ABSENT)
    assert load["rows_received"] == 0
    (kit.home.landing / SITE / "project.xml").write_text(project_xml(STUDY, ["ablation"]), encoding="utf-8")
    kit.refresh()
    assert kit.load(FILE)["status"] == "accepted"
    assert kit.tuples("SELECT patient_id, sex FROM clean.patients ORDER BY 1") == [("001", "female"), ("002", "male")]


@pytest.mark.long
def test_a_dictionary_that_waits_leaves_the_one_before(kit: Kit) -> None:
    """A new dictionary that is none changes nothing for the files that an earlier one reads."""
    _deliver(kit, project_xml(STUDY, ["ablation"]))
    (kit.home.landing / SITE / "project.xml").write_text(WITH_RECORDS, encoding="utf-8")
    kit.deliver(SITE, "redcap", "2024-02-01.csv", DATA)
    kit.refresh()
    assert len(kit.problems) == 1
    assert kit.load("2024-02-01.csv")["status"] == "accepted"


@pytest.mark.long
def test_an_archived_dictionary_that_is_not_utf8(kit: Kit, tmp_path: Path) -> None:
    """One that an earlier version archived rejects the files that need it, and stops no other site."""
    path = tmp_path / "project.xml"
    path.write_bytes(STUDY.replace("Diameter", "Größe").encode("cp1252"))
    Archive(kit.home).take(path, SITE, SITE_EXPORT, lambda *_: None)
    kit.deliver("south", "patients", FILE, "patient_id,sex\nP1,male\n")
    _deliver(kit, None)
    load = next(row for row in kit.rows("SELECT * FROM meta.loads") if row["site"] == SITE)
    assert load["reason"].startswith("The data dictionary is not UTF-8. This concerns project.xml. In Excel, save it")
    assert kit.tuples("SELECT site, patient_id FROM clean.patients") == [("south", "P1")]


@pytest.mark.long
def test_an_xml_with_records_needs_no_dictionary(kit: Kit) -> None:
    """In the source's folder the same XML is data, read with the dictionary inside, whatever site.toml names."""
    kit.configure(SITE, TOML)
    kit.deliver(SITE, "redcap", "2024-01-01.xml", WITH_RECORDS)
    kit.refresh()
    assert kit.tuples("SELECT patient_id, sex FROM clean.patients ORDER BY 1") == [("001", "female"), ("002", "male")]


@pytest.mark.long
def test_a_query_sheet_has_no_identifier(kit: Kit) -> None:
    """The row as delivered, beside an open entry, lacks the fields that the dictionary marks as identifiers."""
    columns = '{ patient_id = "pid", sex = { from = "sex", labels = true }, birth_year = "drugs___1" }'
    _deliver(kit, project_xml(STUDY, ["ablation"]), TOML.replace(TOML[TOML.index("{ patient") : -1], columns))
    entries = open_entries(kit.con, SITE, rows_as_delivered(kit.con, Archive(kit.home), SITE))
    said = [cell for entry in entries for cell in entry.cells if "As delivered" in cell]
    assert len(said) == len(entries) > 0
    assert all("As delivered: pid: 00" in one and "patient_complete: 2" in one for one in said)
    assert not any("Anna" in one or "Bert" in one for one in said)


def _deliver(kit: Kit, dictionary: str | bytes | None, site_toml: str = TOML) -> None:
    kit.configure(SITE, site_toml)
    if dictionary is not None:
        content = dictionary.encode() if isinstance(dictionary, str) else dictionary
        (kit.home.landing / SITE / "project.xml").write_bytes(content)
    kit.deliver(SITE, "redcap", FILE, DATA)
    kit.refresh()


def _tables(kit: Kit) -> list[str]:
    sql = "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
    return [name for (name,) in kit.tuples(f"{sql} WHERE schema_name IN ('raw', 'clean', 'quality')")]
