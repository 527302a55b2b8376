"""Makes mutants of a row rule from the serialised tree of its polars expression, each with one change."""

import copy
import io
import json
from collections import Counter
from collections.abc import Iterator

import polars as pl

OPERATORS = {
    "Lt": ("LtEq",),
    "LtEq": ("Lt",),
    "Gt": ("GtEq",),
    "GtEq": ("Gt",),
    "Eq": ("NotEq",),
    "NotEq": ("Eq",),
    "And": ("Or",),
    "Or": ("And",),
    "Plus": ("Minus",),
    "Minus": ("Plus",),
}
EMPTY_FORGOTTEN = "the empty cell is forgotten"
"""The rule no longer asks whether its own cell is empty."""
INTEGER_COLUMNS = ("birth_year", "n_clm_total", "therapy_line")


def mutants(condition: pl.Expr, column: str) -> Iterator[tuple[str, pl.Expr]]:
    """(what was changed, the changed expression), one change each; the first is always true.

    A change that occurs again, outermost first, is numbered: "Or becomes And", "Or becomes And (2)".
    """
    named: Counter[str] = Counter()
    yield "always true", pl.col(column).is_null() | pl.col(column).is_not_null()
    tree = json.loads(condition.meta.serialize(format="json"))
    for path, node in list(_nodes(tree)):
        for name, changed in _changes(node, column):
            mutated = _replaced(tree, path, changed)
            named[name] += 1
            what = name if named[name] == 1 else f"{name} ({named[name]})"
            yield what, pl.Expr.deserialize(io.StringIO(json.dumps(mutated)), format="json")


def _nodes(tree, path: tuple = ()) -> Iterator[tuple[tuple, object]]:
    yield path, tree
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        if key != "List":  # bytes of a list's words; changed as a whole below
            yield from _nodes(value, (*path, key))


def _changes(node, column: str) -> Iterator[tuple[str, object]]:
    if not isinstance(node, dict):
        return
    if "BinaryExpr" in node:
        operator = node["BinaryExpr"]["op"]
        for other in OPERATORS.get(operator, ()):
            yield f"{operator} becomes {other}", {"BinaryExpr": node["BinaryExpr"] | {"op": other}}
        for side in ("left", "right") if operator in ("And", "Or") else ():
            forgets = operator == "Or" and side == "right" and node["BinaryExpr"]["left"] == _is_empty(column)
            yield EMPTY_FORGOTTEN if forgets else f"only the {side} of {operator}", node["BinaryExpr"][side]
    if "Literal" in node:
        yield from _literals(node["Literal"], column)
    function = node.get("Function", {}).get("function") if "Function" in node else None
    if isinstance(function, dict) and function.get("Boolean") == "Not":
        yield "Not is dropped", node["Function"]["input"][0]
    if isinstance(function, dict) and isinstance(function.get("Boolean"), dict) and "IsBetween" in function["Boolean"]:
        for closed in ("Left", "Right"):
            open_end = {"Boolean": {"IsBetween": {"closed": closed}}}
            yield f"between without its {closed} alone", {"Function": node["Function"] | {"function": open_end}}


def _is_empty(column: str) -> dict:
    return {"Function": {"input": [{"Column": column}], "function": {"Boolean": "IsNull"}}}


def _literals(literal: dict, column: str) -> Iterator[tuple[str, object]]:
    dynamic, scalar = literal.get("Dyn", {}), literal.get("Scalar", {})
    for kind in ("Int", "Float"):
        if kind in dynamic:
            for step in (-1, 1) if column in INTEGER_COLUMNS else (-1, -0.01, 0.01, 1):
                yield f"{dynamic[kind]} {step:+}", {"Literal": {"Dyn": {"Float": dynamic[kind] + step}}}
    if "Date" in scalar:
        for step in (-1, 1):
            yield f"date {step:+} day", {"Literal": {"Scalar": {"Date": scalar["Date"] + step}}}
    if "String" in scalar and len(scalar["String"]) < 40:  # longer ones are patterns, see PHI-01
        yield f"another word than {scalar['String']}", {"Literal": {"Scalar": {"String": scalar["String"] + "x"}}}
    if "List" in scalar:
        for word in _words(bytes(scalar["List"])):
            changed = bytes(scalar["List"]).replace(word, b"~" * len(word))
            yield f"without {word.decode()}", {"Literal": {"Scalar": {"List": list(changed)}}}


def _words(stored: bytes) -> list[bytes]:
    """Words of a stored list, longest first so that none is found inside another."""
    known = (b"no_viable", b"residual", b"ltp", b"ct", b"mr")
    return [word for word in known if word in stored]


def _replaced(tree, path: tuple, changed):
    if not path:
        return changed
    tree = copy.deepcopy(tree)
    place = tree
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = changed
    return tree
