"""Gives the labels of a column's codes, each code as the text that its cells have."""

import duckdb

from warehouse.readers.statistics.columns import Column


def labels_of(con: duckdb.DuckDBPyConnection, column: Column) -> dict[str, str]:
    """Return the labels of the codes, code as text: {"1": "yes"}. Letters for missing values are no codes."""
    codes = {code: label.strip() for code, label in column.codes.items() if label.strip()}
    if column.is_text:
        return {str(code).rstrip(): label for code, label in codes.items()}
    numbers = {code: label for code, label in codes.items() if isinstance(code, int | float)}
    if not numbers:
        return {}
    value = "CAST(code AS FLOAT)" if column.kind == "float" else "code"
    if column.kind.startswith("int"):
        value = "CAST(code AS BIGINT)"
    # written into the SQL, since a list as a parameter makes DuckDB import pandas
    listed = ", ".join(f"CAST('{code!r}' AS DOUBLE)" for code in numbers)
    codes_sql = f"SELECT unnest([{listed}]) AS code"
    rows = con.execute(f"SELECT {column.text_of('value')} FROM (SELECT {value} AS value FROM ({codes_sql}))").fetchall()  # noqa: S608
    return {text: label for (text,), label in zip(rows, numbers.values(), strict=True)}
