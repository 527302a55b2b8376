"""The demonstration study's release, opened as an analyst opens it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import ablation_registry as ar
from tests.e2e.demonstration import Demonstration


@pytest.fixture(scope="module")
def release(demonstration: Demonstration) -> Iterator[ar.Release]:
    """The demonstration study's release, open, and closed again for those that look at its file."""
    with ar.open(demonstration.home.root) as opened:
        yield opened
