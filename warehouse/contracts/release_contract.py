"""Makes the contracts of a release's tables, one for each schema: their columns as released, with keys and codes.

The columns come from the release (meta.columns), so that tables of estimates are as they were made; keys, codes and
what may be empty come from the declarations.
"""

from collections.abc import Collection

import duckdb

from schemas.cohort import COHORT
from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from schemas.rule_book import RuleBook
from schemas.table import Table, TableColumn
from warehouse.contracts.odcs_document import Document, document
from warehouse.contracts.odcs_types import type_of
from warehouse.contracts.own_entries import own_entries
from warehouse.contracts.quality_entries import Entry

DECLARED: dict[str, Table] = {f"derived.{name}": one for name, one in DERIVED.items()} | {
    f"cohort.{name}": one for name, one in COHORT.items()
}
PURPOSE = "The tables of schema {schema} in a release of the registry."
USAGE = "Check the current release: `datacontract test` in the registry's home."
DATABASE = "releases/current/registry.duckdb"
COLUMNS = """
    SELECT table_schema, table_name, table_prose, column_name, data_type, column_prose
    FROM meta.columns WHERE table_schema || '.' || table_name IN (SELECT unnest($tables))
"""


def released_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names (schema.table) of the tables that the release describes."""
    named = con.execute("SELECT DISTINCT table_schema || '.' || table_name FROM meta.columns ORDER BY ALL").fetchall()
    return [name for (name,) in named]


def release_contracts(
    con: duckdb.DuckDBPyConnection, tables: Collection[str], book: RuleBook, version: str, odcs: str
) -> dict[str, Document]:
    """Return schema -> contract of these tables (schema.table) of the open release, with the own rules in force."""
    found: dict[str, list[tuple]] = {}
    for schema, table, *row in con.execute(COLUMNS, {"tables": list(tables)}).fetchall():
        found.setdefault(f"{schema}.{table}", []).append(tuple(row))
    names = {table: [row[1] for row in found[f"clean.{table}"]] for table in EXPORTS if f"clean.{table}" in found}
    own = list(own_entries(book, names))
    contracts = {}
    for schema in dict.fromkeys(name.partition(".")[0] for name in found):
        of_schema = [name for name in found if name.startswith(f"{schema}.")]
        objects = [_object(name, found[name]) for name in of_schema]
        if schema == "clean":
            for export, column, entry in own:
                table = next(one for one in objects if one["name"] == export)
                holder = next((one for one in table["properties"] if one["name"] == column), table)
                holder.setdefault("quality", []).append(entry)
        server = {"server": "release", "type": "duckdb", "database": DATABASE, "schema": schema}
        purpose, identifier = PURPOSE.format(schema=schema), f"ablation-registry-{schema}"
        contracts[schema] = document(identifier, purpose, USAGE, [server], objects, version, odcs)
    return contracts


def _object(full_name: str, columns: list[tuple]) -> Entry:
    """Return the table; a key of which a part may be empty is no key to the standard, and is stated in SQL."""
    declared = DECLARED.get(full_name)
    known = {one.name: one for one in declared.columns} if declared else {}
    properties = [_property(full_name, name, kind, prose, known.get(name)) for _, name, kind, prose in columns]
    found: Entry = {"name": full_name.partition(".")[2], "physicalType": "table", "description": columns[0][0]}
    found["properties"] = properties
    key = declared.key if declared else ()
    if any(known[name].nullable for name in key):
        return found | {"quality": [_unique(key)]}
    for position, name in enumerate(key, start=1):
        of_key = next(one for one in properties if one["name"] == name)
        of_key |= {"primaryKey": True, "primaryKeyPosition": position}
    return found


def _property(full_name: str, name: str, duckdb_type: str, prose: str, declared: TableColumn | None) -> Entry:
    found: Entry = {"name": name, "description": prose, **type_of(duckdb_type)}
    if declared is not None and not declared.nullable:
        found["required"] = True
    if codes := _codes(full_name, name, declared):
        found["quality"] = [
            {"metric": "invalidValues", "arguments": {"validValues": list(codes)}, "mustBe": 0, "severity": "error"}
        ]
    return found


def _codes(full_name: str, name: str, declared: TableColumn | None) -> tuple:
    schema, table = full_name.split(".")
    if schema == "clean" and table in EXPORTS and name in EXPORTS[table].column_names:
        return EXPORTS[table].column(name).codes
    return declared.codes if declared is not None else ()


def _unique(key: tuple[str, ...]) -> Entry:
    columns = ", ".join(key)
    return {
        "name": f"key: {columns}",
        "description": f"No two rows share {columns}.",
        "type": "sql",
        "query": f"SELECT count(*) FROM (SELECT {columns} FROM {{object}} GROUP BY ALL HAVING count(*) > 1)",  # noqa: S608
        "mustBe": 0,
        "severity": "error",
        "dimension": "uniqueness",
    }
