"""Turns the SQL of an own rule into what finds its rows, and refuses everything that a rule must not do.

A rule counts: SELECT count(*) FROM {object} [JOIN ...] [WHERE ...]. The same text that another tool counts decides here
which rows break the rule. The build database may read files, so what a rule may name is a list: tables, functions.
"""

from dataclasses import dataclass

from schemas.exports import EXPORTS
from warehouse.own_rules.refusal import RuleRefused, near
from warehouse.own_rules.sql_tree import SHAPE, Node, column, nodes_in, parsed, written
from warehouse.own_rules.try_sql import tried
from warehouse.readers.near_names import nearest

CLOCK_WORDS = frozenset(
    (
        *("now", "today", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"),
        *("get_current_time", "get_current_timestamp", "transaction_timestamp", "age", "current_localtimestamp"),
        *("current_localtime",),
    )
)
FUNCTIONS = frozenset(
    (
        *("count", "sum", "min", "max", "avg", "median", "bool_or", "bool_and", "count_if"),
        *("coalesce", "nullif", "ifnull", "if", "abs", "round", "floor", "ceil", "ceiling", "greatest", "least"),
        *("sqrt", "ln", "log", "log10", "log2", "exp", "pow", "power", "sign", "isnan", "isinf", "isfinite", "trunc"),
        *("length", "len", "lower", "upper", "trim", "ltrim", "rtrim", "substr", "substring", "left", "right"),
        *("replace", "contains", "starts_with", "ends_with", "prefix", "suffix", "strpos", "position", "concat"),
        *("concat_ws", "regexp_matches", "regexp_full_match", "regexp_extract", "regexp_replace", "split_part"),
        *("date_diff", "datediff", "date_sub", "datesub", "date_part", "datepart", "date_trunc", "datetrunc"),
        *("year", "month", "day", "quarter", "dayofweek", "make_date", "date_add", "last_day"),
        *("list_contains", "list_value", "strftime", "strptime", "try_strptime"),
        *("row_number", "rank", "dense_rank", "lag", "lead", "first_value", "last_value"),
    )
)
WRITTEN_OTHERWISE = frozenset(
    (
        *("count_star", "array_extract", "array_slice", "to_years", "to_months", "to_weeks", "to_days", "to_hours"),
        *("to_minutes", "to_seconds", "like_escape", "not_like_escape", "ilike_escape", "not_ilike_escape"),
        *("~~", "!~~", "~~*", "!~~*", "~~~", "^@"),
    )
)
"""What DuckDB's parser makes of count(*), x[1], INTERVAL and LIKE."""
CLASSES = frozenset(
    (
        *("FUNCTION", "COLUMN_REF", "CONSTANT", "COMPARISON", "CONJUNCTION", "CAST", "CASE", "OPERATOR", "BETWEEN"),
        *("SUBQUERY", "WINDOW", "STAR"),
    )
)
ROW_COLUMNS = {"site": "VARCHAR", "extract_date": "DATE"}
"""Columns that a rule on one row may read besides the export's: the site and the extract date of its delivery."""
AGGREGATES = frozenset(("count_star", "count", "sum", "min", "max", "avg", "median", "bool_or", "bool_and", "count_if"))
HIDDEN = ("row_id", "flags", "line", "delivery", "origin")


@dataclass(frozen=True)
class Compiled:
    """The SQL that finds the rows: a condition on one row, or a SELECT of row_id for a rule that looks further."""

    sql: str
    is_on_one_row: bool


def compiled(query: str, export: str, column_name: str) -> Compiled:
    """Compile the query of a rule of the export that stands below the column. RuleRefused in one sentence."""
    select = parsed(filled_in(query, export, column_name))
    _refuse_shape(select)
    for node in nodes_in(select):
        _refuse(node)
    own = select["from_table"]
    if own["type"] == "BASE_TABLE" and not _looks_further(select):
        _refuse_other_table(own, export)
        return Compiled(_condition(select, export, own["alias"] or export), True)
    while own["type"] == "JOIN":
        own = own["left"]
    _refuse_other_table(own, export)
    found = written(select | {"select_list": [column(own["alias"] or export, "row_id")]})
    tried(found)
    return Compiled(found, False)


def number_of(query: str, export: str, column_name: str) -> tuple[str, bool]:
    """Return the query of a rule about the whole table, on its delivered rows, and whether it counts rows. RuleRefused
    if it is not one SELECT of one aggregate.
    """
    select = parsed(filled_in(query, export, column_name))
    asked = select.get("select_list") or [{}]
    if select["type"] != "SELECT_NODE" or len(asked) != 1 or not AGGREGATES & set(_called(asked[0])):
        raise RuleRefused(
            "The SQL of the rule does not give one number.", "Write SELECT avg({property}) FROM {object}."
        )
    _refuse_more(select)
    for node in nodes_in(select):
        _refuse(node)
    own = select["from_table"]
    while own["type"] == "JOIN":
        own = own["left"]
    _refuse_other_table(own, export)
    is_delivered = f'SELECT count(*) FROM t WHERE "{own["alias"] or export}".delivery IS NOT NULL'  # noqa: S608
    delivered = parsed(is_delivered)["where_clause"]
    met = [one for one in (select["where_clause"], delivered) if one]
    both = {"class": "CONJUNCTION", "type": "CONJUNCTION_AND", "alias": "", "query_location": 0, "children": met}
    sql = written(select | {"where_clause": both if len(met) > 1 else delivered})
    tried(sql)
    return sql, asked[0].get("function_name") == "count_star"


def _called(node: Node) -> list[str]:
    """Return the functions that an expression calls outside of subqueries."""
    if node.get("class") == "SUBQUERY":
        return []
    found = [node["function_name"].lower()] if node.get("class") == "FUNCTION" else []
    parts = [part for value in node.values() for part in (value if isinstance(value, list) else [value])]
    return found + [name for part in parts if isinstance(part, dict) for name in _called(part)]


def filled_in(query: str, export: str, column_name: str) -> str:
    """Replace the standard's placeholders by the table and the column."""
    for name in ("object", "table", "model"):
        query = query.replace("${" + name + "}", f"clean.{export}").replace("{" + name + "}", f"clean.{export}")
    for name in ("property", "column", "field"):
        query = query.replace("${" + name + "}", column_name).replace("{" + name + "}", column_name)
    return query.strip().rstrip(";")


def _refuse_shape(select: Node) -> None:
    counted = select.get("select_list") or [{}]
    if select["type"] != "SELECT_NODE" or len(counted) != 1 or counted[0].get("function_name") != "count_star":
        raise RuleRefused("The SQL of the rule does not count rows.", SHAPE)
    if counted[0]["filter"] is not None:
        raise RuleRefused("The SQL of the rule counts with a filter.", "Write the filter as WHERE.")
    _refuse_more(select)


def _refuse_more(select: Node) -> None:
    more = (select[name] for name in ("modifiers", "group_expressions", "having", "qualify", "sample"))
    if any(more) or any(node.get("cte_map", {}).get("map") or node.get("sample") for node in nodes_in(select)):
        raise RuleRefused("The SQL of the rule does more than count rows.", SHAPE)


def _refuse(node: Node) -> None:
    """Refuse a node that is not on the lists, and give a table its schema."""
    kind = node.get("class")
    if kind is None:
        _refuse_source(node)
    elif kind not in CLASSES or node.get("columns"):
        raise RuleRefused("A rule compares columns, constants and functions of them.", "Say it with these.")
    elif kind == "COLUMN_REF":
        name = node["column_names"][-1]
        if name.lower() in CLOCK_WORDS:
            _refuse_clock()
        if name.lower() in HIDDEN:
            raise RuleRefused(f"A rule cannot read {name}.", "Read columns of the export.")
    elif kind in ("FUNCTION", "WINDOW"):
        name = node["function_name"].lower()
        if name in CLOCK_WORDS:
            _refuse_clock()
        if name not in FUNCTIONS | WRITTEN_OTHERWISE and not node.get("is_operator") or node["schema"]:
            raise RuleRefused(f"A rule cannot call {name}().", nearest_function(name))


def nearest_function(name: str) -> str:
    """Return the cure for a function that is not on the list."""
    found = nearest(name, FUNCTIONS)
    return f"Did you mean {found}?" if found else "docs/own-rules.md lists the functions."


def _refuse_clock() -> None:
    raise RuleRefused("No rule reads the clock.", "Compare with extract_date, or with a date of the row.")


def _refuse_source(node: Node) -> None:
    """Refuse what is read if it is no table of an export: functions, files, other schemas, pivots."""
    if "table_name" in node:
        if node["catalog_name"] or node["schema_name"] not in ("", "clean") or node["at_clause"]:
            raise RuleRefused("A rule reads the clean tables of the exports and nothing else.", _tables())
        if node["table_name"] not in EXPORTS:
            raise RuleRefused(f"There is no table {node['table_name']!r} for rules.", near(node["table_name"], EXPORTS))
        node["schema_name"] = "clean"
    elif node.get("type") == "TABLE_FUNCTION":
        raise RuleRefused(f"A rule cannot call {node['function']['function_name']}().", _tables())
    elif node.get("type") in ("PIVOT", "SHOW_REF", "COLUMN_DATA", "RECURSIVE_CTE_NODE", "CTE_NODE"):
        raise RuleRefused("The SQL of the rule does more than count rows.", SHAPE)


def _tables() -> str:
    return f"Read {', '.join(EXPORTS)}."


def _refuse_other_table(own: Node, export: str) -> None:
    if own.get("table_name") != export or own["column_name_alias"]:
        raise RuleRefused(f"The SQL does not count rows of {export}.", "Write FROM {object}.")


def _looks_further(select: Node) -> bool:
    nodes = [node for node in nodes_in(select) if node is not select]
    return any(node.get("type") == "SELECT_NODE" or node.get("class") in ("WINDOW", "SUBQUERY") for node in nodes)


def _condition(select: Node, export: str, alias: str) -> str:
    """Return the condition of a rule on one row, its columns without the table's name, once DuckDB has bound it."""
    condition = select["where_clause"]
    if condition is None:
        return "true"
    known = [*EXPORTS[export].column_names, *ROW_COLUMNS]
    for node in nodes_in(condition):
        if node.get("class") == "COLUMN_REF":
            *owner, name = node["column_names"]
            if owner and owner[-1] != alias:
                raise RuleRefused(f"The SQL names {'.'.join(owner)}, which it does not read.", f"Write {alias}.")
            if name.lower() not in known:
                raise RuleRefused(f"{export} has no column {name!r}.", near(name, known))
            node["column_names"] = [name]
    nothing = {"type": "EMPTY", "alias": "", "sample": None, "query_location": 0}
    sql = written(select | {"select_list": [condition], "from_table": nothing, "where_clause": None})
    sql = sql.removeprefix("SELECT ")
    kinds = {one.name: one.duckdb_type for one in EXPORTS[export].columns} | ROW_COLUMNS
    frame = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in kinds.items())
    tried(f"SELECT TRY(coalesce(CAST(({sql}) AS BOOLEAN), false)) FROM (SELECT {frame})")  # noqa: S608 (guarded above)
    return sql
