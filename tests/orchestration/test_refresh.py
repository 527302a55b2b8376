"""How `registry refresh` can end, and what readers have then."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import analysis.report.output.page
import assets.analysis
import assets.clean
import assets.release
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.broken_steps import break_contract, fail, no_memory
from tests.orchestration.command import Ran, run_apart, run_here
from tests.orchestration.home_state import deliver_new_patient, files_of, look_at_files
from tests.orchestration.light import FEW_ANALYSES, LIGHT, Makes
from warehouse.clean.ledger import write_ledger
from warehouse.derived.derive import time_to_event_select
from warehouse.refresh import bring_up_to_date
from warehouse.releases import release
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.sql_files import without_terms
from workflows.release_products import MORNING_NOTE, PAGE

WITH_PAGE = Makes((PAGE, MORNING_NOTE), FEW_ANALYSES, has_history=False)


@pytest.fixture
def home(light_study: Demonstration, tmp_path: Path) -> Home:
    """A copy of the released home in which a new patient waits, so that a refresh has something to release."""
    copied = copy_of(light_study, tmp_path)
    deliver_new_patient(copied)
    return copied


def after(change: Callable, then: Callable) -> Callable:
    """Run `change`, and then `then` on the same connection."""

    def changed(con, *arguments):
        result = change(con, *arguments)
        then(con)
        return result

    return changed


def refused(home: Home) -> Ran:
    """Assert that a gate refuses the refresh: exit 3, nothing published, readers keep what they had."""
    before = files_of(home.releases)
    ran = run_here(home.root, "refresh")
    assert ran.code == 3, ran.err.decode()
    assert files_of(home.releases) == before
    assert patients(home) == b"n\n120\n"
    return ran


@dataclass(frozen=True)
class Night:
    """How one refresh of the home ended, and what was in releases/ before and after."""

    ran: Ran
    before: dict[str, str]
    after: dict[str, str]
    counted: bytes
    report: str


@dataclass(frozen=True)
class Nights:
    """A home in which a new patient waits, refreshed with something broken three times and then unbroken."""

    home: Home
    old: str
    older: list[Path]
    broken_contract: Night
    failing_step: Night
    failed_publication: Night
    sound: Night


@pytest.fixture(scope="module")
def nights(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """The four refreshes in turn: each continues from what the previous one left."""
    home = copy_of(light_study, tmp_path_factory.mktemp("nights"))
    deliver_new_patient(home)
    old = release.find_release(home).release_id
    ended = []
    for makes, module, name, broken in (
        (LIGHT, bring_up_to_date, "derive", break_contract(bring_up_to_date.derive)),
        (LIGHT, assets.analysis, "TABLES", assets.analysis.TABLES | {"ltp_rates": fail}),
        (WITH_PAGE, analysis.report.output.page, "render", no_memory),
        (WITH_PAGE, None, "", None),
    ):
        older = [home.releases / f"202001{day:02d}T020000Z-0000000a" for day in range(1, 31) if module is None]
        for folder in older:
            folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            if module is not None:
                patch.setattr(module, name, broken)
            before = files_of(home.releases)
            ran = run_here(home.root, "refresh", makes=makes)
        report = home.error_report.read_text(encoding="utf-8") if home.error_report.exists() else ""
        ended.append(Night(ran, before, files_of(home.releases), patients(home), report))
    return Nights(home, old, older, *ended)


def patients(home: Home, *which: str) -> bytes:
    """Return the patients that a reader counts."""
    sql = "SELECT count(*) AS n FROM derived.patient_ltpfs"
    return run_here(home.root, "query", sql, "--format", "csv", *which).out


def test_a_second_refresh_is_told_at_once(demonstration: Demonstration, tmp_path: Path) -> None:
    """While one refresh holds the home, a second one exits with 4, changes nothing and imports nothing heavy."""
    home = copy_of(demonstration, tmp_path)
    deliver_new_patient(home)
    with refresh_lock(home):
        before = files_of(home.root)
        ran = run_apart(home.root, "refresh", PYTHONPROFILEIMPORTTIME="1")
        status = run_here(home.root, "status")
        assert files_of(home.root) == before
    words = [line for line in ran.err.decode().splitlines() if not line.startswith("import time:")]
    assert ran.code == 4 and ran.out == b"" and len(words) == 1
    assert "Another refresh is running" in words[0] and str(os.getpid()) in words[0]
    assert b"dagster" not in ran.err
    assert "running now" in status.text


def test_a_change_is_released_and_no_change_is_not(nights: Nights) -> None:
    """New rows make a release with the old one as parent; the same input again makes none.

    Making a release removes what retention no longer keeps: here, of thirty more releases, the second of its month.
    """
    home, old, ran = nights.home, nights.old, nights.sound.ran
    assert ran.code == 0 and ran.text.startswith("Released ")
    new = release.find_release(home)
    assert [r.release_id for r in release.list_releases(home)] == [new.release_id, old]
    assert new.manifest["parent_release"] == old
    assert [folder for folder in nights.older if not folder.exists()] == [nights.older[1]]
    note = (new.folder / "morning_note.md").read_text(encoding="utf-8")
    assert f"compared with release {old}" in note and "| index-study / SYN-0901 | new |" in note
    assert "SYN-0901" not in new.report.read_text(encoding="utf-8")
    assert [patients(home), patients(home, "--release", old)] == [b"n\n121\n", b"n\n120\n"]

    before = files_of(home.releases)
    look_at_files(home)
    ran = run_here(home.root, "refresh", makes=WITH_PAGE)
    assert ran.code == 0 and "Nothing new" in ran.text and new.release_id in ran.text
    assert files_of(home.releases) == before

    listed = run_here(home.root, "releases").text.splitlines()
    assert [line.split()[:2] for line in listed[1:2]] == [["*", new.release_id]]
    assert listed[2].split()[0] == old and listed[2].split()[6] == "-"


def test_retention_never_fails_a_release(demonstration: Demonstration, tmp_path: Path) -> None:
    """If the pins cannot be read, nothing is removed, and the release's asset shows what went wrong."""
    home = copy_of(demonstration, tmp_path)
    assert assets.release.remove_old(home) == (0, "")
    (home.releases / "pins.json").write_text("{", encoding="utf-8")
    n_removed, problem = assets.release.remove_old(home)
    assert n_removed == 0 and "pins.json" in problem


