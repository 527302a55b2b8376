"""A condition of which only the answer is kept.

What belongs here: the fold. Dagster stores the answer of every node below a condition with every change of state; of
one that looks at all inputs of the release these are hundreds.
"""

import dagster as dg
from dagster import AutomationCondition as When


class CollapsedCondition(When[dg.AssetKey]):
    """As true as `inner`, which must remember nothing between ticks; `name` is what the interface shows."""

    def __init__(self, name: str, inner: When):
        self._name, self._inner = name, inner

    @property
    def name(self) -> str:
        """As the interface shows it."""
        return self._name

    @property
    def requires_cursor(self) -> bool:
        """Nothing is kept for the next tick."""
        return False

    async def evaluate(self, context: dg.AutomationContext) -> dg.AutomationResult:
        """What `inner` finds, without how it found it."""
        below = context.for_child_condition(self._inner, [0], context.candidate_subset)
        return dg.AutomationResult(context, (await below.evaluate_async()).true_subset)
