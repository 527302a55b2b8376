"""Notes beside the snapshot of landing/ what else the tables were made with, so that a later scan sees what is new."""

from collections.abc import Mapping

from warehouse.intake.landing_snapshot import LandingSnapshot
from warehouse.storage.home import Home
from warehouse.storage.home_files import HomeFiles, Stamps, fingerprint

DECISIONS = "../archive/decisions.ndjson"
"""The place under which the snapshot of landing/ records which decisions and corrections were applied; no file can have
this place."""


def remember_inputs(home: Home, decided: str, own: Mapping[HomeFiles, Stamps]) -> None:
    """Record which decisions and corrections, and which files of the home (rules, suites, plan), the tables were made
    with, so that a later scan sees new ones.
    """
    memory = LandingSnapshot(home)
    memory.note(DECISIONS, decided)
    for files, stamps in own.items():
        memory.note(place_of(files), fingerprint(stamps))
    memory.save()


def place_of(files: HomeFiles) -> str:
    """Return the place under which files of the home are noted."""
    return f"../{files.folder}"
