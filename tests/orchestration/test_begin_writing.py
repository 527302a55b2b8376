"""Every write begins in the same way: it takes the lock, finishes an interrupted erasure and clears what a dead refresh
left.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from assets.resources import Registry
from warehouse.redaction.erasure_list import ErasedList, is_pending
from warehouse.storage.home import Home
from warehouse.storage.lock import is_held
from workflows.begin_writing import writing

SEEN: list[tuple[bool, bool]] = []


@dg.asset
def looks(registry: Registry) -> None:
    """Notes in a run's first step whether the home is in order and whether the lock is held."""
    SEEN.append((in_order(registry.home), is_held(registry.home)))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with half a release, a scratch file and an erasure, each left by a process that died."""
    SEEN.clear()
    home = Home(tmp_path / "home").create()
    ErasedList(home).begin("lyon", "P1", "Consent withdrawn")
    (home.scratch / "rows").write_text("rows")
    (home.releases / ".building-20260101T000000Z-00000000").mkdir()
    return home


def in_order(home: Home) -> bool:
    """Return whether the erasure is finished and nothing is left of what died."""
    return not (is_pending(home) or any(home.scratch.iterdir()) or any(home.releases.glob(".building-*")))


def test_a_write_begins_with_the_home_in_order(home: Home) -> None:
    """A write holds the lock, which is free afterwards, and reports the progress of the erasure."""
    said: list[str] = []
    with writing(home, said.append) as begun:
        assert in_order(home) and is_held(home)
        assert begun.notices == []
    assert not is_held(home) and said[0] == "adding the patient to the erasure list" and said[-1] == "finishing"


def test_within_a_write_another_clears_nothing(home: Home) -> None:
    """An asset of a refresh leaves the refresh's scratch files alone and does not repeat its notices."""
    with writing(home):
        (home.scratch / "mine").write_text("rows")
        with writing(home) as begun:
            assert (home.scratch / "mine").exists() and begun.notices == []
        assert is_held(home)


def test_a_lost_build_database_is_said_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the holder of the lock reports a lost build database, not the assets within; a second recovery adds what it
    found.
    """
    found = iter([("The build database was lost.",), ("It was damaged.",)])
    monkeypatch.setattr("workflows.begin_writing.recover", lambda _: next(found))
    with writing(home) as begun:
        with writing(home) as within:
            assert within.notices == []
        assert begun.notices == ["The build database was lost."]
        begun.recover()
        assert begun.notices == ["The build database was lost.", "It was damaged."]


@pytest.mark.long
def test_a_run_of_one_asset_begins_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever asset a person requests in the interface, the run finishes the erasure before its first step, and its
    log shows the notices as warnings.
    """
    from warehouse.refresh import recovery

    def recover_and_say(of: Home) -> tuple[str, ...]:
        return (*recovery.recover(of), "The build database was lost.")

    monkeypatch.setattr("workflows.begin_writing.recover", recover_and_say)
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([looks], resources={"registry": Registry(home_folder=str(home.root))}, instance=instance)
        logged = [entry for entry in instance.all_logs(run.run_id) if "was lost" in entry.message]
    assert SEEN == [(True, True)] and not is_held(home)
    assert [entry.level for entry in logged] == [30]
