"""What `registry refresh` says where there is no release."""

from __future__ import annotations

from pathlib import Path

from orchestration.cli.refresh import _nothing_released
from tests.warehouse.kit import SITE, new_kit
from warehouse.home import Home


def test_an_empty_landing_is_called_empty_and_no_other(tmp_path: Path) -> None:
    """Where something lies there or has arrived, `registry status` says what it waits for."""
    assert "holds no deliveries" in _nothing_released(Home(tmp_path / "empty").create())
    with new_kit(tmp_path / "home") as kit:
        kit.deliver(SITE, "patients", "a.csv", "patient_id\nP1\n")
        assert "`registry status`" in _nothing_released(kit.home)
        kit.land()
        (kit.home.landing / SITE / "patients" / "a.csv").unlink()
        assert "`registry status`" in _nothing_released(kit.home)
