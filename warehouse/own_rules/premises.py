"""Finds the part of a rule's condition that no row of a release meets, so that finding nothing proves nothing.

A premise is a part of the condition that says nothing of the column that the rule judges: of `modality = 'mwa' AND
power_w < 40` on power_w, the first. Codes that the release has in its place are named, and no other value.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher

import duckdb

from schemas.exports import EXPORTS
from schemas.rule_book import ROW_PHASE, OwnRule
from warehouse.own_rules.sql_tree import Node, nodes_in, parsed, written

AND = "CONJUNCTION_AND"
MOST_CODES = 5


@dataclass(frozen=True)
class Unmet:
    """What no row does, such as meeting a condition; `there` are the codes that its `column` has, nearest first."""

    what: str
    column: str = ""
    there: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Return what it means for a rule that finds nothing."""
        said = f"No row of the release {self.what}, so finding none proves nothing."
        if not self.column:
            return said
        return f"{said} {self.column} is {' or '.join(self.there)} there." if self.there else said


def unmet(con: duckdb.DuckDBPyConnection, rule: OwnRule, rows: str) -> Unmet | None:
    """Return the premise, or all together, that none of `rows` meets, a relation of the rule's table; None if there is
    a row that meets them all.
    """
    if rule.column in rule.asked and not _is_met(con, rows, f"{rule.column} IS NOT NULL"):
        return Unmet(f"has {rule.column} filled")
    premises = [_text(one) for one in _premises(rule)]
    for condition in premises:
        if not _is_met(con, rows, condition):
            return Unmet(f"meets {condition}", *_codes(con, rule, rows, condition))
    both = " AND ".join(premises)
    return None if not both or _is_met(con, rows, both) else Unmet(f"meets {both}")


def _is_met(con: duckdb.DuckDBPyConnection, rows: str, condition: str) -> bool:
    found = con.execute(f"SELECT 1 FROM {rows} WHERE TRY(CAST(({condition}) AS BOOLEAN)) LIMIT 1")  # noqa: S608 (guarded)
    return found.fetchone() is not None


def _premises(rule: OwnRule) -> list[Node]:
    """Return the parts of the rule's condition that are about its own row but not about its column."""
    if rule.rule.phase == ROW_PHASE:
        condition = parsed(f"SELECT {rule.breaks}")["select_list"][0]
        owners: list[list[str]] = [[]]
    else:
        select = parsed(rule.breaks)
        condition = select["where_clause"]
        owners = [select["select_list"][0]["column_names"][:1]]
        if select["from_table"]["type"] == "BASE_TABLE":  # the only one, so its columns need no owner
            owners.append([])
        if condition is None:
            return []
    return [part for part in _parts(condition) if _is_premise(part, owners, rule.column)]


def _parts(condition: Node) -> list[Node]:
    if condition.get("type") != AND:
        return [condition]
    return [part for child in condition["children"] for part in _parts(child)]


def _is_premise(part: Node, owners: list[list[str]], column: str) -> bool:
    """Return whether the part is about columns of the rule's own table, but not about the rule's column."""
    if any(node.get("class") in ("SUBQUERY", "WINDOW") for node in nodes_in(part)):
        return False
    named = [node["column_names"] for node in nodes_in(part) if node.get("class") == "COLUMN_REF"]
    is_own = all(names[:-1] in owners for names in named)
    return bool(named) and is_own and column not in (names[-1] for names in named)


def _text(part: Node) -> str:
    """Return the SQL of a part, its columns without the table's name."""
    for node in nodes_in(part):
        if node.get("class") == "COLUMN_REF":
            node["column_names"] = node["column_names"][-1:]
    nothing = {"type": "EMPTY", "alias": "", "sample": None, "query_location": 0}
    bare = parsed("SELECT 1") | {"select_list": [part], "from_table": nothing}
    said = written(bare).removeprefix("SELECT ")
    return said[1:-1] if _is_enclosed(said) else said


def _is_enclosed(said: str) -> bool:
    """Return whether the first bracket closes with the last sign.

    >>> _is_enclosed("(a IN (1, 2))"), _is_enclosed("(a) + (b)")
    (True, False)
    """
    depth = [said[: n + 1].count("(") - said[: n + 1].count(")") for n in range(len(said))]
    return said.startswith("(") and depth.index(0) == len(said) - 1


def _codes(con: duckdb.DuckDBPyConnection, rule: OwnRule, rows: str, condition: str) -> tuple[str, tuple[str, ...]]:
    """Return the one column that the condition is about and the codes that rows have there; ('', ()) if it has none."""
    part = parsed(f"SELECT {condition}")["select_list"][0]
    names = {node["column_names"][-1] for node in nodes_in(part) if node.get("class") == "COLUMN_REF"}
    coded = [one for one in EXPORTS[rule.export].columns if one.name in names and one.kind in ("code", "flag")]
    if len(names) != 1 or not coded:
        return "", ()
    (column,) = coded
    found = con.execute(f"SELECT DISTINCT CAST({column.name} AS VARCHAR) FROM {rows} WHERE {column.name} IS NOT NULL")  # noqa: S608
    nearest = sorted((code for (code,) in found.fetchall()), key=lambda code: (-_likeness(code, condition), code))
    return column.name, tuple(nearest[:MOST_CODES])


def _likeness(code: str, condition: str) -> float:
    """Return how like a code is to the nearest word that the condition asks for."""
    words = condition.split("'")[1::2]
    return max((SequenceMatcher(None, code, word.lower()).ratio() for word in words), default=0.0)
