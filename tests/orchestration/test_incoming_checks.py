"""What the interface and status say about deliveries: the checks after each run, overdue sites, rejected files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from unittest import mock

import dagster as dg
import pytest

from assets import raw
from assets.ui.table_metadata import key
from orchestration.automation.delivery_checks import LANDING, LOADS, on_time_results
from orchestration.automation.reporting_sensors import incoming_sensor
from tests.orchestration.command import run_here
from tests.orchestration.home_state import let_days_pass
from tests.warehouse.kit import SITE, new_kit
from warehouse.archive.archive import Archive
from warehouse.intake import landing
from warehouse.intake.landing import land
from warehouse.storage.file_stamp import stamp_of
from warehouse.storage.home import Home


def status_of(home: Home) -> list[str]:
    """Return what `registry status` prints, line by line."""
    return [line.strip() for line in run_here(home.root, "status").text.splitlines()]


def test_a_run_does_not_hide_the_checks(tmp_path: Path) -> None:
    """The checks are reported again after each run of meta.loads; otherwise the interface shows them unevaluated."""
    home = Home(tmp_path / "home").create()
    (home.landing / "Not A Site").mkdir()
    sensor, cursor = incoming_sensor(home), None

    def reported() -> list[str]:
        nonlocal cursor
        told = sensor(dg.build_sensor_context(instance=instance, cursor=cursor))
        assert isinstance(told, dg.SensorResult)
        cursor = told.cursor
        return [event.check_name for event in told.asset_events if isinstance(event, dg.AssetCheckEvaluation)]

    with dg.DagsterInstance.ephemeral() as instance:
        assert LANDING in reported() and reported() == []
        instance.report_runless_asset_event(dg.AssetMaterialization(LOADS))
        assert LANDING in reported() and reported() == []
        (home.landing / "Another Folder").mkdir()
        assert LANDING in reported() and reported() == []


def test_status_says_what_may_still_be_written(tmp_path: Path) -> None:
    """A file that changed within the quiet time comes first with a remark; later it is listed like any other."""
    home = Home(tmp_path / "home").create()
    folder = home.landing / SITE / "patients"
    folder.mkdir(parents=True)
    for name in "abcdef":
        (folder / f"{name}.csv").write_text("patient_id\n")
    with mock.patch.object(landing.time, "time", lambda: time() + 11):
        assert status_of(home)[2:7] == [f"{SITE}/patients/{name}.csv" for name in "abcde"]
    with mock.patch.object(landing, "_is_young", lambda stamp, _: stamp == stamp_of(folder / "f.csv")):
        said = f"{SITE}/patients/f.csv: changed a moment ago; it may still be being written."
        assert status_of(home)[2:4] == [said, f"{SITE}/patients/a.csv"]


def test_status_says_who_is_overdue(tmp_path: Path) -> None:
    """status names an overdue site and another site's overdue export with a sentence each, and nothing if all are on
    time.
    """
    home = Home(tmp_path / "home").create()
    for site, text in (
        ("north", 'expected_every = "7 days"'),
        ("south", '[exports.genotypes]\nexpected_every = "1 day"'),
    ):
        (home.landing / site / "patients").mkdir(parents=True)
        (home.landing / site / "site.toml").write_text(text)
        (home.landing / site / "patients" / "a.csv").write_text("patient_id\n")
    land(home, Archive(home))
    assert not any(line.startswith("Overdue") for line in status_of(home))
    let_days_pass(home, 8.5)
    since = datetime.fromisoformat(Archive(home).arrivals[0].arrived_at).date()
    assert [line for line in status_of(home) if line.startswith("Overdue")] == [
        f"Overdue          north: No delivery since {since} (8 days); one is expected every 7 days.",
        "Overdue          south/genotypes: No delivery yet (8 days); one is expected every 1 days.",
    ]


def test_on_time_is_of_each_export(tmp_path: Path) -> None:
    """A site's interval holds for every export, an export's own only for that one; the check names the site."""
    home = Home(tmp_path / "home").create()
    (home.landing / "north").mkdir()
    (home.landing / "north" / "site.toml").write_text('[exports.genotypes]\nexpected_every = "1 day"')
    land(home, Archive(home))
    now = datetime.now(UTC)
    assert all(result.passed for result in on_time_results(home, now))
    (late,) = [result for result in on_time_results(home, now + timedelta(days=2)) if not result.passed]
    assert late.asset_key == key("export.genotypes") and late.severity == dg.AssetCheckSeverity.WARN
    assert late.description and late.description.startswith("north/genotypes: No delivery yet (2 days)")
    (home.landing / "north" / "site.toml").write_text('expected_every = "1 day"')
    land(home, Archive(home))
    assert not any(result.passed for result in on_time_results(home, now + timedelta(days=2)))


@pytest.mark.long
def test_rejected_deliveries_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rejected deliveries are listed with reasons, newest first; the rest are counted."""
    with new_kit(tmp_path / "home") as kit:
        kit.refresh()
        assert raw.deliveries_that_count_as_none(kit.con) == {
            "rejected_deliveries": 0,
            "waiting_deliveries": 0,
            "set_aside_deliveries": 0,
        }
        for name in ("a.csv", "b.csv", "c.csv"):
            kit.deliver(SITE, "patients", name, f"birth\n{name}\n")
        kit.refresh()
        monkeypatch.setattr(raw, "FIRST", 2)
        found = raw.deliveries_that_count_as_none(kit.con)
    assert found["rejected_deliveries"] == 3
    newest, second, more = found["rejected"].value.splitlines()
    assert newest.startswith(f"- {SITE}/patients/c.csv: The header lacks the required columns: patient_id.")
    assert second.startswith(f"- {SITE}/patients/b.csv: The header lacks the required columns: patient_id.")
    assert more == "- 1 more: `registry status`"
