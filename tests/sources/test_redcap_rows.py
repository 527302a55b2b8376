"""Which rows of a REDCap export are an export's: by instrument, by event, and what the others are counted as."""

from pathlib import Path

import pytest

from tests.sources.redcap_kit import DATA, PROJECTS, STUDY, feed_of, sample, sample_dictionary, take, take_text
from warehouse.sources.redcap_names import same_events
from warehouse.storage.errors import DeliveryRejected

ABLATIONS = """
instrument = "ablation"
[exports.rfa_sessions.columns]
patient_id = "pid"
session_id = { join = ["pid", "redcap_repeat_instance"], with = "-" }
lesion_id = "redcap_repeat_instance"
session_date = "rfa_date"
max_diameter_mm = { from = "size", unit = "cm" }
minimal_margin_mm = "ratio"
technical_success = { from = "done", labels = true }
"""
SCANS = """
instrument = "scan"
[exports.imaging_followups.columns]
patient_id = "pid"
exam_id = "redcap_event_name"
exam_date = "scan_date"
modality = { value = "ct" }
contrast_enhanced = { value = "yes" }
lesion_status = { from = "finding", labels = true, codes = { none = "no_viable" } }
"""
COMMA = 'decimal = ","'


def test_a_repeating_instrument_has_its_rows(tmp_path: Path) -> None:
    """Rows of the instrument are taken in the file's order; record ids keep their zeros; all others have a reason."""
    taken = take_text(tmp_path, DATA, feed_of("rfa_sessions", ABLATIONS, COMMA))
    assert [(r["pid"], r["redcap_repeat_instance"], r["rfa_date"]) for r in taken.rows] == [
        ("001", "1", "2020-01-05"),
        ("001", "2", "2020-02-05"),
        ("002", "1", "2020-03-05"),
    ]
    assert taken.reasons == {"another instrument": 5}


def test_numbers_keep_their_value_beside_a_decimal_comma(tmp_path: Path) -> None:
    """2,5 cm is 25 mm; the calculation 1.250 in the same file is one and a quarter, not one thousand."""
    taken = take_text(tmp_path, DATA, feed_of("rfa_sessions", ABLATIONS, COMMA))
    assert [(r["max_diameter_mm"], r["minimal_margin_mm"]) for r in taken.canonical] == [
        ("25", "1.250"),
        ("15", "0.750"),
        ("30", "1.500"),
    ]


def test_choices_become_labels_where_they_are_asked_for(tmp_path: Path) -> None:
    """The dictionary's choices are the labels of a raw export; an empty cell stays empty."""
    taken = take_text(tmp_path, DATA, feed_of("rfa_sessions", ABLATIONS, COMMA))
    assert [r["technical_success"] for r in taken.canonical] == ["Yes", None, "No"]


def test_an_instrument_of_events_has_rows_where_it_is_filled_in(tmp_path: Path) -> None:
    """Without repeats an instrument's rows are those with something of it, in every event; untouched forms are none."""
    taken = take_text(tmp_path, DATA, feed_of("imaging_followups", SCANS))
    assert [(r["pid"], r["redcap_event_name"], r["finding"]) for r in taken.rows] == [
        ("001", "month_3_arm_1", "1"),
        ("001", "month_6_arm_1", None),
    ]
    assert taken.reasons == {"another instrument": 3, "instrument not filled in": 3}
    assert [r["lesion_status"] for r in taken.canonical] == ["residual", None]


def test_a_form_marked_complete_is_filled_in(tmp_path: Path) -> None:
    """A form without values whose status somebody set to complete is a row, for the rules to judge."""
    marked = DATA.replace("002,month_3_arm_1,,,,,,,,,,,,,,,0", "002,month_3_arm_1,,,,,,,,,,,,,,,2")
    assert len(take_text(tmp_path, marked, feed_of("imaging_followups", SCANS)).rows) == 3


@pytest.mark.parametrize("event", ["month_6_arm_1", "Month 6", "MONTH 6", "Month 6 (Arm 1: All)"])
def test_events_are_named_as_in_the_file_or_by_label(tmp_path: Path, event: str) -> None:
    """An event's unique name, its label and its label with arm choose the same rows."""
    taken = take_text(tmp_path, DATA, feed_of("imaging_followups", f'event = "{event}"\n{SCANS}'))
    assert taken.column("redcap_event_name") == ["month_6_arm_1"]
    assert taken.reasons == {"another instrument": 3, "another event": 4}


SEEN = ["visit_1_arm_1", "visit_1_arm_2", "follow_up_imaging_arm_1", "follow_up_imaging_arm_1b"]


