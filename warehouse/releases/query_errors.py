"""Turns DuckDB's errors into one line and one cure that show no cells.

DuckDB's own message and its suggestion ("Did you mean") are kept if they concern the SQL and the catalogue. A quoted
name that occurs in neither could be a cell (PIVOT makes columns of cells) and is left out. Every other error is named
by its kind.
"""

import re

import duckdb

from warehouse.storage.errors import QueryFailed

CURE = '`registry query "FROM meta.columns"` lists tables and columns.'
SPEAKING_ERRORS = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
"""Errors whose message concerns the SQL alone. Others may quote a cell and are named by their kind only."""
SUGGESTIONS = ("Did you mean", "Candidate bindings:", "Candidate tables:")
QUOTED = re.compile(r'"(?:[^"]|"")*"|' + r"'(?:[^']|'')*'")
EXCERPT = re.compile(r"\n+LINE \d+:")
LEFT_OUT = "(a name)"


def failed(error: duckdb.Error, sql: str = "", known: set[str] | frozenset[str] = frozenset()) -> QueryFailed:
    """Return the error as one line and one cure, without cells. `known` are names of the catalogue, in lower case."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryFailed(
            "The query needs more memory or temporary space than it is allowed.",
            "Read less at a time: filter or count first.",
        )
    if isinstance(error, duckdb.InterruptException):
        return QueryFailed("The query was stopped.")
    if isinstance(error, duckdb.ConversionException) and "INT128" in str(error) and "INT64" in str(error):
        return QueryFailed("A whole number does not fit into 64 bits.", "Cast it to DOUBLE or VARCHAR in the SELECT.")
    if isinstance(error, duckdb.PermissionException):
        return QueryFailed("A query reads its release and nothing else.", "Write its result with --format csv > FILE.")
    if isinstance(error, duckdb.InvalidInputException) and "read-only" in str(error):
        return QueryFailed("A release is read-only: it never changes.", "Use SELECT; corrections come from the sites.")
    if isinstance(error, SPEAKING_ERRORS):
        return QueryFailed(_speaking(str(error), sql, known), CURE)
    return QueryFailed(f"The query failed ({type(error).__name__.removesuffix('Exception')}).", CURE)


def _speaking(message: str, sql: str, known: set[str] | frozenset[str]) -> str:
    """DuckDB's message, and its suggestion if it has one whose names are known."""
    lines = [line.strip() for line in EXCERPT.split(message.strip())[0].splitlines() if line.strip()]
    said = _known_only(lines[0], sql, known).rstrip(".!") + "."
    for line in lines[1:]:
        if line.startswith(SUGGESTIONS) and (suggestion := _suggested(line, sql, known)):
            said += f" {suggestion}"
    return said


def _suggested(line: str, sql: str, known: set[str] | frozenset[str]) -> str:
    names = [name for name in QUOTED.findall(line) if _is_known(name, sql, known)]
    opening = next(words for words in SUGGESTIONS if line.startswith(words))
    end = "?" if opening == SUGGESTIONS[0] else "."
    return f"{opening} {', '.join(names)}{end}" if names else ""


def _known_only(line: str, sql: str, known: set[str] | frozenset[str]) -> str:
    return QUOTED.sub(lambda found: found[0] if _is_known(found[0], sql, known) else LEFT_OUT, line)


def _is_known(quoted: str, sql: str, known: set[str] | frozenset[str]) -> bool:
    name = quoted[1:-1].lower()
    return name in sql.lower() or (bool(name) and all(part in known for part in name.split(".")))
