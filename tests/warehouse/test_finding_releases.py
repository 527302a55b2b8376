"""Tests finding a release while others are damaged or being removed."""

import doctest
import importlib
import shutil
from pathlib import Path

import pytest

from tests.warehouse.release_kit import name_of, plant
from warehouse.releases import finding, release
from warehouse.storage.errors import ReleaseDamaged, ReleaseUnknown
from warehouse.storage.home import Home

FIRST, SECOND = name_of("2026-01-05"), name_of("2026-02-06")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with two planted releases."""
    home = Home(tmp_path / "home").create()
    plant(home, FIRST)
    plant(home, SECOND, is_current=True)
    return home


def test_by_id_or_its_start(home: Home) -> None:
    """A release is found by its id, by the start of it where that is enough, and without any as the current one."""
    for given, found in ((FIRST, FIRST), ("202601", FIRST), ("202602", SECOND), (None, SECOND)):
        assert release.find_release(home, given).release_id == found
    for given, words in (("2026", "More than one"), ("2027", "There is no release")):
        with pytest.raises(ReleaseUnknown, match=words):
            release.find_release(home, given)


def test_a_damaged_one_hides_no_other(home: Home) -> None:
    """A release whose manifest is damaged is named when asked for, and is no hindrance to the others."""
    (home.releases / FIRST / "manifest.json").write_text("{", encoding="utf-8")
    assert [r.release_id for r in release.list_releases(home)] == [SECOND]
    assert release.find_release(home).release_id == SECOND
    with pytest.raises(ReleaseDamaged, match=FIRST):
        release.find_release(home, FIRST)
    (home.releases / SECOND / "manifest.json").unlink()
    with pytest.raises(ReleaseDamaged, match=SECOND):
        release.current_release(home)


def test_current_replaced_while_looking(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that finds the old current release just removed reads the new one."""
    read = finding._read

    def swapped_first(folder: Path):
        if folder.name == SECOND:
            plant(home, name_of("2026-02-07"), SECOND, is_current=True)
            shutil.rmtree(folder)
        return read(folder)

    monkeypatch.setattr(finding, "_read", swapped_first)
    current = release.current_release(home)
    assert current is not None and current.release_id == name_of("2026-02-07")


def test_an_id_tells_its_time() -> None:
    """The moment of publication is read from the id; what is no id has none."""
    at = release.published_at("20260131T020304Z-0123abcd")
    assert at is not None and at.isoformat() == "2026-01-31T02:03:04+00:00"
    for name in ("20261331T020304Z-0123abcd", "20260131T020304Z", "current", "20260131T020304Z-0123abcd.old"):
        assert release.published_at(name) is None


@pytest.mark.parametrize(
    "name", ["warehouse.releases.as_of", "warehouse.releases.retention", "orchestration.cli.sizes"]
)
def test_examples_hold(name: str) -> None:
    """The examples in the words about releases are what happens."""
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0 and found.failed == 0
