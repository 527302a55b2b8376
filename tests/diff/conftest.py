"""Gives each test its own small registry."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.build_once import build_once
from tests.diff.two_releases import RegistryUnderTest, copied_registry, new_registry
from warehouse.releases.release import Release, find_release


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RegistryUnderTest]:
    """A registry that has been delivered but not released."""
    with new_registry(tmp_path / "home") as made:
        yield made


@pytest.fixture(scope="session")
def released_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of `released` as it is before anything else happens; tests get copies."""
    return build_once(tmp_path_factory, "released-registry", _release)


def _release(folder: Path) -> Path:
    with new_registry(folder / "home") as made:
        made.release()
    return folder / "home"


@pytest.fixture
def released(released_home: Path, tmp_path: Path) -> Iterator[RegistryUnderTest]:
    """The same registry, released once."""
    with copied_registry(released_home, tmp_path / "home") as copied:
        yield copied


@pytest.fixture
def before(released: RegistryUnderTest) -> Release:
    """The one release of `released`."""
    return find_release(released.kit.home)
