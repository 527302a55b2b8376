"""Whom each count of a recipe's folder counts: who is left after each criterion, the groups of its endpoint, Table 1
and models, by whatever columns the recipe names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.plan.table_one import is_category
from analysis.subjects.counted import as_categories, compress
from analysis.tidy import OVERALL, UNKNOWN, as_float, stratum_labels
from disclosure.levels import (
    ATOM,
    COST_CELL,
    COST_GROUP,
    COST_WHOLE,
    LESION_LEVEL,
    PATIENT_LEVEL,
    STEP,
    Key,
    Level,
    Members,
    add_described,
    add_model,
    add_outcome,
    event_key,
    n_key,
    one_key,
    whole_key,
)

WITHOUT, LEFT_OUT = ("status", "not evaluable"), ("status", "no time")
MOST_ATOMS = 400
"""Of more combinations of all columns that make groups, each two columns are crossed instead: a solver's seconds."""
TIMES_FIRST = 3.0
"""How much more is lost with a group of the recipe's first grouping, by which its page and Table 1 are."""
KNOWN = "known"


@dataclass(frozen=True)
class RecipeFrames:
    """The subjects of a release as a recipe sees them, in the order of their keys at each level.

    `n_steps`: its criteria; `n_met`: level -> how many of them, in their order, each subject meets. All others are of
    the subjects at the recipe's `level`: `days` and `event` of those analysed (NaN of others), `is_timed`: whether they
    have the endpoint at all, `terms`: a column for each name in `by`, `covariates` and `strata`, of whose covariates
    those in `numbers` are numbers, and `described`: the columns of Table 1. `notes`: grouping -> what belongs beside
    its curves, and beside its cumulative incidence.
    """

    endpoint: str
    level: str
    competes: bool
    n_steps: int
    n_met: Mapping[str, np.ndarray]
    days: np.ndarray
    event: np.ndarray
    is_timed: np.ndarray
    terms: pd.DataFrame
    described: pd.DataFrame
    by: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    notes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    _counted: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def causes(self) -> tuple[int, ...]:
        """Return the events that are counted: the endpoint's, and what competes with it."""
        return (1, 2) if self.competes else (1,)

    @property
    def is_chosen(self) -> np.ndarray:
        """Return who meets all criteria, at the recipe's level."""
        return self.n_met[self.level] >= self.n_steps

    @property
    def is_analysed(self) -> np.ndarray:
        """Return who of them has the endpoint, and time to it."""
        return self.is_chosen & np.isfinite(self.event)

    @property
    def groupings(self) -> tuple[str, ...]:
        """Return the columns whose values make groups."""
        classes = (name for name in self.covariates if name not in self.numbers)
        return tuple(dict.fromkeys((*self.by, *classes, *self.strata)))

    @property
    def models(self) -> tuple[tuple[str, ...], ...]:
        """Return the covariates of each model: all together, and each alone."""
        alone = tuple((name,) for name in self.covariates)
        return tuple(dict.fromkeys((*alone, self.covariates))) if self.covariates else ()

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return the recipe's endpoint and level, and whether an event competes with it."""
        return [((self.endpoint, self.level), self.competes)]

    def by_group(self, endpoint: str, level: str, grouping: str) -> pd.DataFrame:
        """Return the subjects analysed, equal ones counted together: days, event, `grouping`, count."""
        assert (endpoint, level) == (self.endpoint, self.level)
        if grouping not in self._counted:
            own = self.is_analysed
            frame = pd.DataFrame({"days": self.days[own], "event": self.event[own]})
            if grouping != OVERALL:
                frame[grouping] = as_categories(self.terms[grouping][own].reset_index(drop=True))
            self._counted[grouping] = compress(frame, list(frame.columns))
        return self._counted[grouping]


