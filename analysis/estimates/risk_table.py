"""Who is at risk, and who leaves how, at each time in each group: all that tests without covariates need of subjects.

At risk at t are those whose time is t or later: one who is censored at t is still at risk for an event at t, as R has
it. Sums over these counts are exact, whatever the number of subjects a row stands for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.tidy import places_of


@dataclass(frozen=True)
class RiskTable:
    """Counts of subjects: ``at_risk``, ``events`` (those that are asked about) and ``competing`` (other events), each
    times x groups, at the distinct ``times``, in order.
    """

    times: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    competing: np.ndarray

    def expected(self) -> np.ndarray:
        """Return the events each group would have if groups did not differ; they add up to those observed."""
        return self.events.sum(axis=1) @ self.share()

    def share(self) -> np.ndarray:
        """Return each group's share of those at risk (times x groups)."""
        return self.at_risk / self.at_risk.sum(axis=1, keepdims=True)


def risk_table(
    time: np.ndarray,
    event: np.ndarray,
    of_event: int,
    count: np.ndarray,
    group: np.ndarray,
    n_groups: int,
    entry: np.ndarray | None = None,
) -> RiskTable:
    """Return the counts by time and group.

    ``time`` in any unit; ``event`` 0 censored, else the event's number, of which ``of_event`` is asked about; ``count``
    subjects per row; ``group`` codes below ``n_groups``; nothing missing. ``entry``: from when each row is watched,
    before its time; at risk at t are those with entry < t <= time.
    """
    place, times = places_of(time)
    cell, size = place * n_groups + group, len(times) * n_groups

    def counted(values: np.ndarray) -> np.ndarray:
        return np.bincount(cell, weights=values, minlength=size).reshape(len(times), n_groups)

    is_own = event == of_event
    leaving = counted(count)
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
    if entry is not None:  # those whose entry is t or later are not at risk at t
        first = np.searchsorted(times, entry, side="right")
        first, late, own = first[first > 0], count[first > 0], group[first > 0]
        entering = np.bincount((first - 1) * n_groups + own, weights=late, minlength=size).reshape(len(times), n_groups)
        at_risk = at_risk - np.cumsum(entering[::-1], axis=0)[::-1]
    return RiskTable(times, at_risk, counted(count * is_own), counted(count * ((event > 0) & ~is_own)))
