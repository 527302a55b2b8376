"""A Cox model of several sites: which terms can be estimated at all, and the rows of its table.

The rules are those of the pooled fit (regression/estimable_terms.py, cox.py), from counts by level and the information
at coefficients of 0 instead of rows: a level without events has an infinite coefficient and is set aside with its
subjects; a column without information of its own cannot be told from the others. Stratified by site, a column that
differs only between sites has none; the pooled fit would find no maximum then. Proportionality is not tested: that
needs more than score and information.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.federated.newton import FINAL, Given, Step, independent
from analysis.regression import estimable_terms
from analysis.regression.cox import COLUMNS
from analysis.regression.design_matrix import Column
from analysis.regression.estimable_terms import Reduced
from analysis.regression.model_rows import model_row, term_rows, wald
from analysis.tidy import tidy

Level = tuple[str, str]
"""A term, and one of its levels."""
ABSENT, PRESENT = "0", "1"
"""The levels of a column of zeros and ones that is no class, such as an interaction of two classes."""
MOVED = "rounding at the sites moves the coefficient by up to {:.2g}"
NOT_TESTED = "proportionality is not tested across sites"


@dataclass(frozen=True)
class Whole:
    """A model of all sites: its columns, subjects and events, and (subjects, events) by term and level, where every
    site tells. ``labels`` are endpoint, level, model, cohort and analysis.
    """

    columns: tuple[Column, ...]
    n: int
    n_events: int
    levels: Mapping[str, Mapping[str, tuple[int, int]]]
    labels: Mapping[str, str]
    method: str
    note: str = ""


@dataclass(frozen=True)
class Begun:
    """What the first answers decide: ``columns`` to fit (positions), whose subjects to leave out, why other columns
    have no estimate, ``df`` of the whole model, and ``stop``: why nothing can be fitted, if so.
    """

    columns: list[int]
    without: list[Level]
    reasons: dict[int, str]
    set_aside: str
    df: int
    events_per_variable: float
    stop: str = ""


def begun(whole: Whole, at_zero: Given) -> Begun:
    """Decide from the counts, and from the information at coefficients of 0 with everybody in."""
    every = list(range(len(whole.columns)))
    n_varying = int((np.diag(at_zero.information) > 0.0).sum())
    per_variable = whole.n_events / max(n_varying, 1)
    stop = "" if whole.n else guards.NO_COMPLETE_CASES
    stop = stop or ("" if whole.n_events else guards.NO_EVENTS)
    stop = stop or (guards.NOT_SHOWN if guards.is_withheld(per_variable, show_unreliable=False) else "")
    df = len(independent(at_zero.information))
    if stop:
        return Begun([], [], dict.fromkeys(every, stop), "", df, per_variable, stop)
    without: list[Level] = []
    reasons: dict[int, str] = {}
    said: list[str] = []
    left = list(every)
    for term in dict.fromkeys(column.term for column in whole.columns):
        for level in _without_events(whole.levels.get(term, {})):
            own = [j for j in left if whole.columns[j].term == term]
            if not own:
                break
            found = [j for j in own if (whole.columns[j].level or PRESENT) == level]
            is_reference = not found  # or what stands for it after the reference was left out
            dropped = own[0] if is_reference else found[0]
            reason = f"no event with {term} {level} (separation): not estimable"
            reasons = dict.fromkeys(own if is_reference else [dropped], reason) | reasons
            left.remove(dropped)
            without.append((term, level))
            n = whole.levels[term][level][0]
            said.append(f"{n} subjects with {term} {level} carry no information on the other terms")
    return Begun(left, without, reasons, "; ".join(said), df, per_variable)


def estimable(begin: Begun, columns: Sequence[Column], at_zero: Given) -> Begun:
    """Return the same without the columns that have no information of their own; ``at_zero`` has the columns of
    ``begin`` alone, without the subjects that are left out.
    """
    kept = independent(at_zero.information)
    reasons = dict(begin.reasons)
    for place, j in enumerate(begin.columns):
        if place not in kept:
            nothing = guards.ONE_GROUP if columns[j].is_factor else guards.NO_VARIATION
            reasons.setdefault(j, guards.COLLINEAR if at_zero.information[place, place] > 0.0 else nothing)
    chosen = [begin.columns[place] for place in kept]
    stop = "" if chosen else guards.NOTHING_TO_COMPARE
    return Begun(chosen, begin.without, reasons, begin.set_aside, begin.df, begin.events_per_variable, stop)


def part_of(given: Given, places: Sequence[int]) -> Given:
    """Return what was given of some of the columns, at coefficients of 0 of the others."""
    own = np.ix_(places, places)
    meat = None if given.meat is None else given.meat[own]
    slack = given.score_slack[list(places)]
    return Given(given.score[list(places)], given.information[own], slack, given.log_likelihood, meat)


def cox_rows(
    whole: Whole, begin: Begun, step: Step | None, last: Given | None = None, null: float | None = None
) -> pd.DataFrame:
    """Return the model's table with the columns of analysis.cox. ``last`` is what the sites gave in the last round,
    ``null`` the log-likelihood at coefficients of 0 with everybody in. Without a final ``step`` no term is estimated.
    """
    base: dict[str, Any] = dict(whole.labels) | {"n": whole.n, "n_events": whole.n_events, "method": whole.method}
    base |= {"quantity": "hazard_ratio", "events_per_variable": begin.events_per_variable}
    reduced = Reduced(np.arange(0), begin.columns, begin.reasons, begin.set_aside, begin.df)
    warned = guards.events_per_variable_note(begin.events_per_variable)
    note = guards.join_notes(begin.set_aside, warned, whole.note, NOT_TESTED)
    if step is None or step.state != FINAL:
        return tidy(term_rows(whole.columns, reduced, {}, base, note), COLUMNS)
    figures = {}
    for place, j in enumerate(begin.columns):
        found = wald(float(step.coef[place]), float(np.sqrt(step.covariance[place, place])))
        moved = MOVED.format(step.moved[place]) if step.moved[place] > 0.0 else ""
        figures[j] = found | {"note": guards.join_notes(str(found.get("note", "")), moved)}
    rows = term_rows(whole.columns, reduced, figures, base, note)
    if last is not None and last.log_likelihood is not None and null is not None and last.meat is None:
        gain, of_whole = 2.0 * (last.log_likelihood - null), guards.WHOLE_MODEL if reduced.has_infinite else ""
        rows += model_row(base, "lr_chi2", gain, begin.df, guards.join_notes(of_whole, note))
    statistic = float(step.coef @ np.linalg.solve(step.covariance, step.coef))
    note = guards.join_notes(estimable_terms.finite_terms_note(whole.columns, reduced), note)
    return tidy(rows + model_row(base, "wald_chi2", statistic, len(step.coef), note), COLUMNS)


def _without_events(levels: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return the levels that somebody has, none with an event; none if only one level has anybody."""
    met = [level for level, (n, _) in levels.items() if n]
    return [level for level in met if levels[level][1] == 0] if len(met) > 1 else []
