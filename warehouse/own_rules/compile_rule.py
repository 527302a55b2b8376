"""Compiles one rule as its file states it: what it sets aside or flags, its sentence, its SQL and its canaries."""

import re
from typing import Any

from schemas import rules as catalogue
from schemas.exports import EXPORTS
from schemas.rule import Rule, Scope
from schemas.rule_book import DATASET_PHASE, ROW_PHASE, TABLE_PHASE, OwnRule, is_own_id
from schemas.rules import RULES
from warehouse.own_rules.contract_form import OPERATORS, RULE_KEYS, Stated
from warehouse.own_rules.metrics import ROW_COUNT, count_of, of_metric
from warehouse.own_rules.planted import canaries_of
from warehouse.own_rules.refusal import RuleRefused, listed, mapping, near, text
from warehouse.own_rules.rule_sql import compiled, number_of
from warehouse.own_rules.table_number import limit_of, number_sql, unit_of

SEVERITIES = {"error": ("E", "setAside"), "warning": ("W", "flag")}
CATEGORY_OF = {
    "accuracy": catalogue.ATEMPORAL,
    "completeness": catalogue.COMPLETENESS,
    "conformity": catalogue.VALUE,
    "consistency": catalogue.COMPUTATIONAL,
    "coverage": catalogue.COMPLETENESS,
    "timeliness": catalogue.TEMPORAL,
    "uniqueness": catalogue.UNIQUENESS,
}
"""The standard's dimensions -> Kahn's categories, where a rule does not name one."""
CATEGORIES = (*dict.fromkeys(CATEGORY_OF.values()), catalogue.RELATIONAL)
CONTEXTS = ("verification", "validation")
PROPERTIES = ("kahnCategory", "kahnContext", "phase", "effect", "askSite", "reference", "canaries", "column")
PHASES = {"row": ROW_PHASE, "table": TABLE_PHASE, "dataset": DATASET_PHASE}
BRACES = re.compile(r"\{(?!column\})|(?<!\{column)\}")


def compile_rule(stated: Stated, file: str) -> OwnRule:
    """Return the rule. RuleRefused in one sentence if anything about it does not hold."""
    said = mapping(stated.said, "The rule", RULE_KEYS)
    rule_id = _checked_id(text(said.get("id"), "The rule's `id`"))
    custom = _custom(said.get("customProperties"))
    kind = said.get("type") or ("library" if "metric" in said else "sql" if "query" in said else "text")
    if kind not in ("library", "sql"):
        raise RuleRefused(f"A rule of type {kind} is not run.", "Write it as type sql, or as a library metric.")
    operator = _operator(said)
    is_on_table = _is_on_table(said, custom, operator)
    column = stated.column or _column(custom, said, stated.export, is_on_table)
    severity, effect = _one_of(SEVERITIES, str(said.get("severity", "warning")), "severity")
    phase, sql = _compiled(said, stated.export, column, operator if is_on_table else "")
    effect = _effect(severity, phase, effect)
    if custom.get("effect", effect) != effect:
        raise RuleRefused(
            f"The effect {custom['effect']!r} does not fit the rule.",
            "error goes with setAside, warning with flag, a rule about the whole table with report.",
        )
    if "phase" in custom and _one_of(PHASES, custom["phase"], "phase") != phase:
        raise RuleRefused(
            f"The rule is stated as phase {custom['phase']}, but its SQL is not.", "Correct `phase`, or leave it out."
        )
    rule = Rule(
        rule_id,
        (stated.export,),
        phase,
        severity,
        _sentence(said),
        _category(custom, said),
        _of(CONTEXTS, custom.get("kahnContext", CONTEXTS[0]), "kahnContext"),
        reference=str(custom.get("reference") or file),
    )
    asked = () if said.get("metric") in ("nullValues", "missingValues") or is_on_table else (column,)
    asks_site = _of(("true", "false"), custom.get("askSite", "false"), "askSite") == "true"
    if asks_site and is_on_table:
        raise RuleRefused("The rule names no row that a site could be asked about.", "Leave out askSite.")
    scope = _scope(severity, stated.export, column)
    canaries = canaries_of(custom.get("canaries"), rule_id, stated.export, column, scope, is_on_table)
    return OwnRule(rule, stated.export, column, sql, file, asked, asks_site, canaries)


def _operator(said: dict) -> str:
    stated = [name for name in OPERATORS if name in said]
    if len(stated) != 1:
        raise RuleRefused(f"The rule has {'no operator' if not stated else 'two operators'}.", "Write `mustBe: 0`.")
    return stated[0]


