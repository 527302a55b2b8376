"""Accepts one SELECT, and refuses everything else that could be run on a release.

The first word decides, before DuckDB parses the text: DuckDB treats some PRAGMAs as SELECTs, and opens files while it
parses IMPORT DATABASE. A PIVOT statement is refused because it creates a type first; `FROM t PIVOT (... IN (...))` is
accepted.
"""

import re

import duckdb

from warehouse.releases.query_errors import failed
from warehouse.storage.errors import QueryFailed

READS_ONLY = "A release is read-only: a query is one SELECT and nothing else."
SELECTS = "Begin with SELECT, WITH, FROM, DESCRIBE, SUMMARIZE or SHOW; for a pivot write FROM t PIVOT (... IN (...))."
NOT_IN_A_QUERY = frozenset(
    (
        *("query", "query_table", "getvariable", "getenv", "checkpoint", "force_checkpoint"),
        *("enable_logging", "disable_logging", "write_log", "truncate_duckdb_logs", "enable_profiling"),
        *("sleep_ms", "pg_sleep"),
        *("postgres_query", "postgres_execute", "postgres_scan", "postgres_scan_pushdown", "postgres_attach"),
        *("sqlite_query", "sqlite_scan", "sqlite_attach"),
    )
)
"""Functions that run SQL from a text, here or on a server, change the process or the database, or only wait."""
ELSEWHERE = frozenset(
    (
        *("alter", "analyze", "attach", "begin", "call", "checkpoint", "comment", "commit", "copy", "create"),
        *("deallocate", "delete", "detach", "drop", "execute", "explain", "export", "force", "import", "insert"),
        *("install", "load", "merge", "pivot", "pivot_wider", "pivot_longer", "pragma", "prepare", "refresh", "reset"),
        *("rollback", "set", "start", "truncate", "unset", "update", "update_extensions", "use", "vacuum"),
    )
)
"""First words of statements that are not SELECTs. If another word does not begin a SELECT, DuckDB explains it best."""
BYTE_ORDER_MARK = "\ufeff"
FIRST_WORD = re.compile(r"\w+")
CALLED = re.compile(r'("(?:[^"]|"")*"|\w+)\s*', re.DOTALL)


def one_select(sql: str, what: str = READS_ONLY, cure: str = SELECTS) -> str:
    """Return the one SELECT in `sql` without its final semicolon. QueryFailed, with `what` and `cure`, for all else."""
    sql = sql.removeprefix(BYTE_ORDER_MARK)
    openings, called = _taken_apart(sql)
    if not openings:
        raise QueryFailed("There is no SQL to run.", 'Give some: registry query "FROM meta.columns".')
    is_select = not ELSEWHERE.intersection(openings)
    if is_select and len(openings) > 1 and what == READS_ONLY:
        raise QueryFailed("There is more than one statement.", "Run one SELECT at a time.")
    if not is_select or len(openings) > 1:
        raise QueryFailed(what, cure)
    if found := sorted(called & NOT_IN_A_QUERY):
        raise QueryFailed(f"A query must not call {found[0]}().", "Write what it should read in the SELECT itself.")
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise failed(error, sql) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryFailed(what, cure)
    return statements[0].query.strip().rstrip(";").strip()


def _taken_apart(sql: str) -> tuple[list[str], set[str]]:
    """Return the first word of each statement, and the names before an opening parenthesis, in lower case."""
    data = sql.encode()
    places = [(place, kind) for place, kind in duckdb.tokenize(sql) if kind.name != "comment"]
    ends = [*(place for place, _ in places[1:]), *([len(data)] if places else [])]
    openings: list[str] = []
    called: set[str] = set()
    is_begun, before = False, ""
    for (place, kind), end in zip(places, ends, strict=True):
        cut = data[place:end].decode(errors="replace")
        if kind.name == "operator":
            if cut.startswith("(") and before:
                called.add(before)
            is_begun &= not cut.startswith(";")
            before = ""
            if not is_begun:
                continue
        elif not is_begun:
            word = FIRST_WORD.match(cut)
            openings.append(word[0].lower() if word else cut[:1])
            is_begun = True
        name = CALLED.match(cut) if kind.name in ("identifier", "keyword") else None
        before = name[1].strip('"').lower() if name else ""
    return openings, called
