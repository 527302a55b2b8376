"""Gathers what the page of a cohort shows: facets, attrition, and the part that is open."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from explore.attributes import GROUPS, attribute_of
from explore.baseline import Baseline, shown_baseline
from explore.curves import Shown, shown_curves
from explore.facets import Facet, facets
from explore.grids import grids_of
from explore.lesions import Listed, listed
from explore.model import Fitted, shown_model
from explore.opened import Reading
from explore.recipes import yaml_of
from explore.state import BASELINE, CURVES, LESION_LIST, MODEL, State
from schemas.thresholds import FEWEST_PATIENTS
from warehouse.cohorts.attrition import Choice, Step, choose
from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.subjects import endpoints_of
from warehouse.storage.errors import QueryFailed, RegistryError


@dataclass(frozen=True)
class Page:
    """A cohort in full: what was picked, whom that leaves, and the open part; `problem` and `cure` if nobody is left,
    a condition does not fit, or the part cannot be made.
    """

    state: State
    groups: tuple[tuple[str, tuple[Facet, ...]], ...]
    steps: tuple[Step, ...]
    choice: Choice | None
    endpoints: tuple[tuple[str, str], ...]
    shown: Any = None
    problem: str = ""
    cure: str = ""
    outcomes: tuple[str, ...] = field(default=())

    @property
    def is_small(self) -> bool:
        """Whether the cohort is too small to be anonymous."""
        return bool(self.choice and self.choice.n_patients < FEWEST_PATIENTS)


def page_of(reading: Reading, state: State) -> Page:
    """Return the page of a cohort of an open release; what cannot be shown becomes a sentence in its place."""
    con = reading.con
    grids = reading.fact(f"grids of {state.of}", lambda own: grids_of(own, state.of))
    endpoints = tuple(reading.fact("endpoints", endpoints_of))
    groups = _grouped(_facets(con, state, grids))
    try:
        choice = choose(con, state.criteria)
    except QueryFailed as error:
        reading.check()  # a stop is not a fault of the criteria
        steps = steps_until(con, state.criteria)
        return Page(state, groups, steps, None, endpoints, None, error.message, error.cure)
    outcomes = tuple(sorted({attribute_of_any(name) for name in choice.outcomes}))
    page = Page(state, groups, choice.steps, choice, endpoints, outcomes=outcomes)
    try:
        return replace(page, shown=_part(con, choice, state))
    except RegistryError as error:
        reading.check()
        return replace(page, problem=error.message, cure=error.cure)


def _part(con: duckdb.DuckDBPyConnection, choice: Choice, state: State) -> Shown | Baseline | Fitted | Listed | str:
    if state.part == CURVES:
        return shown_curves(con, choice, state)
    if state.part == BASELINE:
        return shown_baseline(con, choice, state)
    if state.part == MODEL:
        return shown_model(con, choice, state)
    return listed(con, choice, state.page) if state.part == LESION_LIST else yaml_of(state)


def _facets(con: duckdb.DuckDBPyConnection, state: State, grids: dict) -> list[Facet]:
    try:
        return facets(con, state.picks, state.of, grids)
    except QueryFailed:  # a written condition does not fit, which the page says
        return facets(con, (), state.of, grids)


def _grouped(found: Sequence[Facet]) -> tuple[tuple[str, tuple[Facet, ...]], ...]:
    groups = [(name, tuple(facet for facet in found if facet.attribute.group == name)) for name in GROUPS]
    return tuple((name, own) for name, own in groups if own)


def steps_until(con: duckdb.DuckDBPyConnection, criteria: Sequence[Criterion]) -> tuple[Step, ...]:
    """Return the steps of as many criteria as leave somebody."""
    for n in range(len(criteria) - 1, -1, -1):
        try:
            return choose(con, criteria[:n]).steps
        except QueryFailed:
            continue
    return ()


def attribute_of_any(name: str) -> str:
    """Return the words of a column of either view."""
    for view in ("patients", "lesions"):
        try:
            return attribute_of(view, name).label
        except RegistryError:
            continue
    return name
