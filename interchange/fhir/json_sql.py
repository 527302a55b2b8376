"""Makes SQL that writes a JSON text from a template, leaving out what is empty: FHIR has no nulls and no empty lists.

A template is made of dictionaries, lists, constants, and cells in SQL (Text, Plain, Filled, Number, Choice). A member
whose value is empty is left out; an object or list without members is itself empty. In Whole, one empty value leaves
out all of it.

What is never empty is put together in one concat() of a whole resource: each `||` copies all that stands before it.
What depends on a code alone is a constant for each code, with all that stands around it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from warehouse.storage.sql_files import sql_text


class Text(str):
    """SQL of a cell that becomes a JSON text."""


class Plain(Text):
    """SQL of a text that holds nothing that JSON escapes, such as a date."""


class Key(Text):
    """SQL of a cell that is never null, and becomes a JSON text."""


class Filled(Plain):
    """SQL of such a text that is never null, such as a resource's id."""


class Behind(Filled):
    """SQL of such a text, which stands behind a constant one."""

    def __new__(cls, before: str, sql: str) -> Behind:
        """Take the constant text and the SQL."""
        found = super().__new__(cls, sql)
        found.before = before
        return found

    before: str


class Number(str):
    """SQL of a cell that becomes a JSON number."""


class Whole(dict):
    """An object that is there only if none of its values is empty."""


class Choice:
    """What stands for each code of a cell (SQL): constants, and a template for other cells."""

    def __init__(self, cell: str, constants: Mapping[str, Any], other: Any) -> None:
        """Take the constant of each code."""
        self.cell, self.constants, self.other = cell, constants, other


def code_of(cell: str, codes: Iterable[str]) -> Choice:
    """Return a cell that holds one of the codes, or none, as a text."""
    return Choice(cell, {code: code for code in codes}, Text(cell))


class _Constant(str):
    """A piece of JSON text, as against SQL of one."""


class _OfColumn(str):
    """SQL that is null where a column is, and only there."""

    column: str


def _of_column(cell: str, sql: str) -> str:
    """Return the SQL, which is made of a cell, and say so if the cell is a column."""
    column = cell.removesuffix("::VARCHAR")
    if not re.fullmatch(r"t\.\w+", column):
        return str(sql)
    found = _OfColumn(sql)
    found.column = column
    return found


class _Chosen(str):
    """SQL of a Choice."""

    choice: Choice

    def within(self, before: str, after: str) -> str:
        """Return SQL of the choice between two constants."""
        one = self.choice
        whens = "".join(
            f" WHEN {sql_text(code)} THEN {sql_text(before + _json(constant) + after)}"
            for code, constant in one.constants.items()
        )
        pieces, is_sure = _pieces(one.other)
        other = _sql([_Constant(before), *pieces, _Constant(after)], "concat" if is_sure else "")
        return f"CASE {one.cell}{whens} ELSE {other} END"


Pieces = tuple[list[str], bool]
"""Pieces of JSON text in order, constants and SQL, and whether it is always there; if not, one that is null is all."""


def json_of(node: Any, end: str = "") -> str:
    """Return SQL of the template as JSON text, null if it is empty; `end` stands behind it.

    >>> json_of({"a": 1, "b": ["x"]})
    '\\'{"a":1,"b":["x"]}\\''
    >>> json_of(Whole(a=1, b=Text("day")))
    '\\'{"a":1,"b":\\' || to_json(day)::VARCHAR || \\'}\\''
    >>> json_of({"a": Filled("id"), "b": Text("day")})
    'concat(\\'{"a":"\\', id, \\'"\\', (\\',"b":\\' || to_json(day)::VARCHAR), \\'}\\')'
    """
    pieces, is_sure = _pieces(node)
    return _sql([*pieces, _Constant(end)], "concat" if is_sure else "")


