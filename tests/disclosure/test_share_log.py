"""The log of what left is append-only, names nobody, and forgets an erased patient."""

import json

import numpy as np
import pytest

from warehouse.erasure.erase_from_shared import ERASED, erase_from_shared
from warehouse.releases import share_groups, share_log
from warehouse.releases.share_groups import StoredLevel, from_bytes, hashes, key_of, to_bytes
from warehouse.storage.errors import ShareLogDamaged
from warehouse.storage.home import Home

PATIENTS = [("north", f"Secret-{k}") for k in range(12)]


@pytest.fixture
def home(tmp_path) -> Home:
    """A home from which two outputs left, of the same twelve patients."""
    found = Home(tmp_path / "home")
    found.root.mkdir()
    for release in ("20260101T000000Z-aaaaaaaa", "20260201T000000Z-bbbbbbbb"):
        key = key_of(found)
        subjects = hashes(key, "patient", PATIENTS)
        lesions = hashes(key, "lesion", [(*patient, "L1") for patient in PATIENTS])
        members = np.array([[True] * 12, [k % 3 == 0 for k in range(12)]])
        groups = {
            "patient": StoredLevel(subjects, subjects, members, {"keys": [["a"], ["b"]]}),
            "lesion": StoredLevel(lesions, subjects, members, {}),
        }
        share_log.add(found, {"what": "release", "release_id": release, "mode": "lt5"}, to_bytes(groups))
    return found


def test_an_output_is_read_back_as_it_was_written(home: Home) -> None:
    """Who, when, what and mode stand in the line; the groups come back bit by bit."""
    first, second = share_log.outputs(home)
    assert (first.id, second.id) == ("000001", "000002")
    assert first.line["by"] and first.line["at"] and first.line["mode"] == "lt5"
    level = from_bytes(first.groups.read_bytes())["patient"]
    assert level.members[1].tolist() == [k % 3 == 0 for k in range(12)] and level.about == {"keys": [["a"], ["b"]]}
    assert share_log.faults(home) == (2, [])


def test_nobody_is_named(home: Home) -> None:
    """No file of the folder holds an identifier; the folder and its files are the owner's alone."""
    for path in home.shared.iterdir():
        assert b"Secret" not in path.read_bytes(), path.name
        assert path.stat().st_mode & 0o077 == 0, path.name
    assert home.shared.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("what", ["change", "remove", "reorder", "groups", "lost"])
def test_a_change_is_noticed(home: Home, what: str) -> None:
    """A line that was changed, taken out or moved, and groups that were changed or lost, stop every later output."""
    log = home.shared / share_log.LOG
    lines = log.read_bytes().splitlines(keepends=True)
    if what == "change":
        log.write_bytes(lines[0].replace(b"lt5", b"cms") + lines[1])
    elif what == "remove":
        log.write_bytes(lines[1])
    elif what == "reorder":
        log.write_bytes(lines[1] + lines[0])
    elif what == "groups":
        (home.shared / "000001.groups").write_bytes(b"other")
    else:
        (home.shared / "000002.groups").unlink()
    with pytest.raises(ShareLogDamaged, match="shared"):
        share_log.outputs(home)
    assert share_log.faults(home)[1]


def test_an_erased_patients_keys_are_gone(home: Home) -> None:
    """The patient's hash stands nowhere any more, at no level; the log stays whole and says that groups were replaced;
    and that somebody was erased is remembered, since the counts that left still count them.
    """
    gone = hashes(key_of(home), "patient", [PATIENTS[3]])[0].tobytes()
    assert erase_from_shared(home, *_of(PATIENTS[3])) == 2
    for output in share_log.outputs(home):
        levels = from_bytes(output.groups.read_bytes())
        for level in levels.values():
            assert len(level.subjects) == 11 and level.members.shape == (2, 11)
            assert gone not in level.patients.tobytes()
        assert levels["patient"].about[ERASED] == 1
    lines = [json.loads(line) for line in (home.shared / share_log.LOG).read_text().splitlines()]
    assert [line["event"] for line in lines] == ["shared", "shared", "erased", "erased"]
    assert share_log.faults(home) == (2, [])


def test_erasing_nobody_changes_nothing(home: Home) -> None:
    """A patient of another site, or of no output, leaves log and groups as they are; so does a home without a log."""
    before = {path.name: path.read_bytes() for path in home.shared.iterdir()}
    assert erase_from_shared(home, "south", {"Secret-3"}) == 0
    assert {path.name: path.read_bytes() for path in home.shared.iterdir()} == before
    assert erase_from_shared(Home(home.root / "elsewhere"), "south", {"Secret-3"}) == 0


def test_another_homes_key_gives_other_hashes(home: Home, tmp_path) -> None:
    """Hashes of two registries cannot be compared, so that a file alone says nothing."""
    other = Home(tmp_path / "other")
    other.root.mkdir()
    mine, theirs = (share_groups.hashes(key_of(one), "patient", PATIENTS) for one in (home, other))
    assert not (mine == theirs).all(axis=1).any()


def _of(patient: tuple[str, str]) -> tuple[str, set[str]]:
    return patient[0], {patient[1]}
