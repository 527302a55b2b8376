"""Defines what is made in a lake, if REGISTRY_WAREHOUSE names one: its releases, and the upkeep of its files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb

from assets.privacy import private
from assets.resources import Registry
from assets.ui.table_metadata import HOLDS, MADE, OWNERS, POOL, key
from warehouse.lake import maintain
from warehouse.lake.address import lake_address
from warehouse.lake.state import follow, lake_of
from warehouse.lake.words import in_words
from warehouse.releases import pins
from warehouse.releases.release import current_release
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from workflows import progress

GROUP, UPKEEP_GROUP = "lake", "lake_upkeep"
RELEASES, KEPT, JOINED, CLEANED = (key(f"lake.{name}") for name in ("releases", "snapshots", "data_files", "old_files"))
UPKEEP = (KEPT, JOINED, CLEANED)
"""What the weekly job makes, in this order."""


def _asset(asset_key: dg.AssetKey, after: dg.AssetKey, description: str) -> Callable:
    return dg.asset(
        key=asset_key,
        pool=POOL,
        deps=[after],
        group_name=UPKEEP_GROUP if asset_key in UPKEEP else GROUP,
        owners=OWNERS,
        tags={HOLDS: "patients", MADE: "each_refresh"},
        kinds={"ducklake"},
        description=description,
    )


@_asset(RELEASES, key("release.registry"), "Each release as one snapshot of the lake, for readers on other machines.")
def lake_releases(registry: Registry) -> dg.MaterializeResult:
    """Publish in the lake every release of the home that it lacks, in one transaction each."""
    home = registry.home
    with private(home, "Publishing in the lake"):
        published = follow(home, progress.say)
        release = current_release(home)
    version = dg.DataVersion(release.manifest["content_hash"]) if release else None
    return dg.MaterializeResult(
        metadata={"published": len(published), "newest": release.release_id if release else ""}, data_version=version
    )


@_asset(KEPT, RELEASES, "The lake's snapshots: those of kept releases stay, all others are expired.")
def lake_snapshots(registry: Registry) -> dg.MaterializeResult:
    """Forget the releases that no rule keeps, and every snapshot that is none of a release."""
    with private(registry.home, "Expiring snapshots"), _lake(registry.home) as con:
        done = maintain.expire(con, pins.read(registry.home))
    return dg.MaterializeResult(metadata={"releases_removed": done.n_releases, "snapshots_expired": done.n_snapshots})


@_asset(JOINED, KEPT, "The lake's data files: small ones are joined.")
def lake_data_files(registry: Registry) -> dg.MaterializeResult:
    """Compact the lake."""
    with private(registry.home, "Joining files"), _lake(registry.home) as con:
        before, now = maintain.compact(con)
    return dg.MaterializeResult(metadata={"files_before": before, "files": now})


@_asset(CLEANED, JOINED, "Files that no snapshot needs any more: deleted once they have waited for a day.")
def lake_old_files(registry: Registry) -> dg.MaterializeResult:
    """Delete old files, and check that those that were due are gone."""
    with private(registry.home, "Deleting old files"), _lake(registry.home) as con:
        n_deleted, n_waiting = maintain.clean_up(con)
    return dg.MaterializeResult(metadata={"files_deleted": n_deleted, "files_waiting": n_waiting})


@contextmanager
def _lake(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    address = lake_address()
    if address is None:
        raise RegistryError("There is no lake.", "Set REGISTRY_WAREHOUSE where this runs.")
    with lake_of(home, address) as con, in_words(address):
        yield con


LAKE_ASSETS = (lake_releases, lake_snapshots, lake_data_files, lake_old_files)
