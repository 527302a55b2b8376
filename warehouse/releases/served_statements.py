"""Says which statements a client of `registry serve` may run: one SELECT, as in `registry query`.

Quack asks a macro of the served database before it runs a client's text. DuckDB's own parser takes the text apart, so
comments, quotes and letter case change nothing; a text that the parser does not turn into one SELECT is refused. Table
functions are allowed by name, because others reach the process (quack_stop), other servers (quack_query) or SQL in a
text (query). Files are out of reach anyway: the server's connection is closed as a query's sandbox is.
"""

import duckdb

from warehouse.releases.one_select import NOT_IN_A_QUERY
from warehouse.storage.sql_files import sql_text

MAY_RUN = "may_run"
"""The macro's name, for the setting quack_authorization_function."""
TABLE_FUNCTIONS = (
    *("range", "generate_series", "repeat", "unnest", "json_each", "json_tree"),
    *("duckdb_columns", "duckdb_constraints", "duckdb_databases", "duckdb_functions", "duckdb_schemas"),
    *("duckdb_tables", "duckdb_types", "duckdb_views", "pragma_table_info"),
)
"""A client reads duckdb_tables() and duckdb_views() when it attaches the server."""
TEXT = r'"(?:[^"\\]|\\.)*"'
TABLE_FUNCTION = '"type":"TABLE_FUNCTION"'
ALLOWED = (
    rf'{TABLE_FUNCTION},"alias":{TEXT},"sample":null,"query_location":\d+,"function":\{{"class":"FUNCTION",'
    rf'"type":"FUNCTION","alias":{TEXT},"query_location":\d+,"function_name":"(?:{"|".join(TABLE_FUNCTIONS)})",'
    r'"schema":""'
)
"""An allowed table function as the parser's JSON gives it; quotes of a text in the SQL are escaped there."""
FORBIDDEN = rf'(?i)"function_name":"(?:{"|".join(sorted(NOT_IN_A_QUERY))})"'


def create_permission(con: duckdb.DuckDBPyConnection) -> None:
    """Create the macro may_run(session, statement), true if a client may run the statement."""
    con.execute(
        f"CREATE MACRO {MAY_RUN}(session, statement) AS (SELECT coalesce("  # noqa: S608 (own text)
        "json_extract_string(parsed, '$.error') = 'false' AND json_array_length(parsed, '$.statements') = 1 "
        f"AND len(regexp_extract_all(parsed, {sql_text(TABLE_FUNCTION)})) "
        f"= len(regexp_extract_all(parsed, {sql_text(ALLOWED)})) "
        f"AND NOT regexp_matches(parsed, {sql_text(FORBIDDEN)}), false) "
        "FROM (SELECT CAST(json_serialize_sql(CAST(statement AS VARCHAR)) AS VARCHAR) AS parsed))"
    )
