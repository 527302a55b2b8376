"""What estimates of a cohort return: tables as pandas frames, lifelines' own fitters, pictures, and a short print.

Each prints what a paper would say of it; `.table` holds everything, also as polars (`.pl()`) and Arrow (`.arrow()`).
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ablation_registry.shown import result_html, result_text
from warehouse.readers.near_names import nearest
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.curves import Curves, Incidences

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
    from lifelines import KaplanMeierFitter
    from matplotlib.figure import Figure

    from ablation_registry.summaries import Summary

HIGHEST_DPI = 600


class Result:
    """An estimate: `table`, its caution, and how it prints."""

    caution = ""

    @property
    def table(self) -> "pd.DataFrame":
        """Every estimate, like the table of the release."""
        raise NotImplementedError

    def pl(self) -> Any:
        """Return the table as a polars frame."""
        import polars as pl

        return pl.from_pandas(self.table)

    def arrow(self) -> Any:
        """Return the table as an Arrow table."""
        import pyarrow as pa

        return pa.Table.from_pandas(self.table, preserve_index=False)

    def summarised(self) -> "Summary":
        """Return heading, rows and notes as they print."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return result_text(self.summarised(), self.caution)

    def _repr_html_(self) -> str:
        return result_html(self.summarised(), self.caution)


class Plot:
    """A picture: `figure` is matplotlib's own; notebooks show it as it is."""

    def __init__(self, figure: "Figure", alt: str):
        self.figure, self.alt = figure, alt

    def save(self, path: "str | PathLike[str]") -> None:
        """Write the picture; the ending of the path says what as: svg, png (200 dots per inch) or pdf."""
        self.figure.savefig(path, dpi=200, facecolor="white")

    def _repr_png_(self) -> bytes:
        from analysis.figures.render import to_png

        return to_png(self.figure)

    def _repr_html_(self) -> str:
        from ablation_registry.shown import picture_html

        return picture_html(self)

    def __repr__(self) -> str:
        return f"{self.alt} Show it in a notebook, or write it with .save(path)."


class KaplanMeier(Result):
    """Survival curves: `table`, `summary` (landmarks, medians), `logrank`, lifelines' `fitters`, `plot()`."""

    def __init__(self, curves: Curves, caution: str = ""):
        self._curves, self.caution = curves, caution

    @property
    def table(self) -> "pd.DataFrame":
        """The curves, one row per group and day, like analysis.km_curve."""
        return self._curves.table

    @property
    def summary(self) -> "pd.DataFrame":
        """Survival at 6, 12, 24 and 36 months, median, and median follow-up, like analysis.km_summary."""
        return self._curves.summary

    @property
    def logrank(self) -> "pd.DataFrame":
        """The log-rank test between the groups, like analysis.logrank; empty without groups."""
        return self._curves.logrank

    @cached_property
    def fitters(self) -> "Fitters":
        """lifelines' own KaplanMeierFitter of each group, by name, in days; equal subjects weigh together.

        They are handed out as they are, for lifelines' plots and functions. Take numbers and medians from `summary`:
        lifelines' median is infinite where a curve stands at one half by rounding, and the numbers at risk in its
        event_table count those who enter at that time.
        """
        return Fitters(_fitted(self._curves))

    def plot(self) -> Plot:
        """Draw the curves with numbers at risk, and the p-value of the log-rank test if there is one."""
        from ablation_registry.plots import survival_plot

        return survival_plot(self.table, self.logrank)

    def summarised(self) -> "Summary":
        """Return the line of each group: n, events, landmarks and median with intervals."""
        from ablation_registry.summaries import of_survival

        return of_survival(self.summary, self.logrank)


class Fitters(dict[str, "KaplanMeierFitter"]):
    """lifelines' fitters by group."""

    def __missing__(self, name: str) -> "KaplanMeierFitter":
        near = nearest(str(name), self)
        raise QueryFailed(f"There is no group {name}.", f"Did you mean {near}?" if near else f"There are {list(self)}.")


class CumulativeIncidence(Result):
    """Cumulative incidence: `table`, `gray` (Gray's tests), `plot()`."""

    def __init__(self, incidences: Incidences, caution: str = ""):
        self._incidences, self.caution = incidences, caution

    @property
    def table(self) -> "pd.DataFrame":
        """The incidences, one row per group, cause and day, like analysis.cumulative_incidence."""
        return self._incidences.table

    @property
    def gray(self) -> "pd.DataFrame":
        """Gray's tests between the groups, like analysis.gray; empty without groups."""
        return self._incidences.gray

    def plot(self) -> Plot:
        """Draw the incidence of the event, and of death before it, with numbers at risk."""
        from ablation_registry.plots import incidence_plot

        return incidence_plot(self.table)

    def summarised(self) -> "Summary":
        """Return the line of each group and cause: n, events, and the landmarks with intervals."""
        from ablation_registry.summaries import of_incidence

        return of_incidence(self.table, self.gray)


class Tabled(Result):
    """An estimate that is its table."""

    def __init__(self, table: "pd.DataFrame", caution: str = ""):
        self._table, self.caution = table, caution

    @property
    def table(self) -> "pd.DataFrame":
        """Every estimate, like the table of the release."""
        return self._table


class LogRank(Tabled):
    """A log-rank test: `table`."""

    def summarised(self) -> "Summary":
        """Return the test as one line."""
        from ablation_registry.summaries import of_logrank

        return of_logrank(self.table)


class CoxModel(Tabled):
    """A Cox model: `table` (like analysis.cox), `plot()`."""

    def plot(self) -> Plot:
        """Draw the hazard ratios with their intervals. QueryFailed if there is none to draw."""
        from ablation_registry.plots import forest_plot

        return forest_plot(self.table)

    def summarised(self) -> "Summary":
        """Return the line of each term: hazard ratio with interval and p-value, or why there is none."""
        from ablation_registry.summaries import of_cox

        return of_cox(self.table)


class TableOne(Tabled):
    """Table 1: `table` (like analysis.table_one, long), `wide` (a column per group)."""

    @cached_property
    def wide(self) -> "pd.DataFrame":
        """One row per variable and level, one column per group."""
        from ablation_registry.summaries import wide

        return wide(self.table)

    def summarised(self) -> "Summary":
        """Return the lines of the wide table."""
        from ablation_registry.summaries import of_table_one

        return of_table_one(self.table)


def _fitted(curves: Curves) -> "dict[str, KaplanMeierFitter]":
    import numpy as np
    from lifelines import KaplanMeierFitter

    from analysis.tidy import split

    frame, found = curves.counted.frame, {}
    with np.errstate():  # lifelines sets numpy's error handling for the whole process
        for stratum, rows in split(frame, curves.counted.grouping):
            own = frame.iloc[rows]
            if len(own):
                fitter = KaplanMeierFitter(label=stratum)
                found[stratum] = fitter.fit(own["days"], own["event"] == 1, weights=own["count"])
    return found
