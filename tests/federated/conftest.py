"""The two sites, for every test of the folder."""

from pathlib import Path

import pytest

from tests.build_once import build_once, copy_of_kept
from tests.e2e.demonstration import Demonstration, copy_of
from tests.federated.sites import NORTH, SOUTH, STUDY, Sites, make_south
from warehouse.storage.home import Home


@pytest.fixture(scope="session")
def south_home(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """The made-up registry, for tests that copy it."""

    def copied(folder: Path) -> Path:
        copy_of_kept(pytestconfig, "south-registry", make_south, folder / "kept")
        return folder / "kept" / "home"

    return build_once(tmp_path_factory, "south-registry", copied)


def sites_in(folder: Path, light_study: Demonstration, south_home: Path) -> Sites:
    """Both homes copied into the folder, and the study's file."""
    (folder / NORTH).mkdir()
    (folder / SOUTH).mkdir()
    north = copy_of(light_study, folder / NORTH)
    south = copy_of(Demonstration(Home(south_home), light_study.demo, light_study.refresh), folder / SOUTH)
    study = folder / "study.toml"
    study.write_text(STUDY, encoding="utf-8")
    out = folder / "files"
    out.mkdir()
    return Sites({NORTH: north, SOUTH: south}, study, out)


@pytest.fixture(scope="module")
def sites(light_study: Demonstration, south_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Both homes, and nothing shared."""
    return sites_in(tmp_path_factory.mktemp("sites"), light_study, south_home)


@pytest.fixture(scope="session")
def begun(light_study: Demonstration, south_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Both sites after they shared exactly and answered the second round, for tests that only read."""

    def made(folder: Path) -> Sites:
        own = sites_in(folder, light_study, south_home)
        for site in (NORTH, SOUTH):
            ran = own.share(site, "--disclosure", "none")
            assert ran.code == 0 and b"single patients" in ran.err, ran.err.decode()
        assert "Next, at each site: registry federate share" in own.combine().text
        for site in (NORTH, SOUTH):
            assert own.answer(site, 2).code == 0
        return own

    return build_once(tmp_path_factory, "federated-begun", made)


@pytest.fixture(scope="module")
def exact(light_study: Demonstration, south_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Both sites after they shared exactly and answered until the end."""
    own = sites_in(tmp_path_factory.mktemp("exact"), light_study, south_home)
    for site in (NORTH, SOUTH):
        assert own.share(site, "--disclosure", "none").code == 0
    last = own.until_the_end()
    assert "converged in round" in last.text and "Next" not in last.text
    return own
