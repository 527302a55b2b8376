"""Judges the suites of the home on the rows of the tables that they name.

The status is read from what was counted, not from the library's word alone: an expectation that had nothing to count is
an error, and so is one that raised.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.thresholds import FEWEST_PATIENTS, JUDGED_ROWS_MAX, RULE_SECONDS
from warehouse.expectations import library, row_filter
from warehouse.expectations.judged_types import COUNTED, OF_THE_TABLE, ROW_BY_ROW, SHOWN
from warehouse.expectations.made_expectation import Made, made_of
from warehouse.expectations.real_frames import frame_of, n_rows_of, types_of
from warehouse.expectations.stated_expectation import DEFAULT_SEVERITY, GATE, Stated, SuiteRefused, columns_named
from warehouse.expectations.suite_form import HomeSuite
from warehouse.expectations.time_limit import TookTooLong, time_limit
from warehouse.storage.connection import table_exists

if TYPE_CHECKING:
    import pandas as pd

STATUS = {True: "passed", False: "failed"}
UNFIT = (TypeError, ValueError, KeyError, NameError, SyntaxError, AttributeError, NotImplementedError)
"""What pandas raises where values do not fit a condition."""
IGNORES_ANY = ("either_value_is_missing", "any_value_is_missing")
IGNORES_ALL = ("both_values_are_missing", "all_values_are_missing")


@dataclass(frozen=True)
class Verdict:
    """What became of one expectation: its status, what was counted, and what a page may show of the result."""

    stated: Stated
    status: str = "error"
    note: str = ""
    n_rows: int | None = None
    n_broken: int | None = None
    mostly: float | None = None
    observed: float | None = None
    low: float | None = None
    high: float | None = None
    result: dict | None = None


def judge_suite(
    batches: Any, con: duckdb.DuckDBPyConnection, suite: HomeSuite, seconds: float = RULE_SECONDS
) -> list[Verdict]:
    """Return a verdict for each expectation of the suite, in order; one that takes longer than `seconds` is stopped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of forms that the library will drop one day, and of pandas inside it
        found = {
            (verdict.stated.table, verdict.stated.name): verdict
            for table in dict.fromkeys(one.table for one in suite.expectations)
            for verdict in _on_table(
                batches, con, table, [one for one in suite.expectations if one.table == table], seconds
            )
        }
    return [found[one.table, one.name] for one in suite.expectations]


def _on_table(
    batches: Any, con: duckdb.DuckDBPyConnection, table: str, stated: Sequence[Stated], seconds: float
) -> Iterator[Verdict]:
    yield from (Verdict(one, note=one.problem) for one in stated if one.problem)
    readable = [one for one in stated if not one.problem]
    if not readable:
        return
    if not table_exists(con, *table.split(".")):
        yield from (_refused(one, f"The release has no table {table}.") for one in readable)
        return
    n_rows, types = n_rows_of(con, table), types_of(con, table)
    if n_rows > JUDGED_ROWS_MAX:
        said = f"Not judged: {table} has {n_rows:,} rows, and rows are judged up to {JUDGED_ROWS_MAX:,}. Write a rule."
        yield from (Verdict(one, note=said) for one in readable)
        return
    made: list[Made] = []
    for one in readable:
        try:
            made.append(made_of(one, types))
        except SuiteRefused as error:
            yield _refused(one, str(error))
    about_columns = [one for one in made if COUNTED[one.stated.kind] == "columns"]
    on_rows = [one for one in made if one not in about_columns]
    if about_columns:
        header = con.execute(f"SELECT * FROM {table} LIMIT 0").df()  # noqa: S608 (a table of the catalogue)
        yield from _judged(batches, header, "", about_columns, seconds)
    if on_rows:
        whole = frame_of(con, table, types, {name for one in on_rows for name in one.columns})
        for clause in dict.fromkeys(one.clause for one in on_rows):
            yield from _judged(batches, whole, clause, [one for one in on_rows if one.clause == clause], seconds)


def _refused(stated: Stated, reason: str) -> Verdict:
    """Return the verdict on an expectation that its file states wrongly: it refuses no release, since a slip would."""
    return Verdict(
        replace(stated, severity=DEFAULT_SEVERITY if stated.severity == GATE else stated.severity), note=reason
    )


