"""The analysis tables as they leave, each made from the counts that leave, or by a rule that is written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.rates import COLUMNS as RATE_COLUMNS
from analysis.estimates.rates import METHOD_RATE, rates, wilson
from analysis.plan import analysis_plan
from analysis.plan.table_one import COLUMNS, MEANS
from analysis.plan.technique import COLUMNS as TECHNIQUE_COLUMNS
from analysis.report.numbers import is_missing
from analysis.subjects.analysis_frames import GROUPINGS
from analysis.subjects.counted import COUNT
from analysis.tidy import OVERALL, UNKNOWN, records_of, stratum_order, tidy
from disclosure.groups import technique_key
from disclosure.levels import Key, Level, one_key
from disclosure.service_groups import shared_volumes
from disclosure.shared_frames import SharedFrames
from disclosure.shared_models import (
    MODEL_TABLES,
    declared_covariates,
    digits,
    groups_leave,
    shared_models,
    without_counts,
)
from schemas.disclosure import QUARTERS, Mode

SUPPRESSED = "suppressed"
SHARES = "n (%)"
"""How Table 1 says that a row counts a level of a category."""
FROM_CURVES = ("km_curve", "km_summary", "cumulative_incidence")
"""Made again from the rounded subjects: the registry's own estimates of what leaves."""
TESTS = ("logrank", "gray", "multiplicity")
VOLUMES = "service_volumes"
SHARED = ("ltp_rates", *FROM_CURVES, *TESTS, *MODEL_TABLES, "table_one", "technique", VOLUMES)
LEFT_OUT = {
    "restricted_mean": "restricted means",
    "subgroups": "subgroups",
    "sensitivity": "sensitivity analyses",
    "replication": "the replication of the index study",
    "sample_size": "what difference can be seen",
    "comparisons": "comparisons of treatments",
    "comparison_curves": "their curves",
    "guards": "counts behind checks",
    "ph_residuals": "residuals",
    "lesion_table_one": "characteristics of lesions",
    "lesion_factors": "lesions by margin and other factors",
    "lesion_curves": "curves by margin",
    "lesion_factor_models": "models of margin and other factors",
    "margin_response": "dose-response of the margin",
    "maturity": "follow-up by site",
    "quality_sensitivity": "estimates without doubtful patients",
    "service_waiting": "waits by centre",
    "service_outcomes": "outcomes by centre",
    "service_followup": "follow-up of centres",
}
"""Analysis tables that never leave, in words: each shows single events, or differs by a few from one that leaves."""
LESION_NOTE = "lesions of one patient are not independent"
FROM_ROUNDED = (
    "from counts at the end of each month, rounded to midpoints of {step}: moved by up to {points:.0f} in 100"
)

Counts = Mapping[tuple[str, Key], int]


def shared_tables(
    tables: Mapping[str, pd.DataFrame],
    frames: SharedFrames,
    counts: Counts,
    levels: Mapping[str, Level],
    mode: Mode,
) -> dict[str, pd.DataFrame]:
    """Return the tables that leave (SHARED), by name. `tables` are the registry's own; `counts` those that leave."""
    curves = {name: analysis_plan.TABLES[name](frames) for name in FROM_CURVES}  # type: ignore[arg-type]
    made = {"ltp_rates": _rates(frames), **from_curves(curves, mode)}
    made |= {name: shared_tests(tables[name], counts, levels) for name in TESTS if name in tables}
    made |= {
        name: shared_models(tables[name], counts, levels, mode, declared_covariates)
        for name in MODEL_TABLES
        if name in tables
    }
    makers: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "table_one": lambda table: shared_table_one(table, counts, mode),
        "technique": lambda table: shared_technique(table, counts),
    }
    made |= {name: make(tables[name]) for name, make in makers.items() if name in tables}
    if len(tables.get(VOLUMES, ())):
        made[VOLUMES] = shared_volumes(levels, counts)
    return {name: made[name] for name in SHARED if name in made and name in tables}


def _rates(frames: SharedFrames) -> pd.DataFrame:
    found = [
        rates(
            frames.ltp_status(level, grouping),
            grouping=grouping,
            level=level,
            count=COUNT,
            note=analysis_plan.LESION_NOTE if level == "lesion" else "",
        )
        for level in ("patient", "lesion")
        for grouping in GROUPINGS
    ]
    whole = pd.concat([table for table in found if len(table)], ignore_index=True) if found else tidy([], RATE_COLUMNS)
    return whole[whole["n"] > 0].reset_index(drop=True)