def _is_on_table(said: dict, custom: dict, operator: str) -> bool:
    """Return whether the rule holds one number of the table to a limit, and is not about each row that is counted."""
    return (
        operator != "mustBe"
        or str(said["mustBe"]) != "0"
        or unit_of(said.get("unit")) != "rows"
        or said.get("metric") == ROW_COUNT
        or custom.get("phase") == "dataset"
    )


def _effect(severity: str, phase: int | str, effect: str) -> str:
    if phase != DATASET_PHASE:
        return effect
    if severity == "E":
        raise RuleRefused(
            "The rule is about the whole table, so it can set no row aside.",
            "Write `severity: warning`, or count the rows that break it, with `mustBe: 0`.",
        )
    return "report"


def _scope(severity: str, export: str, column: str) -> Scope:
    if severity == "W":
        return "flag"
    declared = EXPORTS[export]
    return "row" if declared.column(column).required or column in declared.key else "value"


def _checked_id(rule_id: str) -> str:
    if rule_id in RULES:
        raise RuleRefused(f"{rule_id} is a rule of the platform.", "Choose letters of your own, e.g. HD-01.")
    if not is_own_id(rule_id):
        raise RuleRefused(
            f"{rule_id!r} cannot be a rule's id.",
            "Write capitals that no rule of the platform begins with, a hyphen and a number, e.g. HD-01.",
        )
    return rule_id


def _custom(given: Any) -> dict[str, Any]:
    """Return the customProperties as name -> value. RuleRefused for an unknown or repeated name."""
    found: dict[str, Any] = {}
    for one in listed(given, "`customProperties`"):
        pair = mapping(one, "An entry of customProperties", ("property", "value", "id", "description"))
        name = text(pair.get("property"), "`property` of customProperties")
        if name not in PROPERTIES:
            raise RuleRefused(f"{name!r} is no customProperty of a rule.", near(name, PROPERTIES))
        if name in found:
            raise RuleRefused(f"customProperties state {name} twice.", "Remove one of them.")
        found[name] = pair.get("value", "")
    return found


def _column(custom: dict, said: dict, export: str, is_on_table: bool) -> str:
    names = EXPORTS[export].column_names
    arguments = said.get("arguments")
    listed_first = arguments.get("properties") if isinstance(arguments, dict) else None
    given = custom.get("column") or (listed_first[0] if isinstance(listed_first, list) and listed_first else "")
    if not given and is_on_table:
        return ""
    if not given:
        raise RuleRefused(
            "The rule has no column to set aside or to flag.", "Put it below a property, or name one as `column`."
        )
    if given not in names:
        raise RuleRefused(f"{export} has no column {given!r}.", near(str(given), names))
    return given


def _compiled(said: dict, export: str, column: str, operator: str) -> tuple[int | str, str]:
    """Return the rule's phase and its SQL. `operator` holds one number of the table to a limit; '' for rows."""
    is_metric = said.get("type", "library") == "library" and "metric" in said
    metric = text(said.get("metric"), "`metric`") if is_metric else ""
    query = "" if is_metric else text(said.get("query"), "`query`")
    if operator:
        limit, unit = limit_of(operator, said[operator]), unit_of(said.get("unit"))
        select, is_count = (
            (count_of(metric, said.get("arguments"), export, column), True)
            if metric
            else (number_of(query, export, column))
        )
        if unit == "percent" and (not is_count or metric == ROW_COUNT):
            raise RuleRefused("Only rows that are counted have a share of all rows.", "Leave out `unit`.")
        return DATASET_PHASE, number_sql(select, export, limit, unit, is_count)
    made = of_metric(metric, said.get("arguments"), export, column) if metric else compiled(query, export, column)
    return (ROW_PHASE if made.is_on_one_row else TABLE_PHASE), made.sql


def _sentence(said: dict) -> str:
    """Return the sentence that people read; only {column} in it is replaced."""
    given = " ".join(text(said.get("description") or said.get("name"), "`description`, the rule's sentence").split())
    for name in ("property", "field"):
        given = given.replace("${" + name + "}", "{column}").replace("{" + name + "}", "{column}")
    return BRACES.sub(lambda brace: brace[0] * 2, given)


def _category(custom: dict, said: dict) -> str:
    if "kahnCategory" in custom:
        return _of(CATEGORIES, custom["kahnCategory"], "kahnCategory")
    return _one_of(CATEGORY_OF, str(said.get("dimension", "accuracy")), "dimension")


def _of(known: tuple[str, ...], given: Any, what: str) -> str:
    return _one_of({name: name for name in known}, given, what)


def _one_of(known: dict, given: Any, what: str):
    if not isinstance(given, str) or given not in known:
        raise RuleRefused(f"{what} is {given!r}.", near(str(given), known))
    return known[given]
