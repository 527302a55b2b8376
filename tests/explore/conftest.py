"""The pages over the demonstration study's release, asked without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explore.opened import Releases
from explore.routes import application
from tests.e2e.demonstration import Demonstration
from tests.explore.client import TestClient
from tests.explore.copied import home_with_release


@pytest.fixture(scope="module")
def pages(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of the pages, behind no guard."""
    releases = Releases(home_with_release(demonstration, tmp_path_factory.mktemp("pages")), 60)
    with TestClient(application(releases), follow_redirects=False) as client:
        yield client
    releases.close()
