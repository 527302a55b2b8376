"""A small registry of each test's own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.diff.two_releases import Registry, new_registry
from tests.made_once import made_once
from tests.warehouse.kit import new_kit
from warehouse.derived.derive import derive_all


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the small registry, whose deliveries are loaded and derived; tests work on copies."""

    def load(folder: Path) -> Path:
        with new_registry(folder / "home") as made:
            derive_all(made.kit.refresh().con)
        return folder / "home"

    return made_once(tmp_path_factory, "loaded", load)


@pytest.fixture
def registry(loaded: Path, tmp_path: Path) -> Iterator[Registry]:
    """Delivered and loaded, not yet released."""
    shutil.copytree(loaded, tmp_path / "home", symlinks=True)
    with new_kit(tmp_path / "home") as kit:
        yield Registry(kit)
