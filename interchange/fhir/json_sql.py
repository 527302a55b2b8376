"""Makes SQL that writes a JSON text from a template, leaving out what is empty: FHIR has no nulls and no empty lists.

A template is made of dictionaries, lists, constants, and cells in SQL (Text, Filled, Number). A member whose value is
empty is left out; an object or list without members is itself empty. In Whole, one empty value leaves out all of it.

What is never empty is put together in one concat() of a whole resource: each `||` copies all that stands before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from warehouse.storage.sql_files import sql_text


class Text(str):
    """SQL of a cell that becomes a JSON text."""


class Filled(Text):
    """SQL of a text that is never null and holds nothing that JSON escapes, such as a resource's id."""


class Number(str):
    """SQL of a cell that becomes a JSON number."""


class Whole(dict):
    """An object that is there only if none of its values is empty."""


class _Constant(str):
    """A piece of JSON text, as against SQL of one."""


Pieces = tuple[list[str], bool]
"""Pieces of JSON text in order, constants and SQL, and whether it is always there; if not, one that is null is all."""


def json_of(node: Any, end: str = "") -> str:
    """Return SQL of the template as JSON text, null if it is empty; `end` stands behind it.

    >>> json_of({"a": 1, "b": ["x"]})
    '\\'{"a": 1, "b": ["x"]}\\''
    >>> json_of(Whole(a=1, b=Text("day")))
    '\\'{"a":1,"b":\\' || to_json(day)::VARCHAR || \\'}\\''
    >>> json_of({"a": Filled("id"), "b": Text("day")})
    'concat(\\'{"a":"\\', id, \\'"\\', (\\',"b":\\' || to_json(day)::VARCHAR), \\'}\\')'
    """
    pieces, is_sure = _pieces(node)
    return _sql([*pieces, _Constant(end)], "concat" if is_sure else "")


def _pieces(node: Any) -> Pieces:
    if _is_constant(node):
        return [_Constant(json.dumps(node, ensure_ascii=False))], True
    if isinstance(node, Filled):
        return [_Constant('"'), str(node), _Constant('"')], True
    if isinstance(node, Text):
        return [f"to_json({node})::VARCHAR"], False
    if isinstance(node, Number):
        return [f"({node})::VARCHAR"], False
    if isinstance(node, dict):
        members = [(f"{json.dumps(name)}:", _pieces(value)) for name, value in node.items()]
        return _whole(members) if isinstance(node, Whole) else _joined("{", members, "}")
    return _joined("[", [("", _pieces(value)) for value in node], "]")


def _is_constant(node: Any) -> bool:
    if isinstance(node, Text | Number):
        return False
    if isinstance(node, dict):
        return all(map(_is_constant, node.values()))
    return all(map(_is_constant, node)) if isinstance(node, list) else True


def _whole(members: Sequence[tuple[str, Pieces]]) -> Pieces:
    pieces: list[str] = [_Constant("{")]
    for number, (name, (value, _)) in enumerate(members):
        pieces += [_Constant(("," if number else "") + name), *value]
    return [*pieces, _Constant("}")], all(is_sure for _, (_, is_sure) in members)


def _joined(begin: str, members: Sequence[tuple[str, Pieces]], end: str) -> Pieces:
    """Return the members that are not empty, with commas between them."""
    is_sure = any(is_sure for _, (_, is_sure) in members)
    if len(members) == 1 or members[0][1][1]:
        inner = list(_each(members, is_alone=not is_sure))
    else:
        joined = f"substr({_sql(list(_each(members, ',')), 'concat')}, 2)"
        inner = [joined if is_sure else f"nullif({joined}, '')"]
    return [_Constant(begin), *inner, _Constant(end)], is_sure


def _each(members: Sequence[tuple[str, Pieces]], first: str = "", is_alone: bool = False) -> Iterator[str]:
    """Yield the pieces of each member, `first` before the first and a comma before the others.

    A member that may be null is one piece, null with its name, unless it is alone and its pieces stay what they are.
    """
    for number, (name, (value, is_sure)) in enumerate(members):
        pieces = [_Constant(("," if number else first) + name), *value]
        if is_sure or is_alone:
            yield from pieces
        else:
            yield f"({_sql(pieces)})"


def _sql(pieces: Sequence[str], by: str = "") -> str:
    """Return SQL of the pieces as one text, put together by a function, or by `||`, which gives null if one is null."""
    found: list[str] = []
    text = ""
    for piece in (*pieces, None):
        if isinstance(piece, _Constant):
            text += piece
            continue
        if text:
            found.append(sql_text(text))
        text = ""
        if piece is not None:
            found.append(piece)
    if len(found) == 1:
        return found[0]
    return f"{by}({', '.join(found)})" if by else " || ".join(found)
