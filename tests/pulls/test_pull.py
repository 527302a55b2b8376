"""Tests that a REDCap project is pulled whole at first, then as changes, and that deletions are found."""

import csv
import io
from datetime import timedelta

import pytest

from tests.pulls.conftest import DATA, DICTIONARY, SITE_TOML, Clinic
from tests.pulls.redcap_server import Redcap, serving
from tests.sources.redcap_kit import PROJECTS, sample
from tests.warehouse.kit import SITE
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.intake.deliveries import site_deliveries
from warehouse.pulls.pull_folder import folder_of
from workflows.erase_patient import forget

AT_FIRST = [
    ("001", "S1", "1", 29),
    ("001", "S2", "2", 12),
    ("002", "S1", "1", 15),
    ("003", "S1", "1", 20),
    ("004", "S1", "1", 18),
    ("005", "S1", "1", 22),
    ("006", "S1", "1", 22),
]


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.long
def test_the_first_pull_is_whole(clinic: Clinic) -> None:
    """The first pull delivers every record, page by page, and the data dictionary beside site.toml."""
    assert clinic.pull() == ["whole"]
    assert list(clinic.files()) == ["2026-03-02_020000_redcap_whole.csv", "redcap_dictionary.csv"]
    assert clinic.project.contents()[-4:] == ["record 2", "record 2", "record 2", "exportFieldNames"]
    assert clinic.sessions() == AT_FIRST


def test_cells_are_those_of_the_server(clinic: Clinic) -> None:
    """The pulled file has the server's header and cells: 001, NA, umlauts, quotes and line breaks as they were."""
    clinic.pull()
    assert _rows(clinic.newest("whole")) == _rows(DATA)


@pytest.mark.long
def test_identifiers_stand_only_in_the_archive(clinic: Clinic) -> None:
    """What the pulled dictionary marks as an identifier is in no table."""
    clinic.pull()
    clinic.kit.refresh()
    assert "Anna" in clinic.newest("whole")
    for table in ("raw.patients", "clean.patients", "quality.quarantine"):
        assert "Anna" not in str(clinic.kit.tuples(f"FROM {table}"))


@pytest.mark.parametrize("name", PROJECTS)
def test_sample_projects_are_pulled_as_they_are(name: str, clinic: Clinic) -> None:
    """For each sample project, the file that is pulled has the header and rows that REDCap itself exports."""
    data = (sample(name) / "data.csv").read_text(encoding="utf-8")
    dictionary = next(sample(name).glob("diction*.csv")).read_text(encoding="utf-8")
    with serving(Redcap(dictionary, data)) as project:
        patients = "[exports.patients]\nsource = 'redcap'\ncolumns = { patient_id = 'record_id' }\n"
        head = "[sources.redcap]\nkind = 'redcap'\ndictionary = 'd.csv'\napi = '{address}'\n"
        clinic.project = project
        clinic.configure(text=head + patients.replace("{", "{{").replace("}", "}}"))
        assert clinic.pull(page_records=3) == ["whole"]
        assert _rows(clinic.newest("whole")) == [row for row in _rows(data.lstrip("\ufeff")) if row]


def test_nothing_new_delivers_nothing(clinic: Clinic) -> None:
    """A pull that finds what is there already delivers no file, whether of changes or whole."""
    clinic.pull()
    before = clinic.files()
    assert clinic.pull() == []
    assert clinic.pull(is_whole=True) == []
    assert clinic.files() == before


@pytest.mark.long
def test_changes_are_a_delta(clinic: Clinic) -> None:
    """A later pull asks for what changed since the start of the last one, a day earlier, and delivers those records."""
    clinic.pull()
    clinic.project.asked.clear()
    clinic.project.change("002", "size", "16", "2026-03-02 02:30:00", row=1)
    assert clinic.pull() == ["changes"]
    since = [form["dateRangeBegin"] for form in clinic.project.asked if "dateRangeBegin" in form]
    assert since == ["2026-03-01 02:00:00"]
    assert [row[0] for row in _rows(clinic.newest("changes"))[1:]] == ["002", "002"]
    assert ("002", "S1", "1", 16) in clinic.sessions()
    assert len(clinic.sessions()) == len(AT_FIRST)


def test_what_came_before_is_not_delivered_again(clinic: Clinic) -> None:
    """A record that changed within the day of overlap, and was pulled since, is in no second file."""
    clinic.pull()
    clinic.project.change("002", "size", "16", "2026-03-02 02:30:00", row=1)
    assert clinic.pull() == ["changes"]
    assert clinic.pull() == []


