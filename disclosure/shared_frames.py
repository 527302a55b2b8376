"""The registry as an outsider may see it: the analyses' frames, holding only counts that leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd

from analysis.subjects.counted import COUNT
from analysis.tidy import OVERALL, as_float, split
from disclosure.curves import rounded_subjects
from disclosure.groups import LTP
from disclosure.levels import Key, event_key, n_key
from schemas.disclosure import CURVE_CLASSES_LEAST, CURVE_ERROR_MOST, Mode


class Counted(Protocol):
    """Subjects of endpoints by groups, equal ones counted together: those of a release, or of a recipe."""

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return (endpoint, level) of all, and whether an event competes with it."""
        ...

    def by_group(self, endpoint: str, level: str, grouping: str) -> pd.DataFrame:
        """Return days, event, `grouping` (as categories) and count."""
        ...


class SharedFrames:
    """Stands in for AnalysisFrames where curves, shares and tests between groups are made.

    A group is in a frame only if its size and its events leave; its subjects are made again from the rounded counts
    (curves.py). `counts`: key -> the count as it leaves; suppressed counts are not in it.
    """

    def __init__(self, registry: Counted, counts: Mapping[tuple[str, Key], int], mode: Mode) -> None:
        self._registry, self._counts, self._mode = registry, counts, mode
        self._made: dict[tuple[str, str, str], pd.DataFrame] = {}
        self._competes = dict(registry.endpoints())
        self.tables: dict[str, pd.DataFrame] = {}

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return (endpoint, level) of all, and whether an event competes with it."""
        return self._registry.endpoints()

    def leaves(self, endpoint: str, level: str, grouping: str, stratum: str) -> bool:
        """Return whether the group's size leaves, and how many of it had the event, and the competing one."""
        keys = [n_key(endpoint, level, grouping, stratum), event_key(endpoint, level, grouping, stratum)]
        second = event_key(endpoint, level, grouping, stratum, 2)
        competes = self._competes.get((endpoint, level), False)
        return all((level, key) in self._counts for key in (*keys, *([second] if competes else [])))

    def is_drawn(self, endpoint: str, level: str, grouping: str, stratum: str) -> bool:
        """Return whether the group has a curve: its counts leave, and are large enough for the rounding of curves."""
        if not self.leaves(endpoint, level, grouping, stratum):
            return False
        n, n_events = (self._counts[level, name(endpoint, level, grouping, stratum)] for name in (n_key, event_key))
        is_near = self._mode.curve_step // 2 <= CURVE_ERROR_MOST * n
        return is_near and n_events >= CURVE_CLASSES_LEAST * self._mode.curve_step

    def by_group(self, endpoint: str, level: str, grouping: str) -> pd.DataFrame:
        """Return the subjects of the groups that leave: days, event, `grouping`, count."""
        if (endpoint, level, grouping) not in self._made:
            rows = self._registry.by_group(endpoint, level, grouping)
            columns = ["days", "event", *([] if grouping == OVERALL else [grouping]), COUNT]
            parts = [rows.iloc[:0][columns]]
            for stratum, members in split(rows, grouping):
                if len(members) == 0 or not self.is_drawn(endpoint, level, grouping, stratum):
                    continue
                own = rows.iloc[members]
                days, event, count = (as_float(own[name]) for name in ("days", "event", COUNT))
                made = rounded_subjects(days, event, count, self._mode)
                if grouping != OVERALL and len(made):
                    kind = pd.CategoricalDtype(rows[grouping].cat.categories)
                    made[grouping] = pd.Categorical([stratum] * len(made), dtype=kind)
                parts.append(made)
            self._made[endpoint, level, grouping] = pd.concat(parts, ignore_index=True)[columns]
        return self._made[endpoint, level, grouping]

    def ltp_status(self, level: str, grouping: str = OVERALL) -> pd.DataFrame:
        """Return the evaluable subjects of the groups that leave, from their counts: ltp (0/1), `grouping`, count."""
        rows: list[dict[str, object]] = []
        for found, key in self._counts:
            if found != level or key[:4] != ("n", LTP, level, grouping):
                continue
            stratum = key[4]
            if self.leaves(LTP, level, grouping, stratum):
                n, k = (self._counts[level, name(LTP, level, grouping, stratum)] for name in (n_key, event_key))
                rows += [
                    {"ltp": 0.0, grouping: stratum, COUNT: max(n - k, 0)},
                    {"ltp": 1.0, grouping: stratum, COUNT: k},
                ]
        frame = pd.DataFrame(rows, columns=["ltp", grouping, COUNT])
        return frame.astype({"ltp": float, COUNT: np.int64})
