"""What waits in the build database is reported with its reason and made automatically, whatever the cause."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.automation.conditions import RELEASE, WITH_DELIVERIES
from orchestration.automation.jobs import NIGHTLY, quiet_config
from orchestration.automation.waiting_sensor import waiting_sensor
from orchestration.definitions import build_definitions
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.orchestration.light import FEW_ANALYSES
from tests.orchestration.test_runs_and_lock import held_elsewhere
from tests.variants import quick
from warehouse.incremental import input_hashes
from warehouse.refresh.anything_to_do import is_up_to_date
from warehouse.refresh.pending_work import why_release_waits_at_rest
from warehouse.releases.release import find_release
from warehouse.storage.connection import open_build
from warehouse.storage.home import Home
from workflows.release_products import TABLES_ONLY

CODE_USERS = (
    "assets.clean",
    "assets.derived",
    "assets.completeness",
    "warehouse.releases.release",
    "warehouse.incremental.input_hashes",
    "warehouse.refresh.pending_work",
    "orchestration.automation.waiting_sensor",
)
OTHER_CODE = "f" * 64


def with_other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the tables made by code of another hash from here on."""
    for module in CODE_USERS:
        monkeypatch.setattr(f"{module}.making_code", lambda: OTHER_CODE)


def deliver_the_same_rows(home: Home) -> None:
    """Deliver a new file with the rows of the newest one: no derived row changes, but meta.loads does."""
    folder = home.landing / "index-study" / "imaging_followups"
    newest = max(folder.iterdir())
    (folder / f"2024-01-01_{newest.name[11:]}").write_bytes(newest.read_bytes())


def definitions_of(home: Home) -> dg.Definitions:
    """Return the code location of a home with light releases."""
    return build_definitions(home.root, TABLES_ONLY, FEW_ANALYSES)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance without runs, in memory."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def run(home: Home, instance: dg.DagsterInstance, job: str) -> bool:
    """Run one of the jobs as the daemon does, and return whether it succeeded."""
    chosen = definitions_of(home).resolve_job_def(job)
    return chosen.execute_in_process(instance=instance, raise_on_error=False).success


def made_alone(home: Home, instance: dg.DagsterInstance, *assets: dg.AssetKey) -> bool:
    """Make only these assets, as a person or a condition requests them, and return whether that succeeded."""
    job = definitions_of(home).resolve_implicit_global_asset_job_def()
    chosen = job.get_subset(asset_selection=set(assets))
    return chosen.execute_in_process(instance=instance, raise_on_error=False).success


def look(home: Home, instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    """Evaluate the sensor once."""
    answer = waiting_sensor(home)(dg.build_sensor_context(instance=instance, cursor=cursor))
    assert isinstance(answer, dg.SensorResult | dg.SkipReason)
    return answer


def asked(
    home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, cursor: str | None = None
) -> dg.SensorResult:
    """Return the sensor's result once the build is at rest: a first evaluation notes the build, one after the pause
    examines it.
    """
    monkeypatch.setattr("orchestration.automation.waiting_sensor.examined_after", lambda: 0)
    first = look(home, instance, cursor)
    assert isinstance(first, dg.SensorResult) and not first.run_requests
    second = look(home, instance, first.cursor)
    assert isinstance(second, dg.SensorResult)
    return second


def told(result: dg.SensorResult) -> tuple[bool, str]:
    """Return whether the check on the release's page passed, and its description."""
    (event,) = result.asset_events or ()
    assert isinstance(event, dg.AssetCheckEvaluation)
    return event.passed, event.description or ""


@pytest.mark.long
def test_unchanged_rows_after_a_change_of_code(
    light_study: Demonstration, tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of code, tables that are made by themselves and alter no row leave the analyses stale, and no
    condition requests them. The release's page and status report it, the sensor requests one run, and that releases.
    """
    home = copy_of(light_study, tmp_path)
    before = find_release(home).release_id
    assert why_release_waits_at_rest(home) == []
    with_other_code(monkeypatch)
    deliver_the_same_rows(home)
    assert made_alone(home, instance, *WITH_DELIVERIES) and made_alone(home, instance, RELEASE)
    assert find_release(home).release_id == before
    (sentence,) = why_release_waits_at_rest(home)
    assert "analysis.ltp_rates" in sentence and "earlier version of the code" in sentence
    assert sentence in run_here(home.root, "status").text
    result = asked(home, instance, monkeypatch)
    (request,) = result.run_requests or ()
    assert request.run_config == quiet_config() and told(result) == (False, f"Waits: {sentence}")
    again = look(home, instance, result.cursor)
    assert isinstance(again, dg.SkipReason) and "Requested: " in str(again.skip_message)
    assert run(home, instance, NIGHTLY)
    assert find_release(home).release_id != before and why_release_waits_at_rest(home) == []
    assert told(asked(home, instance, monkeypatch, result.cursor))[0]


@pytest.mark.long
@pytest.mark.parametrize(
    ("table", "words"),
    quick(
        4,
        [
            ("analysis.cox", "analysis.cox"),
            ("clean", "clean tables"),
            ("release", "the release is not made"),
            ("landed", "has not been applied yet"),
            ("derived.lesion_ltp", "derived.lesion_ltp"),
            ("quality.overdue_exams", "quality.overdue_exams"),
        ],
    ),
)
def test_whatever_is_behind_is_asked_for(
    demonstration: Demonstration,
    tmp_path: Path,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    words: str,
) -> None:
    """Any step that a run left stale is named, and requested by the sensor and by `registry refresh`."""
    home = copy_of(demonstration, tmp_path)
    with open_build(home) as con:
        if table.startswith("analysis"):
            input_hashes.invalidate(con, table)
            input_hashes.record_inputs(con, table, "of other rows")
        else:
            con.execute("UPDATE meta.watermarks SET code = code || 'x' WHERE step = ?", [table])
    assert any(words in sentence for sentence in why_release_waits_at_rest(home))
    assert not is_up_to_date(home)
    result = asked(home, instance, monkeypatch)
    assert result.run_requests and not told(result)[0]


@pytest.mark.long
def test_nothing_is_asked_for_in_vain(
    demonstration: Demonstration, tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed gate, a failed run (retried separately) and work that was already requested are reported, but not
    requested again.
    """
    home = copy_of(demonstration, tmp_path)
    with open_build(home) as con:
        input_hashes.record_inputs(con, "analysis.cox", "of other rows")
    once = asked(home, instance, monkeypatch)
    assert once.run_requests
    os.utime(home.build_database)  # a run came and went, and left it as it was
    twice = asked(home, instance, monkeypatch, once.cursor)
    assert not twice.run_requests and "still waiting" in str(twice.skip_reason)
    with monkeypatch.context() as shut:
        shut.setattr(
            "orchestration.automation.waiting_sensor.failed_gates", lambda con: ["quality.ledger: conservation"]
        )
        assert "Refused by quality.ledger" in str(asked(home, instance, monkeypatch).skip_reason)
    with monkeypatch.context() as failed:
        failed.setattr("orchestration.automation.waiting_sensor._has_failed", lambda instance: True)
        assert "is retried after a pause" in str(asked(home, instance, monkeypatch).skip_reason)


def test_a_refresh_that_runs_is_left_alone(
    demonstration: Demonstration, tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    """While another process refreshes, asking what waits returns nothing and does not block it."""
    home = copy_of(demonstration, tmp_path)
    with held_elsewhere(home, 60):
        assert why_release_waits_at_rest(home) == []
        answer = look(home, instance, None)
    assert isinstance(answer, dg.SkipReason) and "Another refresh is running" in str(answer.skip_message)
