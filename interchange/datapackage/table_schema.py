"""Says in Table Schema's words what the columns of a table are, and how tables hang together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interchange.outgoing import Column, Described

TYPES = {
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "HUGEINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
}
"""DuckDB's type -> Table Schema's; a list is an array, whose cells are JSON."""
PATIENTS, LESIONS = "clean.patients", "clean.lesions"
REFERRED = {PATIENTS: ("site", "patient_id"), LESIONS: ("site", "patient_id", "lesion_id")}


def table_schema(table: Described, others: Mapping[str, Described]) -> dict[str, Any]:
    """Return the schema of a table: fields, its key, and the tables that its rows belong to.

    A key of which a part may be empty is no primary key to the standard; it is among `uniqueKeys` instead. A lesion
    that may be empty, as in imaging, refers to no table.
    """
    found: dict[str, Any] = {"fields": [_field(column) for column in table.columns], "missingValues": [""]}
    filled = {column.name for column in table.columns if column.is_filled}
    if table.key:
        found["primaryKey" if set(table.key) <= filled else "uniqueKeys"] = (
            list(table.key) if set(table.key) <= filled else [list(table.key)]
        )
    keys = [
        {"fields": list(names), "reference": {"resource": other, "fields": list(names)}}
        for other, names in REFERRED.items()
        if other in others and other != table.name and set(names) <= filled
    ]
    if keys:
        found["foreignKeys"] = keys
    return found


def _field(column: Column) -> dict[str, Any]:
    """Return a field.

    >>> _field(Column("days", "INTEGER", "Days from start to end.", True))
    {'name': 'days', 'type': 'integer', 'description': 'Days from start to end.', 'constraints': {'required': True}}
    """
    kind = "array" if column.kind.endswith("[]") else TYPES[column.kind]
    found: dict[str, Any] = {"name": column.name, "type": kind, "description": column.prose}
    constraints: dict[str, Any] = {"required": True} if column.is_filled else {}
    if column.codes:
        constraints["enum"] = list(column.codes)
    return found | ({"constraints": constraints} if constraints else {})
