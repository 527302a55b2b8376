"""Tests that the manifest suffices: from a release's inputs in a new home, this code rebuilds its tables."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.quality.site_at_work import Site
from tests.variants import quick
from tests.warehouse.release_kit import release_small, site_with_sessions
from warehouse.archive.archive import Archive
from warehouse.intake import exceptions_file
from warehouse.intake.landing import land
from warehouse.refresh.rebuild import differing_tables, take_inputs
from warehouse.releases.release import Release
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

IMAGING = "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status"
ACCEPTED = '[[exception]]\nrule = "LES-04"\nsite = "st-anna"\nreason = "Seen twice."\nuntil = 2030-01-01\n'


def arrived_on(site: Site, day: str) -> None:
    """Land what waits, and have the archive's log say that all of it came on that day."""
    land(site.home, Archive(site.home))
    log = site.home.archive / "arrivals.ndjson"
    lines = [json.loads(line) | {"arrived_at": f"{day}T01:00:00+00:00"} for line in log.read_text().splitlines()]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Release]:
    """A release of all that a manifest must carry, and its home, which has since received and changed more.

    In it: a name that arrived three times, names without a date, a rejected file, an answered sheet, a site.toml
    and a signed-off exception.
    """
    site = site_with_sessions(tmp_path_factory.mktemp("rebuilt") / "home")
    folder = site.home.landing / "st-anna"
    (folder / "site.toml").write_text('[exports.imaging_followups]\nmode = "snapshot"\n', encoding="utf-8")
    exceptions_file.path_of(site.home).write_text(ACCEPTED, encoding="utf-8")
    site.deliver("imaging_followups", "undated.csv", IMAGING, "P1,E1,2023-03-10,ct,yes,L1,no_viable")
    site.deliver("genotypes", "broken.csv", "patient_id,gene", "P1,KRAS")
    for diameter in ("25", "31", "28"):
        site.sessions("2024-02-01_b.csv", f"P3,S1,2023-05-10,L1,{diameter},4,")
        land(site.home, Archive(site.home))
    arrived_on(site, "2024-03-05")
    site.refresh()
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22")
    site.hand_back(sheet, "2024-03-01_answers.xlsx")
    release = release_small(site.home)

    (folder / "site.toml").write_text('[exports.imaging_followups]\nmode = "delta"\n', encoding="utf-8")
    exceptions_file.path_of(site.home).unlink()
    site.sessions("2024-02-01_b.csv", "P3,S1,2023-05-10,L1,44,4,")
    site.sessions("2024-02-02_c.csv", "P4,S1,2023-05-10,L1,25,4,")
    return site, release


def rebuilt(site: Site, release: Release, target: Path, change: Callable[[dict], None] = lambda _: None) -> list[str]:
    """The tables that differ when the inputs of the release, after the change to its manifest, are refreshed anew."""
    manifest = json.loads(json.dumps(release.manifest))
    change(manifest)
    take_inputs(Release(release.folder, manifest), site.home, Home(target))
    return differing_tables(release, release_small(Home(target)))


def test_the_same_inputs_give_the_same_tables(released: tuple[Site, Release], tmp_path: Path) -> None:
    """Every table that the content hash covers has the hash that the manifest names, though the home has moved on."""
    site, release = released
    tables = release.manifest["tables"]
    unhashed = {name for name, t in tables.items() if not t["is_hashed"]}
    assert unhashed == {"quality.resolved", "quality.changes", "quality.question_counts"}
    with_rows = {name for name, t in tables.items() if t["rows"]}
    assert with_rows >= {"quality.answers", "quality.exceptions", "meta.loads", "derived.lesion_ltp"}
    assert release_small(site.home).manifest["content_hash"] != release.manifest["content_hash"]
    assert rebuilt(site, release, tmp_path / "again") == []


def forget_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """No exception is written into the new home."""
    monkeypatch.setattr(exceptions_file, "append", lambda *_: None)


@pytest.mark.long
@pytest.mark.parametrize(
    ("forget", "differing"),
    quick(
        1,
        [
            (lambda m: m["site_files"].clear(), "meta.loads"),
            (lambda m: [i.update(arrived_at="2025-01-01T01:00:00+00:00") for i in m["inputs"]], "meta.loads"),
            (
                lambda m: [i.update(load_id=f"L{n:06d}") for n, i in enumerate(reversed(m["inputs"]))],
                "clean.rfa_sessions",
            ),
            (lambda m: m.update(inputs=[i for i in m["inputs"] if i["status"] == "accepted"]), "meta.loads"),
            (lambda m: m.update(inputs=[i for i in m["inputs"] if i["export"] != "answers"]), "clean.rfa_sessions"),
        ],
    ),
    ids=["site.toml", "time of arrival", "order of arrival", "rejected files", "answers"],
)
def test_each_fact_is_needed(
    released: tuple[Site, Release], tmp_path: Path, forget: Callable[[dict], None], differing: str
) -> None:
    """Without any one of the facts that the manifest names, a table comes out otherwise: nothing in it is idle."""
    assert differing in rebuilt(*released, tmp_path / "again", forget)


@pytest.mark.long
def test_exceptions_come_from_the_release(
    released: tuple[Site, Release], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exceptions that held are those of the release itself; without them its tables come out otherwise."""
    site, release = released
    take_inputs(release, site.home, Home(tmp_path / "again"))
    (note,) = exceptions_file.read(Home(tmp_path / "again")).notes
    assert (note.rule_id, note.site, note.reason) == ("LES-04", "st-anna", "Seen twice.")
    forget_exceptions(monkeypatch)
    assert rebuilt(site, release, tmp_path / "without") == ["quality.exceptions"]


def test_a_new_home_only(released: tuple[Site, Release], tmp_path: Path) -> None:
    """A folder in which something lies is not used."""
    site, release = released
    (tmp_path / "mine.txt").touch()
    with pytest.raises(RegistryError, match="is not empty"):
        take_inputs(release, site.home, Home(tmp_path))
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_an_input_that_is_gone(released: tuple[Site, Release], tmp_path: Path) -> None:
    """Where the archive no longer holds an input, that is said, and nothing is left of the new home."""
    site, release = released
    manifest = json.loads(json.dumps(release.manifest))
    manifest["inputs"][0]["sha256"] = "0" * 64
    with pytest.raises(RegistryError, match="no longer holds an input.*000000000000"):
        take_inputs(Release(release.folder, manifest), site.home, Home(tmp_path / "again"))
    assert os.listdir(tmp_path) == []


def test_another_duckdb_is_not_compared(released: tuple[Site, Release]) -> None:
    """Releases of two versions of DuckDB are not compared by their hashes."""
    _, release = released
    other = json.loads(json.dumps(release.manifest))
    other["code"]["duckdb"] = "1.4.0"
    with pytest.raises(RegistryError, match="duckdb==1.4.0"):
        differing_tables(Release(release.folder, other), release)
