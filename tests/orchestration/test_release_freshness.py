"""A refresh from the command line that finds nothing new counts for the freshness of the release."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from orchestration.automation import release_freshness
from orchestration.automation.conditions import RELEASE
from orchestration.automation.delivery_checks import LOADS
from orchestration.automation.reporting_sensors import still_current_sensor
from orchestration.instance import dagster_instance
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.orchestration.home_state import look_at_files
from warehouse.refresh.anything_to_do import is_up_to_date
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock


@pytest.fixture(scope="module")
def looked_at(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the released home whose files a refresh has already looked at: the next one finds nothing new."""
    copied = copy_of(light_study, tmp_path_factory.mktemp("looked-at"))
    look_at_files(copied)
    assert is_up_to_date(copied)
    return copied


@pytest.fixture
def home(looked_at: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """That home before any refresh has found nothing new and before any sensor has reported it."""
    for name in ("DAGSTER_HOME", "REGISTRY_HOME"):
        monkeypatch.setenv(name, "")
    (looked_at.warehouse / release_freshness.FILE).unlink(missing_ok=True)
    return looked_at


def told(home: Home, instance: dg.DagsterInstance) -> list[dg.AssetMaterialization]:
    """Return what an evaluation of the sensor reports, as the daemon stores it."""
    result = still_current_sensor(home)(dg.build_sensor_context(instance=instance))
    events = list(result.asset_events) if isinstance(result, dg.SensorResult) else []
    for event in events:
        instance.report_runless_asset_event(event)
    return [event for event in events if isinstance(event, dg.AssetMaterialization)]


@pytest.mark.long
def test_a_quiet_night_is_told_once(home: Home) -> None:
    """A quiet night is reported once, as a materialisation with the same data version; no run and no release follow."""
    releases = sorted(home.releases.iterdir())
    with dagster_instance(home) as instance:
        made, n_runs = instance.get_latest_materialization_event(RELEASE), instance.get_runs_count()
        assert made is not None and made.asset_materialization is not None
        assert told(home, instance) == []
        assert run_here(home.root, "refresh").code == 0
        (event,) = told(home, instance)
        assert told(home, instance) == []
        newest = instance.get_latest_materialization_event(RELEASE)
        assert newest is not None and newest.timestamp > made.timestamp
        assert instance.get_runs_count() == n_runs
    assert event.tags == made.asset_materialization.tags
    assert event.description and event.description.startswith("A refresh found nothing new; release ")
    assert event.metadata["is_new"].value is False
    assert event.metadata["dagster/row_count"] == made.asset_materialization.metadata["dagster/row_count"]
    assert sorted(home.releases.iterdir()) == releases


@pytest.mark.long
def test_what_is_no_word_of_a_quiet_night(home: Home) -> None:
    """Nothing is reported for a night long ago, another release, an unreadable file, or during a refresh."""
    file = home.warehouse / release_freshness.FILE
    assert run_here(home.root, "refresh").code == 0
    noted = json.loads(file.read_text())
    with dagster_instance(home) as instance:
        with refresh_lock(home):
            assert told(home, instance) == []
        long_ago = noted["found_at"] - release_freshness.TOLD_WITHIN_SECONDS
        for other in ({"found_at": long_ago}, {"release_id": "20200101T000000Z-00000000"}, {"found_at": None}):
            file.write_text(json.dumps(noted | other))
            assert told(home, instance) == []
        file.write_text(json.dumps(noted))
        assert len(told(home, instance)) == 1


@pytest.mark.long
def test_a_delivery_since_then_is_no_quiet_night(home: Home) -> None:
    """A delivery loaded after the quiet night makes its release, which is not reported as made before."""
    assert run_here(home.root, "refresh").code == 0
    with dagster_instance(home) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization(LOADS))
        assert told(home, instance) == []


def test_a_full_disk_fails_no_quiet_night(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk only the record of the quiet night is lost."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(release_freshness, "atomic_write", full)
    release_freshness.note(home, None)
    assert not (home.warehouse / release_freshness.FILE).exists()
