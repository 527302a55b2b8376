"""Tests of sites with several files of an export: which are sources of it, and how their columns are put together."""

from pathlib import Path

import pytest

from tests.proposals.site_files import columns_of, lines_of, proposal_of, proposed, questions_of
from tests.warehouse.kit import SITE, Kit

OLD = """Pat.-Nr.;Eingriffsdatum;Herd;Durchmesser (mm);Verfahren
1;25.03.2021;1;29;RFA
"""
NEW = """patient_id,session_date,lesion_id,max_diameter_mm,modality,session_id
2,03/25/2022,1,30,microwave,S1
"""


@pytest.mark.long
def test_a_clinic_that_changed_systems(kit: Kit) -> None:
    """Two folders of one export are two sources: columns list both names, dates both formats, and all codes."""
    kit.deliver(SITE, "alt", "2021.csv", OLD.replace("Herd", "Herd;Sitzung").replace("1;29", "1;S9;29"))
    kit.deliver(SITE, "neu", "2022.csv", NEW)
    found = proposed(kit)
    assert lines_of(found)["exports"]["rfa_sessions"]["source"] == ["alt", "neu"]
    columns = columns_of(found, "rfa_sessions")
    assert columns["patient_id"] == ["Pat.-Nr.", "patient_id"]
    assert columns["session_date"] == {"from": ["Eingriffsdatum", "session_date"], "format": ["%d.%m.%Y", "%m/%d/%Y"]}
    assert columns["modality"] == {"from": ["Verfahren", "modality"], "codes": {"microwave": "mwa"}}
    kit.refresh()
    assert kit.tuples(
        "SELECT patient_id, session_id, session_date::VARCHAR, max_diameter_mm, modality "
        "FROM clean.rfa_sessions ORDER BY ALL"
    ) == [("1", "S9", "2021-03-25", 29.0, "rfa"), ("2", "S1", "2022-03-25", 30.0, "mwa")]


def test_sources_in_different_units_are_asked(tmp_path: Path) -> None:
    """One line holds for all sources of an export, so that a second unit is asked."""
    other = OLD.replace("(mm)", "(cm)").replace(";29;", ";2.9;")
    found = proposal_of(tmp_path, {"a/1.csv": OLD, "b/1.csv": other})
    assert "deliver max_diameter_mm in different ways, and one line holds for all" in questions_of(found)


def test_a_canonical_folder_stays_the_source(tmp_path: Path) -> None:
    """An export with a folder of its own is read from there; a column elsewhere is mentioned, not taken."""
    files = {"patients/1.csv": "patient_id,sex\n1,male\n", "klinik/1.csv": OLD.replace("Verfahren", "Geschlecht")}
    found = proposal_of(tmp_path, files)
    assert "patients" not in lines_of(found)["exports"]
    assert found.notes == ("klinik has columns of patients too: Geschlecht. They are not read.",)


def test_files_of_one_kind_are_one_source(tmp_path: Path) -> None:
    """Monthly files are one source; the order of day and month that one of them shows holds for all."""
    files = {"klinik/2021-03.csv": OLD, "klinik/2021-04.csv": OLD.replace("25.03", "03.04")}
    found = proposal_of(tmp_path, files)
    assert lines_of(found)["sources"] == {"klinik": {"delimiter": ";"}}
    assert columns_of(found, "rfa_sessions")["session_date"] == {"from": "Eingriffsdatum", "format": ["%d.%m.%Y"]}


def test_other_files_of_a_folder_are_left_out(tmp_path: Path) -> None:
    """A file that is no table of the source is not read as one: the source names its own files."""
    found = proposal_of(tmp_path, {"klinik/1.csv": OLD, "klinik/letter.pdf": b"%PDF-1.4"})
    assert lines_of(found)["sources"]["klinik"]["files"] == ["*.csv"]


def test_ascii_files_take_the_encoding_of_the_others(tmp_path: Path) -> None:
    """A month without an umlaut is of the same source as one with it."""
    files = {"klinik/1.csv": OLD, "klinik/2.csv": OLD.replace("RFA", "für später").encode("cp1252")}
    assert lines_of(proposal_of(tmp_path, files))["sources"]["klinik"]["encoding"] == "cp1252"


def test_a_name_that_occurs_twice_is_not_taken(tmp_path: Path) -> None:
    """Of two columns of one name no mapping can name one: it is said, and the others are proposed."""
    text = OLD.replace("Verfahren", "Pat.-Nr.").replace(";RFA", ";1")
    found = proposal_of(tmp_path, {"klinik/1.csv": text})
    assert found.notes == (
        "The column Pat.-Nr. occurs more than once in a file of klinik; rename all but the one meant.",
    )


def test_a_folder_within_a_folder_and_a_file_beside_are_said(tmp_path: Path) -> None:
    """What the registry does not read is named with what to do."""
    found = proposal_of(tmp_path, {"klinik/2021/1.csv": OLD, "2.csv": OLD})
    assert found.notes == (
        "2.csv lies beside the folders: move it into one, such as north/files/.",
        "klinik/2021 is a folder within a folder, which is not read.",
    )
