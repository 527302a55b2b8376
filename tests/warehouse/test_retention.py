"""Tests which releases are kept, and that removing the others harms nobody."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.orchestration.home_state import files_of
from tests.warehouse.release_kit import name_of, plant, release_small, site_with_sessions
from warehouse.releases import pins, retention
from warehouse.releases.release import list_releases
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

MOMENTS = st.datetimes(datetime(2025, 11, 1), datetime(2026, 3, 31), timezones=st.just(UTC))
IDS = st.sets(MOMENTS.map(lambda at: f"{at:%Y%m%dT%H%M%SZ}-0123abcd"), max_size=25)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with five planted releases, the fourth of them current."""
    home = Home(tmp_path / "home").create()
    for day in ("2026-01-05", "2026-01-20", "2026-02-03", "2026-02-04", "2026-02-05"):
        plant(home, name_of(day), is_current=day == "2026-02-04")
    return home


def staying(home: Home) -> list[str]:
    """The days of the releases there are."""
    return sorted(f"{n[:4]}-{n[4:6]}-{n[6:8]}" for n in os.listdir(home.releases) if n[0] == "2")


@pytest.mark.long
@given(IDS, st.data())
def test_the_rule(ids: set[str], data: st.DataObject) -> None:
    """What stays are the newest N, the first of each month, the pinned and the current one; nothing else does."""
    listed = sorted(ids)
    current = data.draw(st.sampled_from(listed)) if listed else None
    pinned = data.draw(st.sets(st.sampled_from(listed))) if listed else set()
    keep = data.draw(st.integers(0, 10))
    first = {}
    for name in listed:
        first.setdefault(name[:6], name)
    expected = set(listed[len(listed) - min(keep, len(listed)) :]) | set(first.values()) | pinned | {current}
    verdicts = retention.reasons_to_keep(ids, current, pinned, keep)
    assert list(verdicts) == listed[::-1]
    assert {name for name, why in verdicts.items() if why} == expected - {None}


def test_reasons_are_told() -> None:
    """Every reason that holds is named, in words."""
    ids = [name_of("2026-01-05"), name_of("2026-01-06"), name_of("2026-01-07"), "a-folder"]
    assert retention.reasons_to_keep(ids, ids[0], [ids[0]], keep_newest=1) == {
        "a-folder": ("not a release's name",),
        ids[2]: ("newest 1",),
        ids[1]: (),
        ids[0]: ("current", "pinned", "first of 2026-01"),
    }


def test_a_month_of_nights_stays() -> None:
    """Without another word the newest thirty stay: of forty nights in one month, the first and the last thirty."""
    ids = [f"202601{1 + n // 2:02d}T{n % 2:02d}0000Z-0000000a" for n in range(40)]
    kept = [name for name, why in retention.reasons_to_keep(ids, None, []).items() if why]
    assert sorted(kept) == [ids[0], *ids[10:]]


def test_prune_removes_the_others_alone(home: Home) -> None:
    """What goes is gone from disk; what stays is the same byte for byte."""
    pins.pin(home, name_of("2026-01-20"))
    before = files_of(home.releases)
    verdicts = retention.prune(home, keep_newest=0)
    assert staying(home) == ["2026-01-05", "2026-01-20", "2026-02-03", "2026-02-04"]
    assert [(v.release_id, v.size_bytes > 1000) for v in verdicts if not v.stays] == [(name_of("2026-02-05"), True)]
    gone = name_of("2026-02-05")
    assert files_of(home.releases) == {n: h for n, h in before.items() if not n.startswith(gone)}


def test_a_removal_that_dies_is_ended_by_the_next(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies between putting aside and deleting leaves no release, and no rubbish after the next."""

    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(shutil, "rmtree", die)
        with pytest.raises(KeyboardInterrupt):
            retention.prune(home, keep_newest=0)
    assert (
        staying(home)
        == ["2026-01-05", "2026-02-03", "2026-02-04"]
        == [f"{r.release_id[:4]}-{r.release_id[4:6]}-{r.release_id[6:8]}" for r in reversed(list_releases(home))]
    )
    assert len(list(home.releases.glob(".removing-*"))) == 2
    retention.prune(home)
    assert list(home.releases.glob(".*")) == []


def test_half_deleted_is_swept(home: Home) -> None:
    """What a crash left of a release in the middle of its deletion is no release and is removed."""
    aside = home.releases / f".removing-{name_of('2025-12-01')}"
    aside.mkdir()
    (aside / "report.html").touch()
    assert len(list_releases(home)) == 5
    assert retention.sweep(home) == [] and not aside.exists()


def test_what_cannot_be_deleted_is_said(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk does not let a removed release go, it is no release any more, and the error says what to do."""
    with monkeypatch.context() as stuck:
        stuck.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(RegistryError, match="2 removed releases could not be deleted"):
            retention.prune(home, keep_newest=0)
    assert staying(home) == ["2026-01-05", "2026-02-03", "2026-02-04"]
    retention.prune(home, keep_newest=0)
    assert list(home.releases.glob(".*")) == []


def test_unreadable_pins_remove_nothing(home: Home) -> None:
    """Where nobody can say what is pinned, nothing is removed."""
    pins.path_of(home).write_text("{", encoding="utf-8")
    with pytest.raises(RegistryError, match="not a list of pins"):
        retention.prune(home, keep_newest=0)
    assert len(staying(home)) == 5


@pytest.mark.long
def test_a_reader_keeps_what_it_holds(tmp_path: Path) -> None:
    """A release is removed while somebody holds it open: neither fails, and the reader reads on to the end."""
    site = site_with_sessions(tmp_path / "home")
    first = release_small(site.home)
    held = first.folder.with_name(name_of("2026-02-04"))
    first.folder.rename(held)
    plant(site.home, name_of("2026-02-01"))
    plant(site.home, name_of("2026-02-05"), is_current=True)
    with duckdb.connect(str(held / "registry.duckdb"), read_only=True) as reader:
        before = reader.execute("SELECT count(*) FROM derived.lesion_ltp").fetchone()
        retention.prune(site.home, keep_newest=0)
        assert not held.exists() and staying(site.home) == ["2026-02-01", "2026-02-05"]
        assert reader.execute("SELECT count(*) FROM derived.lesion_ltp").fetchone() == before == (1,)
        tables = reader.execute("SELECT DISTINCT table_schema || '.' || table_name FROM meta.columns").fetchall()
        assert all(reader.execute(f"FROM {table}").fetchall() is not None for (table,) in tables)