def recipe_groups(frames: RecipeFrames) -> dict[str, Level]:
    """Return the groups of everything that the recipe's folder counts, by level."""
    levels = {name: Level(len(frames.n_met[name])) for name in (PATIENT_LEVEL, LESION_LEVEL)}
    for name, level in levels.items():
        _add_steps(level, name, frames.n_met[name], frames.n_steps)
    own = levels[frames.level]
    labels = {name: stratum_labels(frames.terms[name]) for name in frames.groupings}
    _add_endpoint(own, frames, labels)
    _add_table_one(own, frames, labels)
    _add_atoms(own, frames, labels)
    return levels


def _add_steps(own: Level, level: str, n_met: np.ndarray, n_steps: int) -> None:
    """Add who is left after each criterion; the last are those whom the recipe is about."""
    for step in range(n_steps + 1):
        own.add((STEP, str(step)), n_met >= step, COST_GROUP)
        if step:
            own.sums.append(((STEP, str(step - 1)), [(STEP, str(step))], "left out"))
    own.add(whole_key(level), n_met >= n_steps, COST_WHOLE)


def _add_endpoint(own: Level, frames: RecipeFrames, labels: Mapping[str, np.ndarray]) -> None:
    endpoint, level, analysed = frames.endpoint, frames.level, frames.is_analysed
    strata: dict[str, Members] = {OVERALL: {OVERALL: analysed}}
    for name, found in labels.items():
        strata[name] = {str(label): (found == label) & analysed for label in np.unique(found[analysed].astype(str))}
    event = np.where(analysed, np.nan_to_num(frames.event, nan=-1.0), -1).astype(int)

    def cost(grouping: str) -> float:
        if grouping == OVERALL:
            return COST_WHOLE
        is_first = grouping in frames.by[:1]
        return (COST_GROUP if grouping in frames.by else COST_CELL) * (TIMES_FIRST if is_first else 1.0)

    add_outcome(own, endpoint, level, event, frames.causes, strata, cost)
    own.add(WITHOUT, frames.is_chosen & ~frames.is_timed)
    own.add(LEFT_OUT, frames.is_chosen & frames.is_timed & ~analysed)
    own.sums.append((whole_key(level), [n_key(endpoint, level, OVERALL, OVERALL), WITHOUT, LEFT_OUT], ""))
    for covariates in frames.models:
        members = np.ones(own.n_subjects, dtype=bool)
        for name in (*covariates, *frames.strata):
            members &= _is_known(frames, labels, name)
        add_model(own, endpoint, level, "all", covariates, members)


