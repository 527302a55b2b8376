"""The list of erased patients holds only keyed hashes, and only its owner can read it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from warehouse.redaction.erasure_list import ErasedList, check_reason, is_pending, prefixes
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home").create()


def put(home: Home, patient: str, site: str = "north") -> None:
    """Begin an erasure, list the patient and end it."""
    listed = ErasedList(home)
    listed.add(listed.begin(site, patient, "consent withdrawn"))
    listed.end()


def test_the_list_holds_keyed_hashes_only(home: Home) -> None:
    """No file names the patient, no line holds a hash that could be made without the key, and all are mode 0600."""
    put(home, "P-4711")
    put(home, "P-4712")
    files = [p for p in home.erasure.iterdir()]
    assert sorted(p.name for p in files) == ["erased.ndjson", "key", "length"]
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in files) and home.erasure.stat().st_mode & 0o777 == 0o700
    text = (home.erasure / "erased.ndjson").read_text()
    assert "P-471" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert [set(line) for line in lines] == [{"site", "hmac", "key_id", "reason", "when"}] * 2
    guesses = {hashlib.sha256(text.encode()).hexdigest() for text in ("P-4711", "northP-4711", "north\x1fP-4711")}
    assert not guesses & {line["hmac"] for line in lines}


def test_two_homes_hash_differently(home: Home, tmp_path: Path) -> None:
    """The key is random, so that the lists of two homes cannot be compared."""
    other = Home(tmp_path / "other").create()
    for one in (home, other):
        put(one, "P1")
    assert ErasedList(home).hash_of("north", "P1") != ErasedList(other).hash_of("north", "P1")


def test_it_tells_the_erased_by_site(home: Home) -> None:
    """The patient is recognised at the site, not in another spelling or at another site; listing twice counts once."""
    put(home, "P1")
    put(home, "P1")
    listed = ErasedList(home)
    assert len(listed.erasures) == 1
    assert listed.among("north", ["P1", "p1", "P10", "P2"]) == {"P1"}
    assert listed.among("south", ["P1"]) == set()


def test_a_number_is_found_with_the_zeros_that_a_workbook_shows(home: Home) -> None:
    """A patient erased as 1017 does not come back as 001017 or 1017.0; 10170 and P1017 are other patients."""
    put(home, "1017")
    put(home, "0042")
    others = ["10170", "P1017", "42", "00042"]
    assert ErasedList(home).among("north", ["1017", "001017", "0042", *others]) == {"1017", "001017", "0042"}


def test_an_erasure_is_pending_until_it_ends(home: Home) -> None:
    """An erasure is recorded as pending, without the identifier, before anything is changed."""
    assert not is_pending(home)
    ErasedList(home).begin("north", "P-4711", "consent withdrawn")
    assert is_pending(home) and ErasedList(home).erasures == []
    assert b"P-4711" not in (home.erasure / "pending.json").read_bytes()
    listed = ErasedList(home)
    assert listed.pending is not None and listed.pending.hmac == listed.hash_of("north", "P-4711")


@pytest.mark.parametrize("damage", ["gone", "another"])
def test_a_lost_key_is_no_empty_list(home: Home, damage: str) -> None:
    """A list whose key is missing or wrong is an error with its cure, never an empty list."""
    put(home, "P1")
    key = home.erasure / "key"
    key.unlink()
    if damage == "another":
        key.write_text("00" * 32)
    with pytest.raises(RegistryError, match="backup"):
        ErasedList(home)


@pytest.mark.parametrize("reason", ["", " ", "patient P-17 asked", "p-17's consent", "P-17"])
def test_a_reason_names_nobody(reason: str) -> None:
    """An empty reason and one that contains the identifier, in upper or lower case, are refused."""
    with pytest.raises(RegistryError):
        check_reason(reason, "P-17")


def test_a_reason_is_kept_as_one_line() -> None:
    """White space becomes single blanks; an identifier of one letter does not forbid every word that contains it."""
    assert check_reason(" consent\n withdrawn ", "P-17") == "consent withdrawn"
    assert check_reason("consent withdrawn", "e") == "consent withdrawn"
    with pytest.raises(RegistryError):
        check_reason("it was 7", "7")


def test_a_key_begins_with_its_patient() -> None:
    """Every beginning of a key that ends before a bar may be the patient, because identifiers may contain bars."""
    assert prefixes(["P1", "P|2|S1", "P3||"]) == {"P1", "P", "P|2", "P|2|S1", "P3", "P3|", "P3||"}
