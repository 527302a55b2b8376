"""What `refresh`, `status`, `releases`, `explain` and `ui` print."""

import os
import re
from pathlib import Path
from unittest import mock

import duckdb
import pytest

from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.orchestration.home_state import deliver_new_patient
from warehouse.releases.release import DATABASE
from warehouse.storage.errors import RefreshRunning

FIGURES = (
    "120 patients, 212 lesions",
    "LTP by KRAS, patients: wild type 13/71 (18.3 %), mutant 15/49 (30.6 %)",
    "rejected deliveries: 0",
)


def test_demo_says_what_it_wrote_and_what_is_next(demonstration: Demonstration) -> None:
    """demo counts files and rows, says that all data are synthetic, and names the next command."""
    assert demonstration.demo.err == b""
    assert "120 patients, 212 lesions" in demonstration.demo.text
    assert "16 files" in demonstration.demo.text and "synthetic" in demonstration.demo.text
    assert "registry refresh" in demonstration.demo.text


def test_refresh_ends_with_the_main_figures(demonstration: Demonstration) -> None:
    """refresh ends with the release, its figures, where the report is and what to type next."""
    text = demonstration.refresh.text
    assert text.startswith(f"Released {demonstration.release.release_id} ")
    for figure in (*FIGURES, str(demonstration.home.current / "report.html"), "registry query", "registry explain"):
        assert figure in text


def test_refresh_shows_progress_on_standard_error(demonstration: Demonstration) -> None:
    """A long command reports its steps on standard error, without warnings or a library's output."""
    lines = demonstration.refresh.err.decode().splitlines()
    starts = "starting|looking|landing|loading|finding|validating|rules|deriving|analysing|releasing|writing"
    starts += "|running|completeness|judging|making"
    progress = [line for line in lines if not line.startswith("Notice   ")]
    assert progress and all(re.match(rf"  (?:{starts})\b", line) for line in progress), lines
    told = ("unknown columns", "kept as delivered")  # the second of a first release without pseudonyms
    assert [line for line in lines if line not in progress and not any(words in line for words in told)] == []


@pytest.mark.long
def test_status(demonstration: Demonstration) -> None:
    """status shows the release and its age, the figures, what waits and the open issues by rule."""
    ran = run_here(demonstration.home.root, "status")
    assert (ran.code, ran.err) == (0, b"")
    assert re.search(rf"{demonstration.release.release_id}, \d+ (min|h) old", ran.text)
    for words in (*FIGURES, "0 files in landing/", "Open issues"):
        assert words in ran.text
    worst = demonstration.rows(
        "SELECT rule_id, count(DISTINCT (site, export, delivery, line)) FROM quality.quarantine "
        "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"
    )[0]
    assert re.search(rf"\b{worst[1]}  {worst[0]}\b", ran.text)


@pytest.mark.long
def test_status_names_what_waits_and_what_does_not_fit(demonstration: Demonstration, tmp_path: Path) -> None:
    """status names waiting files, and files in landing/ that cannot be loaded."""
    home = copy_of(demonstration, tmp_path)
    deliver_new_patient(home)
    (home.landing / "index-study" / "biopsies").mkdir()
    text = run_here(home.root, "status").text
    assert "2 files in landing/" in text
    assert "index-study/rfa_sessions/2023-01-31_rfa_sessions_synthetic.csv" in text
    assert "landing/index-study/biopsies: The folder is neither an export nor a source" in text


@pytest.mark.long
def test_files_that_wait_for_their_site_toml_wait_for_no_refresh(demonstration: Demonstration, tmp_path: Path) -> None:
    """status names the file that must be corrected, once, and does not claim that a refresh loads the others."""
    home = copy_of(demonstration, tmp_path)
    deliver_new_patient(home)
    (home.landing / "index-study" / "site.toml").write_text('[exports.patients]\nmodee = "snapshot"\n')
    text = run_here(home.root, "status").text
    assert "files of index-study wait until landing/index-study/site.toml is corrected" in text
    assert "loads them" not in text and "index-study/site.toml: index-study" not in text


@pytest.mark.long
def test_status_counts_refused_answers(demonstration: Demonstration, tmp_path: Path) -> None:
    """status lists refused answers with their reasons, and nothing if there are none."""
    assert "answers" not in run_here(demonstration.home.root, "status").text
    database = copy_of(demonstration, tmp_path).current / DATABASE
    database.chmod(0o600)
    database.parent.resolve().chmod(0o700)
    with duckdb.connect(str(database)) as con:
        con.execute(
            "INSERT INTO quality.answers BY NAME SELECT 'index-study' AS site, '2024_answers.xlsx' AS delivery, "
            "7 AS line, entry_id, export, rule_id, 'refused' AS status, 'Nobody has signed.' AS reason "
            "FROM quality.quarantine WHERE answer IS NULL ORDER BY entry_id LIMIT 1"
        )
    text = run_here(tmp_path / "home", "status").text
    assert "answers from sites: 1 refused" in text
    assert "1  index-study/answers/2024_answers.xlsx: Nobody has signed." in text


