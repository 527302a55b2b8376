"""Reduce a design to the terms that the data can estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.guards import COLLINEAR, NO_VARIATION, ONE_GROUP
from analysis.regression.design_matrix import Column, Design


def events_per_variable(n_events: float, cases: Design) -> tuple[float, str]:
    """Return (events over the columns of ``cases`` that vary, a note if more columns were declared).

    A column with one value among the complete cases takes part in no model, so it uses up no events: the same model
    has the same figure whatever else was declared with it.
    """
    n_varying, n_declared = cases.n_varying, len(cases.columns)
    note = f"events per variable over {n_varying} of {n_declared} columns: the others do not vary"
    return n_events / max(n_varying, 1), note if 0 < n_varying < n_declared else ""


@dataclass(frozen=True)
class Reduced:
    """The part of a design that can be fitted: positions of rows and columns, and why the other columns cannot. ``df``:
    the coefficients of the whole model, including infinite ones, as R counts them.
    ``is_reference_infinite``: a reference was set aside, so that an intercept is infinite too.
    ``comparisons``: whom a level is compared with, if not all who lack it."""

    rows: np.ndarray
    columns: list[int]
    reasons: dict[int, str]
    set_aside: str
    df: int = 0
    is_reference_infinite: bool = False
    comparisons: Mapping[int, str] = field(default_factory=dict)

    @property
    def has_infinite(self) -> bool:
        """Return whether a level with an infinite coefficient was set aside."""
        return self.set_aside != ""


COMPARED, MUTANT = "compared with", "mutant"


def finite_terms_note(columns: Sequence[Column], reduced: Reduced) -> str:
    """Return which terms a test of coefficients covers, if not all of the model's; else nothing."""
    if not reduced.has_infinite:
        return ""
    left = [j for j in reduced.columns if j not in reduced.reasons]
    names = ", ".join(f"{columns[j].term} {columns[j].level}".strip() for j in left)
    return f"only of the terms with a finite estimate: {names}" if names else "of no term with a finite estimate"


def all_for(design: Design, reason: str) -> Reduced:
    """Return a design in which no term can be estimated, all for one reason."""
    return Reduced(np.arange(0), [], {j: reason for j in range(len(design.columns))}, "")


def reduce_design(
    design: Design, event: np.ndarray, count: np.ndarray, *, is_logistic: bool, may_separate: bool = False
) -> Reduced:
    """Set aside terms whose estimate is infinite or undefined, with the reason.

    ``event`` 0/1 and ``count`` subjects per row of the design.

    A level without any event (in a logistic model also one with events only) has an infinite coefficient.
    In that limit its subjects carry no information on the other terms, so the others are fitted without
    them: this is where the coefficients of R's ``coxph`` and ``glm`` run to. Constant and collinear columns
    are set aside, the later one first. ``may_separate``: only these, for a method that is finite under separation.
    """
    rows = np.arange(len(event))
    columns = list(range(design.matrix.shape[1]))
    kept, more = _independent(design, rows, columns)
    df = len(kept)
    reasons: dict[int, str] = {}
    set_aside: list[str] = []
    is_settled, is_reference_infinite = may_separate, False
    while not is_settled:
        is_settled = True
        for term in dict.fromkeys(design.columns[j].term for j in columns):
            found = _separated_level(design, term, columns, rows, event, count, is_logistic)
            if found is None:
                continue
            level, members, dropped, reason = found
            own = [j for j in columns if design.columns[j].term == term]
            is_reference = level == (design.columns[own[0]].reference or "0")
            infinite = own if is_reference else [dropped]
            is_reference_infinite |= is_reference
            reasons = {j: reason for j in infinite} | reasons
            columns = [j for j in columns if j != dropped]
            subjects = f"{design.n_subjects(members)} subjects with {term} {level}"
            set_aside.append(f"{subjects} carry no information on the other terms")
            rows = np.setdiff1d(rows, members)
            is_settled = False
            break
    if set_aside:
        kept, more = _independent(design, rows, columns)
    return Reduced(rows, kept, more | reasons, "; ".join(set_aside), df, is_reference_infinite, comparisons(design))


