"""The CSV files of Castor's export are read as they come: study, repeating data and surveys, old words and new."""

from pathlib import Path

import pytest

from tests.sources.castor_kit import ABLATION, STUDY, SURVEY, feed_of, groups_text, old, take_text

SESSIONS = """instrument = "Ablation session"
[exports.rfa_sessions.columns]
patient_id = "Participant Id"
session_date = "abl_date"
max_diameter_mm = { from = "abl_size", unit = "cm" }
"""
PATIENTS = (
    'columns = { patient_id = "Participant Id", sex = { from = "sex", labels = true }, birth_year = "birth_year" }'
)
OLD_AND_NEW = pytest.mark.parametrize("words", [str, old], ids=["new words", "old words"])


@OLD_AND_NEW
def test_participants(tmp_path: Path, words: type) -> None:
    """The study's file gives a row for each participant, with labels from the option groups."""
    taken = take_text(tmp_path, words(STUDY), feed_of("patients", PATIENTS), groups_text())
    assert taken.rows == [
        {"patient_id": "TUK-001", "sex": "female", "birth_year": "1950"},
        {"patient_id": "TUK-002", "sex": "male", "birth_year": None},
        {"patient_id": "TUK-003", "sex": None, "birth_year": "1962"},
    ]
    assert taken.reasons == {}


@OLD_AND_NEW
def test_repeating_data(tmp_path: Path, words: type) -> None:
    """Rows of repeating data are rows of the export; one in which nobody filled in a named field is left out."""
    taken = take_text(tmp_path, words(ABLATION), feed_of("rfa_sessions", SESSIONS))
    assert taken.column("max_diameter_mm") == ["25", "15", None]
    assert taken.reasons == {"instrument not filled in": 1}


@OLD_AND_NEW
def test_a_survey(tmp_path: Path, words: type) -> None:
    """A survey that was sent and not answered gives no row."""
    text = 'columns = { patient_id = "Record Id", birth_year = "qol_score", death_date = "qol_date" }'
    taken = take_text(tmp_path, words(SURVEY), feed_of("patients", text))
    assert taken.rows == [{"patient_id": "TUK-001", "birth_year": "61", "death_date": "2020-06-02"}]
    assert taken.reasons == {"instrument not filled in": 1}


def test_dates_need_no_format(tmp_path: Path) -> None:
    """Castor writes DD-MM-YYYY: 05-01-2020 is 5 January, without a format in site.toml."""
    assert take_text(tmp_path, ABLATION, feed_of("rfa_sessions", SESSIONS)).column("session_date")[0] == "2020-01-05"


def test_another_format_of_dates(tmp_path: Path) -> None:
    """A format in site.toml replaces Castor's own, for exports that someone saved again."""
    text = SESSIONS.replace('"abl_date"', '{ from = "abl_date", format = "%m/%d/%Y" }')
    taken = take_text(tmp_path, ABLATION.replace("05-01-2020", "01/05/2020"), feed_of("rfa_sessions", text))
    assert taken.column("session_date")[0] == "2020-01-05"


@pytest.mark.parametrize("partial", ["UK-02-2020", "UK-UK-2020", "uk-02-2020"])
def test_partial_dates_are_not_completed(tmp_path: Path, partial: str) -> None:
    """A date without a day stays as it is, so that the rule of types sets it aside: no day is made up."""
    taken = take_text(tmp_path, ABLATION.replace("UK-02-2020", partial), feed_of("rfa_sessions", SESSIONS))
    assert taken.column("session_date")[1] == partial


def test_a_visit(tmp_path: Path) -> None:
    """event takes the rows below a visit, whatever the case of its name; the others are counted."""
    taken = take_text(tmp_path, ABLATION, feed_of("rfa_sessions", f'event = "follow-up"\n{SESSIONS}'))
    assert taken.column("max_diameter_mm") == ["15"]
    assert taken.reasons == {"another event": 3}


def test_a_visit_that_does_not_occur_is_said(tmp_path: Path) -> None:
    """A named visit that the file lacks beside one that it has is said, since it may be mistyped."""
    taken = take_text(tmp_path, ABLATION, feed_of("rfa_sessions", f'event = ["Treatment", "Month 3"]\n{SESSIONS}'))
    assert "Visits that do not occur: Month 3." in taken.remark