@pytest.mark.long
def test_a_deleted_record_is_found_by_the_weekly_list(clinic: Clinic) -> None:
    """All record ids are listed once a week; the rows of a record that is gone withdraw their keys."""
    clinic.pull()
    clinic.sessions()
    clinic.project.delete("003")
    assert clinic.pull() == []  # nothing tells it before the list is due
    assert clinic.pull(after=timedelta(days=7)) == ["absent"]
    assert clinic.sessions() == [row for row in AT_FIRST if row[0] != "003"]
    assert clinic.pull(after=timedelta(days=7)) == []
    rows = _rows(clinic.newest("absent"))
    assert [(row[0], row[-1]) for row in rows] == [("pid", "registry_deleted"), ("003", "1"), ("003", "1")]


@pytest.mark.long
def test_a_deleted_instance_is_found_at_once(clinic: Clinic) -> None:
    """A record that changed comes whole, so a repeated instance that it no longer has withdraws its key."""
    clinic.pull()
    clinic.project.delete("001", row=1, at="2026-03-02 02:30:00")
    assert clinic.pull() == ["absent", "changes"]
    assert clinic.sessions() == [row for row in AT_FIRST if row[:2] != ("001", "S1")]
    loads = clinic.kit.tuples(
        "SELECT export, rows_received, left_out::VARCHAR FROM meta.loads WHERE delivery LIKE '%absent%' ORDER BY 1"
    )
    context = "row of a record that lost another=1}"
    assert loads == [
        ("patients", 0, f"{{another instrument=2, {context}"),
        ("rfa_sessions", 0, f"{{another instrument=1, deleted in REDCap=1, {context}"),
    ]


@pytest.mark.long
def test_a_corrected_key_does_not_stay_twice(clinic: Clinic) -> None:
    """A session whose identifier was corrected counts once, under its new identifier."""
    clinic.pull()
    clinic.project.change("002", "session", "S9", "2026-03-02 02:30:00", row=1)
    assert clinic.pull() == ["absent", "changes"]
    assert [row for row in clinic.sessions() if row[0] == "002"] == [("002", "S9", "1", 15)]


@pytest.mark.long
def test_a_key_that_moved_to_another_instance_stays(clinic: Clinic) -> None:
    """An instance that was deleted and entered again under another number keeps its key: the newest file says so."""
    clinic.pull()
    clinic.project.change("002", "redcap_repeat_instance", "2", "2026-03-02 02:30:00", row=1)
    assert clinic.pull() == ["absent", "changes"]
    assert clinic.sessions() == AT_FIRST


@pytest.mark.long
def test_a_rebuild_needs_no_server(clinic: Clinic) -> None:
    """After changes and deletions, reading the archive again gives the same tables, with landing/ emptied."""
    clinic.pull()
    clinic.sessions()
    clinic.project.change("002", "session", "S9", "2026-03-02 02:30:00", row=1)
    clinic.project.delete("003")
    clinic.pull(after=timedelta(days=7), accepts_deletions=True)
    clinic.kit.refresh()
    tables = ("clean.rfa_sessions", "clean.patients")
    before = {t: clinic.kit.tuples(f"SELECT * EXCLUDE (row_id) FROM {t} ORDER BY ALL") for t in tables}
    for file in (clinic.kit.home.landing / SITE / "redcap").iterdir():
        file.unlink()
    clinic.kit.refresh(full=True)
    assert {t: clinic.kit.tuples(f"SELECT * EXCLUDE (row_id) FROM {t} ORDER BY ALL") for t in tables} == before


@pytest.mark.long
def test_earlier_pulls_are_known_from_the_archive(clinic: Clinic) -> None:
    """A site that clears its folder after a refresh gets changes and deletions all the same."""
    clinic.pull()
    clinic.sessions()
    for file in (clinic.kit.home.landing / SITE / "redcap").iterdir():
        file.unlink()
    clinic.project.delete("001", row=1, at="2026-03-02 02:30:00")
    assert clinic.pull() == ["absent", "changes"]
    assert clinic.sessions() == [row for row in AT_FIRST if row[:2] != ("001", "S1")]


@pytest.mark.long
def test_a_new_record_that_no_date_tells_is_found_by_the_list(clinic: Clinic) -> None:
    """A record that the weekly list has and no pull brought is pulled, though it has no date of change."""
    clinic.pull()
    clinic.project.rows += [["007", "ablation", "1", "north", *[""] * 6, "S1", "2021-04-01", "1", "9", "", "2"]]
    assert clinic.pull() == []
    assert clinic.pull(after=timedelta(days=7)) == ["changes"]
    assert ("007", "S1", "1", 9) in clinic.sessions()


