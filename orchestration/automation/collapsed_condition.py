"""An automation condition that stores only its result.

Dagster stores the result of every sub-condition at every change of state, which is hundreds of them for a condition
that looks at all inputs of the release.
"""

import dagster as dg
from dagster import AutomationCondition as When


class CollapsedCondition(When[dg.AssetKey]):
    """True where `inner` is true. `inner` must keep no state between ticks; the interface shows `name`."""

    def __init__(self, name: str, inner: When):
        self._name, self._inner = name, inner

    @property
    def name(self) -> str:
        """The name that the interface shows."""
        return self._name

    @property
    def requires_cursor(self) -> bool:
        """False: nothing is kept for the next tick."""
        return False

    async def evaluate(  # type: ignore[override]  # Dagster awaits it, as it does its own conditions of conditions
        self, context: dg.AutomationContext
    ) -> dg.AutomationResult:
        """Return the result of `inner` without those of its sub-conditions."""
        below = context.for_child_condition(self._inner, [0], context.candidate_subset)
        return dg.AutomationResult(context, (await below.evaluate_async()).true_subset)
