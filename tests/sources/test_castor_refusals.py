"""Castor files, ZIPs and mappings that do not fit each other are refused in a sentence, with one cure."""

import zipfile
from pathlib import Path

import pytest

from tests.sources.castor_kit import (
    ABLATION,
    FIELD_OPTIONS,
    STUDY,
    VARIABLES,
    feed_of,
    groups_text,
    take,
    take_text,
    zip_of,
)
from warehouse.sources.castor.option_groups import read_option_groups
from warehouse.storage.errors import DeliveryRejected, RegistryError

SESSIONS = 'instrument = "Ablation session"\ncolumns = { patient_id = "Record Id", session_date = "abl_date" }'
PATIENTS = 'columns = { patient_id = "Record Id", sex = { from = "sex", labels = true } }'
CELLS = ("TUK-001", "04-01-2020", "second look", "-98")


def refused(path: Path, export: str, text: str, dictionary: str | None = None) -> DeliveryRejected:
    """The refusal of a file; it contains no cell and has a cure."""
    with pytest.raises(DeliveryRejected) as refusal:
        take(path, feed_of(export, text), 0, dictionary)
    assert refusal.value.cure
    assert not any(cell in str(refusal.value) for cell in CELLS)
    return refusal.value


def text_file(folder: Path, text: str) -> Path:
    """A CSV with this text."""
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_no_participant(tmp_path: Path) -> None:
    """A table without Castor's column of the participant is none of its exports."""
    path = text_file(tmp_path, STUDY.replace("Participant Id", "Patient"))
    assert refused(path, "patients", PATIENTS).message == "The file has no column Participant Id or Record Id."


def test_both_generations_in_one_header(tmp_path: Path) -> None:
    """Record Id beside Participant Id: nothing says which is the participant."""
    path = text_file(tmp_path, STUDY.replace("Participant Status", "Record Id"))
    assert refused(path, "patients", PATIENTS).message == "The column Record Id occurs twice, or under two names."


def test_labels_without_option_groups(tmp_path: Path) -> None:
    """labels = true needs the option groups: values are never taken for labels."""
    found = refused(text_file(tmp_path, STUDY), "patients", PATIENTS)
    assert found.message == "No option group says what the values of sex mean, and labels = true asks for it."


def test_option_groups_of_another_study(tmp_path: Path) -> None:
    """Option groups that do not know the field give no labels."""
    other = groups_text().replace('"sex"', '"gender"')
    assert refused(text_file(tmp_path, STUDY), "patients", PATIENTS, other).message.startswith("No option group says")


def test_an_instrument_that_does_not_occur(tmp_path: Path) -> None:
    """A mistyped form of a whole study is refused with the nearest."""
    found = refused(zip_of(tmp_path), "rfa_sessions", SESSIONS.replace("Ablation session", "Ablation sesion"))
    assert found.message == "The form Ablation sesion does not occur in the study; the nearest is Ablation_session."


def test_a_visit_that_does_not_occur(tmp_path: Path) -> None:
    """A visit of which no row is found is refused."""
    found = refused(zip_of(tmp_path), "rfa_sessions", f'event = "Treatmnt"\n{SESSIONS}')
    assert found.message == "The visit Treatmnt does not occur in the file; the nearest is Treatment."


@pytest.mark.parametrize("name", ["study.csv", "study.zip"])
def test_a_visit_of_participants(tmp_path: Path, name: str) -> None:
    """A participant's row has all visits, so a visit cannot choose among rows."""
    path = zip_of(tmp_path) if name.endswith("zip") else text_file(tmp_path, STUDY)
    text = PATIENTS.replace(", labels = true", "")
    assert "Remove event" in refused(path, "patients", f'event = "Treatment"\n{text}').cure


def test_two_options_cut_to_the_same(tmp_path: Path) -> None:
    """Two headers that may both be the option are not guessed between."""
    text = STUDY.replace("drugs#FOLFOX", "drugs#bevacizumab").replace("drugs#5FU LV", "drugs#bevacizumab an")
    mapping = 'columns = { patient_id = "Record Id", ecog = "drugs#Bevacizumab and another" }'
    assert refused(text_file(tmp_path, text), "patients", mapping).message.startswith("Several columns of the file")


def test_a_participant_twice(tmp_path: Path) -> None:
    """Two rows of one participant are two exports in one file: nothing can be filled in."""
    text = SESSIONS.replace("session_date", 'segment = "sex", session_date')
    found = refused(zip_of(tmp_path, study=STUDY + STUDY.splitlines()[1] + "\n"), "rfa_sessions", text)
    assert found.message == "1 participants occur twice in the study's rows."