@pytest.mark.parametrize(
    ("name", "seen", "found"),
    [
        ("visit_1_arm_2", SEEN, ["visit_1_arm_2"]),
        ("Visit 1", SEEN, ["visit_1_arm_1", "visit_1_arm_2"]),
        ("Visit 1 (Arm 2: Drug B)", SEEN, ["visit_1_arm_2"]),
        ("visit_1_arm_2", ["Visit 1 (Arm 1: A)", "Visit 1 (Arm 2: B)"], ["Visit 1 (Arm 2: B)"]),
        ("visit_1_arm_1", ["Visit 1", "Visit 2"], ["Visit 1"]),
        ("Follow up imaging", SEEN, []),
        ("Follow up imaging month 6", SEEN, []),
        ("follow_up_imaging_arm_1b", SEEN, ["follow_up_imaging_arm_1b"]),
        ("follow_up_imaging_arm_1b", ["Follow up imaging month 3"], []),
    ],
)
def test_a_cut_event_name_is_never_guessed(name: str, seen: list[str], found: list[str]) -> None:
    """Unique names are cut to 18 letters: where two events begin alike, only the name as in the file is taken."""
    assert same_events(name, seen) == found


def test_without_an_instrument_repeating_rows_are_not_taken(tmp_path: Path) -> None:
    """A row of a repeating instrument belongs to an export that names it; the remark says so."""
    patients = 'event = "start"\n[exports.patients.columns]\npatient_id = "pid"\nsex = { from = "sex", labels = true }'
    taken = take_text(tmp_path, DATA, feed_of("patients", patients))
    assert [(r["patient_id"], r["sex"]) for r in taken.canonical] == [("001", "female"), ("002", "male")]
    assert taken.reasons == {"another instrument": 3, "another event": 3}
    assert "names no instrument" in taken.remark


def test_missing_codes_and_where(tmp_path: Path) -> None:
    """A missing-data code is no value, and `where` may ask for REDCap's data access group."""
    feed = feed_of(
        "patients",
        'where = { redcap_data_access_group = "daga" }\ncolumns = { patient_id = "record_id", sex = "sex" }',
        'missing = "-9"',
    )
    folder = sample("dag")
    text = (folder / "data.csv").read_text(encoding="utf-8")
    text = text.replace("331-1,daga,aa,AA,,,,,,,,,", "331-1,daga,aa,AA,,,,,,,,-9,")
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    taken = take(path, feed, sample_dictionary("dag"))
    assert [(r["patient_id"], r["sex"]) for r in taken.canonical] == [("331-1", None), ("331-2", None)]


def test_line_breaks_in_cells_are_kept(tmp_path: Path) -> None:
    """A cell with line breaks is one cell of one row."""
    text = 'pid,name,sex,patient_complete\n001,Anna,2,2\n002,"B\nC",1,2\n'
    feed = feed_of("patients", 'columns = { patient_id = "pid", sex = "sex" }')
    assert take_text(tmp_path, text, feed).column("pid") == ["001", "002"]


def test_identifier_fields_are_left_out(tmp_path: Path) -> None:
    """What REDCap marks as an identifier is no column of the source; the remark names it."""
    taken = take_text(tmp_path, DATA, feed_of("rfa_sessions", ABLATIONS))
    assert "name" not in taken.prepared.source.header
    assert "Left out as identifiers" in taken.remark


def test_a_repeated_key_is_said(tmp_path: Path) -> None:
    """Rows with the record, event, instrument and instance of an earlier one are taken, and counted in the remark."""
    twice = DATA + '001,start_arm_1,ablation,2,,,,,,2020-02-06,"1,5",0.750,,2,,,\n'
    taken = take_text(tmp_path, twice, feed_of("rfa_sessions", ABLATIONS))
    assert len(taken.rows) == 4
    assert "1 row has the record, event, instrument and instance of an earlier row." in taken.remark


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("with_dictionary", [True, False])
def test_samples_are_conserved(project: str, with_dictionary: bool) -> None:
    """Every row of a sample is taken or counted under a reason, with the dictionary and without (checked by take)."""
    dictionary = sample_dictionary(project)
    named = f'columns = {{ patient_id = "{dictionary.record_id}" }}'
    taken = take(sample(project) / "data.csv", feed_of("patients", named), dictionary if with_dictionary else None)
    assert taken.rows
    assert taken.remark.startswith("Read as a REDCap raw export.")


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    """A file without rows is no error, whatever instrument and event are named."""
    text = DATA.partition("\n")[0] + "\n"
    taken = take_text(tmp_path, text, feed_of("imaging_followups", f'event = "month_9_arm_1"\n{SCANS}'))
    assert taken.rows == []