def comparisons(design: Design) -> dict[int, str]:
    """Return, for each level that nobody has together with a level of another term, whom its ratio compares it with.

    Where KRAS and NRAS are never both mutated, the ratio of KRAS adjusted for NRAS compares with those who have
    neither, not with all of KRAS wild-type: everybody else in that group differs by a term of the model.
    """
    found = {}
    is_level = [j for j, column in enumerate(design.columns) if column.is_factor]
    n_both = design.matrix.T @ design.matrix  # of two levels: how many rows have both
    for j in is_level:
        others = [k for k in is_level if design.columns[k].term != design.columns[j].term]
        apart = [k for k in others if n_both[k, k] > 0.0 and n_both[j, k] == 0.0]
        if not apart or n_both[j, j] == 0.0:
            continue
        same = [k for k in is_level if design.columns[k].term == design.columns[j].term]
        with_none = (design.matrix[:, [*same, *apart]] == 0.0).all(axis=1)
        levels = [design.columns[k] for k in sorted((j, *apart))]
        found[j] = f"{COMPARED} the {design.n_subjects(np.flatnonzero(with_none))} {_who_have_none(levels)}"
    return found


def _independent(design: Design, rows: np.ndarray, columns: list[int]) -> tuple[list[int], dict[int, str]]:
    """Return the columns that vary and are not determined by earlier ones, and why the others are left out."""
    if len(rows) == 0:
        return [], {j: ONE_GROUP if design.columns[j].is_factor else NO_VARIATION for j in columns}
    reasons: dict[int, str] = {}
    kept: list[int] = []  # positions among ``columns``
    values = design.block(rows, columns)
    is_same, correlation = np.ptp(values, axis=0) == 0.0, _correlation(values)
    for at, j in enumerate(columns):
        tried = [*kept, at]
        if is_same[at]:
            reasons[j] = ONE_GROUP if design.columns[j].is_factor else NO_VARIATION
        elif np.linalg.matrix_rank(correlation[np.ix_(tried, tried)], tol=1e-10) < len(tried):
            reasons[j] = COLLINEAR
        else:
            kept = tried
    return [columns[at] for at in kept], reasons


def _separated_level(
    design: Design,
    term: str,
    columns: list[int],
    rows: np.ndarray,
    event: np.ndarray,
    count: np.ndarray,
    is_logistic: bool,
) -> tuple[str, np.ndarray, int, str] | None:
    """Return (level, its rows, column to drop, reason) of the first level of ``term`` without an event or, in a
    logistic model, without a non-event.
    """
    own = [j for j in columns if design.columns[j].term == term]
    block = design.block(rows, own)
    if not ((block == 0.0) | (block == 1.0)).all():
        return None
    reference = np.flatnonzero(block.sum(axis=1) == 0.0)
    levels = [(design.columns[own[0]].reference or "0", reference, own[0])]
    levels += [(design.columns[j].level or "1", np.flatnonzero(block[:, i] == 1.0), j) for i, j in enumerate(own)]
    if sum(len(members) > 0 for _, members, _ in levels) < 2:
        return None
    for level, members, column in levels:
        if len(members) == 0:
            continue
        events = (event * count)[rows[members]].sum()
        if events == 0:
            return level, rows[members], column, f"no event with {term} {level} (separation): not estimable"
        if is_logistic and events == count[rows[members]].sum():
            return (
                level,
                rows[members],
                column,
                f"only events with {term} {level} (separation): not estimable",
            )
    return None


def _correlation(values: np.ndarray) -> np.ndarray:
    """Return how the columns go together."""
    centred = values - values.mean(axis=0)
    products = centred.T @ centred
    scale = np.sqrt(np.diag(products))
    scale = np.where(scale > 0.0, scale, 1.0)
    return np.asarray(products / np.outer(scale, scale))


def _who_have_none(levels: Sequence[Column]) -> str:
    """'in whom none of kras, nras and braf is mutant: nobody has it together with another'."""
    if {column.level for column in levels} == {MUTANT}:
        genes = [column.term for column in levels]
        return (
            f"in whom none of {', '.join(genes[:-1])} and {genes[-1]} is {MUTANT}: nobody has it together with another"
        )
    names = ", ".join(f"{column.term} {column.level}" for column in levels)
    return f"who have none of {names}: nobody has it together with another of them"
