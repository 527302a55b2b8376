"""An erasure that died is reported until it is finished, and a truncated list brings nobody back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration.alerts import triggers
from orchestration.cli.notices import say_unfinished_erasure
from warehouse.redaction.erasure_list import ErasedList, unfinished
from warehouse.storage.errors import ArchiveDamaged
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock

PATIENT = "P-4711"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with two erased patients of one site, and nothing else."""
    home = Home(tmp_path).create()
    listed = ErasedList(home)
    for patient in ("P1", "P2"):
        listed.add(listed.begin("lyon", patient, "Consent withdrawn"))
        listed.end()
    return home


def test_nothing_is_said_where_nothing_is_unfinished(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is reported, neither after finished erasures nor in a home without one."""
    say_unfinished_erasure(home)
    say_unfinished_erasure(Home(home.root / "other"))
    assert unfinished(home) == "" and capsys.readouterr().err == ""


def test_who_reads_a_release_is_told(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard error names the site and since when, not the patient, with different words while it is running."""
    ErasedList(home).begin("lyon", PATIENT, "Consent withdrawn")
    say_unfinished_erasure(home)
    said = capsys.readouterr()
    assert said.out == "" and "patient of lyon" in said.err and "`registry refresh` finishes it" in said.err
    assert PATIENT not in said.err
    with refresh_lock(home):
        assert "is under way" in unfinished(home)


def test_an_alert_tells_of_it_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """One alert is sent per erasure that died; none while one is running, and none after it was finished."""
    sent: list[str] = []
    (home.root / "alerts.toml").write_text('[webhook]\nurl = "http://127.0.0.1:9/"\n')
    monkeypatch.setattr(triggers, "send", lambda _, alert: sent.append(alert.occasion) or [])
    listed = ErasedList(home)
    listed.begin("lyon", PATIENT, "Consent withdrawn")
    with refresh_lock(home):
        assert triggers.erasure_unfinished(home) == [] and sent == []
    for _ in range(3):
        assert triggers.erasure_unfinished(home) == []
    assert sent == ["erasure"]
    listed.end()
    assert triggers.erasure_unfinished(home) == []
    listed.begin("lyon", PATIENT, "Consent withdrawn")
    triggers.erasure_unfinished(home)
    assert sent == ["erasure", "erasure"]


def test_a_list_cut_off_at_any_byte_is_damage(home: Home) -> None:
    """A truncated list would bring erased patients back, so it is refused and named."""
    path = home.erasure / "erased.ndjson"
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(ArchiveDamaged, match="erasure/erased.ndjson .* backup"):
            ErasedList(home)
    path.write_bytes(whole)
    assert len(ErasedList(home).erasures) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"site": "lyon"})])
def test_a_damaged_note_of_an_erasure_is_named(home: Home, content: str) -> None:
    """A damaged record of a pending erasure is reported with a cure and without a traceback."""
    (home.erasure / "pending.json").write_text(content)
    assert "erasure/pending.json cannot be read" in unfinished(home)
    with pytest.raises(ArchiveDamaged):
        _ = ErasedList(home).pending
