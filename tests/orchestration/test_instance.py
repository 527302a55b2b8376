"""The Dagster instance of a home uses Dagster's own storage, also in homes that earlier versions made."""

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import dagster as dg
import pytest

from orchestration.instance import DAGSTER_YAML, dagster_instance, renew_storage
from warehouse.storage.home import Home

EARLIER = """\
telemetry:
  enabled: false
storage:
  custom:
    module: orchestration.event_storage
    class: OpenSqliteStorage
    config:
      base_dir:
        env: DAGSTER_HOME
run_retries: # ours
  enabled: false
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A new home."""
    for name in ("DAGSTER_HOME", "REGISTRY_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "0")  # restores what opening the instance sets
    return Home(tmp_path / "home").create()


@pytest.mark.long
def test_a_new_home_uses_dagsters_own_storage(home: Home) -> None:
    """A run's events are in Dagster's own files in dagster/, which only the owner can read."""
    with dagster_instance(home) as instance:
        dg.materialize([dg.asset(lambda: 1, name="table")], instance=instance)
        assert type(instance.event_log_storage).__module__.startswith("dagster.")
    files = [path for path in (home.dagster / "history").rglob("*.db")]
    assert files and all(path.stat().st_mode & 0o077 == 0 for path in files)


@pytest.mark.long
def test_an_earlier_homes_storage_is_taken_out(home: Home) -> None:
    """The entry of the former storage is removed, the rest of the file stays, and one sentence reports it once."""
    file = home.dagster / "dagster.yaml"
    file.write_text(EARLIER)
    said = renew_storage(home)
    assert said is not None and "dagster.yaml" in said
    assert file.read_text() == "telemetry:\n  enabled: false\nrun_retries: # ours\n  enabled: false\n"
    assert renew_storage(home) is None
    with dagster_instance(home) as instance:
        assert type(instance.event_log_storage).__module__.startswith("dagster.")


@pytest.mark.daemon
def test_several_processes_may_open_a_new_home_at_once(home: Home) -> None:
    """Four processes that open each of ten new homes at the same moment all read runs, schedules and heartbeats."""
    new = [Home(home.root / str(number)) for number in range(10)]
    processes = multiprocessing.get_context("spawn")
    at_once = processes.Barrier(4, timeout=30)
    started = [processes.Process(target=_open_each, args=(new, at_once)) for _ in range(4)]
    for process in started:
        process.start()
    for process in started:
        process.join(120)
    assert [process.exitcode for process in started] == [0, 0, 0, 0]


def _open_each(homes: list[Home], at_once: Barrier) -> None:
    for home in homes:
        at_once.wait()
        with dagster_instance(home) as instance:
            assert instance.get_runs() == []
            assert list(instance.all_instigator_state()) == []
            assert set(instance.get_daemon_statuses()) == set(instance.get_required_daemon_types())


@pytest.mark.parametrize("text", [DAGSTER_YAML, "storage:\n  postgres:\n    postgres_url: x\n"])
def test_any_other_storage_stays(home: Home, text: str) -> None:
    """Storage that a team has set, such as PostgreSQL, is left alone."""
    (home.dagster / "dagster.yaml").write_text(text)
    assert renew_storage(home) is None
    assert (home.dagster / "dagster.yaml").read_text() == text
