"""What a paper would say of an estimate: a heading, a line for each group or term, and the notes, each once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.estimates.at_risk import BEYOND, FEW, few_note
from analysis.report import labels, numbers
from analysis.tidy import OVERALL
from schemas.thresholds import DAYS_PER_MONTH

if TYPE_CHECKING:
    import pandas as pd

MARK = "*"
NOT_REACHED = ("median not reached", "median follow-up not reached")
TESTS = {"lr_chi2": "likelihood ratio", "wald_chi2": "Wald", "ph_global_chi2": "proportional hazards"}


@dataclass(frozen=True)
class Summary:
    """A heading, column names with rows of text, and notes."""

    heading: str
    columns: list[str]
    rows: list[list[str]]
    notes: list[str]


def of_survival(summary: "pd.DataFrame", logrank: "pd.DataFrame") -> Summary:
    """Return a line for each group of a Kaplan-Meier estimate, and the log-rank test among the notes."""
    landmarks = [name for name in dict.fromkeys(summary["quantity"]) if str(name).startswith("survival_")]
    rows = []
    for stratum, own in summary.groupby("stratum", sort=False):
        by_name = {row["quantity"]: row for _, row in own.iterrows()}
        first = by_name[landmarks[0]]
        median = by_name["median_months"]
        rows.append(
            [
                str(stratum),
                numbers.count(first["n"]),
                numbers.count(first["n_events"]),
                *(_marked(by_name[name], by_name[name]["note"]) for name in landmarks),
                _median(median),
            ]
        )
    months = [f"{str(name).removeprefix('survival_').removesuffix('m')} months, %" for name in landmarks]
    columns = [_group(summary), "n", "events", *months, "median, months"]
    notes = [note for note in _notes(summary) if note not in (FEW, BEYOND, *NOT_REACHED)]
    tests = [f"log-rank test: {_test(row, notes)}" for _, row in logrank.iterrows()]
    return Summary(_heading("Kaplan-Meier", summary), columns, rows, [*tests, *notes, *_marks(rows)])


def of_incidence(table: "pd.DataFrame", gray: "pd.DataFrame") -> Summary:
    """Return a line for each group and cause of a cumulative incidence, at 12, 24 and 36 months."""
    from analysis.estimates.cumulative_incidence import CAUSES

    rows, landmarks = [], (12, 24, 36)
    keys: Any = ["stratum", "cause"]
    for (stratum, cause), own in table.groupby(keys, sort=False):
        cells = []
        for months in landmarks:
            is_before = (own["time_days"] <= months * DAYS_PER_MONTH).to_numpy()
            later = own[(own["time_days"] >= months * DAYS_PER_MONTH).to_numpy()]
            if later.empty:
                cells.append(numbers.MISSING)
                continue
            few = few_note(float(later["n_at_risk"].iloc[0]), float(own["n"].iloc[0]))
            cells.append(_marked(own[is_before].iloc[-1], few))
        name = CAUSES.get(int(cause), f"cause {cause}")
        rows.append([str(stratum), name, numbers.count(own["n"].iloc[0]), numbers.count(own["n_events"].sum()), *cells])
    columns = [_group(table), "cause", "n", "events", *(f"{months} months, %" for months in landmarks)]
    notes = _notes(table)
    tests = [f"Gray's test, {CAUSES.get(int(row['cause']), '')}: {_test(row, notes)}" for _, row in gray.iterrows()]
    return Summary(_heading("Cumulative incidence", table), columns, rows, [*tests, *notes, *_marks(rows)])


def of_logrank(table: "pd.DataFrame") -> Summary:
    """Return a log-rank test as one line."""
    rows = [
        [
            numbers.count(row["n"]),
            numbers.count(row["n_events"]),
            _number(row["estimate"]),
            numbers.count(row["df"]),
            numbers.p_value(row["p_value"]),
        ]
        for _, row in table.iterrows()
    ]
    return Summary(_heading("Log-rank test", table), ["n", "events", "chi-square", "df", "p"], rows, _notes(table))


def of_cox(table: "pd.DataFrame") -> Summary:
    """Return a line for each term of a Cox model, and its tests as notes."""
    ratios = table[table["quantity"] == "hazard_ratio"]
    has_several = ratios["analysis"].nunique() > 1
    rows = []
    for _, row in ratios.iterrows():
        against = f"{row['term_level']} against {row['reference']}" if row["reference"] else ""
        ratio = numbers.ratio_interval(*_interval(row))
        own = [row["analysis"]] if has_several else []
        rows.append([*own, str(row["term"]), against, ratio, numbers.p_value(row["p_value"])])
    columns = [*(["model"] if has_several else []), "term", "level", "hazard ratio", "p"]
    whole = ratios[ratios["analysis"] == ratios["analysis"].iloc[-1]] if len(ratios) else ratios
    size = [f"{numbers.count(whole['n'].iloc[0])} subjects, {numbers.count(whole['n_events'].iloc[0])} events"]
    tests = table[table["quantity"].isin(list(TESTS)) & (table["analysis"] == whole["analysis"].iloc[0])]
    notes = _notes(ratios)
    said = [f"{TESTS[row['quantity']]}: {_test(row, notes)}" for _, row in tests.iterrows()]
    return Summary(_heading("Cox model", table), columns, rows, [*size, *said, *notes])


def of_table_one(table: "pd.DataFrame") -> Summary:
    """Return the lines of Table 1, one per variable and level."""
    shown = wide(table)
    rows = [[str(cell) for cell in row] for row in shown.itertuples(index=False)]
    group = _group(table)
    by = f" by {group}" if table["grouping"].iloc[0] != OVERALL else ""
    methods = [name for name in dict.fromkeys(table["method"]) if name not in ("", "count")]
    return Summary(
        f"Table 1, {labels.level(table['level'].iloc[0])}{by}", list(map(str, shown)), rows, [", ".join(methods)]
    )


def wide(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return Table 1 with one row per variable and level and one column per group."""
    import pandas as pd

    keys = list(dict.fromkeys(zip(table["variable"], table["level_of_variable"], strict=True)))
    cells = {
        (stratum, variable, level): value
        for stratum, variable, level, value in table[["stratum", "variable", "level_of_variable", "value"]].itertuples(
            index=False
        )
    }
    strata = list(dict.fromkeys(table["stratum"]))
    found = pd.DataFrame(keys, columns=["variable", "level"])
    return found.assign(**{str(s): [cells.get((s, *key), "") for key in keys] for s in strata})


