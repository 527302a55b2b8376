"""Tests that a proposal holds no cell of an identifier, a text or a date, and no word that may be a person's name."""

import re
from pathlib import Path

from tests.proposals.site_files import columns_of, proposal_of, questions_of, workbook_of
from warehouse.proposals.site_proposal import Proposal

CELLS = ("Hausnummer-77", "Mueller Hans", "Frau Schmidt", "1950-04-17", "P-4711", "Session-81", "schlecht gelaunt")
FILE = """Pat.-Nr.,Name,Geburtsdatum,Sitzung,Eingriffsdatum,Herd,Durchmesser,Kapsel,Bemerkung,Steuerung
P-4711,Mueller Hans,1950-04-17,Session-81,2021-03-25,Hausnummer-77,29,ja,schlecht gelaunt,Frau Schmidt
"""


def _all_text(found: Proposal) -> str:
    places = [f"{one.place} {one.read_as}" for one in found.found]
    return "\n".join([found.text, *places, *(one.reason for one in found.unread), *found.notes])


def test_no_cell_of_identifiers_texts_and_dates_is_written(tmp_path: Path) -> None:
    """Names of columns are written, and the words of coded columns; cells of all other columns are not."""
    found = proposal_of(tmp_path, {"klinik/2021.csv": FILE})
    assert "rfa_sessions" in found.found[0].exports
    assert [cell for cell in CELLS if cell in _all_text(found)] == []


def _coded(*words: str) -> str:
    rows = [f"N-{i},2021-03-{10 + i},1,29,{word}" for i, word in enumerate(words)]
    return "\n".join(["Pat.-Nr.,Eingriffsdatum,Herd,Durchmesser,Kapsel", *rows]) + "\n"


def test_a_name_in_a_coded_column_is_not_asked(tmp_path: Path) -> None:
    """A cell that looks like a person's name or number is counted, not written; a plain word is asked."""
    words = ("ja", "nein", "randständig", "Mueller Hans", "Dr. Weber", "0171 5550123", "17.04.1950")
    found = proposal_of(tmp_path, {"klinik/2021.csv": _coded(*words)})
    assert columns_of(found, "rfa_sessions")["subcapsular"] == {
        "from": "Kapsel",
        "codes": {"ja": "yes", "nein": "no"},
    }
    assert '"randständig" = "?"' in found.text
    assert "Kapsel: 5 values are no word of the dictionary. 4 of them are not written here." in questions_of(found)
    assert [word for word in words[3:] if word in _all_text(found)] == []


def test_two_words_of_many_patients_are_asked(tmp_path: Path) -> None:
    """Two words may be a name, but not if they are cells of several patients."""
    found = proposal_of(tmp_path, {"klinik/2021.csv": _coded(*["am Rande gelegen"] * 3, "ja")})
    assert '"am Rande gelegen" = "?"' in found.text


def test_a_column_of_texts_is_no_column_of_codes(tmp_path: Path) -> None:
    """Of a column with many different cells none is written; it is asked whether it is the right one."""
    words = [f"Befund {number}" for number in range(30)]
    found = proposal_of(tmp_path, {"klinik/2021.csv": _coded(*words).replace("2021-03", "2021-03")})
    assert not re.search(r"Befund \d", _all_text(found))
    assert "Kapsel has more than 25 different values" in questions_of(found)


def test_a_header_that_looks_personal_is_not_matched(tmp_path: Path) -> None:
    """A file without a header does not make somebody's name a column of the proposal."""
    rows = "N-1,Dr. Hans Mueller,2021-03-25\nN-2,Dr. Eva Weber,2021-03-26\n"
    found = proposal_of(tmp_path, {"klinik/2021.csv": rows})
    assert "Mueller" not in _all_text(found)


def test_a_sheet_named_after_a_person_is_not_named(tmp_path: Path) -> None:
    """A workbook with a sheet for each patient: such a sheet is no source, and its name is not repeated."""
    rows = [["Pat.-Nr.", "Eingriffsdatum", "Herd", "Größe (mm)"], ["1", "25.03.2021", "1", "29"]]
    book = workbook_of({"Herr Mueller": rows, "Frau Schmidt": rows})
    found = proposal_of(tmp_path, {"klinik/2021.xlsx": book})
    assert [one.reason.split(",")[0] for one in found.unread] == ["The name of a sheet looks like personal data"] * 2
    assert "Mueller" not in _all_text(found)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """What lies elsewhere is not the site's: it is said, and not read."""
    (tmp_path / "else.csv").write_text(FILE, encoding="utf-8")
    (tmp_path / "north" / "klinik").mkdir(parents=True)
    (tmp_path / "north" / "klinik" / "2021.csv").symlink_to(tmp_path / "else.csv")
    found = proposal_of(tmp_path, {})
    assert (found.found, found.notes) == ((), ("2021.csv is a link out of the site's folder, which is not followed.",))


def test_a_hospital_s_own_record_number_is_asked(tmp_path: Path) -> None:
    """A column of record numbers is not taken for the pseudonym without a question."""
    found = proposal_of(tmp_path, {"klinik/2021.csv": "MRN,gender,birth year\n123,female,1950\n"})
    assert "patient_id" not in columns_of(found, "patients")
    assert '# patient_id = "MRN"' in found.text
