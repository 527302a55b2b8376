"""Keeps of a frame the rows that an expectation's row_condition names, and nothing but comparisons in it.

pandas evaluates such a condition, and would run any Python in it; so its text is taken apart first. Great Expectations
gets the rows that are left, and how many they are is known before it counts.
"""

import ast
from typing import TYPE_CHECKING, Any

from warehouse.expectations.stated_expectation import SuiteRefused

if TYPE_CHECKING:
    import pandas as pd

ALLOWED = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.Invert, ast.USub, ast.BinOp, ast.BitAnd),
    *(ast.BitOr, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
    *(ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple),
)
ASKS_FOR_NULLS = ("isnull", "notnull", "isna", "notna")
CURE = "Compare columns with values, e.g. modality == 'mwa', joined by and, or, not; ask for nulls by column.isnull()."


def clause_of(condition: Any) -> str:
    """Return the text that pandas evaluates for a condition as the library has read it."""
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.row_conditions import PassThroughCondition

    if isinstance(condition, PassThroughCondition):
        return condition.pass_through_filter
    return condition if isinstance(condition, str) else PandasExecutionEngine().condition_to_filter_clause(condition)


def columns_in(clause: str) -> set[str]:
    """Return the columns that a condition names. SuiteRefused if it does anything but compare.

    >>> sorted(columns_in("modality == 'mwa' and (power_w > 40 or power_w.isnull())"))
    ['modality', 'power_w']
    """
    try:
        tree = ast.parse(clause.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise SuiteRefused("`row_condition` cannot be read.", CURE) from None
    asked = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call) and _asks_for_nulls(node)}
    for node in ast.walk(tree):
        if isinstance(node, ALLOWED) or node in asked or (isinstance(node, ast.Call) and node.func in asked):
            continue
        raise SuiteRefused("`row_condition` does more than compare.", CURE)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _asks_for_nulls(node: ast.Call) -> bool:
    method = node.func
    return (
        isinstance(method, ast.Attribute)
        and method.attr in ASKS_FOR_NULLS
        and isinstance(method.value, ast.Name)
        and not (node.args or node.keywords)
    )


def kept(frame: "pd.DataFrame", clause: str) -> "pd.DataFrame":
    """Return the rows for which the condition is true. Raises what pandas raises if the values do not fit it."""
    return frame.query(clause, engine="python") if clause else frame
