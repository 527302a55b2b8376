"""The ZIP of Castor's export is read as one study, with what is known of a participant beside each session."""

from pathlib import Path

import pytest

from tests.sources.castor_kit import ABLATION, REPORT_VARIABLES, STUDY, feed_of, groups_text, old, take, zip_of

N_ROWS = 3 + 4 + 2
"""Rows of the study, of repeating data and of the survey."""
SESSIONS = """instrument = "ablation session"
[exports.rfa_sessions.columns]
patient_id = "Participant Id"
session_date = "abl_date"
segment = { from = "abl_segment", labels = true }
approach = { from = "sex", labels = true }
guidance = "Institute Abbreviation"
"""
PATIENTS = (
    'columns = { patient_id = "Participant Id", sex = { from = "sex", labels = true }, birth_year = "birth_year" }'
)


def test_participants_are_the_rows_without_an_instrument(tmp_path: Path) -> None:
    """Without instrument the study's rows are taken, the others counted; labels come from the ZIP itself."""
    taken = take(zip_of(tmp_path), feed_of("patients", PATIENTS), N_ROWS)
    assert taken.column("sex") == ["female", "male", None]
    assert taken.reasons == {"another instrument": 6}


@pytest.mark.parametrize("words", [str, old], ids=["new words", "old words"])
def test_what_is_known_of_a_participant_is_filled_in(tmp_path: Path, words: type) -> None:
    """A field of the study and the site stand beside each session of the participant."""
    taken = take(
        zip_of(tmp_path, study=words(STUDY), ablation=words(ABLATION)), feed_of("rfa_sessions", SESSIONS), N_ROWS
    )
    assert taken.column("approach") == ["female", "female", "male"]
    assert taken.column("guidance") == ["KAR", "KAR", "KAR"]
    assert taken.column("segment") == ["segment 7", "segment 8", "4a"]
    assert taken.reasons == {"another instrument": 5, "instrument not filled in": 1}
    assert "Filled from the participant's row: Institute Abbreviation, sex." in taken.remark


def test_a_mark_of_missing_is_not_filled_in(tmp_path: Path) -> None:
    """A participant's value that is marked as missing is empty in the sessions as well."""
    path = zip_of(tmp_path, ablation=ABLATION.replace('"";"";"";""', '"01-05-2020";"";"";""'))
    assert take(path, feed_of("rfa_sessions", SESSIONS), N_ROWS).column("approach")[-1] is None


def test_a_survey_of_the_study(tmp_path: Path) -> None:
    """A survey is named as its file is, without regard to signs: EORTC_QLQ-C30 is EORTC QLQ-C30."""
    text = 'instrument = "EORTC QLQ-C30"\ncolumns = { patient_id = "Record Id", ecog = "qol_score" }'
    taken = take(zip_of(tmp_path), feed_of("patients", text), N_ROWS)
    assert taken.column("ecog") == ["61"]
    assert taken.reasons == {"another instrument": 7, "instrument not filled in": 1}


def test_a_visit_of_the_study(tmp_path: Path) -> None:
    """event takes the rows below a visit."""
    taken = take(zip_of(tmp_path), feed_of("rfa_sessions", f'event = "Treatment"\n{SESSIONS}'), N_ROWS)
    assert taken.column("segment") == ["segment 7", "4a"]
    assert taken.reasons["another event"] == 1


def test_lines_are_numbered_through(tmp_path: Path) -> None:
    """Each row of the ZIP has a line of its own, so that an entry of quarantine names one row."""
    import duckdb

    from warehouse.sources.open_mapped import open_prepared

    con = duckdb.connect()
    source = open_prepared(con, zip_of(tmp_path), feed_of("rfa_sessions", SESSIONS), {}).source
    lines = con.execute(f"SELECT {source.line} FROM {source.relation} ORDER BY 1").fetchall()
    assert lines == [(number,) for number in range(1, N_ROWS + 1)]


def test_a_dictionary_beside_site_toml_comes_first(tmp_path: Path) -> None:
    """Option groups that the site put beside its site.toml replace those of the ZIP."""
    other = groups_text().replace('"Sex";"female";"2"', '"Sex";"woman";"2"')
    taken = take(zip_of(tmp_path), feed_of("patients", PATIENTS), N_ROWS, other)
    assert taken.column("sex") == ["woman", "male", None]


def test_a_study_without_variable_lists(tmp_path: Path) -> None:
    """Values can be read by codes where nothing says what they mean."""
    text = PATIENTS.replace("labels = true", 'codes = { "1" = "male", "2" = "female" }')
    path = zip_of(tmp_path, variables=None, report_variables=None, options=None)
    assert take(path, feed_of("patients", text), N_ROWS).column("sex") == ["female", "male", None]


def test_a_checkbox_has_no_labels(tmp_path: Path) -> None:
    """The options of a checkbox are columns with 0 and 1, and not codes of an option group."""
    text = 'columns = { patient_id = "Record Id", ecog = "drugs#5-FU / LV" }'
    assert take(zip_of(tmp_path), feed_of("patients", text), N_ROWS).column("ecog") == ["0", "1", "0"]


def test_a_form_in_another_folder_of_the_zip(tmp_path: Path) -> None:
    """Folders inside the ZIP do not matter."""
    path = zip_of(tmp_path, **{"ablation": None, "export/Target_UK_Ablation_session_export_1": ABLATION})
    assert len(take(path, feed_of("rfa_sessions", SESSIONS), N_ROWS).rows) == 3


def test_labels_of_a_report(tmp_path: Path) -> None:
    """The variable list of reports says which option group a field of repeating data has."""
    path = zip_of(tmp_path, report_variables=REPORT_VARIABLES.replace('"Segment"', '"Sex"'))
    assert take(path, feed_of("rfa_sessions", SESSIONS), N_ROWS).column("segment") == ["7", "8", "4a"]


def test_a_study_can_be_stored_beside_its_rows(tmp_path: Path) -> None:
    """What the ZIP says of forms and option groups survives as text, for what is kept of it after an erasure."""
    import duckdb

    from warehouse.readers.reading import AS_USUAL
    from warehouse.sources.castor.opening import open_castor
    from warehouse.sources.castor.stored_study import as_text, from_text

    castor = open_castor(duckdb.connect(), zip_of(tmp_path), AS_USUAL)
    assert from_text(castor.source, as_text(castor)) == castor
    one = tmp_path / "study.csv"
    one.write_text(STUDY)
    castor = open_castor(duckdb.connect(), one, AS_USUAL)
    assert from_text(castor.source, as_text(castor)) == castor
