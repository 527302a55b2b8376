"""Says in the standard's words which type a column has."""

from typing import Any

from schemas.export import Column

LOGICAL = {
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "HUGEINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
}
"""DuckDB's type -> logicalType; any other is an object to the standard."""
LIST = "[]"
ISO = "yyyy-MM-dd"


def type_of(duckdb_type: str) -> dict[str, Any]:
    """Return logicalType and physicalType of a column, with its items if it is a list.

    >>> type_of("DATE")
    {'logicalType': 'date', 'physicalType': 'DATE'}
    """
    if duckdb_type.endswith(LIST):
        items = type_of(duckdb_type.removesuffix(LIST))
        return {"logicalType": "array", "physicalType": duckdb_type, "items": items}
    return {"logicalType": LOGICAL.get(duckdb_type, "object"), "physicalType": duckdb_type}


def type_in_file(column: Column) -> dict[str, Any]:
    """Return the type of a column as a site delivers it; dates are written as the registry reads them."""
    found = type_of(column.duckdb_type)
    return found | {"logicalTypeOptions": {"format": ISO}} if column.kind == "date" else found
