"""Tests what cannot be recorded, and that a damaged journal is damage: one sentence and a cure each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corrections.home import BY, brought_back, deliver, merged, parted, retracted
from tests.quality.site_at_work import SITE, Site
from warehouse.archive import corrections
from warehouse.archive.archive import Archive
from warehouse.corrections import merge, retract
from warehouse.corrections.known import check_reason
from warehouse.refresh.check_archive import check_archive
from warehouse.refresh.rebuild import check_archive_holds
from warehouse.storage.errors import ArchiveDamaged, RegistryError

KEY = "P1|S1|L1"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Patients P1 to P4; P3 is read as P2."""
    site = Site(tmp_path_factory.mktemp("refusals") / "home")
    deliver(site, "rfa_sessions", "2024-01-01.csv", *({"patient_id": f"P{n}"} for n in range(1, 5)))
    site.refresh()
    merged(site, "P3", "P2")
    site.refresh()
    return site


def at(site: Site, name: str, export: str, key: str) -> None:
    """Look for a row of a site."""
    with site.build() as con:
        retract.find(con, name, export, key)


REFUSED: list[tuple[Callable[[Site], object], str, str]] = [
    (lambda s: at(s, "st-anne", "rfa_sessions", KEY), "no such site", SITE),
    (lambda s: at(s, SITE, "rfa_session", KEY), "no export 'rfa_session'", "rfa_sessions"),
    (lambda s: at(s, SITE, "rfa_sessions", "P1|S1|L9"), "no row of rfa_sessions", "PATIENT_ID|SESSION_ID|LESION_ID"),
    (lambda s: at(s, SITE, "rfa_sessions", "p1|s1|l1"), "no row of rfa_sessions", f"Nearest: {KEY}"),
    (lambda _: check_reason("  "), "reason is empty", "--reason"),
    (lambda s: brought_back(s, "rfa_sessions", KEY), "No retraction of that key", "registry corrections"),
    (lambda s: merged(s, "P10", "P1"), "no row of a patient 'P10'", "Nearest: P1"),
    (lambda s: merged(s, "P1", "Q4"), "no row of a patient 'Q4'", "Nearest: P4"),
    (lambda s: merged(s, "P1", "P1"), "are the same", "the one to keep"),
    (lambda s: merged(s, "P3", "P2"), "read as P2 already", "registry corrections"),
    (lambda s: merged(s, "P3", "P1"), "already read as P2", f"`registry merge {SITE} P3 P2 --undo`"),
    (lambda s: merged(s, "P1", "P3"), "itself read as P2", "Merge P1 into P2"),
    (lambda s: merged(s, "P2", "P3"), "circle", f"`registry merge {SITE} P3 P2 --undo`"),
    (lambda s: merged(s, "P2", "P1"), "P3 is read as P2", "then merge each number into P1"),
    (lambda s: parted(s, "P4", "P1"), "No merge of P4 into P1", "In force: P3 P2"),
]


@pytest.mark.parametrize(("ask", "wrong", "cure"), REFUSED)
def test_it_says_what_is_wrong_and_what_cures_it(
    site: Site, ask: Callable[[Site], object], wrong: str, cure: str
) -> None:
    """The sentence names what is wrong, the cure the nearest thing that is right; nothing is recorded."""
    before = corrections.fingerprint(site.home)
    with pytest.raises(RegistryError) as refusal:
        ask(site)
    assert wrong in refusal.value.message and cure in (refusal.value.cure or "")
    assert corrections.fingerprint(site.home) == before


@pytest.mark.long
def test_a_row_that_counts_no_longer_is_not_retracted(tmp_path: Path) -> None:
    """A second retraction of the same row is refused, before a refresh and after it, and undoing twice too."""
    site = Site(tmp_path / "home")
    deliver(site, "rfa_sessions", "2024-01-01.csv", {})
    site.refresh()
    retracted(site, "rfa_sessions", KEY)
    with pytest.raises(RegistryError, match="retracted already"):
        retracted(site, "rfa_sessions", KEY)
    site.refresh()
    with pytest.raises(RegistryError, match="counts no longer"):
        retracted(site, "rfa_sessions", KEY)
    brought_back(site, "rfa_sessions", KEY)
    with pytest.raises(RegistryError, match="No retraction"):
        brought_back(site, "rfa_sessions", KEY)


@pytest.fixture
def recorded(tmp_path: Path) -> Site:
    """A home with a retraction and a merge that were applied."""
    site = Site(tmp_path / "home")
    deliver(site, "rfa_sessions", "2024-01-01.csv", {}, {"patient_id": "P2"}, {"patient_id": "P3"})
    site.refresh()
    retracted(site, "rfa_sessions", KEY)
    merged(site, "P3", "P2")
    site.refresh()
    return site


@pytest.mark.parametrize(
    "line",
    ["{}", '{"at": "", "by": "", "action": "retract", "site": "st-anna"}', '{"action": "erased", "key": [1]}', "["],
)
@pytest.mark.long
def test_a_line_that_is_no_correction_is_damage(recorded: Site, line: str) -> None:
    """The journal is named with the line's number, by a refresh and by `registry verify --archive`."""
    with open(corrections.path_of(recorded.home), "a") as file:
        file.write(f"{line}\n")
    with pytest.raises(ArchiveDamaged, match=r"Line 3 of archive/corrections\.ndjson"):
        recorded.refresh()
    assert any("corrections.ndjson" in sentence for sentence in check_archive(recorded.home).damaged)


def test_a_retraction_that_names_no_delivery_is_damage(recorded: Site) -> None:
    """Its row would count again, so nothing is made."""
    path = corrections.path_of(recorded.home)
    sha256 = Archive(recorded.home).arrivals[0].sha256
    path.write_text(path.read_text().replace(sha256, "0" * 64))
    with pytest.raises(ArchiveDamaged, match=r"archive/corrections\.ndjson name a delivery that never arrived"):
        recorded.refresh()


@pytest.mark.long
def test_a_lost_line_is_damage(recorded: Site) -> None:
    """A release that was made with two lines is not followed by one made with fewer."""
    made = corrections.read(recorded.home)
    release = type("Release", (), {"manifest": {"inputs": [], "corrections": corrections.lines_by_site(made)}})()
    check_archive_holds(Archive(recorded.home), release)
    corrections.write(recorded.home, made[:1])
    with pytest.raises(ArchiveDamaged, match=r"corrections\.ndjson lacks corrections"):
        check_archive_holds(Archive(recorded.home), release)


def test_an_unfinished_line_is_none(recorded: Site) -> None:
    """What a crash left of an append that was never confirmed is not read, and the next append removes it."""
    with open(corrections.path_of(recorded.home), "a") as file:
        file.write('{"at": "2026')
    assert len(corrections.read(recorded.home)) == 2
    merge.undo(recorded.home, SITE, "P3", "P2", "", BY)
    assert [one.action for one in corrections.read(recorded.home)] == ["retract", "merge", "undo_merge"]