def test_two_studies_in_one_zip(tmp_path: Path) -> None:
    """Two tables of participants are two exports."""
    path = zip_of(tmp_path, other_export_2=STUDY)
    assert refused(path, "patients", PATIENTS).message == "The ZIP has several tables of participants."


def test_one_field_in_two_forms(tmp_path: Path) -> None:
    """A field's name is unique in a study, so a second one is another study's."""
    path = zip_of(tmp_path, ablation=ABLATION.replace("abl_size", "birth_year"))
    assert refused(path, "patients", PATIENTS).message.startswith("The field birth_year is in two forms")


def test_a_zip_without_data(tmp_path: Path) -> None:
    """Variable lists alone are no data."""
    path = zip_of(tmp_path, study=None, ablation=None, survey=None)
    assert refused(path, "patients", PATIENTS).message.startswith("The ZIP has no table of a study")


def test_a_zip_without_tables(tmp_path: Path) -> None:
    """An export for SPSS has no CSV."""
    path = tmp_path / "spss.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("study.sps", "GET DATA")
    assert refused(path, "patients", PATIENTS).message == "The ZIP has no CSV file."


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_part_of_a_zip(tmp_path: Path, share: float) -> None:
    """A download that broke off is refused."""
    path = zip_of(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert refused(path, "patients", PATIENTS).message == "The ZIP is damaged or only a part of one."


def test_a_changed_byte_in_a_zip(tmp_path: Path) -> None:
    """A table whose checksum does not hold is refused."""
    path = zip_of(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"TUK-002", b"TUK-009", 1))
    assert refused(path, "patients", PATIENTS).message == "The ZIP is damaged or only a part of one."


def test_a_table_that_breaks_off(tmp_path: Path) -> None:
    """A row with too few cells is found when the rows are read, as in any CSV."""
    with pytest.raises(Exception, match="CSV|column|Line|line"):
        take(zip_of(tmp_path, ablation=ABLATION.rstrip()[:-20]), feed_of("rfa_sessions", SESSIONS), 9)


def test_a_binary_table(tmp_path: Path) -> None:
    """A table of the export that is no text is refused with its name."""
    path = zip_of(tmp_path, ablation="\0\1\2")
    said = refused(path, "rfa_sessions", SESSIONS).message
    assert said.endswith("This concerns Target_UK_Ablation_session_export_20240115.csv.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There are no option groups in the file of option groups."),
        (VARIABLES, "There are no option groups in the file of option groups."),
        (FIELD_OPTIONS, "The option groups do not say which fields have them."),
        (STUDY, "There are no option groups in the file of option groups."),
        (
            FIELD_OPTIONS + '"Sex";"woman";"2"\n' + VARIABLES,
            "A value of an option group has two labels: two groups have one name.",
        ),
    ],
    ids=["empty", "fields alone", "groups alone", "data", "two labels"],
)
def test_a_dictionary_that_says_too_little(tmp_path: Path, text: str, message: str) -> None:
    """The file of option groups is refused with what it lacks."""
    assert refused(text_file(tmp_path, STUDY), "patients", PATIENTS, text).message == message
    with pytest.raises(RegistryError):
        read_option_groups([text])


def test_a_castor_source_is_declared(tmp_path: Path) -> None:
    """kind = "castor" is a kind that is read."""
    assert take_text(tmp_path, STUDY, feed_of("patients", 'columns = { patient_id = "Record Id" }')).rows


@pytest.mark.long
def test_a_zip_that_unpacks_endlessly(tmp_path: Path) -> None:
    """A small ZIP with an immense table is refused before it fills the disk."""
    path = tmp_path / "study.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("a_export_1.csv", "w") as table:
        for _ in range(65):
            table.write(b"0" * (1 << 20))
    assert "unpacks to more than 64 MiB" in refused(path, "patients", PATIENTS).message


def test_names_in_a_zip_lead_nowhere(tmp_path: Path) -> None:
    """A table is unpacked beside the ZIP, whatever its name says."""
    path = zip_of(tmp_path, **{"study": None, "../../outside_export_1": STUDY})
    taken = take(path, feed_of("patients", 'columns = { patient_id = "Record Id" }'), 9)
    assert len(taken.rows) == 3
    assert not list(tmp_path.parent.parent.glob("outside*"))
