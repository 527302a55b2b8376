"""REDCap files, dictionaries and mappings that do not fit each other are refused in a sentence, with one cure."""

from pathlib import Path

import pytest

from tests.sources.redcap_kit import DATA, HEADER, STUDY, feed_of, sample, sample_dictionary, take, take_text
from warehouse.storage.errors import DeliveryRejected

ABLATION = 'instrument = "ablation"\ncolumns = { patient_id = "pid", session_date = "rfa_date" }'
CELLS = ("Anna", "Bert", "2020-01-05", "001")


def refused(folder: Path, text: str, feed_text: str, dictionary: str | None = STUDY) -> DeliveryRejected:
    """The refusal of a file; it contains no cell and has a cure."""
    feed = feed_of("rfa_sessions", feed_text, 'dictionary = "study.csv"' if dictionary else "")
    with pytest.raises(DeliveryRejected) as refusal:
        take_text(folder, text, feed, dictionary)
    assert refusal.value.cure
    assert not any(cell in str(refusal.value) for cell in CELLS)
    return refusal.value


def test_a_dictionary_of_another_project() -> None:
    """A dictionary that knows few of the file's fields is refused by its name."""
    feed = feed_of("patients", 'columns = { patient_id = "study_id" }', 'dictionary = "trial.csv"')
    with pytest.raises(
        DeliveryRejected, match=r"trial\.csv does not fit the file: it lacks 117 of 124 fields"
    ) as refusal:
        take(sample("longitudinal") / "data.csv", feed, sample_dictionary("clinical-trial-1"))
    assert "trial.csv" in refusal.value.cure


def test_a_dictionary_without_the_record_id(tmp_path: Path) -> None:
    """A dictionary whose first field the file lacks is another project's, though most fields are known."""
    found = refused(tmp_path, DATA.replace("pid,", "case_no,"), ABLATION)
    assert found.message == "study.csv does not fit the file: its record id is not a column of the file."


@pytest.mark.parametrize("dictionary", [STUDY, None])
@pytest.mark.parametrize("column", ["redcap_repeat_instrument", "redcap_repeat_instance"])
def test_a_repeat_column_without_the_other(tmp_path: Path, column: str, dictionary: str | None) -> None:
    """One of the two columns of repeats without the other is half an export."""
    text = DATA.replace(column, "note", 1)
    other = ({"redcap_repeat_instrument", "redcap_repeat_instance"} - {column}).pop()
    assert (
        refused(tmp_path, text, ABLATION, dictionary).message == f"The file has the column {other} but lacks {column}."
    )


def test_a_repeating_instrument_without_repeat_columns(tmp_path: Path) -> None:
    """Where the mapping names an instrument and the file cannot say which rows are its."""
    text = "pid,rfa_date\n001,2020-01-05\n001,2020-02-05\n"
    found = refused(tmp_path, text, ABLATION, None)
    assert found.message.startswith("The file has no columns redcap_repeat_instrument and redcap_repeat_instance")


@pytest.mark.parametrize("dictionary", [STUDY, None])
def test_repeat_columns_cut_off(tmp_path: Path, dictionary: str | None) -> None:
    """A known instrument, several rows of one record, no repeat columns: somebody removed them."""
    text = "pid,sex,patient_complete,rfa_date,done,ablation_complete\n001,2,2,,,\n001,,,2020-01-05,1,2\n"
    found = refused(tmp_path, text, ABLATION, dictionary)
    assert found.message.startswith("The file has no columns redcap_repeat_instrument and redcap_repeat_instance")


@pytest.mark.parametrize("dictionary", [STUDY, None])
def test_an_instrument_that_never_occurs(tmp_path: Path, dictionary: str | None) -> None:
    """The nearest name that the file or the dictionary knows is in the sentence."""
    found = refused(tmp_path, DATA, ABLATION.replace('"ablation"', '"ablations"'), dictionary)
    assert found.message == "The instrument ablations does not occur in the file; the nearest is ablation."


def test_an_event_that_never_occurs(tmp_path: Path) -> None:
    """The nearest event of the file is in the sentence."""
    found = refused(tmp_path, DATA, f'event = "month_3_arm_2"\n{ABLATION}')
    assert found.message == "The event month_3_arm_2 does not occur in the file; the nearest is month_3_arm_1."


def test_events_of_a_project_without_events(tmp_path: Path) -> None:
    """A mapping that names events needs the column of events."""
    found = refused(tmp_path, "pid,sex,patient_complete\n001,2,2\n", f'event = "start"\n{ABLATION}', STUDY)
    assert found.message == "The file has no column redcap_event_name, and site.toml names events."


def test_a_mapping_of_an_identifier(tmp_path: Path) -> None:
    """An identifier is never loaded, so a mapping cannot name one."""
    feed = feed_of("patients", 'columns = { patient_id = "sex_id" }'.replace("sex_id", "ward_code"))
    text = DATA.replace(",name,", ",ward_code,", 1)
    with pytest.raises(DeliveryRejected, match="The field ward_code is marked as an identifier") as refusal:
        take_text(tmp_path, text, feed, STUDY.replace("name,patient", "ward_code,patient", 1))
    assert "unmark it in REDCap" in refusal.value.cure


@pytest.mark.parametrize("column", ["sex", "redcap_event_name", "pid"])
@pytest.mark.parametrize("dictionary", [STUDY, None])
def test_the_same_column_twice(tmp_path: Path, column: str, dictionary: str | None) -> None:
    """REDCap writes each field once: a header with one twice was put together by hand."""
    text = f"{HEADER},{column}\n" + "".join(f"{line},\n" for line in DATA.splitlines()[1:])
    found = refused(tmp_path, text, ABLATION, dictionary)
    assert found.message == f"The column {column} occurs 2 times in the header."


def test_a_file_without_record_id(tmp_path: Path) -> None:
    """A report that begins with REDCap's own column has no record id."""
    text = "redcap_repeat_instrument,redcap_repeat_instance,rfa_date\nablation,1,2020-01-05\n"
    assert refused(tmp_path, text, ABLATION, None).message == "The file's first column is not the record id."


def test_an_instrument_that_only_a_label_could_be(tmp_path: Path) -> None:
    """Without the forms' status nothing says what form a label is: the records' own rows are not taken in its place."""
    text = "pid,redcap_repeat_instrument,redcap_repeat_instance,sex,rfa_date\n001,,,2,\n001,RFA session,1,,2020-01-05\n"
    found = refused(tmp_path, text, ABLATION)
    assert found.message == ("The instrument ablation does not occur in the file; it has RFA session.")
