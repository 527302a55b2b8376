"""Whether something is under way: one condition of declarative automation, asked once a tick.

What belongs here: the question and the condition. What does not: where it is one of several (conditions.py). Made of
Dagster's own conditions, the question is a walk over all inputs of the release, and Dagster keeps the walk of every
asset with every change of state: 240 KB each.
"""

from functools import lru_cache

import dagster as dg
from dagster import AutomationCondition as When


def is_run_in_progress(instance: dg.DagsterInstance, tables: tuple[dg.AssetKey, ...]) -> bool:
    """Whether a run has not ended, or the last run that was to make one of `tables` failed before it had."""
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
    """Each tick has a view of its own, so all assets of a tick get one answer, and the storage is asked once."""
    return is_run_in_progress(view.instance, tables)


class NoRunInProgress(When[dg.AssetKey]):
    """True while no run is under way and each of `tables` was made by the last run that was to make it."""

    def __init__(self, tables: tuple[dg.AssetKey, ...]):
        self._tables = tables

    @property
    def name(self) -> str:
        """As the interface shows it."""
        return "no_run_in_progress"

    @property
    def description(self) -> str:
        """As the interface shows it."""
        return "No run is under way, and the last first run did not fail half-way"

    @property
    def requires_cursor(self) -> bool:
        """Nothing is kept for the next tick."""
        return False

    def evaluate(self, context: dg.AutomationContext) -> dg.AutomationResult:
        """All of what is asked about, or nothing."""
        is_busy = _asked_once(context.asset_graph_view, self._tables)
        return dg.AutomationResult(context, context.get_empty_subset() if is_busy else context.candidate_subset)
