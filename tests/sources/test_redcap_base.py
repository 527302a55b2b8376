"""Columns of a record's non-repeating rows beside an export's rows: which are filled, from what, which never are."""

from pathlib import Path

import duckdb
import pytest

from tests.sources.redcap_kit import DATA, HEADER, STUDY, feed_of, sample, sample_dictionary, take, take_text
from warehouse.readers.csv_text import open_csv
from warehouse.sources.redcap_dictionary import read_dictionary
from warehouse.sources.redcap_flat import prepare
from warehouse.storage.errors import DeliveryRejected

ABLATION = 'instrument = "ablation"\ncolumns = { patient_id = "pid", session_date = "rfa_date", '
SCAN = 'instrument = "scan"\ncolumns = { patient_id = "pid", exam_date = "scan_date", '
PLAIN = """pid,redcap_event_name,sex,scan_date,finding
001,start_arm_1,2,,
001,month_3_arm_1,,2020-05-01,1
001,month_6_arm_1,,2020-08-01,
002,start_arm_1,1,,
002,month_3_arm_1,,2020-06-01,
"""
"""A report without the forms' status columns."""


def ablation_feed(rest: str, more: str = ""):
    """The ablations with further columns."""
    return feed_of("rfa_sessions", f"{more}{ABLATION}{rest} }}")


def scan_feed(rest: str, more: str = ""):
    """The scans with further columns."""
    return feed_of("imaging_followups", f"{more}{SCAN}{rest} }}")


def test_another_form_is_filled_into_each_instance(tmp_path: Path) -> None:
    """Sex stands in the record's own row; beside each ablation it has the record's value, and the remark says so."""
    taken = take_text(tmp_path, DATA, ablation_feed('segment = "sex"'))
    assert [(r["pid"], r["sex"]) for r in taken.rows] == [("001", "2"), ("001", "2"), ("002", "1")]
    assert "Filled from the record's non-repeating rows: sex." in taken.remark


def test_columns_that_the_mapping_does_not_name_stay_empty(tmp_path: Path) -> None:
    """Only named columns are filled: drugs, which nothing reads, is as the file has it."""
    assert take_text(tmp_path, DATA, ablation_feed('segment = "sex"')).column("drugs___1") == [None, None, None]


def test_a_real_project_is_filled() -> None:
    """Blood pressures of a live REDCap's project get the sex and race of their record."""
    feed = feed_of(
        "rfa_sessions",
        'instrument = "bp"\n'
        'columns = { patient_id = "record_id", session_date = "date_bp", segment = "race", modality = "sex" }',
    )
    for dictionary in (sample_dictionary("repeating-instruments"), None):
        taken = take(sample("repeating-instruments") / "data.csv", feed, dictionary)
        assert [(r["record_id"], r["race"], r["sex"]) for r in taken.rows] == [("1", "4", "0")] * 3 + [("2", "6", "1")]


@pytest.mark.parametrize("dictionary", [STUDY, None])
def test_an_instruments_own_empty_cell_stays_empty(tmp_path: Path, dictionary: str | None) -> None:
    """The second ablation of 001 has no success, the scan of month 6 no finding: no other row fills them."""
    taken = take_text(tmp_path, DATA, ablation_feed('technical_success = "done"'), dictionary)
    assert taken.column("done") == ["1", None, "0"]
    feed = feed_of(
        "imaging_followups",
        'event = "month_6_arm_1"\ncolumns = { patient_id = "pid", exam_date = "scan_date", lesion_status = "finding" }',
    )
    assert take_text(tmp_path, DATA, feed, dictionary).column("finding") == [None]


def test_a_form_of_another_event_is_filled_without_dictionary(tmp_path: Path) -> None:
    """The status columns tell the forms: at month 6 nothing of the patient's form is there, so sex is filled."""
    feed = feed_of(
        "imaging_followups",
        'event = "month_6_arm_1"\ncolumns = { patient_id = "pid", exam_id = "sex", exam_date = "scan_date" }',
    )
    assert take_text(tmp_path, DATA, feed, None).column("sex") == ["2"]


def test_a_report_without_forms_fills_what_one_event_holds(tmp_path: Path) -> None:
    """Without dictionary and status columns a column that is empty in all rows taken is filled from its one event."""
    feed = feed_of(
        "imaging_followups",
        'event = ["month_3_arm_1"]\ncolumns = { patient_id = "pid", exam_id = "sex", exam_date = "scan_date" }',
    )
    assert take_text(tmp_path, PLAIN, feed, None).column("sex") == ["2", "1"]


