"""Finds the texts that a condition compares a coded column with though the column never holds them: who misspells one
chooses nobody, without a word.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from schemas.cohort import COHORT
from warehouse.cohorts.plan_form import PlanRefused
from warehouse.readers.near_names import nearest

EQUAL, WITHIN = "COMPARE_EQUAL", "COMPARE_IN"


class Strange(NamedTuple):
    """A text that a condition compares with a column, and the values that the column can have."""

    column: str
    value: str
    codes: tuple[str, ...]


def strange_values(nodes: Iterable[Mapping[str, Any]]) -> Iterator[Strange]:
    """Yield each text that a column of the cohort views is compared with by = or IN and never holds. `nodes` are those
    of the condition as DuckDB's json_serialize_sql gives them.
    """
    columns_of_views = [column for view in COHORT.values() for column in view.columns]
    codes = {column.name: tuple(map(str, column.codes)) for column in columns_of_views if column.codes}
    for node in nodes:
        if node.get("type") == EQUAL:
            sides = [node["left"], node["right"]]
        elif node.get("type") == WITHIN:
            sides = node["children"]
        else:
            continue
        columns = [side["column_names"][-1].lower() for side in sides if side.get("class") == "COLUMN_REF"]
        texts = [text for side in sides if (text := _text(side)) is not None]
        for column in columns:
            for text in texts:
                if column in codes and text not in codes[column]:
                    yield Strange(column, text, codes[column])


def refuse_strange_values(nodes: Iterable[Mapping[str, Any]], where: str) -> None:
    """Raise PlanRefused for the first of them, with the nearest value that the column can have."""
    for column, value, codes in strange_values(nodes):
        near = nearest(value, codes)
        raise PlanRefused(
            f"{where} compares {column} with '{value}', which it never is.",
            f"Did you mean '{near}'?" if near else f"It is one of {', '.join(codes)}.",
        )


def _text(node: Mapping[str, Any]) -> str | None:
    """Return the text that a node is; None if it is something else."""
    value = node.get("value") if node.get("class") == "CONSTANT" else None
    is_text = isinstance(value, dict) and value["type"]["id"] == "VARCHAR" and not value["is_null"]
    return str(value["value"]) if is_text and value is not None else None
