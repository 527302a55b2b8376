"""Label exports give the same rows as raw exports, with the dictionary; without it labels stay labels."""

from pathlib import Path

import pytest

from tests.sources.redcap_kit import (
    PROJECTS,
    STUDY,
    Taken,
    as_labels,
    feed_of,
    sample,
    sample_dictionary,
    take,
    take_text,
)
from warehouse.sources.redcap_dictionary import read_dictionary
from warehouse.storage.errors import DeliveryRejected

EVENTS = {
    "longitudinal": {
        "enrollment_arm_1": "Enrollment (Arm 1: Drug A)",
        "dose_1_arm_1": "Dose 1 (Arm 1: Drug A)",
        "visit_1_arm_1": "Visit 1 (Arm 1: Drug A)",
        "dose_2_arm_1": "Dose 2 (Arm 1: Drug A)",
        "visit_2_arm_1": "Visit 2 (Arm 1: Drug A)",
        "final_visit_arm_1": "Final visit (Arm 1: Drug A)",
        "enrollment_arm_2": "Enrollment (Arm 2: Drug B)",
        "deadline_to_opt_ou_arm_2": "Deadline to opt out of study (Arm 2: Drug B)",
        "first_dose_arm_2": "First dose (Arm 2: Drug B)",
        "first_visit_arm_2": "First visit (Arm 2: Drug B)",
        "final_visit_arm_2": "Final visit (Arm 2: Drug B)",
        "deadline_to_return_arm_2": "Deadline to return feedback (Arm 2: Drug B)",
    },
    "arm-single-longitudinal": {
        "intake_arm_1": "Intake",
        "dischage_arm_1": "Dischage",
        "follow_up_arm_1": "Follow up",
    },
}
FORMS = {"bp": "BP", "blood_pressure": "Blood Pressure", "laboratory": "Laboratory", "image": "Image"}
FEEDS = {
    "longitudinal": (
        "patients",
        'instrument = "demographics"\nevent = ["enrollment_arm_1", "enrollment_arm_2"]\n'
        'columns = { patient_id = "study_id", sex = { from = "sex", labels = true }, '
        'prior_chemotherapy = { from = "gym___1", labels = true }, ecog = "specify_mood" }',
    ),
    "repeating-instruments": (
        "rfa_sessions",
        'instrument = "bp"\ncolumns = { patient_id = "record_id", session_date = "date_bp", '
        'max_diameter_mm = "bp_systolic", session_id = "redcap_repeat_instance", lesion_id = "redcap_repeat_instance", '
        'segment = { from = "race", labels = true } }',
    ),
    "vignette-repeating": (
        "genotypes",
        'instrument = "laboratory"\ncolumns = { patient_id = "record_id", specimen_id = "redcap_repeat_instance", '
        'specimen_site = { value = "primary" }, gene = "lab", result = "conc", variant = "height" }',
    ),
    "arm-single-longitudinal": (
        "imaging_followups",
        'event = "follow_up_arm_1"\ncolumns = { patient_id = "record_id", exam_id = "redcap_event_name", '
        'exam_date = "interview_date", modality = { value = "ct" }, contrast_enhanced = { value = "yes" } }',
    ),
    "checkboxes-1": (
        "patients",
        'columns = { patient_id = "record_id", sex = { from = "check_two___a", labels = true } }',
    ),
    "dag": (
        "patients",
        'where = { redcap_data_access_group = "daga" }\n'
        'columns = { patient_id = "record_id", sex = { from = "sex", labels = true } }',
    ),
}


def raw_and_labels(project: str, folder: Path) -> tuple[Taken, Taken]:
    """What the same feed takes of a sample's raw export and of its label export."""
    export, text = FEEDS[project]
    feed, dictionary = feed_of(export, text), sample_dictionary(project)
    path = folder / "data.csv"
    path.write_text(as_labels(project, FORMS, EVENTS.get(project, {})), encoding="utf-8")
    return take(sample(project) / "data.csv", feed, dictionary), take(path, feed, dictionary)


