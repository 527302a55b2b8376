"""Table 1 of a cohort as the page shows it: a line for each variable and level, a column for each group."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from analysis.report.sections import selection
from explore import words
from explore.curves import stratum_name
from explore.grouped import refuse_many
from explore.state import State
from warehouse.cohorts.attrition import Choice
from workflows.cohort_estimates.baseline import table_one

if TYPE_CHECKING:
    import pandas as pd

OVERALL = "overall"


@dataclass(frozen=True)
class Line:
    """A variable's heading (no cells), or one of its levels with a cell for each group."""

    label: str
    cells: tuple[str, ...] = ()
    is_level: bool = False


@dataclass(frozen=True)
class Baseline:
    """Table 1: the groups with their sizes, and its lines; `table` holds the same in long form."""

    groups: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    table: "pd.DataFrame"


def shown_baseline(con: duckdb.DuckDBPyConnection, choice: Choice, state: State) -> Baseline:
    """Return the cohort at baseline, all and by the groups of the state. QueryFailed if there are too many groups."""
    table = table_one(con, choice, state.by, level=state.level)
    strata = selection.distinct(table, "stratum")
    refuse_many(state.by, state.view, len(strata) - 1)
    groups = []
    for stratum in strata:
        n = selection.one(table, stratum=stratum)["n"]
        groups.append(("All" if stratum == OVERALL else stratum_name(state, stratum), f"{int(n):,}"))
    lines: list[Line] = []
    described = table[table["variable"] != "n"]
    for (variable,), part in selection.parts(described, "variable"):
        label = words.column(variable, state.view)
        method = part["method"].iat[0]
        levels = selection.distinct(part, "level_of_variable")
        if levels == [""]:
            lines.append(Line(f"{label}, {method}", _cells(part, strata, "")))
            continue
        lines.append(Line(f"{label}, {method}"))
        lines += [Line(words.value(variable, level), _cells(part, strata, level), True) for level in levels]
    return Baseline(tuple(groups), tuple(lines), table)


def _cells(part: "pd.DataFrame", strata: list[str], level: str) -> tuple[str, ...]:
    own = {(row["stratum"], row["level_of_variable"]): row for row in selection.records(part)}
    found = (own.get((stratum, level), {}) for stratum in strata)
    return tuple(row.get("value") or "–" for row in found)
