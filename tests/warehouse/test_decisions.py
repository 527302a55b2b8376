"""Tests people's decisions about arrivals: which are in force, and which arrival is meant."""

import pytest

from tests.warehouse.kit import Kit
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.archive.decisions import CONFIRM, SET_ASIDE, UNDO
from warehouse.storage.errors import ArchiveDamaged, RegistryError

SITE = "north"
ROWS = "patient_id,sex\nP1,male\n"


def _arrivals(kit: Kit) -> list[Arrival]:
    """patients/a.csv twice, patients/b.csv, genotypes/b.csv."""
    kit.deliver(SITE, "patients", "a.csv", ROWS)
    kit.land()
    kit.deliver(SITE, "patients", "a.csv", ROWS + "P2,female\n")
    kit.deliver(SITE, "patients", "b.csv", ROWS)
    kit.deliver(SITE, "genotypes", "b.csv", "patient_id\nP1\n")
    kit.land()
    return Archive(kit.home).arrivals


def _state(kit: Kit) -> dict[str, str]:
    arrivals = Archive(kit.home).arrivals
    force = decisions.in_force(decisions.read(kit.home), arrivals)
    return {f"{a.export}/{a.delivery}": force[a.load_no].action for a in arrivals if a.load_no in force}


def test_the_newest_decision_is_in_force_and_undo_takes_it_back(kit: Kit) -> None:
    """Set aside after confirmed is set aside; one undo later it is confirmed again, two later undecided."""
    first = _arrivals(kit)[0]
    states = []
    for action in (CONFIRM, SET_ASIDE, UNDO, UNDO, UNDO):
        decisions.decide(kit.home, first, action, "A. Miller", "why")
        states.append(_state(kit).get("patients/a.csv"))
    assert states == [CONFIRM, SET_ASIDE, CONFIRM, None, None]


def test_a_corrected_file_of_the_same_name_has_no_decision(kit: Kit) -> None:
    """What was decided about a.csv says nothing about a.csv#2."""
    decisions.decide(kit.home, _arrivals(kit)[0], SET_ASIDE, "A. Miller")
    assert _state(kit) == {"patients/a.csv": SET_ASIDE}


@pytest.mark.parametrize(
    ("file", "meant"),
    [
        ("a.csv#1", "patients/a.csv"),
        ("patients/a.csv#1", "patients/a.csv"),
        ("a.csv#2", "patients/a.csv#2"),
        ("patients/a.csv#2", "patients/a.csv#2"),
        ("patients/b.csv", "patients/b.csv"),
        ("genotypes/b.csv", "genotypes/b.csv"),
    ],
)
def test_a_file_is_named_as_people_see_it(kit: Kit, file: str, meant: str) -> None:
    """By its name, with its export, or as a delivery with its number."""
    _arrivals(kit)
    found = decisions.find_arrival(Archive(kit.home).arrivals, SITE, file)
    assert f"{found.export}/{found.delivery}" == meant


def test_a_name_means_the_only_arrival_that_can_be_meant(kit: Kit) -> None:
    """Of the two arrivals of a.csv, the one that waits, or was set aside, is meant where only that one can be."""
    first, second = (a for a in _arrivals(kit) if a.file_name == "a.csv")
    for one in (first, second):
        assert decisions.find_arrival(Archive(kit.home).arrivals, SITE, "a.csv", {one.load_no}) == one


@pytest.mark.parametrize(
    ("site", "file", "among", "words"),
    [
        ("nord", "a.csv", None, "Nothing has arrived from a site 'nord'. Name one of: north."),
        (SITE, "a.cvs", None, "not delivered a file 'a.cvs'. Name one of: patients/"),
        (
            SITE,
            "b.csv",
            None,
            "'b.csv' matches 2 arrivals of north. Name one of them: genotypes/b.csv, patients/b.csv",
        ),
        (SITE, "a.csv", None, "Name one of them: patients/a.csv#1, patients/a.csv#2"),
        (SITE, "a.csv", (), "patients/a.csv#2 of north does not need such a decision"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(kit: Kit, site: str, file: str, among, words: str) -> None:
    """The sentence holds the nearest names, each of which is accepted."""
    _arrivals(kit)
    with pytest.raises(RegistryError) as refused:
        decisions.find_arrival(Archive(kit.home).arrivals, site, file, among)
    assert words in str(refused.value)


def test_a_file_cut_off_at_any_byte_keeps_its_whole_lines(kit: Kit) -> None:
    """Of a last line that is not whole nobody was told: it is not read, and the next decision is written after it."""
    first = _arrivals(kit)[0]
    decisions.decide(kit.home, first, CONFIRM, "A. Miller")
    decisions.decide(kit.home, first, SET_ASIDE, "A. Miller", "Name with \u2028 and é")
    path = decisions.path_of(kit.home)
    content = path.read_bytes()
    for size in range(len(content)):
        path.write_bytes(content[:size])
        kept = decisions.read(kit.home)
        assert len(kept) == content[:size].count(b"\n")
    decisions.decide(kit.home, first, UNDO, "A. Miller")
    assert [d.action for d in decisions.read(kit.home)] == [CONFIRM, UNDO]


@pytest.mark.parametrize("line", [b"{}", b"[1]", b"\xff", b'{"at": 1}', b"", b"null"])
def test_a_damaged_line_is_named_with_its_cure(kit: Kit, line: bytes) -> None:
    """Neither read over nor written after: the file, the line, and where it comes back from."""
    first = _arrivals(kit)[0]
    decisions.decide(kit.home, first, CONFIRM, "A. Miller")
    with open(decisions.path_of(kit.home), "ab") as file:
        file.write(line + b"\n")
    for use in (lambda: decisions.read(kit.home), lambda: decisions.decide(kit.home, first, UNDO, "A. Miller")):
        with pytest.raises(ArchiveDamaged, match="Line 2 of archive/decisions.ndjson .* backup"):
            use()
