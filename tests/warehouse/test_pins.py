"""Tests releases/pins.json: pinning, unpinning, and a file edited by hand."""

import json
import stat
import threading
from pathlib import Path

import pytest

from tests.warehouse.release_kit import name_of, plant
from warehouse.releases import pins
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

FIRST, SECOND = name_of("2026-01-05"), name_of("2026-01-06")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with two planted releases."""
    home = Home(tmp_path / "home").create()
    plant(home, FIRST)
    plant(home, SECOND, is_current=True)
    return home


def test_pin_and_unpin(home: Home) -> None:
    """A pin is in the file with its reason and signature until it is taken away; other pins stay as they are."""
    assert pins.read(home) == {}
    pins.pin(home, FIRST, " Submitted with the manuscript. ", "A. Miller")
    pins.pin(home, SECOND)
    listed = json.loads(pins.path_of(home).read_text(encoding="utf-8"))
    assert list(listed) == [FIRST, SECOND]
    assert listed[FIRST]["reason"] == "Submitted with the manuscript." and listed[FIRST]["by"] == "A. Miller"
    assert pins.unpin(home, FIRST[:8]) == FIRST
    assert list(pins.read(home)) == [SECOND]


def test_pinning_again_keeps_the_reason(home: Home) -> None:
    """A second pin without a reason leaves the first one's; another reason replaces it."""
    pins.pin(home, FIRST, "Paper")
    assert pins.pin(home, FIRST).reason == "Paper"
    assert pins.pin(home, FIRST, "Thesis").reason == "Thesis"


def test_the_file_is_its_owners(home: Home) -> None:
    """pins.json can be read by its owner only, since a reason is free text; nothing half-written lies beside it."""
    pins.pin(home, FIRST)
    assert stat.S_IMODE(pins.path_of(home).stat().st_mode) == 0o600
    assert [p.name for p in home.releases.glob(".*")] == []


def test_a_hand_written_pin_holds(home: Home) -> None:
    """A person may write the file; reason, since and by may be left out."""
    pins.path_of(home).write_text(json.dumps({FIRST: {"reason": "Audit"}, SECOND: {}}), encoding="utf-8")
    assert pins.read(home) == {FIRST: pins.Pin("Audit"), SECOND: pins.Pin()}


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"a": 1}', '{"a": {"reasn": "x"}}'])
def test_a_file_that_does_not_hold(home: Home, text: str) -> None:
    """A file that is no list of pins is an error for whoever reads it, and is left as it is."""
    pins.path_of(home).write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError, match="Correct the file"):
        pins.pin(home, FIRST)
    assert pins.path_of(home).read_text(encoding="utf-8") == text


def test_what_is_not_there_is_not_pinned(home: Home) -> None:
    """A release that is gone cannot be pinned, and one that is not pinned cannot be unpinned."""
    with pytest.raises(RegistryError, match="has been removed"):
        pins.pin(home, name_of("2026-01-07"))
    pins.pin(home, FIRST)
    pins.pin(home, SECOND)
    for unknown, words in (("2025", "No pinned release"), ("2026", "More than one pinned release")):
        with pytest.raises(RegistryError, match=words):
            pins.unpin(home, unknown)


def test_a_pin_moves_with_its_release(home: Home) -> None:
    """The release that replaces another takes its pin; without a pin nothing is written."""
    pins.move(home, FIRST, SECOND)
    assert not pins.path_of(home).exists()
    pins.pin(home, FIRST, "Paper")
    pins.move(home, FIRST, SECOND)
    assert {name: pin.reason for name, pin in pins.read(home).items()} == {SECOND: "Paper"}


def test_pins_are_changed_one_at_a_time(home: Home) -> None:
    """Who pins waits until whoever holds the pins, as a removal does, has ended."""
    pinning = threading.Thread(target=pins.pin, args=(home, FIRST))
    with pins.locked(home):
        pinning.start()
        pinning.join(timeout=0.2)
        assert pinning.is_alive() and pins.read(home) == {}
    pinning.join(timeout=10)
    assert list(pins.read(home)) == [FIRST]
