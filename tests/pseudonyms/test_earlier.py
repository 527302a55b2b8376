"""Tests that a new key leaves nobody unknown: releases and the log of what left know patients by earlier names."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.erasure.search_home import below_home, cells_with
from tests.orchestration.command import Ran, run_here
from tests.pseudonyms.keyed import KEY, OTHER, the_key
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit, csv_of, new_kit, row_of
from warehouse.pseudonyms import earlier
from warehouse.redaction.erasure_list import is_pending
from warehouse.releases.release import list_releases
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import VARIABLE
from workflows import erasure_steps
from workflows.begin_writing import writing
from workflows.erase_patient import forget
from workflows.rotate_key import rotate_key

THIRD = "7" * 64
KEYS = (KEY, OTHER, THIRD)


def called(key: str, patient: str, letter: str = "P") -> str:
    """What a patient (or lesion) is called under a key, '' for none."""
    return the_key(key).pseudonym(letter, SITE, patient) if key else patient


def deliver(kit: Kit) -> None:
    """Three patients, one of whom is set aside for a name in place of a number."""
    rows = [row_of("rfa_sessions", patient_id=patient) for patient in ("AB17", "AB18", "Zylinder, Udo")]
    kit.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of(rows))


def renewed(home: Home, monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    """Bring in these keys, one after the other."""
    for key in keys:
        rotate_key(home, the_key(key), is_for_home=False)
        monkeypatch.setenv(VARIABLE, key)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes, once for each first key ('': none), a home with one release, made under it, whose key changed twice."""
    roots: dict[str, Path] = {}

    def made_under(first: str) -> Path:
        if first not in roots:
            root = tmp_path_factory.mktemp("released")
            with new_kit(root) as kit:
                deliver(kit)
            assert typed_at(Home(root), first, "refresh").code == 0
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv(VARIABLE, first)
                renewed(Home(root), environment, OTHER, THIRD)
            roots[first] = root
        return roots[first]

    return made_under


@pytest.fixture
def released(made: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Home]:
    """Copies such a home; the last key is set."""

    def copied(first: str) -> Home:
        shutil.copytree(made(first), tmp_path / "home", symlinks=True)
        monkeypatch.setenv(VARIABLE, THIRD)
        return Home(tmp_path / "home")

    return copied


def typed_at(home: Home, key: str, *typed: str) -> Ran:
    """Type a command with that key."""
    return run_here(home.root, *typed, **({VARIABLE: key} if key else {}))


@pytest.mark.parametrize("first", quick(1, (KEY, "")))
def test_what_left_names_them_as_the_first_key_did(first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under each later key and for rows of any release; who came later is called as today, also after the next key;
    without the key nothing is told."""
    monkeypatch.setenv(VARIABLE, first)
    with new_kit(tmp_path / "home") as kit:
        deliver(kit)
        kit.refresh()
        home = kit.home
    before = (SITE, called(first, "AB17"), called(first, "L1", "L"))
    assert earlier.as_first_named(home)([before]) == [before]
    renewed(home, monkeypatch, OTHER)
    with new_kit(tmp_path / "home") as kit:
        kit.deliver(SITE, "rfa_sessions", "2024-07-30.csv", csv_of([row_of("rfa_sessions", patient_id="AB99")]))
        kit.refresh()
    late = (SITE, called(OTHER, "AB99"), called(first, "L1", "L"))
    for key in (OTHER, THIRD):
        if key == THIRD:
            renewed(home, monkeypatch, THIRD)
        rows = [(SITE, called(key, patient), called(key, "L1", "L")) for patient in ("AB17", "AB99")]
        assert earlier.as_first_named(home)([*rows, before]) == [before, late, before]
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(RegistryError, match="key of the pseudonyms is missing"):
        earlier.as_first_named(home)


@pytest.mark.long
@pytest.mark.parametrize("first", (KEY, ""))
@pytest.mark.parametrize("typed", ("AB17", "earlier"))
def test_an_erasure_reaches_earlier_releases(typed: str, first: str, released: Callable[[str], Home]) -> None:
    """By the clinic's number and by an earlier pseudonym; no name of any key is left."""
    home = released(first)
    names = [called(key, "AB17") for key in (first, OTHER, THIRD)]
    (before,) = list_releases(home)
    assert cells_with(before.database, names[:1]) != {}
    number = names[1] if typed == "earlier" else typed
    said = typed_at(home, THIRD, "forget", SITE, number, "--reason", "Withdrawn", "--yes")
    (release,) = list_releases(home)
    assert f"is replaced by {release.release_id}" in said.text
    assert below_home(home, names) == {} and cells_with(release.database, names) == {}
    assert earlier.names_of_patients(home, SITE, set(names).intersection) == set()
    assert len(earlier.names_of_patients(home, SITE, {"AB18"}.intersection)) >= 3


@pytest.mark.long
def test_a_name_in_place_of_a_number_is_erased(released: Callable[[str], Home]) -> None:
    """Its pseudonym is marked as one that is set aside; the name itself finds it all the same."""
    home, name = released(KEY), "Zylinder, Udo"
    assert f"Mr {called(THIRD, name)}" in earlier.names_of_patients(home, SITE, {name}.intersection)
    said = typed_at(home, THIRD, "forget", SITE, name, "--reason", "Withdrawn", "--yes")
    assert "1 row removed from 1 file" in said.text
    assert earlier.names_of_patients(home, SITE, {name}.intersection) == set()


@pytest.mark.long
@pytest.mark.parametrize("step", ("erase_from_archive", "replace_build", "sweep"))
def test_an_erasure_that_dies_is_finished(
    step: str, released: Callable[[str], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the hash of one name alone, whatever had been done: the others are on the list."""
    home = released(KEY)
    names = [called(key, "AB17") for key in KEYS]
    with monkeypatch.context() as dying:
        dying.setattr(erasure_steps, step, _die)
        with pytest.raises(KeyboardInterrupt):
            forget(home, SITE, names[-1], "Withdrawn")
    assert is_pending(home)
    with writing(home):
        pass
    assert not is_pending(home) and below_home(home, [*names, "AB17"]) == {}
    assert earlier.names_of_patients(home, SITE, {*names, "AB17"}.intersection) == set()


@pytest.mark.long
def test_explain_and_reidentify_know_earlier_names(released: Callable[[str], Home]) -> None:
    """Before the next refresh the release is one of the first key: its patients are found by number and any name."""
    home = released(KEY)
    for number in ("AB17", *(called(key, "AB17") for key in KEYS)):
        assert f"{SITE} / {called(KEY, 'AB17')}" in typed_at(home, THIRD, "explain", SITE, number).text
    for key in KEYS:
        name = called(key, "AB17")
        assert typed_at(home, THIRD, "reidentify", name, "--reason", "A query").text == f"{name}  {SITE}  AB17\n"


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
