"""Fixtures of the tests of pseudonyms."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pseudonyms.keyed import KEY
from tests.warehouse.kit import Kit, new_kit
from warehouse.storage.pseudonym_key import VARIABLE


@pytest.fixture
def keyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """A registry's home of this test's own, with a key in the environment."""
    monkeypatch.setenv(VARIABLE, KEY)
    with new_kit(tmp_path / "home") as made:
        yield made


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A registry's home of this test's own, without a key."""
    with new_kit(tmp_path / "plain") as made:
        yield made