@pytest.mark.long
def test_a_lost_row_refuses_the_release(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a row is neither in its clean table nor in quarantine, the ledger does not balance: exit 3."""

    def lose_a_row(con) -> None:
        con.execute("DELETE FROM clean.genotypes WHERE row_id = (SELECT min(row_id) FROM clean.genotypes)")
        write_ledger(con)

    monkeypatch.setattr(assets.clean, "clean_due_patients", after(assets.clean.clean_due_patients, lose_a_row))
    assert "quality/ledger: conservation" in refused(home).complaint


def test_a_broken_contract_refuses_the_release(nights: Nights) -> None:
    """If a derived table breaks its contract, the exit code is 3, the check is named, nothing is published and readers
    keep what they had; the next sound refresh releases (test_a_change_is_released_and_no_change_is_not).
    """
    night = nights.broken_contract
    assert night.ran.code == 3, night.ran.err.decode()
    assert "derived/lesion_ltp: contract" in night.ran.complaint
    assert night.after == night.before and night.counted == b"n\n120\n"


@pytest.mark.long
def test_a_rule_gate_refuses_the_release(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """If patients and their times disagree (OUT-02), the exit code is 3 and the gate is named."""

    derive = bring_up_to_date.derive

    def derive_then_contradict(con, table: str) -> None:
        derive(con, table)
        if table == "time_to_event":
            longer = "CASE WHEN endpoint = 'LTPFS_STUDY' THEN days + 1 ELSE days END AS days"
            select = without_terms(time_to_event_select())
            con.execute(f"CREATE OR REPLACE VIEW derived.{table} AS SELECT * REPLACE ({longer}) FROM ({select})")

    monkeypatch.setattr(bring_up_to_date, "derive", derive_then_contradict)
    assert "derived/time_to_event: OUT_02" in refused(home).complaint


def test_a_failing_step_fails_without_values(nights: Nights) -> None:
    """An unexpected failure of a step exits with 1 and one line; only the owner can read the full report."""
    night = nights.failing_step
    assert night.ran.code == 1 and night.ran.out == b""
    assert "last_error.txt" in night.ran.complaint and "ValueError" in night.ran.complaint
    assert b"SYN-0001" not in night.ran.err and b"37.1234" not in night.ran.err
    assert night.after == night.before and night.counted == b"n\n120\n"
    assert "SYN-0001 says 37.1234" in night.report
    assert nights.home.error_report.stat().st_mode & 0o777 == 0o600


def test_current_is_never_missing(demonstration: Demonstration, tmp_path: Path) -> None:
    """While `current` is swapped again and again, a reader always finds a release through it."""
    home = copy_of(demonstration, tmp_path)
    first = release.find_release(home).release_id
    second = f"{first[:-1]}x"
    os.symlink(first, home.releases / second)
    seen, stop = [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append((home.current / "manifest.json").exists() and os.readlink(home.current))

    reader = threading.Thread(target=read)
    reader.start()
    turn, until = 0, time.monotonic() + 60
    while turn < 200 or (len(seen) <= 200 and time.monotonic() < until):  # in memory a swap takes no time
        release.make_current(home, (first, second)[turn % 2])
        turn += 1
        time.sleep(0)  # lets the reader look
    stop.set()
    reader.join()
    assert len(seen) > 200 and set(seen) <= {first, second}


def test_a_failed_publication_leaves_no_release(nights: Nights) -> None:
    """If the report cannot be made, readers keep what they had, and no half-written release is listed."""
    night = nights.failed_publication
    assert night.ran.code == 1 and night.ran.complaint
    readable = [{name: file for name, file in x.items() if name[0] != "."} for x in (night.before, night.after)]
    assert readable[0] == readable[1] and night.after["current"] == f"-> {nights.old}"
    assert not any(name.startswith(".building-") for name in night.after)
    assert night.counted == b"n\n120\n"


def test_dagsters_database_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the database of Dagster's runs dies meanwhile, one sentence says what to start, and shows no address."""
    from dagster_postgres.utils import DagsterPostgresException

    import orchestration.refresh

    def away(*_: object) -> None:
        raise DagsterPostgresException("postgresql://registry:secret@db")

    monkeypatch.setattr(orchestration.refresh, "_run", away)
    with pytest.raises(orchestration.refresh.RefreshFailed, match="keeps its runs does not answer. Start it") as told:
        orchestration.refresh._refresh(Home(tmp_path / "home").create(), False, print)
    assert "secret" not in str(told.value)
