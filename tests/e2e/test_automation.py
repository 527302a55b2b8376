"""What follows a delivery automatically, and what does not, with web server and daemon started as a user would.

The daemon works on a copy of the demonstration study; what it did is read over GraphQL, as the interface does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analysis.plan.analysis_plan import TABLES
from tests.e2e.deliveries import EXAMS, NOTHING, SITE, deliver, interface, patients, place_of, settled
from tests.e2e.interface import Interface
from tests.orchestration.command import run_here
from warehouse.releases.release import current_release
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock

__all__ = ["interface"]
pytestmark = pytest.mark.daemon
SESSIONS = "patient_id,session_id,session_date,lesion_id,max_diameter_mm"
NEW = ("SYN-0901", "SYN-0902", "SYN-0903")


@contextmanager
def written_slowly(path: Path, text: str) -> Iterator[None]:
    """Keep the file open and write it letter by letter during the block; write the rest at its end."""
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
    """Create a folder that is not a site, and a site.toml that does not parse."""
    (home.landing / "Not A Site").mkdir()
    (home.landing / "south").mkdir()
    (home.landing / "south" / "site.toml").write_text("expected_every = ", encoding="utf-8")


def test_a_refresh_before_is_not_done_again(interface: Interface) -> None:
    """What `registry refresh` has made is not made again when the daemon starts."""
    runs = settled(interface)
    assert [run["jobName"] for run in runs] == ["nightly"]
    assert interface.ticks("deliveries")[0]["skipReason"] == NOTHING


def test_three_new_patients(interface: Interface) -> None:
    """One run brings the new patients into derived tables, analyses and a release, and nothing is requested after it.
    A file that is written slowly is left until it is complete. Files that cannot be received do not interfere."""
    home, before = interface.home, len(interface.runs())
    old = current_release(home)
    sessions = place_of(home, "rfa_sessions", "2023-01-31")
    rows = [f"{p},{p}-S1,2019-03-05,{p}-L1,21" for p in NEW]

    def is_left_alone() -> bool:
        said = f"Changed a moment ago, so may still be being written: {SITE}/rfa_sessions/{sessions.name}."
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
    (take,) = runs[: len(runs) - before]
    assert (take["jobName"], take["tags"]["registry/by"]) == ("deliveries", "deliveries")
    assert patients(home) == 123
    made = ("derived.lesion_ltp", "analysis.km_curve", "analysis.logistic", "release.registry")
    assert interface.made_in(*made) == dict.fromkeys(made, take["runId"])


def test_what_cannot_be_taken_is_said(interface: Interface) -> None:
    """A folder that is not a site and a site.toml that does not parse are each reported with a sentence, in the
    interface and by `registry status`; the other site's patients are received all the same."""

    def said() -> str:
        found = interface.checks("meta.loads")["landing"].get("evaluation") or {}
        return "" if found.get("success", True) else found["description"]

    sentences = interface.wait(said, "the check of landing/ fails")
    status = run_here(interface.home.root, "status").text
    for words in (
        "landing/Not A Site: The folder is not named like a site (a-z, 0-9, _ and -); rename it.",
        "landing/south/site.toml: south/site.toml is not TOML",
    ):
        assert words in sentences and words in status


@pytest.mark.long
def test_a_delivery_that_holds_nothing_new(interface: Interface) -> None:
    """The same rows under another name are one more delivery: a new release counts it, and no analysis is repeated."""
    old = current_release(interface.home)
    row = f"{NEW[0]},{NEW[0]}-E1,2019-05-07,ct,yes,{NEW[0]}-L1,no_viable,"
    deliver(interface.home, "imaging_followups", "2023-03-31", EXAMS, row)
    interface.wait(lambda: current_release(interface.home) != old, "a release")
    take, *_ = settled(interface)
    analyses = [f"analysis.{name}" for name in TABLES]
    assert interface.made_anew(*analyses) == set()
    assert set(interface.made_in(*analyses, "release.registry").values()) == {take["runId"]}