def _judged(
    batches: Any, whole: "pd.DataFrame", clause: str, made: Sequence[Made], seconds: float
) -> Iterator[Verdict]:
    """Yield the verdicts on the rows that meet the condition."""
    try:
        frame = row_filter.kept(whole, clause)
    except UNFIT as error:
        said = f"`row_condition` does not fit the columns ({type(error).__name__})."
        yield from (_refused(one.stated, said) for one in made)
        return
    asked = []
    for one in made:
        n = _n_counted(one, frame)
        if n == 0 and COUNTED[one.stated.kind] not in ("table", "columns"):
            yield Verdict(one.stated, note=_nothing(one, whole, frame), n_rows=0)
        else:
            asked.append((one, n))
    if not asked:
        return
    name = f"{made[0].stated.suite}, {made[0].stated.table}, {clause or len(whole)}, {len(whole.columns)}"
    yield from _in_time(batches, name, frame, asked, seconds)


def _in_time(
    batches: Any, name: str, frame: "pd.DataFrame", asked: Sequence[tuple[Made, int | None]], seconds: float
) -> Iterator[Verdict]:
    """Yield the verdicts. If they take too long together, each is judged by itself, so that the others count."""
    try:
        with time_limit(seconds):
            results = library.validate(batches, name, frame, [one.expectation for one, _ in asked], library.COUNTS)
    except TookTooLong:
        if len(asked) > 1:
            for one in asked:
                yield from _in_time(batches, name, frame, [one], seconds)
            return
        said = f"It takes longer than {seconds:g} s, so it is not judged. Simplify it, or write a rule."
        yield from (_refused(made.stated, said) for made, _ in asked)
        return
    by_key = {library.key_of(result): result for result in results}
    for made, n in asked:
        yield _verdict(made, n, by_key.get((made.stated.table, made.stated.name)))


def _n_counted(made: Made, frame: "pd.DataFrame") -> int | None:
    """Return how many rows or cells the expectation judges; None if it judges no row."""
    counted, columns = COUNTED[made.stated.kind], columns_named(made.stated.kwargs)
    if counted == "columns":
        return None
    if counted == "filled":
        return int(frame[columns].notna().all(axis=1).sum())
    ignored = made.stated.kwargs.get("ignore_row_if", "") if counted == "ignoring" else ""
    if ignored in IGNORES_ANY:
        return int(frame[columns].notna().all(axis=1).sum())
    return int(frame[columns].notna().any(axis=1).sum()) if ignored in IGNORES_ALL else len(frame)


def _nothing(made: Made, whole: "pd.DataFrame", frame: "pd.DataFrame") -> str:
    if whole.empty:
        return f"It checks nothing: {made.stated.table} has no row."
    if frame.empty:
        return "It checks nothing: no row meets row_condition."
    return f"It checks nothing: no row has {' and '.join(columns_named(made.stated.kwargs))} filled."


def _verdict(made: Made, n: int | None, result: dict | None) -> Verdict:
    stated = made.stated
    if result is None:
        return Verdict(stated, note="Great Expectations gave no result.", n_rows=n)
    if kind := library.raised(result):
        said = f"Great Expectations could not judge it ({kind}). Do the arguments fit the type of the column?"
        return _refused(stated, said)
    if stated.kind in ROW_BY_ROW and n:
        return _of_rows(made, n, result)
    figure = _figure(stated, n, result["result"].get("observed_value"))
    low, high = _bounds(stated.kwargs)
    shown = library.shown_result(result, figure)
    return Verdict(stated, STATUS[result["success"]], "", n, None, None, figure, low, high, shown)


def _of_rows(made: Made, n: int, result: dict) -> Verdict:
    """Return the verdict on an expectation that judges `n` rows or cells one by one."""
    broken, mostly = int(result["result"]["unexpected_count"]), float(made.expectation.mostly)
    if ((n - broken) / n >= mostly) is not result["success"]:
        return Verdict(made.stated, note="Great Expectations counted other rows than it was given.", n_rows=n)
    met = 100.0 * (n - broken) / n
    shown = library.shown_result(result, met)
    return Verdict(made.stated, STATUS[result["success"]], "", n, broken, mostly, met, 100.0 * mostly, None, shown)


def _figure(stated: Stated, n: int | None, observed: Any) -> float | None:
    """Return the figure if it may be shown: it is one of many patients, and no patient's own value."""
    is_number = isinstance(observed, int | float) and not isinstance(observed, bool)
    if not is_number or stated.kind not in SHOWN:
        return None
    return float(observed) if stated.kind in OF_THE_TABLE or (n or 0) >= FEWEST_PATIENTS else None


def _bounds(kwargs: dict[str, Any]) -> tuple[float | None, float | None]:
    given = (kwargs.get("min_value", kwargs.get("value")), kwargs.get("max_value", kwargs.get("value")))
    low, high = (float(one) if isinstance(one, int | float) and not isinstance(one, bool) else None for one in given)
    return low, high
