"""The groups among the subjects of a level: whom each printed count counts, and how groups are put together.

A group has a key. Two counts of the same subjects are one count, and the difference of two groups, one inside the
other, is a group too: that is seen from the groups themselves, not from the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.tidy import OVERALL

Key = tuple[str, ...]
Members = Mapping[str, np.ndarray]
"""Name of a group -> which of the level's subjects are in it (bool, one for each)."""
PATIENT_LEVEL, LESION_LEVEL, SESSION_LEVEL = "patient", "lesion", "session"
STEP, ATOM = "step", "atom"
"""First words of keys: who is left after a criterion; those who agree in everything that makes groups."""
COST_WHOLE, COST_GROUP, COST_CELL = 40.0, 4.0, 1.0
"""What is lost with a count: of everybody, of a group on which many lines rest, of a single cell."""


def whole_key(level: str) -> Key:
    """Return the key of all subjects of a level whom an output is about."""
    return (f"{level}s",)


def n_key(endpoint: str, level: str, grouping: str, stratum: str) -> Key:
    """Return the key of a group's size."""
    return ("n", endpoint, level, grouping, stratum)


def event_key(endpoint: str, level: str, grouping: str, stratum: str, cause: int = 1) -> Key:
    """Return the key of those of a group who had the event (cause 1), or the one that competes (2)."""
    return ("event", endpoint, level, grouping, stratum, str(cause))


def model_key(what: str, endpoint: str, level: str, cohort: str, covariates: tuple[str, ...]) -> Key:
    """Return the key of those whom a model is fitted to: n, or those of them with the event."""
    return ("model", what, endpoint, level, cohort, *covariates)


def one_key(stratum: str, variable: str, level: str = "") -> Key:
    """Return the key of a cell of Table 1: a level of a variable in a column; without a level, those missing."""
    return ("table_one", stratum, variable, level)


@dataclass
class Level:
    """The groups among the subjects of one level.

    `members`: key -> which of the level's subjects (bool, one for each). `costs`: key -> what is lost with its count.
    `hidden`: groups that no table counts, though others are put together from them. `same`: (endpoint, cause) -> the
    name of an event that it is by definition, such as LTP in two endpoints. `sums`: (total, parts, name of the rest):
    the total's subjects are those of the parts, and a rest that is printed nowhere.
    """

    n_subjects: int
    members: dict[Key, np.ndarray] = field(default_factory=dict)
    costs: dict[Key, float] = field(default_factory=dict)
    hidden: set[Key] = field(default_factory=set)
    same: dict[tuple[str, str], str] = field(default_factory=dict)
    sums: list[tuple[Key, Sequence[Key], str]] = field(default_factory=list)

    def add(self, key: Key, members: np.ndarray, cost: float = COST_CELL) -> Key:
        """Add a group and return its key."""
        self.members[key], self.costs[key] = members, cost
        return key

    def hide(self, key: Key, members: np.ndarray) -> Key:
        """Add a group that is counted nowhere, and return its key."""
        self.hidden.add(key)
        return self.add(key, members, 0.0)

    def identity(self, key: Key, same: Mapping[tuple[str, str], str]) -> tuple[str, Key | None]:
        """Return what the group's subjects have in common with those of other groups, as an outsider knows: the name
        of their event and the group that they are of; nothing for groups of which anybody can see that they are the
        same. Those who had two different events may be the same by chance, which nobody knows. `same` is as above, of
        all outputs together.
        """
        if key[0] == "event":
            return same.get((key[1], key[5]), f"{key[1]} {key[5]}"), n_key(*key[1:5])
        if key[0] == "model" and key[1] == "event":
            return same.get((key[2], "1"), f"{key[2]} 1"), n_key(key[2], key[3], OVERALL, OVERALL)
        if key[0] == "genes" and key[5] != "0":
            return " ".join((same.get((key[1], key[5]), f"{key[1]} {key[5]}"), *key[3:5], "genes")), None
        if key[0] == ATOM:
            return " ".join((same.get((key[1], key[2]), f"{key[1]} {key[2]}"), "atom")), None
        return "", None

    def count(self, key: Key) -> int:
        """Return how many are in the group."""
        return int(self.members[key].sum())

    def strata(self, endpoint: str, level: str, grouping: str) -> list[str]:
        """Return the groups of a grouping at an endpoint, whether or not their counts leave."""
        return [key[4] for key in self.members if key[:4] == ("n", endpoint, level, grouping)]


def add_outcome(
    own: Level,
    endpoint: str,
    level: str,
    event: np.ndarray,
    causes: Sequence[int],
    strata: Mapping[str, Members],
    cost: Callable[[str], float],
) -> None:
    """Add all who can have the outcome, by every grouping (`strata`, of which OVERALL has them all), and those of them
    who have it: `event` is the cause of each subject. `cost` says what is lost with a group of a grouping.
    """
    for grouping, found in strata.items():
        for stratum, members in found.items():
            n = own.add(n_key(endpoint, level, grouping, stratum), members, cost(grouping))
            parts = [
                own.add(
                    event_key(endpoint, level, grouping, stratum, cause), members & (event == cause), cost(grouping) / 4
                )
                for cause in causes
            ]
            own.sums.append((n, parts, "without"))
        if grouping != OVERALL:
            own.sums.append(
                (n_key(endpoint, level, OVERALL, OVERALL), [n_key(endpoint, level, grouping, s) for s in found], "rest")
            )
            for cause in causes:
                whole = event_key(endpoint, level, OVERALL, OVERALL, cause)
                own.sums.append((whole, [event_key(endpoint, level, grouping, s, cause) for s in found], "rest"))


def add_model(
    own: Level, endpoint: str, level: str, cohort: str, covariates: tuple[str, ...], members: np.ndarray
) -> None:
    """Add those whom a model of the covariates is fitted to, `members` of all who can have the event."""
    whole, all_events = n_key(endpoint, level, OVERALL, OVERALL), event_key(endpoint, level, OVERALL, OVERALL)
    members = members & own.members[whole]
    n = own.add(model_key("n", endpoint, level, cohort, covariates), members, 2 * COST_CELL)
    has_event = members & own.members[all_events]
    events = own.add(model_key("event", endpoint, level, cohort, covariates), has_event)
    own.sums.append((n, [events], "without"))
    own.sums.append((whole, [n], "not in the model"))
    own.sums.append((all_events, [events], "not in the model"))


def add_described(own: Level, columns: Members, described: Mapping[str, Members]) -> None:
    """Add Table 1: its columns (OVERALL and groups), and of each variable the levels, '' for those missing; a variable
    that has no other level is a number.
    """
    heads = {name: own.add(one_key(name, "n"), members, COST_GROUP) for name, members in columns.items()}
    own.sums.append((heads[OVERALL], [heads[name] for name in columns if name != OVERALL], "rest"))
    for variable, levels in described.items():
        for level, has_it in levels.items():
            cells = {
                name: own.add(one_key(name, variable, level), members & has_it) for name, members in columns.items()
            }
            own.sums.append((cells[OVERALL], [cells[name] for name in columns if name != OVERALL], "rest"))
        for name, head in heads.items():
            shown = [one_key(name, variable, level) for level in levels if level or len(levels) == 1]
            own.sums.append((head, shown, "known"))
