"""Finds the patient of each resource, and the names that a site may call the patient by.

patient_id is the Patient's id in the server, which is no name and which every reference has. A site that uses another
names one of the columns `identifier <system>` or `identifier type <code>`.
"""

import duckdb

from warehouse.sources.fhir.present import Present
from warehouse.sources.fhir.references import last_part, own_identifier

MOST_SYSTEMS = 50
UUID = "regexp_replace(full_url, '^urn:(uuid|oid):', '')"


def make_patients(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Make the table of patients: n, patient_id and a column for each name of an identifier; return those names."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_named AS SELECT n, "  # noqa: S608 (own names)
        f"coalesce({own_identifier('patient_id')}, id, CASE len(identifiers) WHEN 1 THEN identifiers[1].value END, "
        f"{UUID}) AS patient_id, identifiers FROM {table} WHERE resource = 'Patient'"
    )
    rows = con.execute(
        f"SELECT DISTINCT unnest([i.system, 'type ' || c.code]) AS name FROM ("  # noqa: S608
        f"SELECT i, unnest(coalesce(i.type.coding, [NULL])) AS c FROM (SELECT unnest(identifiers) AS i "
        f"FROM {table}_named)) WHERE i.value IS NOT NULL ORDER BY 1"
    ).fetchall()
    names = [name.replace('"', "") for (name,) in rows if name is not None][:MOST_SYSTEMS]
    columns = "".join(f', {identifier(name)} AS "identifier {name}"' for name in names)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table}_patients AS SELECT n, patient_id{columns} FROM {table}_named")  # noqa: S608
    return names


def identifier(name: str) -> str:
    """Return SQL of a patient's identifier of a system or type; null if there are several."""
    quoted = name.replace("'", "''")
    is_meant = f"i.system = '{quoted}'"
    if name.startswith("type "):
        is_meant = f"list_contains(list_transform(i.type.coding, lambda c: c.code), '{quoted[5:]}')"
    found = f"list_distinct(list_transform(list_filter(identifiers, lambda i: {is_meant}), lambda i: i.value))"
    return f"CASE len({found}) WHEN 1 THEN {found}[1] END"


def patient_of(present: Present) -> str:
    """Return SQL of the patient of a resource `r`, whose Patient, if found, is `p`.

    Without any Patient in the delivery, which may have come in another, the reference alone says it.
    """
    if present.patients:
        return "p.patient_id"
    is_said = "starts_with(r.whom, 'Patient/') OR starts_with(r.whom, 'identifier:')"
    return f"CASE WHEN {is_said} THEN {last_part('r.whom')} END"
