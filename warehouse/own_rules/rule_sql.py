"""Turns the SQL of an own rule into what finds its rows, and refuses everything that a rule must not do.

A rule counts: SELECT count(*) FROM {object} [JOIN ...] [WHERE ...]. The same text that another tool counts decides here
which rows break the rule. The build database may read files, so what a rule may name is a list: tables, functions.
"""

from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from schemas.exports import EXPORTS
from warehouse.own_rules.refusal import RuleRefused, near
from warehouse.own_rules.try_sql import tried
from warehouse.releases.one_select import called_in, one_select
from warehouse.storage.errors import QueryFailed

READS_ONLY = "A rule is one SELECT and nothing else."
SHAPE = "Write SELECT count(*) FROM {object} WHERE ..., without CTE, GROUP BY, HAVING, LIMIT or UNION."
CLOCK_WORDS = frozenset(
    (
        *("now", "today", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"),
        *("get_current_time", "get_current_timestamp", "transaction_timestamp", "age", "current_localtimestamp"),
    )
)
CLOCK = (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentDatetime, exp.Localtime, exp.Localtimestamp)
FUNCTIONS = frozenset(
    (
        *("count", "sum", "min", "max", "avg", "median", "bool_or", "bool_and", "count_if"),
        *("coalesce", "nullif", "ifnull", "if", "abs", "round", "floor", "ceil", "ceiling", "greatest", "least"),
        *("sqrt", "ln", "log", "log10", "log2", "exp", "pow", "power", "sign", "isnan", "isinf", "isfinite"),
        *("length", "len", "lower", "upper", "trim", "ltrim", "rtrim", "substr", "substring", "left", "right"),
        *("replace", "contains", "starts_with", "ends_with", "prefix", "suffix", "strpos", "position", "concat"),
        *("concat_ws", "regexp_matches", "regexp_full_match", "regexp_extract", "regexp_replace", "split_part"),
        *("date_diff", "datediff", "date_sub", "datesub", "date_part", "datepart", "date_trunc", "datetrunc"),
        *("extract", "year", "month", "day", "quarter", "dayofweek", "make_date", "date_add", "last_day"),
        *("cast", "try_cast", "try", "list_contains", "list_value", "strftime", "strptime", "try_strptime"),
        *("row_number", "rank", "dense_rank", "lag", "lead", "first_value", "last_value"),
    )
)
KEYWORDS = frozenset(
    (
        *("select", "from", "where", "on", "using", "join", "and", "or", "not", "in", "exists", "as", "case", "when"),
        *("then", "else", "between", "like", "ilike", "is", "any", "all", "some", "distinct", "filter", "over", "by"),
        *("partition", "order", "union", "values", "lateral", "interval", "date", "within"),
    )
)
ROW_COLUMNS = {"site": "VARCHAR", "extract_date": "DATE"}
"""Columns that a rule on one row may read besides the export's: the site and the extract date of its delivery."""
HIDDEN = ("row_id", "flags", "line", "delivery", "origin")


@dataclass(frozen=True)
class Compiled:
    """The SQL that finds the rows: a condition on one row, or a SELECT of row_id for a rule that looks further."""

    sql: str
    is_on_one_row: bool


def compiled(query: str, export: str, column: str) -> Compiled:
    """Compile the query of a rule of the export that stands below `column`. RuleRefused in one sentence."""
    given = filled_in(query, export, column)
    try:
        given = one_select(given, READS_ONLY, SHAPE)
    except QueryFailed as error:
        raise RuleRefused(error.message, error.cure) from None
    _refuse_calls(given)
    select = _parsed(given)
    alias = _own_table(select, export)
    _refuse_other_tables(select)
    if _is_on_one_row(select):
        return Compiled(_condition(select, export, alias), True)
    return Compiled(_rows(select, alias), False)


def filled_in(query: str, export: str, column: str) -> str:
    """Replace the standard's placeholders by the table and the column."""
    for name in ("object", "table", "model"):
        query = query.replace("${" + name + "}", f"clean.{export}").replace("{" + name + "}", f"clean.{export}")
    for name in ("property", "column", "field"):
        query = query.replace("${" + name + "}", column).replace("{" + name + "}", column)
    return query


def _refuse_calls(sql: str) -> None:
    called = called_in(sql)
    if called & CLOCK_WORDS:
        raise RuleRefused("No rule reads the clock.", "Compare with extract_date, or with a date of the row.")
    if strange := sorted(called - FUNCTIONS - KEYWORDS):
        raise RuleRefused(f"A rule cannot call {strange[0]}().", near(strange[0], sorted(FUNCTIONS)))


def _parsed(sql: str) -> exp.Select:
    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError):
        raise RuleRefused("The SQL of the rule cannot be read.", SHAPE) from None
    if tree.find(*CLOCK):
        raise RuleRefused("No rule reads the clock.", "Compare with extract_date, or with a date of the row.")
    if not isinstance(tree, exp.Select) or not _counts_rows(tree):
        raise RuleRefused("The SQL of the rule does not count rows.", SHAPE)
    unwanted = (
        "with_",
        "with",
        "group",
        "having",
        "limit",
        "offset",
        "order",
        "qualify",
        "distinct",
        "windows",
        "sample",
    )
    if any(tree.args.get(name) for name in unwanted) or tree.find(exp.With, exp.TableSample):
        raise RuleRefused("The SQL of the rule does more than count rows.", SHAPE)
    return tree


