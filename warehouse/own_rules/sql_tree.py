"""Reads SQL into the tree of DuckDB's own parser and writes it back: what is judged of a rule's text is what is run.

A second parser would see another text than the one that runs: sqlglot 30.30 reads DuckDB's `~`, a match of the whole
text, as a match anywhere.
"""

import json
from collections.abc import Iterator
from typing import Any

from warehouse.own_rules.refusal import RuleRefused
from warehouse.own_rules.try_sql import empty_tables

Node = dict[str, Any]
READS_ONLY = "A rule is one SELECT and nothing else."
SHAPE = "Write SELECT count(*) FROM {object} WHERE ..., without CTE, GROUP BY, HAVING, LIMIT or UNION."


def parsed(sql: str) -> Node:
    """Return the node of the one SELECT. RuleRefused if there is another statement, or none that can be read."""
    answer = _ask("SELECT json_serialize_sql(?)", sql)
    tree = json.loads(answer)
    if tree["error"]:
        if tree.get("error_type") == "parser":
            raise RuleRefused("The SQL of the rule cannot be read.", SHAPE)
        raise RuleRefused(READS_ONLY, SHAPE)
    if len(tree["statements"]) != 1:
        raise RuleRefused(READS_ONLY, SHAPE)
    return tree["statements"][0]["node"]


def written(node: Node) -> str:
    """Return the SQL of a node."""
    tree = {"error": False, "statements": [{"node": node, "named_param_map": []}]}
    return _ask("SELECT json_deserialize_sql(CAST(? AS JSON))", json.dumps(tree))


def _ask(question: str, text: str) -> str:
    row = empty_tables().execute(question, [text]).fetchone()
    return str(row[0]) if row else ""


def nodes_in(given: Any) -> Iterator[Node]:
    """Yield every node of a tree, the given one first."""
    if isinstance(given, dict):
        yield given
        for part in given.values():
            yield from nodes_in(part)
    elif isinstance(given, list):
        for part in given:
            yield from nodes_in(part)


def column(*names: str) -> Node:
    """Return the node that names a column."""
    return {"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": "", "query_location": 0, "column_names": list(names)}


def selecting(select: str, names: tuple[str, ...]) -> str:
    """Return a rule's SELECT of row_id with these columns of the same table in its place."""
    node = parsed(select)
    own = node["select_list"][0]["column_names"][0]
    return written(node | {"select_list": [column(own, name) for name in names]})