def test_an_absent_event_beside_others_is_said(tmp_path: Path) -> None:
    """Early in a study later events have no rows yet: the others are taken, and the remark names it."""
    taken = take_text(
        tmp_path, DATA, feed_of("imaging_followups", f'event = ["month_3_arm_1", "month_9_arm_1"]\n{SCANS}')
    )
    assert len(taken.rows) == 1
    assert "Events that do not occur: month_9_arm_1." in taken.remark


def test_a_nameless_instrument_of_repeating_rows_is_asked_for(tmp_path: Path) -> None:
    """A file of repeating rows alone needs an instrument."""
    lines = DATA.splitlines()
    text = "\n".join([lines[0], *(line for line in lines if ",ablation," in line)])
    with pytest.raises(DeliveryRejected, match="names none for rfa_sessions") as refusal:
        take_text(tmp_path, text, feed_of("rfa_sessions", 'columns = { patient_id = "pid" }'), STUDY)
    assert "ablation" in refusal.value.cure


def test_an_instrument_may_repeat_in_one_event_only(tmp_path: Path) -> None:
    """Where the instrument also stands in rows that do not repeat, in another event, these are taken too."""
    both = DATA + '002,month_6_arm_1,,,,,,,,2020-09-05,"2,0",1.000,1,2,,,\n'
    taken = take_text(tmp_path, both, feed_of("rfa_sessions", ABLATIONS))
    assert [(r["pid"], r["redcap_event_name"], r["rfa_date"]) for r in taken.rows][-2:] == [
        ("002", "start_arm_1", "2020-03-05"),
        ("002", "month_6_arm_1", "2020-09-05"),
    ]
    assert taken.reasons == {"another instrument": 5}


def test_an_instruments_label_is_told_by_what_its_rows_hold(tmp_path: Path) -> None:
    """Label exports write an instrument's label, which no dictionary has; its rows hold that form alone."""
    labels = DATA.replace(",ablation,", ",RFA session,")
    for name in ("ablation", "RFA session"):
        taken = take_text(tmp_path, labels, feed_of("rfa_sessions", ABLATIONS.replace('"ablation"', f'"{name}"')))
        assert taken.column("rfa_date") == ["2020-01-05", "2020-02-05", "2020-03-05"]


def test_an_instrument_without_rows_yet_has_none(tmp_path: Path) -> None:
    """Before the first ablation the records' own rows are not taken for ablations."""
    lines = DATA.splitlines(keepends=True)
    text = "".join(line for line in lines if ",ablation," not in line)
    taken = take_text(tmp_path, text, feed_of("rfa_sessions", ABLATIONS))
    assert taken.rows == []
    assert taken.reasons == {"instrument not filled in": 5}


def test_a_row_twice_in_a_project_without_repeats_is_kept(tmp_path: Path) -> None:
    """Two rows of one record with the same form are for the rules to judge, not a file whose repeats were cut off."""
    text = "pid,sex,patient_complete\n001,2,2\n001,1,2\n"
    feed = feed_of("patients", 'instrument = "patient"\ncolumns = { patient_id = "pid", sex = "sex" }')
    taken = take_text(tmp_path, text, feed)
    assert taken.column("sex") == ["2", "1"]
    assert "1 row has the record" in taken.remark


def test_without_dictionary_the_forms_status_tells_its_rows(tmp_path: Path) -> None:
    """An instrument of events has rows where its status is exported, which it is not at other events."""
    feed = feed_of("imaging_followups", SCANS)
    taken = take_text(tmp_path, DATA, feed, None)
    assert [(r["pid"], r["redcap_event_name"]) for r in taken.rows] == [
        ("001", "month_3_arm_1"),
        ("001", "month_6_arm_1"),
        ("002", "month_3_arm_1"),
    ]
    assert taken.reasons == {"another instrument": 3, "instrument not filled in": 2}


def test_cells_stay_text(tmp_path: Path) -> None:
    """The id 001 keeps its zeros, an instance is 1 and not 1.0, and a cell NA is the text NA, not nothing."""
    text = "pid,redcap_repeat_instrument,redcap_repeat_instance,sex,gene\n001,,,1,\n001,rfa,1,,NA\n001,rfa,2,,KRAS\n"
    feed = feed_of("genotypes", 'instrument = "rfa"\ncolumns = { patient_id = "pid", gene = "gene" }')
    taken = take_text(tmp_path, text, feed, None)
    assert [(r["pid"], r["redcap_repeat_instance"], r["gene"]) for r in taken.rows] == [
        ("001", "1", "NA"),
        ("001", "2", "KRAS"),
    ]
