"""Makes the library's expectation of one that a suite states, and finds the columns and rows that it is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warehouse.expectations.judged_types import COUNTED, PAIRS
from warehouse.expectations.real_frames import DAYS
from warehouse.expectations.row_filter import clause_of, columns_in
from warehouse.expectations.stated_expectation import GATE, Stated, SuiteRefused, columns_named, near

NOT_ARGUMENTS = frozenset(
    {
        *("id", "meta", "notes", "description", "rendered_content", "severity", "windows"),
        *("result_format", "catch_exceptions", "batch_id"),
    }
)
"""Fields of the library's expectations that no suite gives among the arguments."""
PARSERS = ("pandas", "great_expectations", "great_expectations__experimental__")
CONDITION = ("row_condition", "condition_parser")
BOUNDS = ("min_value", "max_value", "value_set")


@dataclass(frozen=True)
class Made:
    """An expectation as the library judges it, the condition that its rows meet ('' for every row), and the columns
    that either names. `columns` is empty if it is about the table's columns as such.
    """

    stated: Stated
    expectation: Any
    clause: str
    columns: frozenset[str]


def made_of(stated: Stated, types: dict[str, str]) -> Made:
    """Return the expectation. SuiteRefused if its arguments do not fit it, or name a column that is not in `types`."""
    from great_expectations.expectations.registry import get_expectation_impl

    kind, arguments = get_expectation_impl(stated.kind), _with_days(stated.kwargs, types)
    known = sorted(set(kind.__fields__) - NOT_ARGUMENTS)
    for name in arguments:
        if name not in known:
            raise SuiteRefused(f"{stated.kind} has no argument {name!r}.", near(name, known))
    if arguments.get("condition_parser", PARSERS[0]) not in PARSERS:
        raise SuiteRefused(f"The condition_parser {arguments['condition_parser']!r} is not read.", "Write pandas.")
    if stated.kind in PAIRS and "ignore_row_if" not in arguments:
        raise SuiteRefused(
            "It does not say whether a row with an empty cell counts.",
            "Add ignore_row_if, e.g. either_value_is_missing (of two columns) or any_value_is_missing (of a list).",
        )
    expectation = _made(kind, stated, arguments)
    condition = getattr(expectation, CONDITION[0], None)
    if condition is None:
        clause = ""
    else:
        clause = clause_of(condition)
        expectation = _made(kind, stated, {name: value for name, value in arguments.items() if name not in CONDITION})
    if COUNTED[stated.kind] == "columns":
        return Made(stated, expectation, "", frozenset())
    return Made(stated, expectation, clause, _columns(stated, clause, types))


def _with_days(arguments: dict[str, Any], types: dict[str, str]) -> dict[str, Any]:
    """Return the arguments with days in place of their text if the column holds days, which are compared with nothing
    else. SuiteRefused if a text is no day.
    """
    column = arguments.get("column")
    if not isinstance(column, str) or not types.get(column, "").startswith(DAYS):
        return arguments
    return arguments | {name: _day(name, arguments[name]) for name in BOUNDS if name in arguments}


def _day(name: str, given: Any) -> Any:
    if isinstance(given, list):
        return [_day(name, one) for one in given]
    if not isinstance(given, str):
        return given
    try:
        return datetime.fromisoformat(given)
    except ValueError:
        raise SuiteRefused(f"{name} is no day.", "Write it like 2020-01-31.") from None


def _columns(stated: Stated, clause: str, types: dict[str, str]) -> frozenset[str]:
    named = [*columns_named(stated.kwargs), *(sorted(columns_in(clause)) if clause else ())]
    for name in named:
        if name not in types:
            raise SuiteRefused(f"{stated.table} has no column {name!r}.", near(name, types))
        if types[name].endswith("[]"):
            raise SuiteRefused(f"{stated.table}.{name} is a list, which no expectation reads.", "Write a rule.")
    return frozenset(named)


def _made(kind: Any, stated: Stated, arguments: dict[str, Any]) -> Any:
    """Return the library's expectation. SuiteRefused if it does not take the arguments; they come from the file, so
    what the library says of them may be repeated.
    """
    told = {
        "meta": {"table": stated.table, "name": stated.name},
        "description": stated.sentence,
        "severity": "critical" if stated.severity == GATE else stated.severity,
    }
    try:
        return kind(**arguments, **told)
    except (ValueError, TypeError) as error:
        raise SuiteRefused(_said(error), "Correct it.") from None


def _said(error: Exception) -> str:
    """Return the first complaint of the library in one sentence."""
    errors = error.errors() if hasattr(error, "errors") else []
    if not errors:
        return "The arguments do not fit."
    place = ".".join(str(part) for part in errors[0]["loc"] if part != "__root__")
    said = str(errors[0]["msg"]).rstrip(".")
    return f"The argument {place} does not fit: {said}." if place else f"The arguments do not fit: {said}."
