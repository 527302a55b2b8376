"""The daemon's sensors as senders: what goes out after a run and when a site is overdue, and what does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.privacy import private
from orchestration.alerts import sent_log, triggers
from orchestration.automation.conditions import RELEASE
from orchestration.automation.dead_runs import BY_COMMAND
from orchestration.automation.delivery_checks import ON_TIME
from orchestration.automation.reporting_sensors import failure_sensor, incoming_sensor, release_sensor
from tests.alerts.listeners import MailServer, WebServer, write
from tests.orchestration.home_state import let_days_pass
from warehouse.archive.archive import Archive
from warehouse.intake.landing import land
from warehouse.storage.home import Home


@pytest.fixture
def home(tmp_path: Path, web: WebServer) -> Home:
    """A home that holds nothing yet, whose alerts go to the web server."""
    made = Home(tmp_path / "home").create()
    write(made, web=web, more='on = ["failure", "refused", "overdue", "new_ltp"]')
    return made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance without runs."""
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def broken(home: Home) -> dg.AssetsDefinition:
    """A step that fails with a patient's value in hand, as the registry's steps do."""

    @dg.asset
    def broken() -> None:
        with private(home, "Making the table"):
            raise ValueError("SYN-0001 has 37.1234")

    return broken


@dg.asset(check_specs=[dg.AssetCheckSpec("gate", asset="gated", blocking=True)])
def gated() -> dg.MaterializeResult:
    """A step whose blocking check does not pass."""
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="gate", passed=False)])


def release(is_new: bool) -> dg.AssetsDefinition:
    """The release, new or as it was."""

    @dg.asset(key=RELEASE)
    def made() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"is_new": is_new, "release_id": "R"})

    return made


def after_failure(home: Home, instance: dg.DagsterInstance, asset: dg.AssetsDefinition, **tags: str) -> None:
    """The asset's run fails, and the sensor is told of it as the daemon does."""
    ran = dg.materialize([asset], instance=instance, raise_on_error=False, tags=tags)
    assert not ran.success
    failure_sensor(home)(
        dg.build_run_status_sensor_context(
            "failure_alerts", ran.get_run_failure_event(), instance, ran.dagster_run
        ).for_run_failure()
    )


def after_release(home: Home, instance: dg.DagsterInstance, is_new: bool, **tags: str) -> None:
    """A run made the release, and the sensor is told of it."""
    ran = dg.materialize([release(is_new)], instance=instance, tags=tags)
    release_sensor(home)(
        dg.build_run_status_sensor_context("release_alerts", ran.get_run_success_event(), instance, ran.dagster_run)
    )


def test_a_failed_run_is_told_of_without_values(home: Home, instance: dg.DagsterInstance, web: WebServer) -> None:
    """The step and the kind of its failure."""
    after_failure(home, instance, broken(home))
    (posted,) = web.posted
    assert posted["occasion"] == "failure" and "Making the table failed (ValueError)" in posted["text"]
    assert "37.1234" not in str(posted) and "SYN-0001" not in str(posted)


def test_a_gate_that_refused_is_told_of(home: Home, instance: dg.DagsterInstance, web: WebServer) -> None:
    """The check by name, as a refusal and not as a failure."""
    after_failure(home, instance, gated)
    assert [(posted["occasion"], posted["lines"][0]) for posted in web.posted] == [
        ("refused", "Refused by gated: gate")
    ]


def test_what_another_tells_is_not_told_twice(home: Home, instance: dg.DagsterInstance, web: WebServer) -> None:
    """A run of the command line, which sends its own alerts, and one that begins again."""
    after_failure(home, instance, broken(home), **BY_COMMAND)
    after_failure(home, instance, broken(home), **{"dagster/will_retry": "true"})
    assert web.posted == []


def test_a_run_of_the_command_line_that_died_is_told_of(
    home: Home, instance: dg.DagsterInstance, web: WebServer
) -> None:
    """Its process could not."""
    run = instance.add_run(dg.DagsterRun(job_name="any", status=dg.DagsterRunStatus.STARTED, tags=BY_COMMAND))
    event = instance.report_run_failed(run, "The process ended.")
    context = dg.build_run_status_sensor_context("failure_alerts", event, instance, run)
    failure_sensor(home)(context.for_run_failure())
    assert [posted["occasion"] for posted in web.posted] == ["failure"]


def test_a_new_release_is_told_of(
    home: Home, instance: dg.DagsterInstance, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, where the run made it new; not where the old one stands, nor for a run of the command line."""
    monkeypatch.setattr(triggers, "find_release", lambda *_: None)
    monkeypatch.setattr(triggers, "lesions_with_new_ltp", lambda *_: [("north", "P-1", "L-1")])
    after_release(home, instance, False)
    after_release(home, instance, True, **BY_COMMAND)
    assert web.posted == []
    after_release(home, instance, True)
    assert [posted["title"] for posted in web.posted] == ["Registry: lesions with new LTP (1)"]


def test_an_overdue_site_is_told_of_once_and_seen(
    home: Home, instance: dg.DagsterInstance, web: WebServer, mail: MailServer
) -> None:
    """Both ways, with the look that finds it; the check of each export that the span holds for fails until then."""
    write(home, mail, web)
    (home.landing / "north").mkdir()
    (home.landing / "north" / "site.toml").write_text('[exports.patients]\nexpected_every = "7 days"')
    land(home, Archive(home))
    sensor, cursor = incoming_sensor(home), None

    def failing() -> set[str] | None:
        """The exports whose check was reported as failing; None where nothing was reported."""
        nonlocal cursor
        told = sensor(dg.build_sensor_context(instance=instance, cursor=cursor))
        assert isinstance(told, dg.SensorResult)
        cursor = told.cursor
        checks = [event for event in told.asset_events if isinstance(event, dg.AssetCheckEvaluation)]
        late = {
            event.asset_key.to_user_string() for event in checks if event.check_name == ON_TIME and not event.passed
        }
        return late if checks else None

    assert failing() == set() and web.posted == []
    let_days_pass(home, 9)
    assert failing() == {"export/patients"}
    assert failing() is None
    assert [posted["title"] for posted in web.posted] == ["Registry: deliveries are overdue (1)"]
    assert len(mail.mails) == 1 and "north/patients: Nothing ever (9 days)" in mail.mails[0].get_content()


def test_what_an_earlier_version_sent_is_not_sent_again(home: Home) -> None:
    """It wrote `told` for each channel, or one list for all."""
    late = [["north", "patients", ""]]
    for kept in ({"email": {"told": late, "failed_at": ""}}, late):
        (home.warehouse / "alerts_sent.json").write_text(json.dumps(kept), encoding="utf-8")
        assert sent_log.read(home, ["email"])["email"].sent == late


def test_a_server_that_refuses_fails_no_sensor(
    home: Home, instance: dg.DagsterInstance, web: WebServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """That the alert could not be sent is a warning of the sensor."""
    web.status = 503
    after_failure(home, instance, broken(home))
    assert "The alert could not be sent to the webhook: the server answered 503." in capfd.readouterr().err
