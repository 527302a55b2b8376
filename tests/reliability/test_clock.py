"""If the clock is set back, releases stay in the order in which they were published."""

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
    """The time that releases see."""

    now = NOON


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The machine's clock, which a test can set."""
    told = Clock()
    monkeypatch.setattr(releases, "_clock", lambda: told.now)
    return told


def ids(home: Home) -> list[str]:
    """Return the ids of all releases, newest first."""
    return [release.release_id for release in releases.list_releases(home)]


@pytest.mark.long
def test_a_clock_set_back(clock: Clock, tmp_path: Path) -> None:
    """With the clock three days back, the next release is dated a second after its parent; `current`, `asof` and
    retention treat it as the newest, its manifest records the clock's time, and every release is intact.
    """
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


@pytest.mark.long
def test_the_same_content_in_the_same_second(clock: Clock, tmp_path: Path) -> None:
    """A stopped clock gives no id twice, even if the content is that of an earlier release."""
    site = site_with_sessions(tmp_path / "home")
    first = release_small(site.home)
    again = release_small(site.home)
    assert first.release_id[-8:] == again.release_id[-8:] and first.release_id != again.release_id
    assert ids(site.home) == [again.release_id, first.release_id]