@pytest.mark.parametrize("project", FEEDS)
def test_labels_give_the_rows_of_the_raw_export(project: str, tmp_path: Path) -> None:
    """The same site.toml gives the same canonical rows, codes read as labels, from both exports of a project."""
    raw, labels = raw_and_labels(project, tmp_path)
    names = [name for name in raw.canonical[0] if name != "exam_id"]
    assert raw.canonical
    assert [[row[name] for name in names] for row in labels.canonical] == [
        [row[name] for name in names] for row in raw.canonical
    ]
    assert labels.reasons == raw.reasons
    assert labels.prepared.source.header == raw.prepared.source.header


@pytest.mark.parametrize("project", FEEDS)
def test_the_remark_says_what_was_read(project: str, tmp_path: Path) -> None:
    """Which of the two exports it is, is found from the file and said."""
    raw, labels = raw_and_labels(project, tmp_path)
    assert raw.remark.startswith("Read as a REDCap raw export.")
    assert labels.remark.startswith("Read as a REDCap label export.")
    assert labels.prepared.source.labels == {}


@pytest.mark.parametrize("project", PROJECTS)
def test_label_headers_become_field_names(project: str, tmp_path: Path) -> None:
    """Every label of a complete export becomes its field's name, labels that several fields have by their order."""
    dictionary = sample_dictionary(project)
    path = tmp_path / "data.csv"
    path.write_text(as_labels(project, FORMS, EVENTS.get(project, {})), encoding="utf-8")
    feed = feed_of("patients", f'columns = {{ patient_id = "{dictionary.record_id}" }}')
    hidden = {field.name for field in dictionary.fields if field.is_identifier}
    raw = take(sample(project) / "data.csv", feed, dictionary).prepared.source.header
    labels = take(path, feed, dictionary).prepared.source.header
    assert [name for name in labels if not name.startswith("redcap_")] == [
        name for name in raw if not name.startswith("redcap_") and name not in hidden
    ]


LABELS = """Record ID,Event Name,Repeat Instrument,Repeat Instance,Name,Sex,Drugs (choice=FOLFOX),\
Drugs (choice=FOLFIRI),Complete?,Date,Diameter,Ratio,Success,Complete?,Date,Finding,Complete?
001,Start,,,Anna,female,Checked,Unchecked,Complete,,,,,,,,
001,Start,Ablation,1,,,,,,2020-01-05,"2,5",1.25,Yes,Complete,,,
001,Month 3,,,,,,,,,,,,,2020-05-01,none,Complete
"""
BY_FIELD = 'instrument = "ablation"\ncolumns = { patient_id = "pid", session_date = "rfa_date", segment = "sex" }'
BY_LABEL = (
    'instrument = "Ablation"\ncolumns = { patient_id = "Record ID", max_diameter_mm = "Diameter", segment = "Sex" }'
)


def test_duplicate_labels_are_told_by_the_order(tmp_path: Path) -> None:
    """Two fields are called Date: the one among the ablation's labels is the ablation's."""
    taken = take_text(tmp_path, LABELS, feed_of("rfa_sessions", BY_FIELD))
    assert [(r["pid"], r["rfa_date"], r["sex"]) for r in taken.rows] == [("001", "2020-01-05", "female")]
    scans = 'event = "Month 3"\ncolumns = { patient_id = "pid", exam_date = "scan_date" }'
    assert take_text(tmp_path, LABELS, feed_of("imaging_followups", scans)).column("scan_date") == ["2020-05-01"]


def test_without_dictionary_labels_stay(tmp_path: Path) -> None:
    """A mapping that names labels needs no dictionary; identical labels that nothing names do no harm."""
    taken = take_text(tmp_path, LABELS, feed_of("rfa_sessions", BY_LABEL), None)
    assert [(r["Record ID"], r["Diameter"], r["Sex"]) for r in taken.rows] == [("001", "2,5", "female")]
    assert taken.remark.startswith("Read as a REDCap label export.")


def test_a_mapping_may_name_labels_beside_a_dictionary(tmp_path: Path) -> None:
    """A label that the mapping itself names keeps its name."""
    taken = take_text(tmp_path, LABELS, feed_of("rfa_sessions", BY_LABEL))
    assert [(r["Record ID"], r["Diameter"], r["sex"]) for r in taken.rows] == [("001", "2,5", "female")]
    assert "Name" not in taken.prepared.source.header


