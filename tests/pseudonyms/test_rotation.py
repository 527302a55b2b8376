"""Tests that a new key gives, byte for byte, what the same files give that arrive under it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pseudonyms.keyed import KEY, OTHER, the_key
from tests.sources.test_mapped_deliveries import CLINIC
from tests.warehouse.kit import SITE, Kit, csv_of, new_kit, row_of
from warehouse.archive import corrections
from warehouse.archive.archive import Archive
from warehouse.pseudonyms.typed import identifiers_of, patient_as_kept
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import VARIABLE
from workflows import rotate_key as workflow
from workflows.begin_writing import writing
from workflows.rotate_key import rotate_key

CLINICS = "Pat-Nr.;Fall;Geschlecht;Eingriff;Datum;Durchmesser;Kapsel\n001;F1;w;RFA;04.03.2021;2,9;1\n"
TABLES = ("raw.patients", "raw.rfa_sessions", "clean.patients", "clean.rfa_sessions", "quality.quarantine")
AT = {"at": "2024-07-01T00:00:00+00:00", "by": "A. Miller", "site": SITE, "reason": "One person"}


def deliver(kit: Kit) -> None:
    """Two sites: one with canonical columns and bad cells, one with a clinic's own file."""
    patients = [
        row_of("patients", birth_year="1920", last_contact_date="2024-06-01"),
        row_of("patients", patient_id="P2", death_date="2025-01-01", vital_status="dead"),
    ]
    sessions = [row_of("rfa_sessions", guidance="by Dr. Miller"), row_of("rfa_sessions", patient_id="Hans Mueller")]
    kit.deliver(SITE, "patients", "2024-06-30.csv", csv_of(patients))
    kit.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of(sessions))
    kit.configure("south", CLINIC)
    kit.deliver("south", "klinik", "2024-06-30.csv", CLINICS)


def held(root: Path) -> tuple[dict[str, list[tuple]], set[str]]:
    """The tables of a refreshed home, and the hashes of what its archive keeps."""
    with new_kit(root) as kit:
        kit.refresh()
        columns = {table: "* EXCLUDE (first_seen)" if "quarantine" in table else "*" for table in TABLES}
        tables = {table: kit.tuples(f"SELECT {columns[table]} FROM {table} ORDER BY ALL") for table in TABLES}
    return tables, {path.stem for path in (root / "archive" / "files").rglob("*.zst")}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A refreshed home with a key."""
    monkeypatch.setenv(VARIABLE, KEY)
    return delivered(tmp_path / "home")


def delivered(root: Path) -> Home:
    """A home to which the files were delivered."""
    with new_kit(root) as kit:
        deliver(kit)
        kit.refresh()
        return kit.home


@pytest.mark.long
@pytest.mark.parametrize("first", (KEY, ""))
def test_a_new_key_gives_what_it_would_have_given(first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables and archived files equal those of a home that had the new key from the start, whether the files had
    pseudonyms of another key before or none; the deliveries in landing/ stay a no-op."""
    monkeypatch.setenv(VARIABLE, OTHER)
    delivered(tmp_path / "straight")
    want = held(tmp_path / "straight")
    if first:
        monkeypatch.setenv(VARIABLE, first)
    else:
        monkeypatch.delenv(VARIABLE)
    home = delivered(tmp_path / "home")
    before, _ = held(tmp_path / "home")
    rotate_key(home, the_key(OTHER), is_for_home=False)
    monkeypatch.setenv(VARIABLE, OTHER)
    n_arrivals = len(Archive(home).arrivals)
    after, files = held(tmp_path / "home")
    assert (after, files) == want and after != before
    assert len(Archive(home).arrivals) == n_arrivals
    old = the_key(first).pseudonym("P", SITE, "P1") if first else "P1"
    new = the_key(OTHER).pseudonym("P", SITE, "P1")
    assert identifiers_of(home, SITE, [old, new]) == {new: "P1"}


@pytest.mark.long
def test_what_people_recorded_follows(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge names the new pseudonyms."""
    old, new = (patient_as_kept(home, SITE, number) for number in ("P2", "P1"))
    corrections.append(home, corrections.Correction(action=corrections.MERGE, old=old, new=new, **AT))
    rotate_key(home, the_key(OTHER), is_for_home=False)
    monkeypatch.setenv(VARIABLE, OTHER)
    (merge,) = corrections.read(home)
    assert (merge.old, merge.new) == tuple(patient_as_kept(home, SITE, number) for number in ("P2", "P1"))


@pytest.mark.long
@pytest.mark.parametrize("step", ("_new_build", "finish_rotation"))
def test_a_rotation_that_dies_is_finished(
    step: str, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once everything is written, the next command puts it in place, with no key of its own."""
    with monkeypatch.context() as dying:
        dying.setattr(workflow, step, _die)
        with pytest.raises(KeyboardInterrupt):
            rotate_key(home, the_key(OTHER), is_for_home=False)
    monkeypatch.setenv(VARIABLE, OTHER)
    with writing(home):
        pass
    after, files = held(tmp_path / "home")
    delivered(tmp_path / "straight")
    assert (after, files) == held(tmp_path / "straight")


@pytest.mark.long
@pytest.mark.parametrize("n", range(1, 6))
def test_a_rotation_that_dies_between_renames_is_finished(
    n: int, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever part was put in place before it died."""
    with monkeypatch.context() as dying:
        dying.setattr(workflow, "durable_rename", _die_at(n + 6, workflow.durable_rename))
        with pytest.raises(KeyboardInterrupt):
            rotate_key(home, the_key(OTHER), is_for_home=False)
    is_begun = (home.archive / workflow.READY).exists()
    monkeypatch.setenv(VARIABLE, OTHER if is_begun else KEY)
    with writing(home):
        pass
    after = held(tmp_path / "home")
    delivered(tmp_path / "straight")
    assert after == held(tmp_path / "straight")


@pytest.mark.long
def test_a_rotation_that_dies_early_has_changed_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before everything is written, the old key holds on, and what was begun is removed."""
    before = held(tmp_path / "home")
    with monkeypatch.context() as dying:
        dying.setattr(workflow._Stage, "journals", _die)
        with pytest.raises(KeyboardInterrupt):
            rotate_key(home, the_key(OTHER), is_for_home=False)
    with writing(home):
        pass
    assert held(tmp_path / "home") == before
    assert {path.name for path in home.archive.iterdir()} == {"arrivals.ndjson", "files"}


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def _die_at(n: int, does: Callable) -> Callable:
    """A function that dies at its n-th call."""
    calls: list[int] = []

    def counted(*given: object) -> object:
        calls.append(1)
        if len(calls) == n:
            raise KeyboardInterrupt
        return does(*given)

    return counted
