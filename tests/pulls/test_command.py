"""Tests `registry pull`, the sensor and its job, and how a failed pull is shown: status, alert, check of the token."""

from __future__ import annotations

import dagster as dg
import pytest
from typer.testing import CliRunner

from orchestration.automation.pull_sensor import PULL, pull_job, pull_sensor
from orchestration.cli import main
from orchestration.cli.home_problems import problems_of_home
from orchestration.definitions import build_definitions
from tests.pulls.conftest import Clinic
from tests.pulls.redcap_server import TOKEN, Answer
from tests.warehouse.kit import SITE
from warehouse.pulls import redcap_api
from warehouse.pulls.pull_folder import folder_of
from warehouse.storage.errors import RegistryError
from workflows.erase_patient import forget

FORBIDDEN = Answer(b'{"error":"no"}', 403, "application/json")


def _command(clinic: Clinic, *arguments: str):
    return CliRunner().invoke(main.app, ["pull", *arguments, "--home", str(clinic.kit.home.root)])


def test_the_command_says_what_it_delivered(clinic: Clinic) -> None:
    """`registry pull` names the file, and says so when there is nothing new."""
    done = _command(clinic)
    assert done.exit_code == 0
    assert "north/redcap: delivered " in done.stdout and "_redcap_whole.csv (6 records)" in done.stdout
    assert _command(clinic, SITE).stdout == "north/redcap: nothing new\n"


def test_a_failed_pull_is_a_problem_until_one_succeeds(clinic: Clinic) -> None:
    """The command fails with the reason, which `registry status` repeats until the source is pulled again."""
    clinic.project.twist = lambda form, answer: FORBIDDEN
    failed = _command(clinic)
    assert isinstance(failed.exception, RegistryError) and "could not be pulled" in str(failed.exception)
    assert "Problem  north/redcap: The server refuses the token (403)." in failed.stderr
    (problem,) = problems_of_home(clinic.kit.home)
    assert problem.startswith("pull of north/redcap: The server refuses the token (403). ")
    clinic.project.twist = lambda form, answer: answer
    assert _command(clinic).exit_code == 0
    assert problems_of_home(clinic.kit.home) == []


def test_an_alert_is_sent_once(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull that fails for a reason that was not known is alerted on; the same failure again is not."""
    from orchestration.alerts import triggers

    sent: list[str] = []
    monkeypatch.setattr(triggers, "send", lambda settings, alert: sent.append(alert.text) or [])
    (clinic.kit.home.root / "alerts.toml").write_text('[webhook]\nurl = "https://chat.example.org/x"\n')
    clinic.project.twist = lambda form, answer: FORBIDDEN
    _command(clinic)
    _command(clinic)
    assert len(sent) == 1
    assert "pulls failed (1)" in sent[0] and "north/redcap: The server refuses the token (403)." in sent[0]


def test_the_sensor_is_off_by_default(clinic: Clinic) -> None:
    """Nothing is pulled by itself until somebody starts the sensor `pulls`."""
    definitions = build_definitions(clinic.kit.home.root)
    assert definitions.resolve_sensor_def("pulls").default_status == dg.DefaultSensorStatus.STOPPED
    assert definitions.resolve_job_def(PULL).name == "pull"


def test_the_sensor_requests_a_pull_where_a_source_has_an_api(clinic: Clinic) -> None:
    """Once started, each evaluation requests the job, or says that no source has an API."""
    sensor = pull_sensor(clinic.kit.home, pull_job(clinic.kit.home))
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(sensor(dg.build_sensor_context(instance=instance)), dg.RunRequest)
        clinic.kit.configure(SITE, "")
        skipped = sensor(dg.build_sensor_context(instance=instance))
    assert isinstance(skipped, dg.SkipReason) and skipped.skip_message == "No source has an API, a database or a place."
    assert clinic.project.asked == []


@pytest.mark.parametrize("fails", [False, True])
def test_no_token_in_a_run_of_the_daemon(clinic: Clinic, monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    """The job pulls; its events say how each source ended, without the token, and a source that fails fails no run."""
    monkeypatch.setattr(redcap_api, "WAITS_SECONDS", ())
    if fails:
        clinic.project.twist = lambda form, answer: None
    with dg.DagsterInstance.ephemeral() as instance:
        done = pull_job(clinic.kit.home).execute_in_process(instance=instance)
        events = "".join(repr(entry) for entry in instance.all_logs(done.run_id))
    assert done.success
    assert ("The server cannot be reached" in events) == fails
    assert ("_redcap_whole.csv" in events) != fails
    assert TOKEN not in events


def test_an_erasure_forgets_unfinished_pulls(clinic: Clinic) -> None:
    """Pages of an interrupted pull hold patients, so an erasure deletes them; what has no patients stays."""
    clinic.project.twist = lambda form, answer: FORBIDDEN if "005" in form.values() else answer
    clinic.problem()
    pages = [p.name for p in folder_of(clinic.kit.home).rglob("*") if p.is_file()]
    assert {"page-000000.csv", "plan.json", "state.json"} <= set(pages)
    clinic.kit.con.close()
    forget(clinic.kit.home, SITE, "001", "Consent withdrawn")
    assert [p.name for p in folder_of(clinic.kit.home).rglob("*.*") if p.is_file()] == ["pull.lock", "state.json"]
