"""A delivery into landing/, web server and daemon started as a user would: what follows by itself, and what does not.

The daemon works on a copy of the demonstration study; what it did is read over GraphQL, as the interface reads it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analysis.plan import TABLES
from tests.e2e.demonstration import Demonstration, copy_of
from tests.e2e.interface import Interface
from tests.orchestration.command import run_here
from warehouse.home import Home
from warehouse.lock import refresh_lock
from warehouse.query import open_release
from warehouse.releases import current_release, list_releases

pytestmark = pytest.mark.daemon
SITE = "index-study"
SESSIONS = "patient_id,session_id,session_date,lesion_id,max_diameter_mm"
EXAMS = "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status,new_liver_lesion"
NOTHING = "Nothing is new below landing/."
NEW = ("SYN-0901", "SYN-0902", "SYN-0903")


@pytest.fixture(scope="module")
def interface(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    """Web server and daemon on a copy of the released home."""
    home = copy_of(demonstration, tmp_path_factory.mktemp("automation"))
    settings, queue = home.dagster / "dagster.yaml", "class: QueuedRunCoordinator\n"
    text = settings.read_text(encoding="utf-8")
    assert queue in text  # which is looked at every second here
    settings.write_text(text.replace(queue, f"{queue}  config: {{dequeue_interval_seconds: 1}}\n"), encoding="utf-8")
    with Interface(home) as running:
        yield running


def place_of(home: Home, export: str, name: str) -> Path:
    """Where a delivery lies in landing/."""
    return home.landing / SITE / export / f"{name}_{export}_synthetic.csv"


def deliver(home: Home, export: str, name: str, header: str, *rows: str) -> None:
    """Put a file into landing/ as a person copies one: not at once complete."""
    with open(place_of(home, export, name), "w", encoding="utf-8") as file:
        file.write(f"{header}\n")
        file.flush()
        time.sleep(0.2)
        file.write("".join(f"{row}\n" for row in rows))


@contextmanager
def written_slowly(path: Path, text: str) -> Iterator[None]:
    """Inside the block somebody keeps the file open and writes it letter by letter; the rest follows at its end."""
    is_over = threading.Event()

    def write() -> None:
        with open(path, "w", encoding="utf-8") as file:
            for letter in text:
                file.write(letter)
                if not is_over.wait(0 if is_over.is_set() else 0.3):
                    file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        is_over.set()
        writer.join()


def put_what_cannot_be_taken(home: Home) -> None:
    """A folder that is no site, and a site.toml that does not parse."""
    (home.landing / "Not A Site").mkdir()
    (home.landing / "south").mkdir()
    (home.landing / "south" / "site.toml").write_text("expected_every = ", encoding="utf-8")


def patients(home: Home) -> int:
    """Patients of the current release."""
    release = current_release(home)
    assert release is not None
    with open_release(release) as con:
        ((n,),) = con.execute("SELECT count(*) FROM derived.patient_ltpfs").fetchall()
    return n


def settled(interface: Interface) -> list[dict]:
    """All runs, once none is under way and both sensors have looked since the last one ended, and asked for none."""

    def runs() -> list[dict] | None:
        took, followed = interface.ticks("deliveries"), interface.ticks("followers")
        found = interface.runs()  # after the ticks: what a finished one asked for is among them
        ended = max(run["endTime"] or 0 for run in found)

        def said(ticks: list[dict]) -> list[str]:
            return [t["skipReason"] for t in ticks if t["status"] != "STARTED" and t["timestamp"] > ended]

        is_over = all(run["status"] in ("SUCCESS", "FAILURE", "CANCELED") for run in found)
        return found if is_over and NOTHING in said(took) and said(followed) else None

    return interface.wait(runs, "both sensors have looked since the last run")


def test_a_refresh_before_is_not_done_again(interface: Interface) -> None:
    """What `registry refresh` has made is not made once more when the daemon starts."""
    runs = settled(interface)
    assert [run["jobName"] for run in runs] == ["nightly"]
    assert interface.ticks("deliveries")[0]["skipReason"] == NOTHING


def test_three_new_patients(interface: Interface) -> None:
    """Two runs, asked for by the two sensors, and derived tables, analyses and release hold the new patients. One file
    was written slowly: it was left until it was quiet, and taken whole. What cannot be taken lies beside them."""
    home, before = interface.home, len(interface.runs())
    old = current_release(home)
    sessions = place_of(home, "rfa_sessions", "2023-01-31")
    rows = [f"{p},{p}-S1,2019-03-05,{p}-L1,21" for p in NEW]

    def is_left_alone() -> bool:
        said = f"Not quiet yet, so perhaps still being written: {SITE}/rfa_sessions/{sessions.name}."
        return [tick["skipReason"] for tick in interface.ticks("deliveries")].count(said) > 1

    with written_slowly(sessions, "\n".join((SESSIONS, *rows, ""))):
        interface.wait(is_left_alone, "two looks leave the file alone")
        with refresh_lock(home):  # so that no look comes between the other files and the end of this one
            put_what_cannot_be_taken(home)
            exams = [f"{p},{p}-E1,2019-05-07,ct,yes,{p}-L1,no_viable," for p in NEW]
            deliver(home, "imaging_followups", "2023-01-31", EXAMS, *exams)
    assert len(interface.runs()) == before
    interface.wait(lambda: current_release(home) != old, "a release")
    runs = settled(interface)
    assert [run["status"] for run in runs] == ["SUCCESS"] * len(runs)
    follow, take = runs[: len(runs) - before]
    assert (take["jobName"], take["tags"]["registry/by"]) == ("deliveries", "deliveries")
    assert follow["tags"]["registry/by"] == "followers"
    assert patients(home) == 123
    made = interface.made_in("derived.lesion_ltp", "analysis.km_curve", "analysis.logistic", "release.registry")
    assert made == {
        "derived.lesion_ltp": take["runId"],
        "analysis.km_curve": follow["runId"],
        "analysis.logistic": follow["runId"],
        "release.registry": follow["runId"],
    }


def test_what_cannot_be_taken_is_said(interface: Interface) -> None:
    """A folder that is no site and a site.toml that does not parse, beside which the other site's patients were taken:
    a sentence each, in the interface and in status."""

    def said() -> str:
        found = interface.checks("meta.loads")["landing"].get("evaluation") or {}
        return "" if found.get("success", True) else found["description"]

    sentences = interface.wait(said, "the check of landing/ fails")
    status = run_here(interface.home.root, "status").text
    for words in (
        "landing/Not A Site: The folder is not named like a site (a-z, 0-9, _ and -); it is left alone.",
        "landing/south/site.toml: south/site.toml is not TOML",
    ):
        assert words in sentences and words in status


def test_killed_in_the_middle_of_a_run(interface: Interface) -> None:
    """Daemon, web server and run die by SIGKILL; started again, the run begins anew, and nothing is there twice. The
    delivery, a finding outside the lesions, moves times to progression and no LTP: what reads only LTP has not run."""
    home, old = interface.home, current_release(interface.home)
    keys = [f"analysis.{name}" for name in TABLES]
    made, n_patients = interface.made_in(*keys), patients(home)
    before = {run["runId"] for run in interface.runs()}
    deliver(home, "imaging_followups", "2023-02-28", EXAMS, f"{NEW[0]},{NEW[0]}-E2,2019-09-07,ct,yes,,,yes")

    def is_at_work() -> bool:
        new = [run for run in interface.runs() if run["runId"] not in before]
        return [(run["jobName"], run["status"]) for run in new] == [("deliveries", "STARTED")]

    interface.wait(is_at_work, "a run")
    interface.kill_all()
    assert current_release(home) == old
    interface.start()
    interface.wait(lambda: current_release(home) != old, "a release")
    runs = [run for run in settled(interface) if run["runId"] not in before]
    assert sorted(run["status"] for run in runs) == ["FAILURE", "SUCCESS", "SUCCESS"]
    _nothing_is_there_twice(home, n_patients)
    after = interface.made_in(*keys)
    again = {key for key in keys if after[key] != made[key]}
    assert again and all(after[key] == runs[0]["runId"] for key in again)
    assert {"analysis.logistic", "analysis.table_one"} <= set(keys) - again
    assert {"analysis.km_curve", "analysis.cox"} <= again
    chosen = {".".join(key["path"]) for key in runs[0]["assetSelection"]}
    assert again <= chosen and not (set(keys) - again) & chosen


def _nothing_is_there_twice(home: Home, n_patients: int) -> None:
    assert patients(home) == n_patients
    release = current_release(home)
    assert release is not None
    with open_release(release) as con:
        names = con.execute("SELECT file_name FROM meta.loads WHERE file_name LIKE '2023-02-28%'").fetchall()
    assert len(names) == 1
    assert len({r.manifest["content_hash"] for r in list_releases(home)}) == len(list_releases(home))


@pytest.mark.long
def test_a_delivery_that_holds_nothing_new(interface: Interface) -> None:
    """The same rows under another name are a delivery more: one more release that counts it, and no analysis."""
    keys = [f"analysis.{name}" for name in TABLES]
    before, old = interface.made_in(*keys), current_release(interface.home)
    deliver(interface.home, "imaging_followups", "2023-03-31", EXAMS, f"{NEW[0]},{NEW[0]}-E2,2019-09-07,ct,yes,,,yes")
    interface.wait(lambda: current_release(interface.home) != old, "a release")
    settled(interface)
    assert interface.made_in(*keys) == before
