"""Tests `as of`: what a date means, and which release was the newest at that time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.warehouse.release_kit import name_of, plant
from warehouse.releases.as_of import moment_of, release_at
from warehouse.storage.errors import ReleaseUnknown
from warehouse.storage.home import Home

JAN_5, JAN_20, FEB_3 = (name_of(day) for day in ("2026-01-05", "2026-01-20", "2026-02-03"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with three releases of 02:00, each the parent of the next."""
    home = Home(tmp_path / "home").create()
    plant(home, JAN_5)
    plant(home, JAN_20, JAN_5)
    plant(home, FEB_3, JAN_20, is_current=True)
    return home


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, 23, 59, 59, 999999, UTC)),
        ("2026-01-31T12:00", datetime(2026, 1, 31, 12, 0, 0, 0, UTC)),
        ("2026-01-31 12:00:30", datetime(2026, 1, 31, 12, 0, 30, 0, UTC)),
        ("2026-01-31T00:30+01:00", datetime(2026, 1, 30, 23, 30, 0, 0, UTC)),
        ("2026-01-31T12:00Z", datetime(2026, 1, 31, 12, 0, 0, 0, UTC)),
    ],
)
def test_a_date_is_its_last_moment(text: str, moment: datetime) -> None:
    """A bare date is the end of that day; a time without a zone is UTC; a zone is heeded."""
    assert moment_of(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "31.01.2026", "2026-02-30", "2026-01-31T25:00"])
def test_what_is_no_date(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError):
        moment_of(text)


@pytest.mark.parametrize(
    ("text", "release_id"),
    [
        ("2026-01-05", JAN_5),
        ("2026-01-05T02:00:00", JAN_5),
        ("2026-01-19", JAN_5),
        ("2026-01-20T01:59:59", JAN_5),
        ("2026-01-20", JAN_20),
        ("2026-01-20T02:30+01:00", JAN_5),
        ("2099-12-31", FEB_3),
    ],
)
def test_the_newest_then(home: Home, text: str, release_id: str) -> None:
    """It is the last release published up to that moment."""
    release, caution = release_at(home, moment_of(text))
    assert (release.release_id, caution) == (release_id, "")


def test_before_the_first(home: Home, tmp_path: Path) -> None:
    """Before the first release there is none, and the error names the oldest; so it is without any."""
    with pytest.raises(ReleaseUnknown, match=f"2026-01-05 01:59:59 UTC.*{JAN_5}"):
        release_at(home, moment_of("2026-01-05T01:59:59"))
    with pytest.raises(ReleaseUnknown, match="Nothing has been released yet"):
        release_at(Home(tmp_path / "empty").create(), moment_of("2026-01-05"))


def test_a_gap_is_told(home: Home) -> None:
    """Where releases after it were removed, the one of that day may have been among them, and that is said."""
    plant(home, name_of("2026-03-01"), name_of("2026-02-28"))
    release, caution = release_at(home, moment_of("2026-02-20"))
    assert release.release_id == FEB_3 and "were removed" in caution
    assert release_at(home, moment_of("2026-03-01"))[1] == ""


def test_a_replaced_parent_is_no_gap(home: Home) -> None:
    """A release that replaced its next one's parent says so in its manifest, and nothing is missing between them."""
    plant(home, name_of("2026-03-01", "0000000b"), name_of("2026-02-28"))
    replacing = plant(home, name_of("2026-02-28", "0000000c"), FEB_3)
    (replacing / "manifest.json").write_text(
        f'{{"parent_release": "{FEB_3}", "erased_from": "{name_of("2026-02-28")}"}}', encoding="utf-8"
    )
    assert release_at(home, moment_of("2026-02-28"))[1] == ""
