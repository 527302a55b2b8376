"""A PostgreSQL server and an object store for the tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.postgres_server import server_with
from tests.deploy.store_kit import object_store


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a throw-away cluster on loopback. Skips the test if there is no server, or no user to run it."""
    with server_with() as running:
        yield running.url


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    with object_store() as address:
        yield address
