"""Tests links below landing/: those that leave the site's folder are refused, the rest is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.kit import SITE, Kit, new_kit
from warehouse.archive.archive import Archive
from warehouse.intake.landing import watched
from warehouse.intake.landing_problems import landing_problems

ROWS = "patient_id,sex\nP1,male\n"


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A home with one delivery."""
    with new_kit(tmp_path / "home") as kit:
        kit.deliver(SITE, "patients", "good.csv", ROWS)
        yield kit


def taken(kit: Kit) -> set[str]:
    """Land; the places of what was taken."""
    kit.land()
    return {f"{a.site}/{a.export}/{a.file_name}" for a in Archive(kit.home).arrivals}


def test_links_out_of_the_site_s_folder_are_refused(kit: Kit, tmp_path: Path) -> None:
    """Files, folders, site.toml, a whole site, another site's file: each named, none read, none watched."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "patients").mkdir(parents=True)
    (elsewhere / "patients" / "secret.csv").write_text(ROWS)
    (elsewhere / "site.toml").write_text('[exports.patients]\nmode = "snapshot"\n')
    theirs = kit.deliver("south", "patients", "theirs.csv", ROWS)
    site = kit.home.landing / SITE
    os.symlink(elsewhere / "patients" / "secret.csv", site / "patients" / "file.csv")
    os.symlink(theirs, site / "patients" / "other_site.csv")
    os.symlink("../../../archive/arrivals.ndjson", site / "patients" / "relative.csv")
    os.symlink(elsewhere / "patients", site / "genotypes")
    os.symlink(elsewhere / "site.toml", site / "site.toml")
    os.symlink(elsewhere, kit.home.landing / "west")
    os.symlink(kit.home.landing / "south", kit.home.landing / "east")
    assert [w.place for w in watched(kit.home)] == [f"{SITE}/patients/good.csv", "south/patients/theirs.csv"]
    assert taken(kit) == {"south/patients/theirs.csv"}  # a site whose site.toml does not hold waits
    (site / "site.toml").unlink()
    assert taken(kit) == {f"{SITE}/patients/good.csv", "south/patients/theirs.csv"}
    places = {place for place, sentence in landing_problems(kit.home) if "link" in sentence}
    links = ("patients/file.csv", "patients/other_site.csv", "patients/relative.csv", "genotypes")
    assert places == {f"landing/{SITE}/{link}" for link in links} | {"landing/west", "landing/east"}


def test_a_link_within_the_site_s_folder_is_fine(kit: Kit) -> None:
    """A file or folder that the site has under two names of its own."""
    site = kit.home.landing / SITE
    (site / ".store").mkdir()
    (site / ".store" / "g.csv").write_text("patient_id\n")
    os.symlink("good.csv", site / "patients" / "again.csv")
    os.symlink(".store", site / "genotypes")
    assert taken(kit) == {f"{SITE}/patients/good.csv", f"{SITE}/patients/again.csv", f"{SITE}/genotypes/g.csv"}
    assert kit.problems == []
