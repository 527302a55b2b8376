"""Lets a query pass that is one SELECT, before any database sees it."""

from typing import TYPE_CHECKING

from warehouse.storage.errors import RegistryError

if TYPE_CHECKING:
    from sqlglot import exp

DIALECTS = {"postgres": ("postgres",), "mysql": ("mysql",), "sqlite": ("sqlite",), "odbc": ("tsql", "oracle", "")}
"""Kind of database -> sqlglot's dialects, of which the first that can read a query does; '' is what they share."""
WRITE_ONE = "Write one SELECT; comments, WITH and UNION are fine."


def one_select(text: str, database: str, what: str) -> str:
    """Return the query without a semicolon at its end. Raises RegistryError unless it is one SELECT.

    `what` names the query, as in "patients.sql".
    """
    from sqlglot import exp, tokenize
    from sqlglot.tokens import TokenType

    dialect, statements = _parsed(text, database, what)
    if len(statements) != 1:
        raise RegistryError(f"{what} holds {len(statements) or 'no'} statements.", WRITE_ONE)
    statement = statements[0]
    if not isinstance(statement, exp.Query) or isinstance(statement, exp.Table):
        raise RegistryError(f"{what} is no SELECT.", WRITE_ONE)
    writing = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.Command)
    if next(statement.find_all(*writing, exp.Into, exp.Lock), None) is not None:
        raise RegistryError(f"{what} would change or lock the database.", WRITE_ONE)
    tokens = [token for token in tokenize(text, dialect=dialect) if token.token_type != TokenType.SEMICOLON]
    return text[: tokens[-1].end + 1]


def _parsed(text: str, database: str, what: str) -> "tuple[str, list[exp.Expr]]":
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    for dialect in DIALECTS[database]:
        try:
            found = sqlglot.parse(text, dialect=dialect)
        except (SqlglotError, RecursionError):
            continue
        return dialect, [one for one in found if one is not None and not isinstance(one, exp.Semicolon)]
    raise RegistryError(f"{what} cannot be read as SQL.", WRITE_ONE)