def test_a_label_export_mapped_as_raw_is_refused(tmp_path: Path) -> None:
    """Fields in site.toml, labels in the header, no dictionary: the file says what it is, and what to do."""
    with pytest.raises(DeliveryRejected, match=r"label export: .* names fields \(pid, rfa_date\)") as refusal:
        take_text(tmp_path, LABELS, feed_of("rfa_sessions", BY_FIELD), None)
    assert "dictionary" in refusal.value.cure


def test_a_part_of_equal_labels_is_not_guessed(tmp_path: Path) -> None:
    """A report with one of two columns called Date does not say which: needed, it is refused; else it is no matter."""
    part = (
        "Record ID,Repeat Instrument,Repeat Instance,Sex,Date,Success\n001,,,female,,\n001,Ablation,1,,2020-01-05,Yes\n"
    )
    with pytest.raises(DeliveryRejected, match="Column 5 is needed, and its label does not say which field"):
        take_text(tmp_path, part, feed_of("rfa_sessions", BY_FIELD))
    feed = feed_of(
        "rfa_sessions", 'instrument = "ablation"\ncolumns = { patient_id = "pid", technical_success = "done" }'
    )
    assert take_text(tmp_path, part, feed).column("done") == ["Yes"]


def test_an_unclear_label_that_may_be_an_identifier_is_left_out(tmp_path: Path) -> None:
    """One of the two fields called Date identifies: a single column Date is not loaded, whichever it is."""
    marked = STUDY.replace("scan_date,scan,text,Date,,date_ymd,", "scan_date,scan,text,Date,,date_ymd,y")
    part = (
        "Record ID,Repeat Instrument,Repeat Instance,Sex,Date,Success\n001,,,female,,\n001,Ablation,1,,2020-01-05,Yes\n"
    )
    feed = feed_of(
        "rfa_sessions", 'instrument = "ablation"\ncolumns = { patient_id = "pid", technical_success = "done" }'
    )
    assert "Date" not in take_text(tmp_path, part, feed, marked).prepared.source.header


def test_labels_that_look_like_codes_are_read_as_labels(tmp_path: Path) -> None:
    """Where the label of code 1 is 2, a label export's 2 stays 2: the forms' status says what the cells are."""
    tricky = STUDY.replace('"1, male | 2, female"', '"1, 2 | 2, 3"')
    text = "pid,sex,patient_complete\n001,2,{}\n"
    feed = feed_of("patients", 'columns = { patient_id = "pid", n_clm_total = { from = "sex", labels = true } }')
    found = [take_text(tmp_path, text.format(status), feed, tricky).canonical[0] for status in ("2", "Complete")]
    assert [row["n_clm_total"] for row in found] == ["3", "2"]


def test_labels_with_field_names_in_the_header(tmp_path: Path) -> None:
    """What the API gives for labels: field names above labels; it is said."""
    text = "pid,sex,patient_complete\n001,female,Complete\n"
    taken = take_text(tmp_path, text, feed_of("patients", 'columns = { patient_id = "pid", sex = "sex" }'))
    assert taken.remark.startswith("Read as a REDCap label export, with field names in its header.")


def test_the_study_has_two_fields_of_one_label() -> None:
    """The tests above rest on it."""
    labels = [field.label for field in read_dictionary(STUDY).fields]
    assert labels.count("Date") == 2


def test_equal_labels_of_a_report_in_another_order_are_not_guessed(tmp_path: Path) -> None:
    """A report may have its columns in any order: where it is not the dictionary's, no label is told by its place."""
    report = (
        "Record ID,Repeat Instrument,Repeat Instance,Sex,Date,Diameter,Date,Finding,Success\n001,Ablation,1,,,,,,Yes\n"
    )
    with pytest.raises(DeliveryRejected, match="its label does not say which field"):
        take_text(tmp_path, report, feed_of("rfa_sessions", BY_FIELD))
