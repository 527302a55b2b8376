"""docs/rules.md: the catalogue of rules, and what each sets aside.

What belongs here: the page. What does not: the rules (schemas/rules.py), and which columns each judges, which is
read from the exports and from the SQL of the rules across rows.
"""

from __future__ import annotations

import re

from schemas.contract import scope_of
from schemas.exports import EXPORTS
from schemas.rule import Rule
from schemas.rules import RULES
from tests.docs.markdown import page, table
from warehouse.clean.cross_rules import CROSS_RULES, ROW_RULES
from warehouse.storage.sql_files import select_of

OPENING = """\
# Rules

Every rule of the catalogue (`schemas/rules.py`). Made by `make docs`; change the catalogue, not this page.

Severity **E** sets aside: the row, where the rule fails in a required column; else the value, and the row goes on
with that cell empty. **W** leaves a flag on the clean row. A **gate** refuses the release. Phases run in their order,
and what one sets aside the next does not see: 1 types and required values, 2 keys, 3 single cells, 4 cells of one row
together, 5 parents and orphans, 6 across tables; derived: on the derived tables.

Entries stand in `quality.quarantine` with the sentence below ({column} is the column's name) and never quote the
value. `quality.results` counts how every rule fared. The categories are those of Kahn et al., eGEMs 2016;4(1):1244."""


def render() -> str:
    """The whole page."""
    rows = (
        (
            rule.rule_id,
            ", ".join(rule.tables),
            rule.phase,
            rule.severity,
            sets_aside(rule),
            rule.sentence,
            f"{rule.kahn_category} ({rule.kahn_context})",
        )
        for rule in RULES.values()
    )
    header = ("rule", "tables", "phase", "severity", "sets aside (column)", "sentence", "category")
    return page(OPENING, table(header, rows))


def sets_aside(rule: Rule) -> str:
    """What breaking the rule costs: the release, the row, the value or a flag; with the columns judged."""
    if rule.severity == "gate":
        return "the release"
    if rule.phase in ("dataset", "derived"):
        return "nothing; it is reported"
    if rule.rule_id == "KEY-01":
        return "all rows concerned"
    if rule.rule_id in ROW_RULES:
        return "row"
    by_scope: dict[str, list[str]] = {}
    scopes_of: dict[str, set[str]] = {}
    judged = [(e, c, scope_of(rule.rule_id, EXPORTS[e], EXPORTS[e].column(c))) for e, c in judged_columns(rule.rule_id)]
    for _, column, scope in judged:
        scopes_of.setdefault(column, set()).add(scope)
    for export, column, scope in judged:
        name = column if len(scopes_of[column]) == 1 else f"{export}.{column}"
        if name not in by_scope.setdefault(scope, []):
            by_scope[scope].append(name)
    return "; ".join(f"{scope} ({', '.join(by_scope[scope])})" for scope in sorted(by_scope))


def judged_columns(rule_id: str) -> list[tuple[str, str]]:
    """(export, column) pairs that the rule sets aside or flags."""
    found = []
    for export in EXPORTS.values():
        if rule_id == "REQ-01":
            found += [(export.name, c.name) for c in export.columns if c.required and c.kind != "flag"]
        elif rule_id == "TYPE-01":
            found += [(export.name, c.name) for c in export.columns if c.is_parsed or c.is_text]
        found += [(export.name, r.column) for r in export.row_rules if r.rule_id == rule_id]
    for rule in CROSS_RULES:
        if rule.rule_id == rule_id:
            quoted = re.findall(r"'(\w+)'", select_of(f"rules/{rule.file}"))
            found += [(rule.export, name) for name in EXPORTS[rule.export].column_names if name in quoted]
    return found