@pytest.mark.long
def test_a_snapshot_is_pulled_whole(clinic: Clinic) -> None:
    """Where the exports are snapshots, each pull takes every record, and what is gone is withdrawn by its absence."""
    clinic.configure("snapshot")
    assert clinic.pull() == ["whole"]
    assert clinic.pull() == []
    clinic.project.delete("003")
    assert clinic.pull() == ["whole"]
    assert clinic.sessions() == [row for row in AT_FIRST if row[0] != "003"]
    assert not any("since" in one for one in clinic.project.contents())


@pytest.mark.long
def test_a_new_data_dictionary_brings_everything(clinic: Clinic) -> None:
    """When the project's dictionary has changed, the next pull is whole, and is read with the new one."""
    clinic.pull()
    clinic.sessions()
    clinic.project.set_dictionary(DICTIONARY.replace("1, male | 2, female", "1, female | 2, male"))
    assert clinic.pull() == ["whole"]
    clinic.kit.refresh()
    assert clinic.kit.value("SELECT sex FROM clean.patients WHERE patient_id = '001'") == "male"


@pytest.mark.long
def test_without_its_state_the_next_pull_is_whole(clinic: Clinic) -> None:
    """The private state may be lost: everything is pulled, and what was deleted meanwhile is still found."""
    clinic.pull()
    for file in folder_of(clinic.kit.home).rglob("*.json"):
        file.unlink()
    clinic.project.delete("003")
    assert clinic.pull() == ["absent", "whole"]
    assert clinic.sessions() == [row for row in AT_FIRST if row[0] != "003"]


def test_files_sort_by_time_though_the_clock_does_not(clinic: Clinic) -> None:
    """A pull while the clock is behind still names its file after the one before."""
    clinic.pull()
    clinic.project.change("002", "size", "16", "2026-03-02 02:30:00", row=1)
    assert clinic.pull(after=timedelta(hours=-5)) == ["changes"]
    assert list(clinic.files())[:2] == ["2026-03-02_020000_redcap_whole.csv", "2026-03-02_020001_redcap_changes.csv"]


@pytest.mark.long
def test_a_file_that_was_set_aside_counts_as_not_pulled(clinic: Clinic) -> None:
    """After somebody has set a pulled file aside, a whole pull delivers its records again."""
    clinic.pull()
    clinic.sessions()
    clinic.project.change("002", "size", "16", "2026-03-02 02:30:00", row=1)
    clinic.pull()
    clinic.kit.refresh()
    archive = Archive(clinic.kit.home)
    deliveries = site_deliveries(archive)
    (arrival,) = [a for a in deliveries if "changes" in a.delivery and a.export == "rfa_sessions"]
    decisions.decide(clinic.kit.home, arrival, decisions.SET_ASIDE, "A. Miller")
    assert clinic.pull(is_whole=True) == ["whole"]
    assert ("002", "S1", "1", 16) in clinic.sessions()


@pytest.mark.long
def test_a_key_in_the_records_own_row_is_corrected_everywhere(clinic: Clinic) -> None:
    """Where the patient's identifier is a field of the record's own row, correcting it withdraws all its rows' keys."""
    clinic.configure(text=SITE_TOML.replace('patient_id = "pid"', 'patient_id = "note"'))
    for record in ("001", "002", "003", "004", "005", "006"):
        clinic.project.change(record, "note", f"C{record}", "")
    clinic.pull()
    assert [row[:2] for row in clinic.sessions()][:3] == [("C001", "S1"), ("C001", "S2"), ("C002", "S1")]
    clinic.project.change("001", "note", "C009", "2026-03-02 02:30:00")
    assert clinic.pull() == ["absent", "changes"]
    sessions = [row[:2] for row in clinic.sessions()]
    assert ("C009", "S1") in sessions and ("C009", "S2") in sessions
    assert not [row for row in sessions if row[0] == "C001"]
    assert clinic.kit.value("SELECT count(*) FROM clean.patients WHERE patient_id = 'C001'") == 0


@pytest.mark.long
def test_pulls_go_on_after_an_erasure(clinic: Clinic) -> None:
    """What an erasure left of earlier pulls in the archive still tells what changed and what was lost."""
    clinic.pull()
    clinic.sessions()
    clinic.kit.con.close()
    forget(clinic.kit.home, SITE, "003", "Consent withdrawn")
    for file in (clinic.kit.home.landing / SITE / "redcap").iterdir():
        file.unlink()
    clinic.project.delete("001", row=1, at="2026-03-02 02:30:00")
    assert clinic.pull() == ["absent", "changes"]
    assert [(row[0], row[-1]) for row in _rows(clinic.newest("absent"))[1:]] == [("001", ""), ("001", "1"), ("001", "")]
    assert {row[0] for row in _rows(clinic.newest("changes"))[1:]} == {"001"}
