"""An automation condition that any of several tables has changed, looked up once per tick for all assets.

Built from Dagster's own conditions, every asset that each release needs would look at every table, and Dagster would
store each look at every change of state: 50 KB an asset.
"""

from functools import lru_cache
from hashlib import sha256

import dagster as dg
from dagster import AutomationCondition as When


def data_versions(instance: dg.DagsterInstance, tables: tuple[dg.AssetKey, ...]) -> str:
    """Return a hash of the data version of each table as it was last made; one that was never made has none."""
    versions = dict.fromkeys(tables, "")
    for record in instance.get_asset_records(tables):
        made = record.asset_entry.last_materialization
        materialization = made.asset_materialization if made else None
        if materialization is not None:
            versions[record.asset_entry.asset_key] = (materialization.tags or {}).get("dagster/data_version", "")
    said = sorted((key.to_user_string(), version) for key, version in versions.items())
    return sha256(repr(said).encode()).hexdigest()


@lru_cache(maxsize=1)
def _asked_once(view, tables: tuple[dg.AssetKey, ...]) -> str:
    """Ask the storage once per tick: each tick has its own view, so all its assets share one answer."""
    return data_versions(view.instance, tables)


class TablesChanged(When[dg.AssetKey]):
    """True at a tick if the data version of one of `tables` is another than at the tick before."""

    def __init__(self, tables: tuple[dg.AssetKey, ...]):
        self._tables = tables

    @property
    def name(self) -> str:
        """The name that the interface shows."""
        return "tables_changed"

    @property
    def description(self) -> str:
        """The description that the interface shows."""
        return "A table that is made after a delivery has changed"

    def evaluate(self, context: dg.AutomationContext) -> dg.AutomationResult:
        """Return all candidates if a version changed; none at the first tick, which has nothing to compare with."""
        versions = _asked_once(context.asset_graph_view, self._tables)
        has_changed = context.cursor is not None and context.cursor != versions
        found = context.candidate_subset if has_changed else context.get_empty_subset()
        return dg.AutomationResult(context, found, cursor=versions)
