"""Fixtures of the tests of places: a site whose files lie at a place in memory, and an S3 store on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.store_kit import object_store
from tests.pulls.places.fake_place import Clinic
from tests.warehouse.kit import Kit, new_kit
from warehouse.pulls.places.s3 import client_of


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A registry's home."""
    with new_kit(tmp_path / "home") as made:
        yield made


@pytest.fixture
def clinic(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """A site whose source has its files at a place in memory."""
    return Clinic(kit, monkeypatch)


@pytest.fixture(scope="session")
def store() -> Iterator[str]:
    """The address of an S3 server."""
    with object_store() as address:
        yield address


@pytest.fixture(scope="session")
def client(store: str) -> Iterator[Any]:
    """What a hospital puts its files there with."""
    made = client_of(("a-key", "a-secret"), store, "us-east-1")
    yield made
    made.close()