def _heading(what: str, table: "pd.DataFrame") -> str:
    if table.empty:
        return f"{what}: nobody to estimate it of"
    first = table.iloc[0]
    by = f", by {first['grouping']}" if first.get("grouping", OVERALL) not in (OVERALL, "") else ""
    return f"{what}: {labels.endpoint(first['endpoint'])}, {labels.level(first['level'])}{by}"


def _group(table: "pd.DataFrame") -> str:
    return "group" if table.empty or table["grouping"].iloc[0] == OVERALL else str(table["grouping"].iloc[0])


def _test(row: Any, said: list[str]) -> str:
    """Return a test in words, with what its note adds to the notes that are said anyway."""
    more = "; ".join(part for part in str(row["note"]).split("; ") if part and part not in said)
    if numbers.is_missing(row["p_value"]):
        return f"no p-value ({more})" if more else "no p-value"
    found = f"chi-square {_number(row['estimate'])}, df {numbers.count(row['df'])}, {numbers.p_equals(row['p_value'])}"
    return f"{found} ({more})" if more else found


def _notes(table: "pd.DataFrame") -> list[str]:
    """Return every note of the table once, in order."""
    return list(dict.fromkeys(part for note in table["note"] for part in str(note).split("; ") if part))


def _marked(row: Any, note: str) -> str:
    """Return a share with its interval, with a mark if it rests on few."""
    return f"{numbers.percent_interval(*_interval(row))}{MARK if FEW in note else ''}"


def _marks(rows: list[list[str]]) -> list[str]:
    """Return what the marks in the rows mean."""
    cells = {cell for row in rows for cell in row}
    meanings = [f"{MARK} {FEW}"] if any(cell.endswith(MARK) for cell in cells) else []
    return meanings + ([f"{numbers.MISSING} {BEYOND}"] if numbers.MISSING in cells else [])


def _interval(row: Any) -> tuple[Any, Any, Any]:
    return row["estimate"], row["lower"], row["upper"]


def _median(row: Any) -> str:
    return "not reached" if numbers.is_missing(row["estimate"]) else numbers.months_interval(*_interval(row))


def _number(value: Any) -> str:
    return numbers.MISSING if numbers.is_missing(value) else f"{float(value):.2f}"
