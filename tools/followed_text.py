"""Follows an expression of the code to the texts that it can be: through names, choices, f-strings and functions.

An f-string becomes a template: f"{n_rows:,} rows" is "{n_rows:,} rows". A name that stands for a fixed text, or for one
of several, is replaced by it, so that each template is a whole sentence.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

from languages.language import SPOKEN

ROOT = Path(__file__).parents[1]
DEEPEST = 12
NAME = re.compile("[a-z]+(_[a-z]+)+")
"""The name of a column or an export, which stays a value of the sentence."""
Scope = ast.FunctionDef | ast.Module
GIVES = (ast.Return, ast.Yield)


class Unfollowed(Exception):
    """The expression cannot be followed to text; the message says where it stands."""


class Module:
    """One module of the checkout, with what it names."""

    def __init__(self, path: Path):
        self.name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}
        self.imports = {
            alias.asname or alias.name: (node.module, alias.name)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }

    def scopes(self) -> Iterator[tuple[Scope, ast.AST]]:
        """Yield every node of the module, with the innermost function it stands in."""
        yield from _inside(self.tree, self.tree)


def _inside(scope: Scope, node: ast.AST) -> Iterator[tuple[Scope, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        yield scope, child
        yield from _inside(child if isinstance(child, ast.FunctionDef) else scope, child)


@cache
def module_at(path: Path) -> Module:
    """Return the module in the file."""
    return Module(path)


def texts(node: ast.AST, module: Module, scope: Scope, depth: int = 0) -> list[str]:
    """Return every text that the expression can be, as templates; '' and None are left out. Raises Unfollowed."""
    if depth > DEEPEST:
        raise _lost(node, module)

    def follow(one: ast.AST) -> list[str]:
        return texts(one, module, scope, depth + 1)

    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Constant():
            return []
        case ast.JoinedStr(values=parts):
            names: dict[str, str] = {}
            return ["".join(one) for one in product(*(_of_part(p, module, scope, depth, names) for p in parts))]
        case ast.IfExp(body=body, orelse=other):
            return [*follow(body), *follow(other)]
        case ast.BoolOp(values=values):
            return [text for value in values for text in follow(value)]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return ["".join(one) for one in product(follow(left), follow(right))]
        case ast.Tuple(elts=several) | ast.List(elts=several):
            return [text for one in several for text in follow(one)]
        case ast.Dict(values=values):
            return [text for one in values for text in follow(one)]
        case ast.Attribute(attr="message" | "cure" | "unread"):  # said elsewhere
            return []
        case ast.Starred(value=value) | ast.Subscript(value=value):
            return follow(value)
        case ast.GeneratorExp(elt=ast.Name(id=name), generators=[one]) if _is(one.target, name):
            return follow(one.iter)
        case ast.GeneratorExp(elt=one):
            return follow(one)
        case ast.Name(id=name):
            return _of_name(name, node, module, scope, depth)
        case ast.Call():
            return _of_call(node, module, scope, depth)
    raise _lost(node, module)


def _of_call(node: ast.Call, module: Module, scope: Scope, depth: int) -> list[str]:
    match node.func:
        case ast.Name(id="Said"):
            return texts(node.args[0], module, scope, depth + 1)
        case ast.Attribute(attr="join", value=ast.Constant(value=" ")):  # sentences one after the other
            return texts(node.args[0], module, scope, depth + 1)
        case ast.Attribute(attr="format", value=template):
            values = [_texts_or_place(one, module, scope, depth) for one in node.args]
            return [
                text.format(*chosen)
                for text in texts(template, module, scope, depth + 1)
                for chosen in product(*values)
            ]
        case ast.Attribute(attr="get", value=ast.Name() as table):
            return [text for one in (table, *node.args[1:]) for text in texts(one, module, scope, depth + 1)]
        case ast.Name(id="bytes") | ast.Attribute(attr="fromhex"):
            return []
        case ast.Name(id=name):
            owner, function = _function(name, module)
            if function is not None and owner is not None:
                return returned(function, owner, depth + 1)
    raise _lost(node, module)


def returned(function: ast.FunctionDef, module: Module, depth: int = 0) -> list[str]:
    """Return every text that the function can return or yield. Raises Unfollowed."""
    found: list[str] = []
    for scope, node in _inside(function, function):
        if scope is function and isinstance(node, GIVES) and node.value is not None:
            found += texts(node.value, module, function, depth)
    return found


def _function(name: str, module: Module) -> tuple[Module | None, ast.FunctionDef | None]:
    if name in module.functions:
        return module, module.functions[name]
    owner = _imported(name, module)
    return (owner, owner.functions.get(module.imports[name][1])) if owner else (None, None)


def _imported(name: str, module: Module) -> Module | None:
    if name not in module.imports:
        return None
    path = ROOT / f"{module.imports[name][0].replace('.', '/')}.py"
    return module_at(path) if path.exists() else None


def _of_name(name: str, node: ast.AST, module: Module, scope: Scope, depth: int) -> list[str]:
    """Return the texts that a name stands for: everything that is assigned to it, here, in the module or elsewhere."""
    if (found := _of_pair(name, module, scope, depth)) is not None:
        return found
    for place in (scope, module.tree):
        values = [value for value in _assigned(name, place) if value is not node]
        if values:
            return [text for value in values for text in texts(value, module, place, depth + 1)]
    if (owner := _imported(name, module)) is not None:
        return _of_name(module.imports[name][1], node, owner, owner.tree, depth + 1)
    raise _lost(node, module)


def _of_pair(name: str, module: Module, scope: Scope, depth: int) -> list[str] | None:
    """Return the texts of a name that takes its part of what a function gives: `why, cure = why_lacking(...)`."""
    for _, node in _inside(scope, scope):
        match node:
            case (
                ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Call() as called)
                | ast.For(target=ast.Tuple(elts=targets), iter=ast.Call() as called)
                | ast.comprehension(target=ast.Tuple(elts=targets), iter=ast.Call() as called)
            ):
                place = next((n for n, target in enumerate(targets) if _is(target, name)), None)
                if place is not None and (found := parts_of(called, place, module, depth)) is not None:
                    return found
    return None


def parts_of(called: ast.Call, place: int, module: Module, depth: int = 0) -> list[str] | None:
    """Return the texts at that place of the tuples that a function of ours gives; None if it is none of ours."""
    owner, function = _function(called.func.id, module) if isinstance(called.func, ast.Name) else (None, None)
    if owner is None or function is None:
        return None
    given = [one.value for of, one in _inside(function, function) if isinstance(one, GIVES) and of is function]
    parts = [one.elts[place] for one in given if isinstance(one, ast.Tuple)]
    return [text for part in parts for text in texts(part, owner, function, depth + 1)]


def _assigned(name: str, place: Scope) -> Iterator[ast.AST]:
    for scope, node in _inside(place, place):
        if scope is not place:
            continue
        match node:
            case ast.Assign(targets=[target], value=value) if _is(target, name):
                yield value
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                yield from (value for target, value in zip(targets, values, strict=False) if _is(target, name))
            case ast.AnnAssign(target=target, value=value) if _is(target, name) and value is not None:
                yield value
            case ast.NamedExpr(target=target, value=value) if _is(target, name):
                yield value
            case ast.comprehension(target=target, iter=several) | ast.For(target=target, iter=several):
                if _is(target, name):
                    yield several


def _is(target: ast.AST, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _of_part(part: ast.AST, module: Module, scope: Scope, depth: int, names: dict[str, str]) -> list[str]:
    """Return what one part of an f-string can be: its text, or a value's place. `names`: name -> its expression."""
    if isinstance(part, ast.Constant):
        return [str(part.value)]
    assert isinstance(part, ast.FormattedValue)
    if isinstance(part.value, ast.Name | ast.IfExp | ast.JoinedStr) and _named(part.value) not in SPOKEN:
        try:
            found = texts(part.value, module, scope, depth + 1)
            if found and not all(NAME.fullmatch(text) for text in found):
                return [repr(text) if part.conversion == ord("r") else text for text in found]
        except Unfollowed:
            pass
    spec = "".join(str(one.value) for one in getattr(part.format_spec, "values", []) if isinstance(one, ast.Constant))
    name, number = _named(part.value), 2
    while names.setdefault(name, ast.unparse(part.value)) != ast.unparse(part.value):
        name, number = f"{_named(part.value)}{number}", number + 1
    return [f"{{{name}{':,' if ',' in spec else ''}}}"]


def _texts_or_place(node: ast.AST, module: Module, scope: Scope, depth: int) -> list[str]:
    try:
        return texts(node, module, scope, depth + 1)
    except Unfollowed:
        return [f"{{{_named(node)}}}"]


def _named(node: ast.AST) -> str:
    """Return the name that a value bears in a template: the last name of the expression that tells what it is."""
    match node:
        case ast.Name(id=name):
            return name.lower()
        case ast.Attribute(attr=name):
            return name.lower()
        case ast.Call(args=[first, *_]):
            return _named(first)
        case ast.Call(func=ast.Attribute(value=value)) | ast.Subscript(value=value) | ast.BinOp(left=value):
            return _named(value)
        case ast.BoolOp(values=[first, *_]) | ast.IfExp(body=first):
            return _named(first)
        case ast.GeneratorExp(generators=[one, *_]) | ast.ListComp(generators=[one, *_]):
            return _named(one.iter)
    return "value"


def _lost(node: ast.AST, module: Module) -> Unfollowed:
    return Unfollowed(f"{module.name}:{getattr(node, 'lineno', 0)}: {ast.unparse(node)[:80]}")
