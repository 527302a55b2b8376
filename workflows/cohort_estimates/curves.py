"""Survival, cumulative incidence and tests between groups of a cohort, as the tables of a release give them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.subjects import Question
from warehouse.cohorts.terms import Term
from workflows.cohort_estimates.asked import OVERALL, Counted, counted

if TYPE_CHECKING:
    import pandas as pd

COUNT = "count"
NOTHING_COMPETES = "no event competes with this endpoint: 1 - survival"


@dataclass(frozen=True)
class Curves:
    """Kaplan-Meier curves of counted subjects; tables are made when they are asked for."""

    counted: Counted

    @cached_property
    def table(self) -> "pd.DataFrame":
        """The curves, one row per group and day, like analysis.km_curve."""
        from analysis.estimates.kaplan_meier import km_curve

        named = _named(self.counted) | {"entry": self.counted.entry}
        return km_curve(self.counted.frame, **named, note=_curve_note(self.counted))

    @cached_property
    def summary(self) -> "pd.DataFrame":
        """Survival at the landmarks, median, and median follow-up of each group, like analysis.km_summary."""
        from analysis.estimates.kaplan_meier import km_summary

        named = _named(self.counted) | {"entry": self.counted.entry}
        return km_summary(self.counted.frame, **named, note=_curve_note(self.counted))

    @cached_property
    def logrank(self) -> "pd.DataFrame":
        """The log-rank test between the groups, like analysis.logrank; empty without groups."""
        from analysis.estimates.logrank import COLUMNS, logrank
        from analysis.tidy import tidy

        if self.counted.grouping == OVERALL:
            return tidy([], COLUMNS)
        named = _named(self.counted) | {"entry": self.counted.entry, "strata": self.counted.strata}
        return logrank(self.counted.frame, **named, note=_note(self.counted))


@dataclass(frozen=True)
class Incidences:
    """Cumulative incidence of the event, and of what competes with it, of counted subjects."""

    counted: Counted

    @cached_property
    def table(self) -> "pd.DataFrame":
        """The incidences, one row per group, cause and day, like analysis.cumulative_incidence."""
        from analysis.estimates.cumulative_incidence import CAUSES, cumulative_incidence

        causes, note = CAUSES, _note(self.counted)
        if not self.counted.competes:
            causes, note = {1: CAUSES[1]}, "; ".join(part for part in (NOTHING_COMPETES, note) if part)
        named = _named(self.counted) | {"entry": self.counted.entry}
        return cumulative_incidence(self.counted.frame, **named, causes=causes, note=note)

    @cached_property
    def gray(self) -> "pd.DataFrame":
        """Gray's tests between the groups, like analysis.gray; empty without groups, and with delayed entry, for which
        it is not made.
        """
        from analysis.estimates.cumulative_incidence import CAUSES
        from analysis.estimates.gray import COLUMNS, gray
        from analysis.tidy import tidy

        if self.counted.grouping == OVERALL or self.counted.entry:
            return tidy([], COLUMNS)
        causes = tuple(CAUSES) if self.counted.competes else (1,)
        named = _named(self.counted) | {"strata": self.counted.strata}
        return gray(self.counted.frame, **named, causes=causes, note=_note(self.counted))


def kaplan_meier(
    con: duckdb.DuckDBPyConnection,
    choice: Choice,
    question: Question,
    by: Term | None = None,
    *,
    entry: str | None = None,
    strata: Sequence[Term] = (),
) -> Curves:
    """Estimate survival in the cohort, overall or in the groups of `by`; from the date `entry` on, and compared within
    `strata`. QueryFailed like `counted`.
    """
    return Curves(counted(con, choice, question, by, entry=entry, strata=strata))


def cumulative_incidence(
    con: duckdb.DuckDBPyConnection,
    choice: Choice,
    question: Question,
    by: Term | None = None,
    *,
    entry: str | None = None,
    strata: Sequence[Term] = (),
) -> Incidences:
    """Estimate the cumulative incidence of the event, and of death before it if it competes; from the date `entry` on.
    QueryFailed like `counted`.
    """
    return Incidences(counted(con, choice, question, by, entry=entry, strata=strata))


def logrank(con: duckdb.DuckDBPyConnection, choice: Choice, question: Question, by: Term) -> "pd.DataFrame":
    """Test whether survival differs between the groups of `by`. QueryFailed like `counted`."""
    return kaplan_meier(con, choice, question, by).logrank


def _named(found: Counted) -> dict[str, Any]:
    return {
        "grouping": found.grouping,
        "endpoint": found.question.endpoint,
        "level": found.question.level,
        "count": COUNT,
    }


def _note(found: Counted) -> str:
    from analysis import guards
    from analysis.plan.shown_endpoints import lesion_note

    return guards.join_notes(lesion_note(found.question.level), found.note)


def _curve_note(found: Counted) -> str:
    from analysis import guards
    from analysis.plan.shown_endpoints import curve_note

    asked, events = found.question, found.frame["event"]
    own = curve_note(asked.endpoint, asked.level, events, competes=found.competes)
    return guards.join_notes(own, _note(found))


def notes_of(found: Counted) -> tuple[str, str]:
    """Return what belongs beside the curves of these subjects, and beside their cumulative incidence."""
    return _curve_note(found), _note(found)
