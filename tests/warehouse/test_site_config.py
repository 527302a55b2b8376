"""Tests site.toml: what is read, what is refused and in which words, and which version is in force."""

import os
import re

import pytest

from tests.warehouse.kit import SITE, Kit
from warehouse.archive.archive import Archive
from warehouse.intake.configs_in_force import site_configs
from warehouse.intake.deliveries import screened
from warehouse.intake.landing_problems import landing_problems
from warehouse.intake.site_config import parse
from warehouse.storage.errors import RegistryError

ROWS = "patient_id\nP1\n"
SNAPSHOT = '[exports.patients]\nmode = "snapshot"\n'

REFUSED = {
    "a mistyped key": (
        'expected_evry = "7 days"',
        "expected_evry is unknown; the nearest key is expected_every. Write",
    ),
    "a mistyped key of an export": (
        '[exports.patients]\nmod = "snapshot"',
        "exports.patients.mod is unknown; the nearest key is mode. Write exports.patients.mode.",
    ),
    "a key that nothing reads": ('[site]\nname = "N"', "site is unknown. Remove it; the valid keys here are"),
    "a mode beside the exports": (
        'mode = "snapshot"',
        r"mode belongs to an export. Write mode below \[exports.<name>\]",
    ),
    "an export beside the exports": ('[patients]\nmode = "delta"', r"patients is unknown.* Write \[exports.patients\]"),
    "a mistyped export": (
        '[exports.imaging_followup]\nmode = "delta"',
        "names no export; the nearest is imaging_follow",
    ),
    "a mistyped mode": (
        '[exports.patients]\nmode = "snapshop"',
        'mode is unknown; the nearest is snapshot. Use "delta"',
    ),
    "a mode of another type": ("[exports.patients]\nmode = [1]", "exports.patients.mode is unknown"),
    "a kind that is not read": (
        '[sources.clinic]\nkind = "dicom"',
        "sources.clinic.kind is not one of the known values. Use one of 'table', 'redcap'",
    ),
    "a column that no file has": (
        '[exports.patients.columns]\npatient_id = "Nr"',
        "exports.patients.columns.patient_id: no file of patients has a column Nr.",
    ),
    "a filter by such a column": (
        "[exports.patients]\nwhere = { ward = [1] }",
        "exports.patients.where: no file of patients has a column ward",
    ),
    "a block without labels": ("[[exports.genotypes.repeat]]\ncolumn = 'gene'", "exports.genotypes.repeat.0.labels is"),
    "a list for a text": ('[sources.a]\nencoding = ["."]', "sources.a.encoding has the wrong type. Write it as text"),
    "a share above one": (
        "max_withdrawn = 20",
        "max_withdrawn is not a share between 0 and 1. Write it like 0.2 for 20 %",
    ),
    "a share in words": ('[exports.patients]\nmax_withdrawn = "20 %"', "max_withdrawn of patients is not a share"),
    "a flag for a share": ("max_withdrawn = true", "max_withdrawn is not a share"),
    "a name for a key": ('"Dr. Miller" = 1', "a column whose name looks like personal data is unknown"),
}


@pytest.mark.long
def test_a_key_that_nothing_reads_is_refused(kit: Kit) -> None:
    """One sentence names file, key, the nearest known name and the cure. The site's new files wait, what is loaded
    stays under the last site.toml that held, and every other site goes on. Each text is that of a site of its own.
    """
    sites = {what: f"site{number:02d}" for number, what in enumerate(REFUSED)}
    for site in sites.values():
        kit.configure(site, SNAPSHOT)
        kit.deliver(site, "patients", "a.csv", ROWS)
    kit.refresh()
    assert kit.problems == []
    for what, site in sites.items():
        kit.configure(site, REFUSED[what][0])
    for site in (*sites.values(), "south"):
        kit.deliver(site, "patients", "b.csv", "patient_id\nP2\n")
    kit.refresh()
    places = {what: f"landing/{site}/site.toml" for what, site in sites.items()}
    assert sorted(place for place, _ in kit.problems) == list(places.values()), places
    sentences, configs = dict(kit.problems), site_configs(Archive(kit.home))
    for what, site in sites.items():
        words = REFUSED[what][1]
        assert not sentences[places[what]].startswith(f"{site}/site.toml"), what
        assert re.search(words, sentences[places[what]]), (what, sentences[places[what]])
        assert configs[site].mode("patients") == "snapshot", what
    rows = kit.tuples("SELECT site, patient_id FROM clean.patients ORDER BY ALL")
    assert rows == [*((site, "P1") for site in sites.values()), ("south", "P2")]


NO_FILES = {
    "a number of thousands of digits": lambda path: path.write_text("max_withdrawn = " + "9" * 5_000),
    "brackets within brackets": lambda path: path.write_text("x = " + "[" * 20_000),
    "two megabytes": lambda path: path.write_text("# x\n" * 500_000),
    "binary": lambda path: path.write_bytes(b"\0\xff"),
    "line ends that TOML does not have": lambda path: path.write_bytes(SNAPSHOT.replace("\n", "\r").encode()),
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "a link to nothing": lambda path: path.symlink_to("gone.toml"),
    "a link to itself": lambda path: path.symlink_to("site.toml"),
}


@pytest.mark.long
def test_whatever_lies_there_stops_that_site_alone(kit: Kit) -> None:
    """Said in a sentence; the files of the site wait, since nobody could say how they are meant; others are taken."""
    sites = {what: f"site{number}" for number, what in enumerate(NO_FILES)}
    for site in (*sites.values(), "south"):
        kit.deliver(site, "patients", "a.csv", ROWS)
    for what, site in sites.items():
        NO_FILES[what](kit.home.landing / site / "site.toml")
    kit.refresh()
    places = {what: f"landing/{site}/site.toml" for what, site in sites.items()}
    assert sorted(place for place, _ in kit.problems) == list(places.values()), places
    sentences = dict(kit.problems)
    for what in sites:
        assert sentences[places[what]].endswith("The site's files wait."), what
    assert landing_problems(kit.home) == kit.problems
    assert kit.tuples("SELECT site FROM clean.patients") == [("south",)]


def test_what_is_read() -> None:
    """Spans, modes and shares, of the site and of an export."""
    config = parse('expected_every = "2 weeks"\nmax_withdrawn = 0.5\n' + SNAPSHOT + "max_withdrawn = 1\n", SITE)
    assert (config.expected_days, config.mode("patients")) == ({"": 14}, "snapshot")
    assert config.max_withdrawn == {"": 0.5, "patients": 1.0}


def test_what_an_earlier_version_took_stays_in_force(kit: Kit) -> None:
    """A site.toml in the archive with keys that were passed over when it came keeps its mode; one that does not hold at
    all leaves the one before it in force.
    """
    for text in (SNAPSHOT + "columns = { a = 'b' }\n", '[exports.patients]\nmode = "mirror"\n'):
        file = kit.home.scratch / "site.toml"
        file.write_text(text, encoding="utf-8")
        Archive(kit.home).take(file, SITE, "site", screened)
    assert site_configs(Archive(kit.home))[SITE].mode("patients") == "snapshot"


def test_a_name_that_needs_quotes_is_said() -> None:
    """TOML takes letters beyond a-z and blanks only in quotes, which its own message does not say."""
    with pytest.raises(RegistryError, match="in quotes"):
        parse("[exports.patients]\nwhere = { Größe = 1 }", SITE)
