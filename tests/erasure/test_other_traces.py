"""Erases a patient's other traces: exceptions.toml, Dagster's storage, scratch files and the last error report."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.erasure.search_home import below_home
from warehouse.erasure import erase_other_traces
from warehouse.erasure.erase_from_run_history import erase_from_run_history
from warehouse.intake import exceptions_file
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

OURS = """\
# Signed off in the meeting of May.
[[exception]]
rule = "LES-03"
site = "north"
key = "P-17|S1|L1"
reason = "Confirmed on the MR."
until = 2027-06-30

# Stays.
[[exception]]
rule = "LES-03"
site = "north"
key = "P-170|S1|L1"
reason = "Confirmed as well."
until = 2027-06-30
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home").create()


def erase(home: Home, text: str) -> tuple[int, str]:
    """Erase the patient's notes; return what is left of the file and how many notes were removed."""
    path = exceptions_file.path_of(home)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o640)
    n = erase_other_traces.erase_exceptions(home, "north", {"P-17"}, lambda ids: {"P-17"} & set(ids))
    assert path.stat().st_mode & 0o777 == 0o640
    return n, path.read_text(encoding="utf-8")


def test_only_the_patients_notes_go(home: Home) -> None:
    """Notes of others, comments and order stay as they are."""
    n, left = erase(home, OURS)
    assert n == 1 and "P-17|" not in left and left.startswith("# Signed off in the meeting of May.\n")
    assert 'key = "P-170|S1|L1"' in left and [note.key for note in exceptions_file.read(home).notes] == ["P-170|S1|L1"]


def test_a_comment_that_names_the_patient_goes(home: Home) -> None:
    """If a comment names the patient, the file is rewritten from its notes."""
    n, left = erase(home, OURS.replace("# Stays.", "# Unlike P-17."))
    assert n == 1 and erase_other_traces.named("P-17").search(left) is None
    assert [note.key for note in exceptions_file.read(home).notes] == ["P-170|S1|L1"]


def test_a_reason_that_names_the_patient_is_written_again(home: Home) -> None:
    """A note on another row stays in force; only the name in its reason is removed."""
    n, left = erase(home, OURS.replace("Confirmed as well.", "As for P-17."))
    assert n == 1 and exceptions_file.read(home).notes[0].reason == "As for (erased)."


def test_another_sites_patient_of_that_name_stays(home: Home) -> None:
    """A note on another site's patient with the same identifier stays, because identifiers are unique within a site."""
    south = OURS.replace('"north"', '"south"')
    assert erase(home, south) == (0, south)


def test_a_file_that_does_not_hold_stops_only_where_it_names_the_patient(home: Home) -> None:
    """A broken exceptions.toml is left alone unless it names the patient; then a person must correct it."""
    assert erase(home, "nonsense") == (0, "nonsense")
    with pytest.raises(RegistryError):
        erase(home, "nonsense about P-17")


def database(path: Path, texts: list[str]) -> None:
    """A SQLite file with these texts as events, in write-ahead mode as Dagster leaves it."""
    with sqlite3.connect(path) as con:
        con.execute("PRAGMA journal_mode = WAL")
        con.execute("CREATE TABLE event_logs (id INTEGER PRIMARY KEY, event TEXT, n INTEGER)")
        con.executemany("INSERT INTO event_logs (event, n) VALUES (?, 17)", [(text,) for text in texts])
    con.close()


def test_dagsters_storage_names_nobody_afterwards(home: Home) -> None:
    """The name is removed from every text, from deleted bytes and from the journal; everything else stays."""
    (home.dagster / "history").mkdir()
    path = home.dagster / "history" / "run.db"
    texts = [json.dumps({"said": f"row {who}|S1 failed", "n": 17}) for who in ("P-17", "P-170", "XP-17")]
    database(path, [*texts, "gone P-17"])
    with sqlite3.connect(path) as con:
        con.execute("DELETE FROM event_logs WHERE id = 4")
    con.close()
    (home.dagster / "tick.txt").write_text("P-17 or P-18")
    assert erase_from_run_history(home, {"P-17"}) == 2
    with sqlite3.connect(path) as con:
        left = [event for (event,) in con.execute("SELECT event FROM event_logs ORDER BY id")]
        assert con.execute("SELECT DISTINCT n FROM event_logs").fetchall() == [(17,)]
    con.close()
    assert left == [texts[0].replace("P-17", "(erased)"), *texts[1:]]
    assert erase_other_traces.named("P-17").search(path.read_bytes().decode("utf-8", "replace")) is None
    assert (home.dagster / "tick.txt").read_text() == "(erased) or P-18"
    assert erase_from_run_history(home, {"P-17"}) == 0


def test_pictures_go_from_every_run(home: Home) -> None:
    """Pictures are removed from every run, whatever surrounds them, because a curve may show the patient's step."""
    data = "iVBORw0KGgo+/AAA=" * 3000
    database(home.dagster / "run.db", [json.dumps({"curve": f"![a](data:image/png;base64,{data})", "n": 17})])
    assert erase_from_run_history(home, {"P-17"}) == 1
    with sqlite3.connect(home.dagster / "run.db") as con:
        ((left,),) = con.execute("SELECT event FROM event_logs").fetchall()
    con.close()
    assert json.loads(left) == {"curve": "![a]((erased))", "n": 17}
    assert b"iVBORw0KGgo" not in (home.dagster / "run.db").read_bytes()


@pytest.mark.parametrize("patient", ["17", "raw", "P"])
def test_an_identifier_like_any_word_harms_nothing(home: Home, patient: str) -> None:
    """A number or a word counts as the patient's identifier only at the beginning of a row's key."""
    text = json.dumps({"step": "raw", "n": 17, "P": 1, "key": f"{patient}|S1"})
    database(home.dagster / "run.db", [text])
    assert erase_from_run_history(home, {patient}) == 1
    with sqlite3.connect(home.dagster / "run.db") as con:
        ((left,),) = con.execute("SELECT event FROM event_logs").fetchall()
    con.close()
    assert json.loads(left) == {"step": "raw", "n": 17, "P": 1, "key": "(erased)|S1"}


def test_scratch_and_the_last_report_are_emptied(home: Home) -> None:
    """Scratch files and the last error report may quote any cell, so all of them are deleted."""
    (home.scratch / "plain-x").mkdir()
    (home.scratch / "plain-x" / "delivery.csv").write_text("P-17")
    (home.scratch / "incoming-1.zst").write_text("P-17")
    home.error_report.write_text("P-17")
    erase_other_traces.clear_scratch(home)
    erase_other_traces.clear_error_report(home)
    assert below_home(home, ["P-17"]) == {} and home.scratch.is_dir()
