"""An order of an eventful home, both of its shards made, once for all tests."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.build_once import build_once
from tests.quality.site_at_work import Site
from tests.shards.shards_kit import eventful, here, make, settings
from warehouse.shards.exchange import exchange_of, note_order
from warehouse.shards.order import write_order
from warehouse.storage.home import Home

SHARDS = 2


@dataclass(frozen=True)
class Ordered:
    """A home whose tables were made without shards (`hashes`), and of which an order is made since (`name`)."""

    home: Home
    hashes: dict[str, tuple[int, str]]
    name: str

    @property
    def address(self) -> str:
        """Where the order is."""
        return f"{exchange_of(self.home)}/{self.name}"

    @property
    def site(self) -> Site:
        """The site that answers queries, and its home."""
        return Site(self.home.root)


def _make(folder: Path) -> Ordered:
    site = eventful(folder / "home")
    with site.build() as con:
        hashes = make(con, site.home)
        settings(site.home, SHARDS)
        order = write_order(con, exchange_of(site.home), SHARDS, lambda address: note_order(site.home, address))
    here(order.address, range(SHARDS))
    return Ordered(site.home, hashes, order.address.rpartition("/")[2])


@pytest.fixture(scope="session")
def kept_order(tmp_path_factory: pytest.TempPathFactory) -> Ordered:
    """The home, for tests that only read."""
    return build_once(tmp_path_factory, "ordered", _make)


@pytest.fixture
def ordered(kept_order: Ordered, tmp_path: Path) -> Ordered:
    """A copy, for a test that changes it."""
    home = Home(tmp_path / "home")
    shutil.copytree(kept_order.home.root, home.root, symlinks=True)
    return Ordered(home, kept_order.hashes, kept_order.name)
