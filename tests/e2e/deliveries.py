"""Starts web server and daemon on a copy of the demonstration study, delivers files, and waits until all runs end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration, copy_of
from tests.e2e.interface import Interface
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release
from warehouse.storage.home import Home

SITE = "index-study"
EXAMS = "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status,new_liver_lesion"
NOTHING = "There are no new files below landing/."


@pytest.fixture(scope="module")
def interface(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    """Run web server and daemon on a copy of the released home."""
    home = copy_of(demonstration, tmp_path_factory.mktemp("automation"))
    settings, queue = home.dagster / "dagster.yaml", "class: QueuedRunCoordinator\n"
    text = settings.read_text(encoding="utf-8")
    assert queue in text  # which is looked at every second here
    settings.write_text(text.replace(queue, f"{queue}  config: {{dequeue_interval_seconds: 1}}\n"), encoding="utf-8")
    with Interface(home) as running:
        yield running


def place_of(home: Home, export: str, name: str) -> Path:
    """The path of a delivery in landing/."""
    return home.landing / SITE / export / f"{name}_{export}_synthetic.csv"


def deliver(home: Home, export: str, name: str, header: str, *rows: str) -> None:
    """Put a file into landing/ as a person copies one: it is not complete at once."""
    with open(place_of(home, export, name), "w", encoding="utf-8") as file:
        file.write(f"{header}\n")
        file.flush()
        time.sleep(0.2)
        file.write("".join(f"{row}\n" for row in rows))


def patients(home: Home) -> int:
    """Count the patients of the current release."""
    release = current_release(home)
    assert release is not None
    with open_release(release) as con:
        ((n,),) = con.execute("SELECT count(*) FROM derived.patient_ltpfs").fetchall()
    return n


def settled(interface: Interface) -> list[dict]:
    """All runs, once none is in progress and both sensors have looked since the last one ended and requested none."""

    def runs() -> list[dict] | None:
        took, followed = interface.ticks("deliveries"), interface.ticks("automation")
        found = interface.runs()  # after the ticks: what a finished one asked for is among them
        ended = max(run["endTime"] or 0 for run in found)

        def said(ticks: list[dict]) -> list[str]:
            return [t["skipReason"] for t in ticks if t["timestamp"] > ended]

        is_over = all(run["status"] in ("SUCCESS", "FAILURE", "CANCELED") for run in found)
        return found if is_over and NOTHING in said(took) and said(followed) else None

    return interface.wait(runs, "both sensors have looked since the last run")
