"""A clock that was set back: releases stay in the order in which they were published."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.orchestration.command import run_here
from tests.warehouse.release_kit import release_small, site_with_sessions
from warehouse.releases import release as releases
from warehouse.releases.retention import judge
from warehouse.storage.home import Home

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
HEADER = "patient_id,session_id,session_date,lesion_id,max_diameter_mm,segment,power_w"


class Clock:
    """The time that releases are told."""

    now = NOON


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the machine, which a test may set."""
    told = Clock()
    monkeypatch.setattr(releases, "_clock", lambda: told.now)
    return told


def ids(home: Home) -> list[str]:
    """The ids of all releases, newest first."""
    return [release.release_id for release in releases.list_releases(home)]


def test_a_clock_set_back(clock: Clock, tmp_path: Path) -> None:
    """Three days back: the next release stands a second after its parent, the one before; `current`, `asof` and
    retention take it for the newest, its manifest says what the clock said, and every release is whole."""
    site = site_with_sessions(tmp_path / "home")
    first = release_small(site.home)
    clock.now = NOON - timedelta(days=3)
    site.sessions("2024-02-28_b.csv", HEADER, "P3,S1,2023-03-10,L1,22,5,")
    second = release_small(site.home)
    assert second.release_id.startswith("20260302T120001Z-")
    assert second.manifest["parent_release"] == first.release_id
    assert second.manifest["created_at"] == "2026-02-27T12:00:00+00:00"
    assert ids(site.home) == [second.release_id, first.release_id]
    assert site.home.current.readlink().name == second.release_id
    assert [v.release_id for v in judge(site.home, 1) if "newest 1" in v.reasons] == [second.release_id]
    asof = run_here(site.home.root, "asof", "2026-03-02")
    assert asof.text.split() == [second.release_id] and asof.err == b""
    assert run_here(site.home.root, "verify", "--all").code == 0
    clock.now = NOON + timedelta(days=1)
    site.sessions("2024-03-31_c.csv", HEADER, "P4,S1,2023-03-11,L1,23,5,")
    assert release_small(site.home).release_id.startswith("20260303T120000Z-")


def test_the_same_content_in_the_same_second(clock: Clock, tmp_path: Path) -> None:
    """A clock that stands still gives no id twice, even where the content is that of an earlier release again."""
    site = site_with_sessions(tmp_path / "home")
    first = release_small(site.home)
    again = release_small(site.home)
    assert first.release_id[-8:] == again.release_id[-8:] and first.release_id != again.release_id
    assert ids(site.home) == [again.release_id, first.release_id]
