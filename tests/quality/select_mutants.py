"""Makes mutants of a rule across rows from its parsed SELECT, each with one change."""

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

SWAPS = {
    exp.LT: (exp.LTE, exp.GT),
    exp.LTE: (exp.LT,),
    exp.GT: (exp.GTE, exp.LT),
    exp.GTE: (exp.GT,),
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.And: (exp.Or,),
    exp.Or: (exp.And,),
    exp.Min: (exp.Max,),
    exp.Max: (exp.Min,),
    exp.LogicalOr: (exp.LogicalAnd,),
    exp.LogicalAnd: (exp.LogicalOr,),
}


def mutants(sql: str) -> Iterator[tuple[str, str]]:
    """(what was changed, the changed SELECT), one change each; the first finds nothing."""
    yield "finds nothing", f"SELECT * FROM ({sql}) WHERE false"
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    for number, node in enumerate(tree.walk()):
        for name, change in _changes(node):
            copied = tree.copy()
            target = next(n for i, n in enumerate(copied.walk()) if i == number)
            changed = change(target)
            whole = changed if target is copied else copied
            yield f"{name} in {node.sql(dialect='duckdb', comments=False)[:60]}", whole.sql(dialect="duckdb")


def _changes(node: exp.Expression):
    for other in SWAPS.get(type(node), ()):
        yield f"{type(node).__name__} becomes {other.__name__}", _swap_to(other)
    if isinstance(node, exp.And | exp.Or):
        for side in ("this", "expression"):
            yield f"only one side ({side})", lambda n, s=side: n.replace(n.args[s].copy())
    if isinstance(node, exp.Literal) and node.this.isdigit() and not isinstance(node.parent, exp.Select):
        for step in (-1, 1):
            yield f"{step:+}", lambda n, s=step: n.replace(exp.Literal.number(int(n.this) + s))
    if isinstance(node, exp.Literal) and node.is_string and not node.this.isdigit() and not _is_column_name(node):
        yield "another word", lambda n: n.replace(exp.Literal.string(n.this + "x"))
    if isinstance(node, exp.Not):
        yield "Not is dropped", lambda n: n.replace(n.this.copy())
    if isinstance(node, exp.Abs):
        yield "Abs is dropped", lambda n: n.replace(n.this.copy())
    if isinstance(node, exp.Where | exp.Having):
        yield f"{type(node).__name__} is dropped", lambda n: n.pop()
    if isinstance(node, exp.Distinct) and isinstance(node.parent, exp.Count):
        yield "Distinct is dropped", lambda n: n.replace(n.expressions[0].copy())
    if isinstance(node, exp.Join):
        for column in node.args.get("using") or ():
            if len(node.args["using"]) > 1:
                yield (
                    f"join without {column.name}",
                    lambda n, c=column.name: n.set("using", [u for u in n.args["using"] if u.name != c]),
                )
        if node.args.get("kind") == "ANTI":
            yield "anti join becomes semi join", lambda n: n.set("kind", "SEMI")
            yield "anti join is dropped", lambda n: n.pop()
        if node.args.get("kind") == "SEMI":
            yield "semi join becomes anti join", lambda n: n.set("kind", "ANTI")
            yield "semi join is dropped", lambda n: n.pop()
    if isinstance(node, exp.Union):
        for side in ("this", "expression"):
            yield f"only one part ({side})", lambda n, s=side: n.replace(n.args[s].copy())


def _swap_to(other: type[exp.Expression]):
    return lambda node: node.replace(other(**{k: v.copy() if hasattr(v, "copy") else v for k, v in node.args.items()}))


def _is_column_name(node: exp.Literal) -> bool:
    """The column a finding is about: checked by every canary, not a condition."""
    return isinstance(node.parent, exp.Alias | exp.Select | exp.Array)