def test_a_report_without_forms_never_fills_from_other_visits(tmp_path: Path) -> None:
    """Empty in the rows taken and filled at several other visits: a visit's own field as likely, so it is refused."""
    text = PLAIN + "002,month_6_arm_1,,2020-09-01,0\n003,month_9_arm_1,,2020-09-01,\n"
    feed = feed_of(
        "imaging_followups",
        'event = "month_9_arm_1"\ncolumns = { patient_id = "pid", lesion_status = "finding", exam_date = "scan_date" }',
    )
    with pytest.raises(
        DeliveryRejected, match="The column finding is empty in the rows of imaging_followups"
    ) as refusal:
        take_text(tmp_path, text, feed, None)
    assert refusal.value.cure.startswith("Add dictionary")


TWO_EVENTS = DATA + "001,month_3_arm_1,,,,{},,,2,,,,,,,,\n"


def test_the_same_value_in_two_events_is_one_value(tmp_path: Path) -> None:
    """A value that a second event repeats is no contradiction."""
    taken = take_text(tmp_path, TWO_EVENTS.format(2), ablation_feed('segment = "sex"'))
    assert taken.column("sex") == ["2", "2", "1"]


def test_different_values_in_two_events_are_refused(tmp_path: Path) -> None:
    """Which holds, nobody knows: column and number of records are named, no value."""
    with pytest.raises(DeliveryRejected, match="The column sex is filled differently .* of 1 record, ") as refusal:
        take_text(tmp_path, TWO_EVENTS.format(1), ablation_feed('segment = "sex"'))
    assert "001" not in str(refusal.value)


def test_a_named_event_decides_between_different_values(tmp_path: Path) -> None:
    """The values of the event that the export names hold."""
    taken = take_text(tmp_path, TWO_EVENTS.format(1), ablation_feed('segment = "sex"', 'event = "start_arm_1"\n'))
    assert taken.column("sex") == ["2", "2", "1"]


def test_a_record_without_rows_of_the_export_is_not_judged(tmp_path: Path) -> None:
    """Contradictions of a record that has no ablation refuse nothing."""
    other = DATA + "003,start_arm_1,,,,1,,,2,,,,,,,,\n003,month_3_arm_1,,,,2,,,2,,,,,,,,\n"
    assert len(take_text(tmp_path, other, ablation_feed('segment = "sex"')).rows) == 3


def test_a_missing_code_is_no_value(tmp_path: Path) -> None:
    """A code that means not known does not contradict a value, nor is it filled in."""
    feed = feed_of("rfa_sessions", f'missing = "-9"\n{ABLATION}segment = "sex" }}')
    taken = take_text(tmp_path, TWO_EVENTS.format(-9), feed)
    assert taken.column("sex") == ["2", "2", "1"]


def test_a_value_at_a_visit_is_that_visits(tmp_path: Path) -> None:
    """Where a record has the other form at one of its scans, its other scans are not filled from there."""
    text = DATA.replace("001,month_3_arm_1,,,,,,,,", "001,month_3_arm_1,,,,1,,,2,")
    taken = take_text(tmp_path, text, scan_feed('exam_id = "sex"'))
    assert taken.column("sex") == ["1", None]


def test_checkboxes_are_filled_over_zeros(tmp_path: Path) -> None:
    """Some versions write 0 for checkboxes of other instruments: the record's own row holds what was ticked."""
    zeros = DATA.replace("ablation,1,,,,,,2020-01", "ablation,1,,,0,0,,2020-01")
    taken = take_text(tmp_path, zeros, ablation_feed('segment = "drugs___1", approach = "drugs___2"'))
    assert [(r["drugs___1"], r["drugs___2"]) for r in taken.rows] == [("1", "0"), ("1", "0"), ("0", "0")]


def test_rows_of_a_repeating_event_fill_nothing(tmp_path: Path) -> None:
    """A repeating event's rows have an instance without an instrument; they are no rows of the record itself."""
    again = DATA + "002,month_3_arm_1,,2,,2,,,2,,,,,,,,\n"
    assert take_text(tmp_path, again, ablation_feed('segment = "sex"')).column("sex") == ["2", "2", "1"]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """Filling joins rows, and each keeps its line, however many records there are."""
    rows = [f"{n:05},start_arm_1,,,,{n % 2 + 1},,,2,,,,,,,,\n" for n in range(5000)]
    rows += [f"{n:05},start_arm_1,ablation,1,,,,,,2020-01-05,,,1,2,,,\n" for n in reversed(range(5000))]
    taken = take_text(tmp_path, f"{HEADER}\n{''.join(rows)}", ablation_feed('segment = "sex"'))
    assert taken.column("pid") == [f"{n:05}" for n in reversed(range(5000))]
    assert taken.column("sex") == [str(n % 2 + 1) for n in reversed(range(5000))]