def from_curves(tables: Mapping[str, pd.DataFrame], mode: Mode) -> dict[str, pd.DataFrame]:
    """Return tables that were made of the rounded subjects, without the groups of which nothing leaves."""
    made = {}
    for name, found in tables.items():
        table = found[found["n"].fillna(0) > 0].reset_index(drop=True)
        if name == "km_summary":
            points = 100.0 * (mode.curve_step // 2) / table["n"].astype(float)
            how = [FROM_ROUNDED.format(step=mode.curve_step, points=np.ceil(one)) for one in points]
            notes = [guards.join_notes(str(note), own) for note, own in zip(table["note"], how, strict=True)]
            table = table.assign(note=np.array(notes, dtype=object))
        made[name] = table
    return made


def shared_tests(table: pd.DataFrame, counts: Counts, levels: Mapping[str, Level]) -> pd.DataFrame:
    """Return the tests between groups of which size and events all leave: p-values with two digits, no chi-square.

    They are those of the true times: a test of rounded curves would be another one.
    """
    rows: list[dict[str, Any]] = []
    for row in records_of(table, list(table.columns)):
        cause = 1 if is_missing(row.get("cause")) else int(row["cause"])
        endpoint, level, grouping = (str(row[name]) for name in ("endpoint", "level", "grouping"))
        strata = levels[level].strata(endpoint, level, grouping)
        if not groups_leave(counts, strata, endpoint, level, grouping, cause):
            continue
        own = [key for found, key in counts if found == level and key[1:4] == (endpoint, level, grouping)]
        own = [key for key in own if key[4] != UNKNOWN]
        row["n"] = sum(counts[level, key] for key in own if key[0] == "n")
        row["n_events"] = sum(counts[level, key] for key in own if key[0] == "event" and key[5] == str(cause))
        row |= {name: digits(row[name]) for name in ("p_value", "p_holm", "p_bh") if name in row}
        row |= {name: None for name in ("estimate", "min_expected") if name in row}
        rows.append(row | {"note": without_counts(str(row["note"]))})
    return tidy(rows, list(table.columns))


def shared_technique(table: pd.DataFrame, counts: Counts) -> pd.DataFrame:
    """Return the shares of all lesions and sessions from their counts; those by site do not leave."""
    rows: list[dict[str, Any]] = []
    for row in table[table["grouping"] == OVERALL].to_dict("records"):
        level, quantity, term, grade = (str(row[name]) for name in ("level", "quantity", "term", "term_level"))
        n, n_events, missing = (
            counts.get((level, key))
            for key in (
                technique_key(level, quantity, "n", term),
                technique_key(level, quantity, "event", term, grade),
                technique_key(level, quantity, "missing"),
            )
        )
        base = {name: row[name] for name in ("level", "grouping", "stratum", "term", "term_level", "quantity")}
        base |= {"n": n, "n_events": n_events, "n_missing": missing, "method": METHOD_RATE}
        note = LESION_NOTE if level == "lesion" else ""
        if n and n_events is not None and n_events <= n:
            lower, upper = wilson(n_events, n)
            rows.append(base | {"estimate": n_events / n, "lower": lower, "upper": upper, "note": note})
        else:
            rows.append(base | {"note": guards.join_notes(SUPPRESSED, note)})
    return tidy(rows, TECHNIQUE_COLUMNS)


def shared_table_one(table: pd.DataFrame, counts: Counts, mode: Mode) -> pd.DataFrame:
    """Return Table 1 from its counts.

    Means leave where the group's size, and how many are missing, leave; medians and quartiles moreover with more than
    the small count in each quarter. Of a column whose size is suppressed nothing leaves; and if one column's is, no
    number of the others either, since the column of all patients would give it away.
    """
    rows: list[dict[str, Any]] = []
    strata = stratum_order(set(table["stratum"]) - {OVERALL})
    of = "" if table.empty else str(table["level"].iloc[0])
    heads = {name: counts.get((of, one_key(name, "n"))) for name in (OVERALL, *strata)}
    all_leave = all(heads[name] is not None for name in strata)
    for row in table.to_dict("records"):
        stratum, variable, level = (str(row[name]) for name in ("stratum", "variable", "level_of_variable"))
        head, missing = heads.get(stratum), counts.get((of, one_key(stratum, variable)))
        base = {name: row[name] for name in ("level", "grouping", "stratum", "variable", "level_of_variable", "method")}
        base |= {"n": head, "n_missing": 0 if variable == "n" else missing, "value": SUPPRESSED}
        if head is None:
            rows.append(base | {"n_missing": None, "note": SUPPRESSED})
        elif variable == "n":
            rows.append(base | {"value": str(head)})
        elif row["method"] == SHARES:
            count = counts.get((of, one_key(stratum, variable, level)))
            rows.append(base | ({"note": SUPPRESSED} if count is None else {"value": _share(count, head)}))
        elif missing is None or not (all_leave or stratum == OVERALL) or not _is_enough(variable, head - missing, mode):
            rows.append(base | {"note": SUPPRESSED})
        else:
            rows.append(base | {"value": str(row["value"])})
    return tidy(rows, COLUMNS)


def _share(count: int, whole: int) -> str:
    return f"{count} ({100.0 * count / whole:.1f})"


def _is_enough(variable: str, n_known: int, mode: Mode) -> bool:
    least = mode.small + 1
    return n_known >= (least if variable in MEANS else QUARTERS * least)
