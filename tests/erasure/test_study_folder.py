"""`registry forget` of a patient whose rows lie in the files of a cBioPortal study: nothing of them is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.erasure.erased_home import PATIENT as ERASED
from tests.erasure.erased_home import SITE, forget, refresh
from tests.erasure.search_home import below_home, cells_with
from tests.sources.study_kit import study
from warehouse.releases.query import open_release
from warehouse.releases.release import list_releases
from warehouse.storage.home import Home

pytestmark = pytest.mark.long
TOML = """
[sources.cbio]
kind = "cbioportal"

[exports.patients]
source = "cbio"

[exports.genotypes]
source = "cbio"
"""
SESSIONS = "patient_id,session_id,session_date,lesion_id,max_diameter_mm\n" + "".join(
    f"{name},A,2020-01-0{n},L1,20\n" for n, name in ((1, "P1"), (2, ERASED), (3, "P3"))
)
SAMPLE = "ZQSAMPLE"
WORDS = (ERASED, SAMPLE)
TABLES = ("clean.patients", "clean.genotypes", "meta.loads", "derived.patient_genotype")


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that released the study, whose P2 and S2 have names to look for, after the erasure."""
    home = Home(tmp_path_factory.mktemp("study") / "home").create()
    site = home.landing / SITE
    (site / "rfa_sessions").mkdir(parents=True)
    (site / "site.toml").write_text(TOML, encoding="utf-8")
    (site / "rfa_sessions" / "2024-01-15.csv").write_text(SESSIONS, encoding="utf-8")
    for name, text in study().items():
        path = site / "cbio" / "2024-01-15_study" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        named = text.replace("P2", ERASED) if "clinical" in name else text
        path.write_text(named if "panel_TWO" in name else named.replace("S2", SAMPLE), encoding="utf-8")
    ran = refresh(home)
    assert ran.code == 0 and ran.text.startswith("Released "), ran.err.decode()
    assert set(cells_with(list_releases(home)[-1].database, [ERASED])) >= {"clean.patients", "clean.genotypes"}
    ran = forget(home)
    assert ran.code == 0, ran.err.decode()
    assert "rows removed from 2 files" in ran.text
    return home


def test_nothing_of_the_patient_is_left(erased: Home) -> None:
    """Neither in archive, build database, run history nor any release: no patient, no sample, no case list."""
    assert below_home(erased, WORDS) == {}
    for release in list_releases(erased):
        assert cells_with(release.database, WORDS) == {}


def test_a_rebuild_gives_the_same_tables(erased: Home) -> None:
    """What is kept of the study is read as the study was: calls, panels, wild types and lines of the others stay."""
    assert refresh(erased).code == 0
    before = _tables(erased)
    assert len(before["clean.genotypes"]) == 3 * 7
    erased.build_database.unlink()
    ran = refresh(erased)
    assert ran.code == 0, ran.err.decode()
    assert _tables(erased) == before


def test_the_same_folder_is_no_news(erased: Home) -> None:
    """The folder that still lies in landing/ brings nobody back."""
    place: Path = erased.landing / SITE / "cbio" / "2024-01-15_study"
    place.rename(place.with_name("2024-01-16_study"))
    assert refresh(erased).code == 0
    assert below_home(erased, WORDS) == {}


def _tables(home: Home) -> dict[str, list]:
    with open_release(list_releases(home)[-1]) as con:
        return {name: con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in TABLES}