def _counts_rows(select: exp.Select) -> bool:
    if len(select.expressions) != 1:
        return False
    counted = select.expressions[0].unalias()
    return isinstance(counted, exp.Count) and isinstance(counted.this, exp.Star)


def _own_table(select: exp.Select, export: str) -> str:
    """Return the name that the rule's own table goes by in the query."""
    source = select.args.get("from_") or select.args.get("from")
    table = source.this if source is not None else None
    if not isinstance(table, exp.Table) or table.name != export:
        raise RuleRefused(f"The SQL does not count rows of {export}.", "Write FROM {object}.")
    return table.alias or table.name


def _refuse_other_tables(select: exp.Select) -> None:
    """Give each table its schema. RuleRefused for a table function, a file and every table that is no export's."""
    for table in select.find_all(exp.Table):
        name = table.name
        if not isinstance(table.this, exp.Identifier) or table.catalog or table.db not in ("", "clean"):
            raise RuleRefused(
                "A rule reads the clean tables of the exports and nothing else.", f"They are {_tables()}."
            )
        if name not in EXPORTS:
            raise RuleRefused(f"There is no table {name!r} for rules.", near(name, EXPORTS))
        table.set("db", exp.to_identifier("clean"))
    for star in select.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            raise RuleRefused("A rule names its columns.", "Write the columns instead of *.")
    for column in select.find_all(exp.Column):
        if column.name in HIDDEN:
            raise RuleRefused(f"A rule cannot read {column.name}.", "Read columns of the export.")


def _tables() -> str:
    return ", ".join(EXPORTS)


def _is_on_one_row(select: exp.Select) -> bool:
    looks_further = [
        one for one in select.find_all(exp.Select, exp.Join, exp.Window, exp.SetOperation) if one is not select
    ]
    return not looks_further and len(list(select.find_all(exp.Table))) == 1


def _condition(select: exp.Select, export: str, alias: str) -> str:
    """Return the condition of a rule on one row, its columns without the table's name, once DuckDB has bound it."""
    where = select.args.get("where")
    condition = where.this.copy() if where is not None else exp.true()
    known = [*EXPORTS[export].column_names, *ROW_COLUMNS]
    for column in condition.find_all(exp.Column):
        if column.name not in known:
            raise RuleRefused(f"{export} has no column {column.name!r}.", near(column.name, known))
        if column.table not in ("", alias):
            raise RuleRefused(f"The SQL names {column.table}, which it does not read.", f"Write {alias}.")
        column.set("table", None)
        column.set("db", None)
    sql = condition.sql(dialect="duckdb")
    kinds = {one.name: one.duckdb_type for one in EXPORTS[export].columns} | ROW_COLUMNS
    frame = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in kinds.items())
    tried(f"SELECT TRY(coalesce(CAST(({sql}) AS BOOLEAN), false)) FROM (SELECT {frame})")  # noqa: S608 (guarded above)
    return sql


def _rows(select: exp.Select, alias: str) -> str:
    """Return the query with its count replaced by the row_id of the rule's own table, once DuckDB has bound it."""
    found = select.copy()
    row_id = exp.column("row_id", table=alias)
    found.set("expressions", [row_id])
    found.set("distinct", exp.Distinct())
    sql = found.sql(dialect="duckdb")
    tried(sql)
    return sql