def test_releases(demonstration: Demonstration) -> None:
    """releases lists each with patients, lesions, entries, size and why it is kept; a star marks the current one."""
    ran = run_here(demonstration.home.root, "releases")
    assert (ran.code, ran.err) == (0, b"")
    entries = demonstration.rows("SELECT count(*) FROM quality.quarantine")[0][0]
    header, line = ran.text.splitlines()
    cells = line.split()
    size = sum(p.stat().st_size for p in demonstration.release.folder.rglob("*") if p.is_file())
    assert cells[:5] == ["*", demonstration.release.release_id, "120", "212", str(entries)]
    assert cells[5:8] == [f"{size / 1e6:.1f}", "MB", "-"]
    month = demonstration.release.release_id
    assert line.endswith(f"current, newest 30, first of {month[:4]}-{month[4:6]}")
    assert header.split() == ["release", "patients", "lesions", "entries", "size", "parent", "kept", "because"]


@pytest.mark.long
def test_explain(demonstration: Demonstration) -> None:
    """explain shows genotype, timeline with file and line, why each lesion counts as it does, and the endpoints."""
    patient, lesion, reason, delivery, line = demonstration.rows(
        "SELECT patient_id, lesion_id, reason, deciding_delivery, deciding_line FROM derived.lesion_ltp "
        "WHERE ltp ORDER BY ALL LIMIT 1"
    )[0]
    ran = run_here(demonstration.home.root, "explain", "index-study", patient)
    assert (ran.code, ran.err) == (0, b"")
    flat = re.sub(r"\W+", "", ran.text)
    for words in (patient, lesion, reason, f"{delivery}, line {line}", "KRAS", "Timeline", "LTPFS_STUDY", "OS"):
        assert re.sub(r"\W+", "", words)[:18] in flat, words
    exams = demonstration.rows(f"SELECT exam_date FROM clean.imaging_followups WHERE patient_id = '{patient}'")
    assert all(str(day) in ran.text for (day,) in exams)


def test_explain_shows_what_is_set_aside(demonstration: Demonstration) -> None:
    """For a patient with all rows in quarantine, explain shows the entries."""
    ran = run_here(demonstration.home.root, "explain", "index-study", "SYN-9001")
    assert ran.code == 0
    assert "LES-03" in ran.text and "PARENT-01" in ran.text


def test_explain_shows_the_warnings_of_rows_that_are_kept(demonstration: Demonstration) -> None:
    """explain shows a flag on a patient's row with its sentence."""
    (patient, rule) = demonstration.rows(
        "SELECT patient_id, unnest(flags) FROM clean.rfa_sessions ORDER BY ALL LIMIT 1"
    )[0]
    ran = run_here(demonstration.home.root, "explain", "index-study", patient)
    assert ran.code == 0 and "Kept, but flagged" in ran.text and rule in ran.text


def test_explain_of_a_stranger(demonstration: Demonstration) -> None:
    """For an unknown patient, explain exits with 1 and prints one line with its cure, without the identifier."""
    for words in (("index-study", "SYN-7777"), ("nowhere", "SYN-0001")):
        ran = run_here(demonstration.home.root, "explain", *words)
        assert ran.code == 1 and ran.out == b"" and "registry query" in ran.complaint
        assert "SYN-7777" not in ran.complaint


@pytest.mark.long
@pytest.mark.parametrize("is_refreshing", [False, True])
def test_ui_is_dagster_on_loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_refreshing: bool) -> None:
    """ui creates the home, with Dagster's tables even while a refresh runs, turns usage statistics off, and starts
    `dagster dev` behind its guard, both on loopback.
    """
    from orchestration.cli import ui

    began: dict = {}
    tables = tmp_path / "home" / "dagster" / "history" / "runs.db"

    class Server:
        def __init__(self, command: list[str], cwd: Path, preexec_fn: object) -> None:
            began.update(command=command, cwd=cwd, environment=dict(os.environ), has_tables=tables.exists())

        def poll(self) -> int:
            return 0

        def wait(self, *_: float) -> int:
            return 0

    monkeypatch.setattr(ui.subprocess, "Popen", Server)
    monkeypatch.setattr(ui, "_guard", lambda public, upstream, _: began.update(at=public.getsockname(), to=upstream))
    if is_refreshing:
        monkeypatch.setattr(
            ui, "refresh_lock", mock.Mock(side_effect=RefreshRunning("Another refresh is running.", ""))
        )
    umask = os.umask(0)
    os.umask(umask)
    try:
        ran = run_here(tmp_path / "home", "ui", "--port", "3456")
    finally:
        os.umask(umask)
    assert ran.code == 0 and b"http://127.0.0.1:3456" in ran.err and began["has_tables"]
    command, environment = began["command"], began["environment"]
    host, port = command[command.index("-h") + 1], command[command.index("-p") + 1]
    assert command[1:5] == ["-P", "-m", "dagster", "dev"] and "orchestration.definitions" in command
    assert began["at"] == ("127.0.0.1", 3456) and began["to"] == f"{host}:{port}" and host.startswith("127.")
    assert command[command.index("-d") + 1] == str(began["cwd"]) == str(ui.INSTALLED)
    assert environment["PYTHONSAFEPATH"] == "1" and environment["DAGSTER_DISABLE_TELEMETRY"] == "yes"
    assert environment["DAGSTER_HOME"] == str(tmp_path / "home" / "dagster")
    assert "telemetry:\n  enabled: false" in (tmp_path / "home" / "dagster" / "dagster.yaml").read_text()


@pytest.mark.long
def test_help_needs_nothing(tmp_path: Path) -> None:
    """--help of every command works without a home and exits with 0."""
    from tests.docs.commands_page import commands

    for command in commands():
        ran = run_here(tmp_path / "nowhere", command.name, "--help")
        assert ran.code == 0 and ran.err == b"", command.name
        assert " ".join(command.words.split())[:40] in " ".join(ran.text.split())
