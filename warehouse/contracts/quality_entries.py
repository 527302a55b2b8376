"""Makes the `quality` entries of a contract from the platform's rules: codes, conditions on one row, the key."""

from collections.abc import Iterable
from typing import Any

from schemas import rules as catalogue
from schemas.codes import ROMAN_SEGMENT
from schemas.export import Column, Export
from schemas.rule import Rule
from schemas.rules import RULES

Entry = dict[str, Any]
DIMENSION_OF = {
    catalogue.VALUE: "conformity",
    catalogue.RELATIONAL: "consistency",
    catalogue.COMPUTATIONAL: "consistency",
    catalogue.COMPLETENESS: "completeness",
    catalogue.ATEMPORAL: "accuracy",
    catalogue.TEMPORAL: "timeliness",
    catalogue.UNIQUENESS: "uniqueness",
}
"""Kahn's categories -> the standard's dimensions."""
KEY_RULE = "KEY-01"


def stated(rule: Rule, column: str, **said: Any) -> Entry:
    """Return the entry of a rule that is broken in that column: nothing that it counts may be there."""
    return {
        "id": rule.rule_id,
        "description": rule.reason(column),
        **said,
        "mustBe": 0,
        "severity": "error" if rule.severity == "E" else "warning",
        "dimension": DIMENSION_OF[rule.kahn_category],
        "customProperties": [
            {"property": "kahnCategory", "value": rule.kahn_category},
            {"property": "kahnContext", "value": rule.kahn_context},
            {"property": "effect", "value": "setAside" if rule.severity == "E" else "flag"},
        ],
    }


def counting(condition: str, source: str = "{object}") -> Entry:
    """Return the part of an entry that counts the rows of `source` for which the condition is true."""
    return {"type": "sql", "query": f"SELECT count(*) FROM {source} WHERE {condition}"}  # noqa: S608 (for other tools)


def valid_codes(column: Column) -> tuple[str, ...]:
    """Return the codes of a column as a file may hold them: Couinaud's segments in Roman numerals too."""
    if column.name != "segment":
        return column.codes
    return (*column.codes, *(numeral.upper().replace("A", "a").replace("B", "b") for numeral in ROMAN_SEGMENT))


def code_entry(column: Column) -> Entry:
    """Return the entry of a coded column's list."""
    said = {"metric": "invalidValues", "arguments": {"validValues": list(valid_codes(column))}}
    return stated(RULES[column.code_rule], column.name, **said)


def key_entry(export: Export, columns: Iterable[str]) -> Entry:
    """Return the entry that no two rows that differ share a key. Of equal rows, the registry counts one."""
    key = ", ".join(name for name in export.key if name in columns)
    of_key = (
        f"SELECT {key} FROM (SELECT DISTINCT {', '.join(columns)} FROM {{object}}) GROUP BY ALL HAVING count(*) > 1"  # noqa: S608
    )
    return stated(RULES[KEY_RULE], key, type="sql", query=f"SELECT count(*) FROM ({of_key})")  # noqa: S608
