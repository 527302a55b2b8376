"""Tests of what is asked: nothing that the files leave open becomes a line."""

from pathlib import Path

import pytest

from tests.proposals.site_files import columns_of, lines_of, proposal_of, questions_of


def _sessions(header: str, *rows: str) -> dict[str, str | bytes]:
    return {"klinik/2021.csv": "\n".join([header, *rows]) + "\n"}


def test_an_ambiguous_date_is_never_guessed(tmp_path: Path) -> None:
    """Where every day is below 13 no format is a line; both orders are answers, and what is made of the date waits."""
    found = proposal_of(tmp_path, _sessions("Pat.-Nr.,Eingriffsdatum,Herd,Größe (mm)", "1,03/04/2021,1,29"))
    assert {"session_date", "session_id"}.isdisjoint(columns_of(found, "rfa_sessions"))
    for order in ("%d/%m/%Y", "%m/%d/%Y"):
        assert f'# session_date = {{ from = "Eingriffsdatum", format = ["{order}"] }}' in found.text


@pytest.mark.parametrize(
    ("name", "cells", "lines", "asked"),
    [
        ("Größe (cm)", ("2.9", "3"), {"from": "Größe (cm)", "unit": "cm"}, ""),
        ("Größe (mm)", ("29", "30"), "Größe (mm)", ""),
        ("Größe", ("29", "30"), "Größe", ""),
        ("Größe", ("2.9", "3"), None, "half of the values are below 8, as centimetres are"),
        ("Größe (mm)", ("2.9", "3"), None, "though its name says mm"),
        ("Größe (cm)", ("29", "30"), None, "its name says cm, but half of the values are 8 or more"),
        ("max_diameter_mm", ("2.9", "3"), None, "half of the values are below 8"),
        ("Größe (inch)", ("1.2", "1"), None, "is given in inch"),
    ],
)
def test_a_unit_is_a_line_only_where_name_and_values_agree(
    tmp_path: Path, name: str, cells: tuple[str, str], lines: object, asked: str
) -> None:
    """Diameters: the unit in the name stands if half of the values are of its size; else all units are asked."""
    rows = [f"{i},2021-03-25,{i},{cell}" for i, cell in enumerate(cells)]
    found = proposal_of(tmp_path, _sessions(f"Pat.-Nr.,Eingriffsdatum,Herd,{name}", *rows))
    assert columns_of(found, "rfa_sessions").get("max_diameter_mm") == lines
    assert asked in questions_of(found)


def test_codes_without_words_are_asked(tmp_path: Path) -> None:
    """1 and 2 mean nothing by themselves; 1 and 0 are yes and no of a flag, but not beside other numbers."""
    header = "Pat.-Nr.,Geschlecht,Extrahepatische Metastasen,Frühere Chemotherapie"
    found = proposal_of(tmp_path, _sessions(header, "1,1,1,1", "2,2,0,2"))
    columns = columns_of(found, "patients")
    assert columns["extrahepatic_disease"]["codes"] == {"1": "yes", "0": "no"}
    assert columns["sex"] == {"from": "Geschlecht"}
    assert columns["prior_chemotherapy"] == {"from": "Frühere Chemotherapie"}
    assert '# sex.codes."1" = "?"\n# sex.codes."2" = "?"\n' in found.text


def test_numbers_for_not_known(tmp_path: Path) -> None:
    """999 is no diameter and so means: not known; -9 is asked, since it is also a margin."""
    header = "Pat.-Nr.,Eingriffsdatum,Herd,Größe (mm),Ablationsrand (mm)"
    rows = ["1,2021-03-25,1,29,5", "2,2021-03-25,1,999,-9", "3,2021-03-25,1,-9,4", "4,2021-03-25,1,28,k.A."]
    found = proposal_of(tmp_path, _sessions(header, *rows))
    assert lines_of(found)["sources"]["klinik"]["missing"] == ["999", "k.A."]
    assert '# missing = ["999", "k.A.", "-9"]' in found.text


def test_a_patient_of_that_number_is_a_patient(tmp_path: Path) -> None:
    """A number for not known that may also become an identifier is asked: as a line it would empty the identifier."""
    header = "Pat.-Nr.,Eingriffsdatum,Herd,Größe (mm)"
    found = proposal_of(tmp_path, _sessions(header, "101,2021-03-25,1,29", "102,2021-03-25,1,999"))
    assert "missing" not in lines_of(found)["sources"]["klinik"]
    assert '# missing = ["999"]' in found.text


