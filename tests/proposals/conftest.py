"""Fixtures of the tests of proposals."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.kit import Kit, new_kit


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A registry's home of this test's own."""
    with new_kit(tmp_path / "home") as made:
        yield made