def test_a_file_of_another_form(tmp_path: Path) -> None:
    """Names of fields are unique in Castor, so a file without those of the mapping is of another form."""
    taken = take_text(tmp_path, STUDY, feed_of("rfa_sessions", SESSIONS))
    assert taken.rows == []
    assert taken.reasons == {"another instrument": 3}


def test_a_form_whose_name_ends_alike(tmp_path: Path) -> None:
    """A file of Repeat_Ablation_session has none of the fields of Ablation session and is not taken for it."""
    text = ABLATION.replace("abl_", "rep_")
    taken = take_text(
        tmp_path, text, feed_of("rfa_sessions", SESSIONS), name="TUK_Repeat_Ablation_session_export_1.csv"
    )
    assert taken.reasons == {"another instrument": 4}


def test_a_participants_field_does_not_make_a_form(tmp_path: Path) -> None:
    """The study's file has the participant's field that a mapping names too, and is not the form's for that."""
    text = SESSIONS + 'segment = "sex"'
    assert take_text(tmp_path, STUDY, feed_of("rfa_sessions", text)).reasons == {"another instrument": 3}


def test_the_files_name_decides_with_a_few_fields(tmp_path: Path) -> None:
    """A file named after the form that has some of the fields is the form's: the field that it lacks is refused."""
    text = SESSIONS + 'segment = "sex"\napproach = "x1"\nguidance = "x2"\npower_w = "x3"'
    feed = feed_of("rfa_sessions", text)
    assert take_text(tmp_path, ABLATION, feed).reasons == {"another instrument": 4}
    named = take_text(tmp_path, ABLATION, feed, name="Target_UK_Ablation_session_export_20240115.csv")
    assert len(named.rows) == 3


def test_a_last_column_without_a_name(tmp_path: Path) -> None:
    """Exports of 2020 end each line with a semicolon, so the last column has no name."""
    text = "".join(f"{line};\n" for line in ABLATION.splitlines())
    assert take_text(tmp_path, text, feed_of("rfa_sessions", SESSIONS)).column("max_diameter_mm") == ["25", "15", None]


@pytest.mark.parametrize("delimiter", [",", "\t", "|"])
def test_a_file_saved_again(tmp_path: Path, delimiter: str) -> None:
    """A file that someone saved with another delimiter is read as well."""
    taken = take_text(tmp_path, ABLATION.replace(";", delimiter), feed_of("rfa_sessions", SESSIONS))
    assert taken.column("max_diameter_mm") == ["25", "15", None]


def test_text_keeps_its_hyphens(tmp_path: Path) -> None:
    """Castor replaces a semicolon in a text by a hyphen; nothing turns it back."""
    text = SESSIONS + 'approach = "abl_note"'
    assert take_text(tmp_path, ABLATION, feed_of("rfa_sessions", text)).column("approach")[0] == "first - second look"


def test_castors_columns_of_either_generation_can_be_named(tmp_path: Path) -> None:
    """site.toml may name a column in the words of either generation, and need not change with Castor's."""
    text = 'columns = { patient_id = "record id", vital_status = "Institute Abbreviation", ecog = "Site Abbreviation" }'
    taken = take_text(tmp_path, STUDY, feed_of("patients", text))
    assert taken.column("patient_id")[0] == "TUK-001"


@pytest.mark.parametrize(
    "header", ["drugs#5FU LV", "drugs#5-FU / LV", "drugs#5FULVbolusand", "drugs#5-FU / LV (bolus and"]
)
def test_checkbox_headers(tmp_path: Path, header: str) -> None:
    """The header of an option may lack signs or be cut; letters and digits decide."""
    text = STUDY.replace("drugs#5FU LV", header)
    written = "drugs#5-FU / LV" if "bolus" not in header else "drugs#5-FU / LV (bolus and infusion)"
    taken = take_text(
        tmp_path, text, feed_of("patients", f'columns = {{ patient_id = "Record Id", ecog = "{written}" }}')
    )
    assert taken.column("ecog") == ["0", "1", "0"]