def test_a_word_that_is_a_code_elsewhere_is_not_taken_for_missing(tmp_path: Path) -> None:
    """unbekannt is a code of the sex: it is not emptied there because another column does not know it."""
    header = "Pat.-Nr.,Geschlecht,CEA (ng/ml)"
    found = proposal_of(tmp_path, _sessions(header, "1,unbekannt,5", "2,m,unbekannt"))
    assert "missing" not in lines_of(found)["sources"]["klinik"]
    assert columns_of(found, "patients")["sex"]["codes"] == {"m": "male", "unbekannt": "unknown"}
    assert "CEA (ng/ml): 1 cell is no number" in questions_of(found)


def test_commas_and_points_are_asked(tmp_path: Path) -> None:
    """A decimal comma is a line only if no number has a decimal point."""
    header = "Pat.-Nr.;Eingriffsdatum;Herd;Größe (mm)"
    mixed = proposal_of(tmp_path / "a", _sessions(header, "1;2021-03-25;1;29,5", "2;2021-03-25;1;28.5"))
    assert "decimal" not in lines_of(mixed)["sources"]["klinik"]
    assert '# decimal = ","' in mixed.text
    thousands = proposal_of(tmp_path / "b", _sessions("Pat.-Nr.;CEA;Geschlecht", "1;1,200;m", "2;3,100;w"))
    assert "decimal" not in lines_of(thousands)["sources"]["klinik"]


def test_other_procedures_are_asked_as_a_filter(tmp_path: Path) -> None:
    """A resection among ablations makes a question about rows, with the words of the ablations as answer."""
    header = "Pat.-Nr.,Eingriffsdatum,Herd,Größe (mm),Verfahren"
    found = proposal_of(tmp_path, _sessions(header, "1,2021-03-25,1,29,RFA", "2,2021-03-25,1,29,Resektion"))
    assert '# where = { "Verfahren" = ["RFA"] }' in found.text


def test_a_mistyped_name_is_asked(tmp_path: Path) -> None:
    """A name that is nearly a known one is not taken without a question."""
    found = proposal_of(tmp_path, _sessions("Pat.-Nr.,Eingrifsdatum,Herd,Größe (mm)", "1,2021-03-25,1,29"))
    assert "session_date" not in columns_of(found, "rfa_sessions")
    assert '# session_date = "Eingrifsdatum"' in found.text


def test_a_word_that_may_mean_more_is_asked(tmp_path: Path) -> None:
    """A recurrence may be elsewhere in the liver: it is a lesion's status only if a person says so."""
    header = "Pat.-Nr.,Untersuchungsdatum,neue Herde,Rezidiv"
    found = proposal_of(tmp_path, _sessions(header, "1,2021-03-25,nein,Lokalrezidiv"))
    assert "lesion_status" not in columns_of(found, "imaging_followups")
    assert '# lesion_status = { from = "Rezidiv", codes = { "Lokalrezidiv" = "ltp" } }' in found.text


def test_the_status_of_a_form_is_no_field(tmp_path: Path) -> None:
    """REDCap's ablation_complete says that a form is complete, and not that an ablation is."""
    header = "record_id,ablation_date,tumor_size,ablation_complete"
    found = proposal_of(tmp_path, _sessions(header, "1,2021-03-25,29,2"))
    assert "technical_success" not in found.text
    assert columns_of(found, "rfa_sessions")["session_date"] == "ablation_date"


def test_two_columns_of_one_meaning_are_asked(tmp_path: Path) -> None:
    """Where two columns may be meant, a person takes one."""
    header = "Pat.-Nr.,Eingriffsdatum,Datum RFA,Herd,Größe (mm)"
    found = proposal_of(tmp_path, _sessions(header, "1,2021-03-25,2021-03-26,1,29"))
    assert "session_date" not in columns_of(found, "rfa_sessions")
    assert "Several columns may be session_date: Eingriffsdatum, Datum RFA." in questions_of(found)


def test_a_required_column_that_no_file_has_is_asked(tmp_path: Path) -> None:
    """The export's tables stand, and each lacking column has a question with an answer."""
    found = proposal_of(tmp_path, {"fu/1.csv": "Pat.-Nr.,Untersuchungsdatum,Lokalrezidiv\n1,2021-03-25,LTP\n"})
    assert '# contrast_enhanced = { value = "yes" }' in found.text
    assert '# modality = { value = "ct" }' in found.text


def test_a_folder_of_unknown_columns_is_asked(tmp_path: Path) -> None:
    """A file whose columns tell no export is no source without an answer; one that cannot be read is named."""
    found = proposal_of(tmp_path, {"lab/1.csv": "Pat.-Nr.,Datum\n1,2021-03-25\n", "lab/x.pdf": b"%PDF-1.4"})
    assert "# [sources.lab]" in found.text
    assert [(one.file_name, one.reason.split(".")[0]) for one in found.unread] == [("x.pdf", "The file is a PDF")]
