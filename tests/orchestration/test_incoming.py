"""What the interface says of what comes in: the checks after each run, and why deliveries were rejected."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from assets import raw
from orchestration.checks import LANDING, LOADS
from orchestration.report_sensors import incoming_sensor
from tests.warehouse.kit import SITE, new_kit
from warehouse.home import Home


def test_a_run_does_not_hide_the_checks(tmp_path: Path) -> None:
    """They are reported again once meta.loads was made anew, else the interface calls them not evaluated."""
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


def test_rejected_deliveries_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest first, each with its reason; beyond so many, how many more there are."""
    with new_kit(tmp_path / "home") as kit:
        kit.refresh()
        assert raw.rejected_deliveries(kit.con) == {"rejected_deliveries": 0}
        for name in ("a.csv", "b.csv", "c.csv"):
            kit.deliver(SITE, "patients", name, f"birth\n{name}\n")
        kit.refresh()
        monkeypatch.setattr(raw, "FIRST", 2)
        found = raw.rejected_deliveries(kit.con)
    assert found["rejected_deliveries"] == 3
    assert found["rejected"].value.splitlines() == [
        f"- {SITE}/patients/c.csv: The header lacks the required columns: patient_id.",
        f"- {SITE}/patients/b.csv: The header lacks the required columns: patient_id.",
        "- 1 more: `registry status`",
    ]
