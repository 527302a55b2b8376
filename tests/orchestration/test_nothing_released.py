"""What `registry refresh` prints if there is no release."""

from __future__ import annotations

from pathlib import Path

from orchestration.cli import notes
from orchestration.cli.refresh import _nothing_released
from tests.warehouse.kit import SITE, new_kit
from warehouse.queries.site_notes import LOST, RULE, SET_ASIDE, Note
from warehouse.storage.home import Home


def test_an_empty_landing_is_called_empty_and_no_other(tmp_path: Path) -> None:
    """Only an empty landing/ is called empty; if files wait or have arrived, the line points to `registry status`."""
    assert "holds no deliveries" in _nothing_released(Home(tmp_path / "empty").create())
    with new_kit(tmp_path / "home") as kit:
        kit.deliver(SITE, "patients", "a.csv", "patient_id\nP1\n")
        assert "`registry status`" in _nothing_released(kit.home)
        kit.land()
        (kit.home.landing / SITE / "patients" / "a.csv").unlink()
        assert "`registry status`" in _nothing_released(kit.home)


def test_what_is_told_after_a_refresh_parts_kind_and_place(monkeypatch, capsys) -> None:
    """A space follows the longest kind, Set aside, and new notes beyond the twelfth are not counted as old."""
    several = [Note(SET_ASIDE, "north", "patients", f"{i}.csv", "Why.") for i in range(14)]
    monkeypatch.setattr(notes, "notes_of", lambda release: several)
    notes.print_after_refresh(None, None)
    said = capsys.readouterr().err
    assert said.startswith("Set aside north/patients/0.csv: Why.\n")
    assert "2 more like these" in said and "from before" not in said


def test_status_lists_every_note_that_no_query_sheet_has(capsys) -> None:
    """A refused rule is about no site, so it is never left to a sheet; notes on deliveries beyond the twelfth are."""
    rules = [Note(RULE, "", "rules", f"{i}.yaml HD-{i}", "Not applied: Why.") for i in range(14)]
    lost = [Note(LOST, "north", "patients", f"{i}.csv", "Why.") for i in range(14)]
    notes.print_in_status([*rules, *lost])
    said = capsys.readouterr().out
    assert said.count("Not applied: Why.") == 14 and said.count("north/patients/") == 12
    assert "2 more are in the sites' query sheets" in said
