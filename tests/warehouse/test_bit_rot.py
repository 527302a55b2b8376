"""Tests that bit rot in the archive is found, named and repaired, and never released."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.kit import SITE, Kit, new_kit
from tests.warehouse.test_set_aside import GOOD, OTHER, by_name, night, tables
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.refresh.check_archive import check_archive
from warehouse.refresh.rebuild import check_archive_holds, check_none_lost
from warehouse.releases.release import Release
from warehouse.storage.errors import ArchiveDamaged

NAME = "2024-06-02.csv"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Kit]:
    """Two deliveries, loaded; landing/ has been emptied since."""
    with new_kit(tmp_path / "home") as kit:
        kit.deliver(SITE, "patients", "2024-06-01.csv", GOOD)
        kit.deliver(SITE, "patients", NAME, OTHER)
        night(kit)
        for path in (kit.home.landing / SITE / "patients").iterdir():
            path.unlink()
        yield kit


def blob_of(kit: Kit, name: str = NAME) -> Path:
    """The archived file of a delivery."""
    sha256 = by_name(kit, SITE, name).sha256
    return kit.home.archive / "files" / sha256[:2] / f"{sha256}.zst"


def damage(blob: Path, position: int) -> None:
    """Flip one bit."""
    content = bytearray(blob.read_bytes())
    content[position // 8] ^= 1 << (position % 8)
    blob.write_bytes(content)


def test_no_flipped_bit_is_read_as_other_data(home: Kit) -> None:
    """Each of 400 flips, and each cut, either gives the delivered bytes or is named; none gives others."""
    blob, archive, arrival = blob_of(home), Archive(home.home), by_name(home, SITE, NAME)
    whole = blob.read_bytes()
    places = random.Random(14).sample(range(len(whole) * 8), min(400, len(whole) * 8))
    damaged = 0
    for place in places:
        damage(blob, place)
        try:
            assert b"".join(archive.chunks(arrival)) == OTHER.encode()
        except ArchiveDamaged as error:
            damaged += 1
            assert f"{SITE}/patients/{NAME} is damaged" in str(error) and "Deliver the same file again" in error.cure
        blob.write_bytes(whole)
    assert damaged > len(places) / 2
    for size in range(len(whole)):
        blob.write_bytes(whole[:size])
        with pytest.raises(ArchiveDamaged):
            list(archive.chunks(arrival))
    blob.unlink()
    with pytest.raises(ArchiveDamaged, match="is missing"):
        list(archive.chunks(arrival))


def test_the_last_good_rows_stay_and_a_rebuild_refuses(home: Kit) -> None:
    """The next night changes nothing; --full refuses before it has dropped a row, and names the file."""
    before = tables(home)
    damage(blob_of(home), 200)
    night(home)
    assert tables(home) == before
    with pytest.raises(ArchiveDamaged, match=f"{SITE}/patients/{NAME}"):
        night(home, full=True)
    assert tables(home) == before


@pytest.mark.long
def test_delivering_the_file_again_heals_it(home: Kit) -> None:
    """Landing the same bytes puts the damaged, or the missing, file back; it is no new arrival."""
    for hurt in (lambda blob: damage(blob, 200), Path.unlink):
        hurt(blob_of(home))
        assert len(check_archive(home.home).damaged) == 1
        path = home.deliver(SITE, "patients", NAME, OTHER)
        night(home)
        assert check_archive(home.home).damaged == [] and len(Archive(home.home).arrivals) == 2
        path.unlink()
    night(home, full=True)


@pytest.mark.long
def test_what_still_lies_in_landing_heals_by_itself(home: Kit) -> None:
    """A rebuild that meets a damaged file takes it from landing/, though its stamp there is known."""
    home.deliver(SITE, "patients", NAME, OTHER)
    night(home)
    before = tables(home)
    damage(blob_of(home), 200)
    night(home, full=True)
    assert tables(home) == before and check_archive(home.home).damaged == []


@pytest.mark.long
def test_a_damaged_file_that_was_never_released_stops_nobody(home: Kit) -> None:
    """It waits, named among the problems, until it is delivered again; one that counts in the release refuses."""
    home.deliver(SITE, "patients", "2024-06-03.csv", GOOD.replace("P1", "P77"))
    home.deliver("south", "patients", "2024-06-03.csv", GOOD)
    home.land()
    damage(blob_of(home, "2024-06-03.csv"), 200)
    (home.home.landing / SITE / "patients" / "2024-06-03.csv").unlink()
    night(home)
    problems = home.tuples("SELECT place, sentence FROM meta.landing_problems")
    assert [place for place, _ in problems] == [f"archive/{SITE}/patients/2024-06-03.csv"]
    assert "is damaged" in problems[0][1]
    assert home.value("SELECT count(*) FROM clean.patients WHERE site = 'south'") == 3
    counted = {"site": SITE, "export": "patients", "delivery": "2024-06-03.csv", "status": "accepted"}
    release = Release(Path("r"), {"inputs": [counted]})
    with pytest.raises(ArchiveDamaged, match="2024-06-03.csv is damaged"):
        check_none_lost(problems, Archive(home.home), release)
    home.deliver(SITE, "patients", "2024-06-03.csv", GOOD.replace("P1", "P77"))
    night(home)
    assert home.value("SELECT count(*) FROM clean.patients WHERE patient_id = 'P77'") == 1


def test_a_log_cut_off_at_any_byte_is_whole_lines_or_damage(home: Kit) -> None:
    """What is left of arrivals.ndjson are arrivals that were; nothing in between, nothing read as another."""
    log, archive = home.home.archive / "arrivals.ndjson", Archive(home.home)
    whole = log.read_bytes()
    for size in range(len(whole)):
        log.write_bytes(whole[:size])
        left = Archive(home.home).arrivals
        assert left == archive.arrivals[: len(left)] and len(left) == whole[:size].count(b"\n")
    for position in range(0, len(whole), 7):
        log.write_bytes(whole[:position] + b"\xff" + whole[position + 1 :])
        with pytest.raises(ArchiveDamaged, match="archive/arrivals.ndjson .* backup"):
            Archive(home.home)
    log.write_bytes(whole.split(b"\n")[1] + b"\n")  # the first line is lost
    with pytest.raises(ArchiveDamaged, match=r"Line 1 of archive/arrivals\.ndjson"):
        Archive(home.home)


def test_a_decision_that_names_no_delivery_is_damage(home: Kit) -> None:
    """One digit of its hash is another: what was set aside would be released again, so nothing is made."""
    arrival = by_name(home, SITE, NAME)
    decisions.decide(home.home, arrival, decisions.SET_ASIDE, "A. Miller")
    check_archive_holds(Archive(home.home), None)
    log = decisions.path_of(home.home)
    other = ("1" if arrival.sha256[0] != "1" else "2") + arrival.sha256[1:]
    log.write_text(log.read_text().replace(arrival.sha256, other))
    with pytest.raises(ArchiveDamaged, match="name a delivery that never arrived"):
        check_archive_holds(Archive(home.home), None)
    assert any("never arrived" in sentence for sentence in check_archive(home.home).damaged)


def test_brackets_within_brackets_are_no_line(home: Kit) -> None:
    """A journal's line that no reader gets to the end of is named like any other damage."""
    with open(home.home.archive / "arrivals.ndjson", "a") as log:
        log.write("[" * 100_000 + "\n")
    with pytest.raises(ArchiveDamaged, match="arrivals.ndjson cannot be read"):
        Archive(home.home)


@pytest.mark.long
def test_what_arrives_again_in_another_order_is_loaded_anew(home: Kit) -> None:
    """After the log was lost, a number means another delivery: the build database is made again from the archive."""
    home.deliver(SITE, "patients", NAME, OTHER)
    home.deliver(SITE, "patients", "2024-06-01.csv", GOOD)
    night(home)
    before = home.tuples("FROM clean.patients SELECT * EXCLUDE (row_id) ORDER BY ALL")
    (home.home.archive / "arrivals.ndjson").unlink()
    home.deliver(SITE, "genotypes", "2024-06-01.csv", "patient_id\nP1\n")  # comes first in the order of names
    night(home)
    assert home.tuples("FROM clean.patients SELECT * EXCLUDE (row_id) ORDER BY ALL") == before
    assert home.tuples("SELECT load_id, export FROM meta.loads ORDER BY load_id") == [
        ("L000001", "genotypes"),
        ("L000002", "patients"),
        ("L000003", "patients"),
    ]
