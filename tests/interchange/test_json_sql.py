"""Templates of JSON texts, filled from rows in which any cell may be empty."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import duckdb

from interchange.fhir.json_sql import Choice, Filled, Key, Number, Plain, Text, Whole, code_of, json_of

CELLS = {"a": ("ltp", "it's", None), "b": ('say "x"\n', None), "d": ("2020-02-29", None), "n": (2.5, None)}
CODES = ("ltp", "residual")


def _row(**cells: object) -> dict:
    """The object without what is empty."""
    return {name: cell for name, cell in cells.items() if cell not in (None, {}, [])}


def _found(template: dict) -> list[tuple[dict, Any]]:
    """Each row of cells, and what the template makes of it."""
    rows = [dict(zip(CELLS, cells, strict=True)) for cells in product(*CELLS.values())]
    columns = "a VARCHAR, b VARCHAR, d DATE, n DOUBLE"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t ({columns})")
        con.executemany("INSERT INTO t VALUES ($a, $b, $d, $n)", rows)
        texts = [text for (text,) in con.execute(f"SELECT {json_of(template)} FROM t").fetchall()]
    assert not any(", " in text or ": " in text for text in texts if text)
    return [(row, text and json.loads(text)) for row, text in zip(rows, texts, strict=True)]


def test_what_is_empty_is_left_out() -> None:
    """Members before, between and behind those that are always there come with the commas that they need."""
    template = {
        "code": code_of("t.a", CODES),
        "day": Plain("t.d::VARCHAR"),
        "id": Filled("'x'"),
        "text": Text("t.b"),
        "list": [Whole(n=Number("t.n")), Whole(d=Plain("t.d::VARCHAR"))],
    }
    for row, found in _found(template):
        parts = [_row(n=row["n"]), _row(d=row["d"])]
        expected = _row(code=row["a"], day=row["d"], id="x", text=row["b"], list=[one for one in parts if one])
        assert found == expected


def test_nothing_is_null() -> None:
    """An object of which everything is empty is null, and so is one that is whole or not at all."""
    for row, found in _found({"whole": Whole(a=code_of("t.a", CODES), n=Number("t.n")), "b": Text("t.b")}):
        whole = None if None in (row["a"], row["n"]) else {"a": row["a"], "n": row["n"]}
        assert found == (_row(whole=whole, b=row["b"]) or None)


def test_a_choice_is_a_constant_or_the_other() -> None:
    """A code has what is said for it, quotes and all; another cell, and none, have the other template."""
    chosen = Choice("t.a", {"ltp": {"name": "it's", "of": [1]}}, {"other": Text("t.a")})
    for row, found in _found({"key": Key("coalesce(t.b, '')"), "chosen": chosen}):
        is_known = row["a"] == "ltp"
        of_row = {"name": "it's", "of": [1]} if is_known else _row(other=row["a"])
        assert found == {"key": row["b"] or ""} | _row(chosen=of_row)
