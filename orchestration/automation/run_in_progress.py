"""An automation condition that no run is in progress, evaluated once per tick for all assets.

Built from Dagster's own conditions, it would visit all inputs of the release, and Dagster would store that visit for
every asset at every change of state: 240 KB each.
"""

from functools import lru_cache

import dagster as dg
from dagster import AutomationCondition as When


def is_run_in_progress(instance: dg.DagsterInstance, tables: tuple[dg.AssetKey, ...]) -> bool:
    """Return whether a run has not ended, or the last run meant to make one of `tables` failed before doing so."""
    from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

    if instance.get_runs_count(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES)):
        return True
    asked = set()
    for record in instance.get_asset_records(tables):
        entry, made = record.asset_entry, record.asset_entry.last_materialization_record
        if entry.last_run_id and (made is None or made.run_id != entry.last_run_id):
            asked.add(entry.last_run_id)
    if not asked:
        return False
    return instance.get_runs_count(dg.RunsFilter(run_ids=list(asked), statuses=[dg.DagsterRunStatus.FAILURE])) > 0


@lru_cache(maxsize=1)
def _asked_once(view, tables: tuple[dg.AssetKey, ...]) -> bool:
    """Ask the storage once per tick: each tick has its own view, so all its assets share one answer."""
    return is_run_in_progress(view.instance, tables)


class NoRunInProgress(When[dg.AssetKey]):
    """True while no run is in progress and each of `tables` was made by the last run meant to make it."""

    def __init__(self, tables: tuple[dg.AssetKey, ...]):
        self._tables = tables

    @property
    def name(self) -> str:
        """The name that the interface shows."""
        return "no_run_in_progress"

    @property
    def description(self) -> str:
        """The description that the interface shows."""
        return "No run is in progress, and the last run after a delivery did not fail before it was done"

    @property
    def requires_cursor(self) -> bool:
        """False: nothing is kept for the next tick."""
        return False

    def evaluate(self, context: dg.AutomationContext) -> dg.AutomationResult:
        """Return all candidates, or none while a run is in progress."""
        is_busy = _asked_once(context.asset_graph_view, self._tables)
        return dg.AutomationResult(context, context.get_empty_subset() if is_busy else context.candidate_subset)
