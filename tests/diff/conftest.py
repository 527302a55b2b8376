"""A small registry of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.diff.two_releases import RegistryUnderTest, new_registry
from tests.e2e.demonstration import demonstration

__all__ = ["demonstration"]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RegistryUnderTest]:
    """Delivered, not yet released."""
    with new_registry(tmp_path / "home") as made:
        yield made