def in_words(node: Any, repeated: Iterable[str], end: str = "") -> tuple[str, list[str]]:
    """Return SQL of a template that is never empty, and SQL of those parts of it that some columns alone decide.

    Where these columns repeat in many rows, table w has the parts, words_0 and so on, once for each of what they hold.

    >>> in_words({"a": 1, "id": Filled("t.id"), "b": code_of("t.b", ["x"])}, ["b"])[0]
    'concat(\'{"a":1,"id":"\', t.id, w.words_0)'
    """
    pieces, columns = _pieces(node)[0], set(repeated)
    found, parts = list[str](), list[str]()
    for is_repeated, some in groupby([*pieces, _Constant(end)], lambda piece: _columns(piece) <= columns):
        run = list(some)
        if is_repeated and not all(isinstance(piece, _Constant) for piece in run):
            run, parts = [f"w.words_{len(parts)}"], [*parts, _sql(run, "concat")]
        found += run
    return _sql(found, "concat"), parts


def _columns(piece: str) -> set[str]:
    """Return the columns that a piece is made of."""
    if isinstance(piece, _Constant):
        return set()
    return set(re.findall(r"\b[ts]\.(\w+)", piece.within("", "") if isinstance(piece, _Chosen) else piece))


def _pieces(node: Any) -> Pieces:
    if _is_constant(node):
        return [_Constant(_json(node))], True
    if isinstance(node, Choice):
        chosen = _Chosen()
        chosen.choice = node
        return [chosen], _pieces(node.other)[1]
    if isinstance(node, Plain):
        before = node.before if isinstance(node, Behind) else ""
        return [_Constant(f'"{before}'), _of_column(node, node), _Constant('"')], isinstance(node, Filled)
    if isinstance(node, Text):
        return [_of_column(node, f"to_json({node})::VARCHAR")], isinstance(node, Key)
    if isinstance(node, Number):
        return [_of_column(node, f"({node})::VARCHAR")], False
    if isinstance(node, dict):
        members = [(f"{json.dumps(name)}:", _pieces(value)) for name, value in node.items()]
        return _whole(members) if isinstance(node, Whole) else _joined("{", members, "}")
    return _joined("[", [("", _pieces(value)) for value in node], "]")


def _json(node: Any) -> str:
    return json.dumps(node, ensure_ascii=False, separators=(",", ":"))


def _is_constant(node: Any) -> bool:
    if isinstance(node, Text | Number | Choice):
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
    sure = [number for number, (_, (_, is_sure)) in enumerate(members) if is_sure]
    if sure or len(members) == 1:
        inner = list(_each(members, sure[0] if sure else 0, is_alone=not sure))
    else:
        inner = [f"nullif(ltrim({_sql(list(_each(members, -1)), 'concat')}, ','), '')"]
    return [_Constant(begin), *inner, _Constant(end)], bool(sure)


def _each(members: Sequence[tuple[str, Pieces]], first: int, is_alone: bool = False) -> Iterator[str]:
    """Yield the pieces of each member: those before number `first` with a comma behind them, others with one before.

    A member that may be null is one piece, null with its name, unless it is alone and its pieces stay what they are.
    """
    for number, (name, (value, is_sure)) in enumerate(members):
        pieces = [_Constant(("," if number > first else "") + name), *value, _Constant("," if number < first else "")]
        if is_sure or is_alone:
            yield from pieces
        else:
            yield f"({_sql(pieces)})"


def _sql(pieces: Sequence[str], by: str = "") -> str:
    """Return SQL of the pieces as one text, put together by a function, or by `||`, which gives null if one is null."""
    found: list[str] = []
    text = ""
    cells = [number for number, piece in enumerate(pieces) if not isinstance(piece, _Constant)]
    if len(cells) == 1:
        number, alone = cells[0], pieces[cells[0]]
        if isinstance(alone, _Chosen):
            return alone.within("".join(pieces[:number]), "".join(pieces[number + 1 :]))
        if not by and isinstance(alone, _OfColumn):
            return f"CASE WHEN {alone.column} IS NOT NULL THEN {_sql(pieces, 'concat')} END"
    for piece in (*pieces, None):
        if isinstance(piece, _Constant):
            text += piece
            continue
        if text:
            found.append(sql_text(text))
        text = ""
        if piece is not None:
            found.append(piece.within("", "") if isinstance(piece, _Chosen) else piece)
    if len(found) == 1:
        return found[0]
    return f"{by}({', '.join(found)})" if by else " || ".join(found)
