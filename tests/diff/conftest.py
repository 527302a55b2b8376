"""A small registry of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.diff.two_releases import Registry, new_registry


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """Delivered, not yet released."""
    with new_registry(tmp_path / "home") as made:
        yield made
