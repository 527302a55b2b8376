"""Gives each test its own small registry."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.diff.two_releases import RegistryUnderTest, new_registry


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RegistryUnderTest]:
    """A registry that has been delivered but not released."""
    with new_registry(tmp_path / "home") as made:
        yield made