def _is_known(frames: RecipeFrames, labels: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    return np.isfinite(as_float(frames.terms[name])) if name in frames.numbers else labels[name] != UNKNOWN


def _add_table_one(own: Level, frames: RecipeFrames, labels: Mapping[str, np.ndarray]) -> None:
    """Add Table 1 of those chosen by the first grouping, and how it hangs together with the endpoint's groups."""
    chosen, analysed = frames.is_chosen, (frames.endpoint, frames.level)
    columns: dict[str, np.ndarray] = {OVERALL: chosen}
    for name in frames.by[:1]:
        columns |= {str(v): (labels[name] == v) & chosen for v in np.unique(labels[name][chosen].astype(str))}
    described = {
        str(name): _levels(frames.described[name], chosen, is_category(frames.described[name][chosen], str(name)))
        for name in frames.described
        if name not in frames.by[:1]
    }
    add_described(own, columns, described)
    totals = {(name, label): one_key(label, "n") for name in frames.by[:1] for label in columns if label != OVERALL}
    totals |= {(n, v): one_key(OVERALL, n, v) for n in described if n in labels for v in described[n] if v}
    for (name, label), total in totals.items():
        part = n_key(*analysed, name, label)
        if part in own.members:
            own.sums.append((total, [part], "not analysed"))


def _levels(values: pd.Series, chosen: np.ndarray, has_levels: bool) -> dict[str, np.ndarray]:
    """Return who of those chosen has each level of a variable, '' for those of whom it is missing."""
    if not has_levels:
        return {"": np.isnan(as_float(values)) & chosen}
    labels = stratum_labels(values)
    levels = {str(label): (labels == label) & chosen for label in np.unique(labels[chosen].astype(str))}
    return levels | {"": (labels == UNKNOWN) & chosen}


def _add_atoms(own: Level, frames: RecipeFrames, labels: Mapping[str, np.ndarray]) -> None:
    """Add what the groups are put together from: those analysed who agree in all columns that make groups, and in what
    happened to them. A reader who knows how columns hang together (RAS and KRAS, classes of one number) learns no more.
    """
    attributes = dict(labels)
    for name in sorted(frames.numbers - labels.keys()):
        is_known = np.isfinite(as_float(frames.terms[name]))
        attributes[name] = np.where(is_known, KNOWN, UNKNOWN).astype(object)
    attributes = {name: found for name, found in attributes.items() if len(np.unique(found.astype(str))) > 1}
    if len(attributes) < 2:
        return
    analysed = np.flatnonzero(frames.is_analysed)
    table = pd.DataFrame({name: found[analysed].astype(str) for name, found in attributes.items()})
    n_all = len(table.drop_duplicates()) * (1 + len(frames.causes))
    for cross in [tuple(attributes)] if n_all <= MOST_ATOMS else combinations(attributes, 2):
        _add_cross(own, frames, table[list(cross)], analysed)


def _add_cross(own: Level, frames: RecipeFrames, table: pd.DataFrame, analysed: np.ndarray) -> None:
    """Add those who agree in the columns of `table` (a row for each one analysed) and in what happened to them."""
    endpoint, level = frames.endpoint, frames.level
    event = frames.event[analysed].astype(int)
    event = np.where(np.isin(event, frames.causes), event, 0)
    atoms: dict[Key, dict[str, str]] = {}
    distinct, place = np.unique(table.to_numpy(dtype=str), axis=0, return_inverse=True)
    for number, values in enumerate(distinct.tolist()):
        found = dict(zip(map(str, table.columns), values, strict=True))
        places = np.flatnonzero(place.reshape(-1) == number)
        for cause in (0, *frames.causes):
            members = np.zeros(own.n_subjects, dtype=bool)
            members[analysed[places[event[places] == cause]]] = True
            key = (ATOM, endpoint, str(cause), *(word for pair in found.items() for word in pair))
            atoms[own.hide(key, members)] = found
    for name in table:
        for label in own.strata(endpoint, level, str(name)):
            inside = [key for key, found in atoms.items() if found[str(name)] == label]
            own.sums.append((n_key(endpoint, level, str(name), label), inside, ""))
            for cause in frames.causes:
                own.sums.append(
                    (
                        event_key(endpoint, level, str(name), label, cause),
                        [key for key in inside if key[2] == str(cause)],
                        "",
                    )
                )
    _add_wholes(own, frames, atoms, set(map(str, table.columns)))


def _add_wholes(own: Level, frames: RecipeFrames, atoms: Mapping[Key, Mapping[str, str]], names: set[str]) -> None:
    """Add how models, and the cells of Table 1 by the first grouping, are put together from these atoms."""
    for key in [key for key in own.members if key[0] == "model"]:
        needed = [name for name in (*key[5:], *frames.strata) if name in names]
        inside = [a for a, found in atoms.items() if all(found[name] != UNKNOWN for name in needed)]
        inside = [a for a in inside if key[1] == "n" or a[2] == "1"]
        if own.count(key) == sum(own.count(a) for a in inside):  # else a column is missing that is not crossed here
            own.sums.append((key, inside, ""))
    for first in set(frames.by[:1]) & names:
        for variable in sorted(names - {first}):
            cells = {
                one_key(label, variable, value): [
                    a for a, f in atoms.items() if (f[first], f[variable]) == (label, value)
                ]
                for label in own.strata(frames.endpoint, frames.level, first)
                for value in own.strata(frames.endpoint, frames.level, variable)
            }
            if all(cell in own.members and inside for cell, inside in cells.items()):  # that one is none is not known
                own.sums += [(cell, inside, "not analysed") for cell, inside in cells.items()]
