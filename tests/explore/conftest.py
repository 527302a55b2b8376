"""The pages over the demonstration study's release: asked without a browser, and served for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explore.opened import Releases
from explore.routes import application
from tests.docs.interface import chromium
from tests.e2e.demonstration import Demonstration
from tests.explore.browser import explored
from tests.explore.client import TestClient
from tests.explore.copied import home_with_release


@pytest.fixture(scope="module")
def pages(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of the pages, behind no guard."""
    releases = Releases(home_with_release(demonstration, tmp_path_factory.mktemp("pages")), 60)
    with TestClient(application(releases), follow_redirects=False) as client:
        yield client
    releases.close()


@pytest.fixture(scope="module")
def home(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demonstration study's release."""
    if chromium() is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    return home_with_release(demonstration, tmp_path_factory.mktemp("explored")).root


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The address that `registry explore` prints for that home."""
    with explored(home) as printed:
        yield printed
