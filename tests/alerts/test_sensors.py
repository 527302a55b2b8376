"""What the daemon's sensors send after a run and about an overdue site, and what they do not send."""

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
    """An empty home whose alerts go to the web server."""
    made = Home(tmp_path / "home").create()
    write(made, web=web, more='on = ["failure", "refused", "overdue", "new_ltp"]')
    return made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance without runs."""
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def broken(home: Home) -> dg.AssetsDefinition:
    """Fail with a patient's value in hand, as a step of the registry might."""

    @dg.asset
    def broken() -> None:
        with private(home, "Making the table"):
            raise ValueError("SYN-0001 has 37.1234")

    return broken


@dg.asset(check_specs=[dg.AssetCheckSpec("gate", asset="gated", blocking=True)])
def gated() -> dg.MaterializeResult:
    """A step whose blocking check fails."""
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="gate", passed=False)])


def release(is_new: bool) -> dg.AssetsDefinition:
    """The release, new or unchanged."""

    @dg.asset(key=RELEASE)
    def made() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"is_new": is_new, "release_id": "R"})

    return made


def after_failure(home: Home, instance: dg.DagsterInstance, asset: dg.AssetsDefinition, **tags: str) -> None:
    """Let the asset's run fail, and inform the sensor as the daemon does."""
    ran = dg.materialize([asset], instance=instance, raise_on_error=False, tags=tags)
    assert not ran.success
    failure_sensor(home)(
        dg.build_run_status_sensor_context(
            "failure_alerts", ran.get_run_failure_event(), instance, ran.dagster_run
        ).for_run_failure()
    )


def after_release(home: Home, instance: dg.DagsterInstance, is_new: bool, **tags: str) -> None:
    """Let a run make the release, and inform the sensor."""
    ran = dg.materialize([release(is_new)], instance=instance, tags=tags)
    release_sensor(home)(
        dg.build_run_status_sensor_context("release_alerts", ran.get_run_success_event(), instance, ran.dagster_run)
    )


def test_a_failed_run_is_told_of_without_values(home: Home, instance: dg.DagsterInstance, web: WebServer) -> None:
    """The alert names the step and the kind of its failure, without values."""
    after_failure(home, instance, broken(home))
    (posted,) = web.posted
    assert posted["occasion"] == "failure" and "Making the table failed (ValueError)" in posted["text"]
    assert "37.1234" not in str(posted) and "SYN-0001" not in str(posted)


@pytest.mark.long
def test_a_gate_that_refused_is_told_of(home: Home, instance: dg.DagsterInstance, web: WebServer) -> None:
    """The alert names the check, as a refusal and not as a failure."""
    after_failure(home, instance, gated)
    assert [(posted["occasion"], posted["lines"][0]) for posted in web.posted] == [
        ("refused", "Refused by gated: gate")
    ]


def test_what_another_tells_is_not_told_twice(home: Home, instance: dg.DagsterInstance, web: WebServer) -> None:
    """No alert is sent for a run of the command line, which sends its own, or for a run that is retried."""
    after_failure(home, instance, broken(home), **BY_COMMAND)
    after_failure(home, instance, broken(home), **{"dagster/will_retry": "true"})
    assert web.posted == []


def test_a_run_of_the_command_line_that_died_is_told_of(
    home: Home, instance: dg.DagsterInstance, web: WebServer
) -> None:
    """The sensor alerts on a run of the command line whose process died before it could."""
    run = instance.add_run(dg.DagsterRun(job_name="any", status=dg.DagsterRunStatus.STARTED, tags=BY_COMMAND))
    event = instance.report_run_failed(run, "The process ended.")
    context = dg.build_run_status_sensor_context("failure_alerts", event, instance, run)
    failure_sensor(home)(context.for_run_failure())
    assert [posted["occasion"] for posted in web.posted] == ["failure"]


def test_a_new_release_is_told_of(
    home: Home, instance: dg.DagsterInstance, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that made a new release is alerted on once; not one that kept the release, nor one of the command line."""
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
    """When a site becomes overdue, its export's check fails and both channels alert once; before that, neither."""
    write(home, mail, web)
    (home.landing / "north").mkdir()
    (home.landing / "north" / "site.toml").write_text('[exports.patients]\nexpected_every = "7 days"')
    land(home, Archive(home))
    sensor, cursor = incoming_sensor(home), None

    def failing() -> set[str] | None:
        """Return the exports whose check was reported as failing; None if nothing was reported."""
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
    assert len(mail.mails) == 1 and "north/patients: No delivery yet (9 days)" in mail.mails[0].get_content()


def test_what_an_earlier_version_sent_is_not_sent_again(home: Home) -> None:
    """The log of earlier versions, with `told` per channel or one list for all, still counts."""
    late = [["north", "patients", ""]]
    for kept in ({"email": {"told": late, "failed_at": ""}}, late):
        (home.warehouse / "alerts_sent.json").write_text(json.dumps(kept), encoding="utf-8")
        assert sent_log.read(home, ["email"])["email"].sent == late


def test_a_server_that_refuses_fails_no_sensor(
    home: Home, instance: dg.DagsterInstance, web: WebServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """An alert that could not be sent is a warning of the sensor."""
    web.status = 503
    after_failure(home, instance, broken(home))
    assert "The alert could not be sent to the webhook: the server answered 503." in capfd.readouterr().err
