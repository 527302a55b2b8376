"""Makes SQL that writes a JSON text from a template, leaving out what is empty: FHIR has no nulls and no empty lists.

A template is made of dictionaries, lists, constants, and cells in SQL (Text, Number). A member whose value is empty is
left out; an object or list without members is itself empty. In Whole, one empty value leaves out all of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from warehouse.storage.sql_files import sql_text


class Text(str):
    """SQL of a cell that becomes a JSON text."""


class Number(str):
    """SQL of a cell that becomes a JSON number."""


class Whole(dict):
    """An object that is there only if none of its values is empty."""


def json_of(node: Any) -> str:
    """Return SQL of the template as JSON text, null if it is empty.

    >>> json_of({"a": 1, "b": ["x"]})
    '\\'{"a": 1, "b": ["x"]}\\''
    >>> json_of(Whole(a=1, b=Text("day")))
    '\\'{"a":1,"b":\\' || to_json(day)::VARCHAR || \\'}\\''
    """
    if _is_constant(node):
        return sql_text(json.dumps(node, ensure_ascii=False))
    if isinstance(node, Text):
        return f"to_json({node})::VARCHAR"
    if isinstance(node, Number):
        return f"({node})::VARCHAR"
    if isinstance(node, Whole):
        return _whole(node)
    if isinstance(node, dict):
        return _joined("{", [f"{_name(name)}{_after(value)}" for name, value in node.items()], "}")
    return _joined("[", [f"','{_after(value)}" for value in node], "]")


def _is_constant(node: Any) -> bool:
    if isinstance(node, Text | Number):
        return False
    if isinstance(node, dict):
        return all(map(_is_constant, node.values()))
    return all(map(_is_constant, node)) if isinstance(node, list) else True


def _name(name: str) -> str:
    return sql_text(f",{json.dumps(name)}:")


def _after(value: Any) -> str:
    return f" || {json_of(value)}"


def _joined(begin: str, members: Sequence[str], end: str) -> str:
    """Return SQL of the members that are not null, each of which begins with a comma."""
    joined = f"substr(concat({', '.join(members)}), 2)"
    return f"'{begin}' || nullif({joined}, '') || '{end}'"


def _whole(node: Whole) -> str:
    parts, text = list[str](), "{"
    for number, (name, value) in enumerate(node.items()):
        text += f"{',' if number else ''}{json.dumps(name)}:"
        if _is_constant(value):
            text += json.dumps(value, ensure_ascii=False)
        else:
            parts += [sql_text(text), json_of(value)]
            text = ""
    return " || ".join([*parts, sql_text(text + "}")])