def test_an_instrument_with_a_label_of_its_own_keeps_its_cells(tmp_path: Path) -> None:
    """A label that the dictionary does not know as a form replaces nothing: own cells stay, base columns are filled."""
    text = DATA.replace(",ablation,", ",RFA session,")
    feed = feed_of(
        "rfa_sessions",
        'instrument = "rfa session"\n'
        'columns = { patient_id = "pid", session_date = "rfa_date", technical_success = "done", segment = "sex" }',
    )
    taken = take_text(tmp_path, text, feed)
    assert [(r["rfa_date"], r["done"], r["sex"]) for r in taken.rows] == [
        ("2020-01-05", "1", "2"),
        ("2020-02-05", None, "2"),
        ("2020-03-05", "0", "1"),
    ]


def test_where_may_ask_for_a_filled_column(tmp_path: Path) -> None:
    """A filter on a column of the record's own rows holds for each of its instances."""
    feed = feed_of("rfa_sessions", f'where = {{ sex = "2" }}\n{ABLATION}segment = "sex" }}')
    taken = take_text(tmp_path, DATA, feed)
    assert [row["patient_id"] for row in taken.canonical] == ["001", "001"]


def test_a_record_id_that_identifies_is_not_loaded_but_joins(tmp_path: Path) -> None:
    """Where the record id is an identifier, patients have another number; the record's columns are filled as ever."""
    marked = STUDY.replace("pid,patient,text,Record ID,,,", "pid,patient,text,Record ID,,,y").replace(
        "name,patient,text,Name,,,y", "name,patient,text,Study number,,,"
    )
    feed = feed_of(
        "rfa_sessions",
        'instrument = "ablation"\ncolumns = { patient_id = "name", session_date = "rfa_date", segment = "sex" }',
    )
    taken = take_text(tmp_path, DATA, feed, marked)
    assert "pid" not in taken.prepared.source.header
    assert [(r["name"], r["sex"]) for r in taken.rows] == [("Anna", "2"), ("Anna", "2"), ("Bert", "1")]


def test_one_file_feeds_several_exports(tmp_path: Path) -> None:
    """Both exports of a file are prepared before either is loaded, and neither takes the other's values."""
    path = tmp_path / "data.csv"
    path.write_text(DATA, encoding="utf-8")
    dictionary = read_dictionary(STUDY)
    con = duckdb.connect()
    feeds = [ablation_feed('segment = "sex"'), scan_feed('exam_id = "sex"'), ablation_feed('segment = "drugs___1"')]
    both = [prepare(con, open_csv(path), feed, dictionary) for feed in feeds]
    found = []
    for prepared, name in zip(both, ["sex", "sex", "drugs___1"], strict=True):
        met = " AND ".join(condition.is_met for condition in prepared.conditions)
        cell = f"c{prepared.source.header.index(name)}"
        sql = f"SELECT {cell} FROM {prepared.source.relation} WHERE {met} ORDER BY {prepared.source.line}"
        found.append([value for (value,) in con.execute(sql).fetchall()])
    assert found == [["2", "2", "1"], ["2", "2"], ["1", "1", "0"]]


def test_an_instrument_of_events_has_the_records_columns(tmp_path: Path) -> None:
    """Without repeats the record's own row is another's than the scan's, and fills it: the rows taken decide."""
    taken = take_text(tmp_path, DATA, scan_feed('exam_id = "sex"'))
    assert [(r["redcap_event_name"], r["sex"]) for r in taken.rows] == [("month_3_arm_1", "2"), ("month_6_arm_1", "2")]


def test_another_visit_never_fills_an_instruments_cell(tmp_path: Path) -> None:
    """The scan of month 6 has no finding, that of month 3 has: by the dictionary it is the scan's own, so it stays."""
    taken = take_text(tmp_path, DATA, scan_feed('lesion_status = "finding"', 'event = "month_6_arm_1"\n'))
    assert taken.column("finding") == [None]


def test_the_record_id_need_not_come_first(tmp_path: Path) -> None:
    """The dictionary says which column is the record id, wherever it is in the file."""
    text = "".join(f"{'ward' if n == 0 else 'A'},{line}\n" for n, line in enumerate(DATA.splitlines()))
    assert take_text(tmp_path, text, ablation_feed('segment = "sex"')).column("sex") == ["2", "2", "1"]
