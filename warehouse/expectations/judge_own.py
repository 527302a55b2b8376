"""Has the library judge the platform's expectations: on rows where a table is small enough, else on aggregates."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.expectations import library
from warehouse.expectations.frames import Key, Observed
from warehouse.expectations.own_rows import OnRows, on_rows
from warehouse.expectations.real_frames import is_small
from warehouse.expectations.suites import Expectation

if TYPE_CHECKING:
    import pandas as pd

Asked = list[tuple[Expectation, OnRows]]
LARGEST = "expect_column_max_to_be_between"
"""Of a column of one value, an aggregate: that it is within bounds."""


def judge_own(
    batches: Any,
    asked: Sequence[Expectation],
    observed: Mapping[Key, Observed],
    con: duckdb.DuckDBPyConnection | None,
) -> dict[Key, tuple[dict, bool]]:
    """Return the library's result for each expectation, and whether it judged rows; one without is left out."""
    by_source: dict[str, Asked] = defaultdict(list)
    aggregates = []
    for one in asked:
        how = on_rows(one, observed[one.table, one.name]) if con is not None else None
        if how is None:
            aggregates.append(one)
        else:
            by_source[how.source or one.table].append((one, how))
    found: dict[Key, tuple[dict, bool]] = {}
    for source, those in by_source.items():
        if con is not None and is_small(con, source):
            found |= _judged_on_rows(batches, con, source, those)
        else:
            aggregates += [one for one, _ in those]
    return found | _judged_on_aggregates(batches, aggregates, observed)


def _judged_on_rows(
    batches: Any, con: duckdb.DuckDBPyConnection, source: str, asked: Asked
) -> dict[Key, tuple[dict, bool]]:
    try:
        frame = _frame(con, source, asked)
    except duckdb.Error:  # its message could quote a cell; without a result they are errors
        return {}
    expectations = [_made(one, how.kind, _place(one) if how.column else "", how.arguments) for one, how in asked]
    results = library.validate(batches, source, frame, expectations, library.WHETHER)
    return {library.key_of(result): (result, True) for result in results}


def _frame(con: duckdb.DuckDBPyConnection, source: str, asked: Asked) -> "pd.DataFrame":
    cells = [f'{how.column} AS "{_place(one)}"' for one, how in asked if how.column]
    return con.execute(f"SELECT {', '.join(cells) or '1 AS a_row'} FROM {source}").df()  # noqa: S608 (own text)


def _judged_on_aggregates(
    batches: Any, asked: Sequence[Expectation], observed: Mapping[Key, Observed]
) -> dict[Key, tuple[dict, bool]]:
    import pandas as pd

    if not asked:
        return {}
    frame = pd.DataFrame({_place(e): [observed[e.table, e.name].value] for e in asked})
    expectations = [_made(e, LARGEST, _place(e), {"min_value": e.low, "max_value": e.high}) for e in asked]
    results = library.validate(batches, "aggregates", frame, expectations, library.WHETHER)
    return {library.key_of(result): (result, False) for result in results}


def _place(expectation: Expectation) -> str:
    return f"{expectation.table}: {expectation.name}"


def _made(expectation: Expectation, kind: str, column: str, arguments: Mapping[str, Any]) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    make: Any = get_expectation_impl(kind)
    return make(
        **({"column": column} if column else {}),
        **arguments,
        description=expectation.sentence,
        severity="critical" if expectation.severity == "gate" else "warning",
        meta={"table": expectation.table, "name": expectation.name, "rule_id": expectation.rule_id},
    )
