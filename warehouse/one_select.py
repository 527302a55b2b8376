"""One SELECT and nothing else: what may be run on a release.

What belongs here: telling one SELECT from everything else. What does not: running it (query.py). What DuckDB itself
reads as a SELECT is one: WITH, FROM first, VALUES, TABLE, DESCRIBE, SUMMARIZE, SHOW. PIVOT as a statement of its own
makes a type first, and so is none; `FROM t PIVOT (... IN (...))` is one.
"""

import duckdb

from warehouse.errors import QueryFailed
from warehouse.query_errors import failed

READS_ONLY = "A release is read-only: it is asked with one SELECT and nothing else."
SELECTS = "Begin with SELECT, WITH, FROM, DESCRIBE, SUMMARIZE or SHOW; of PIVOT write FROM t PIVOT (... IN (...))."


def one_select(sql: str, what: str = READS_ONLY, cure: str = SELECTS) -> str:
    """The one SELECT in `sql`, without the semicolon at its end. QueryFailed, with `what` and `cure`, for all else."""
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise failed(error, sql) from None
    if not statements:
        raise QueryFailed("There is no SQL to run.", 'Give some: registry query "FROM meta.columns".')
    is_select = all(statement.type == duckdb.StatementType.SELECT for statement in statements)
    if is_select and len(statements) > 1 and what == READS_ONLY:
        raise QueryFailed("There is more than one statement.", "Ask with one SELECT at a time.")
    if not is_select or len(statements) > 1:
        raise QueryFailed(what, cure)
    return statements[0].query.strip().rstrip(";").strip()
