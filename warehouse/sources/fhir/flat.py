"""Puts the rows of all exports into one table, with what the resource itself says in columns of its own.

Each resource has a row at least, so that none is lost in silence: those that are of no export are counted.
"""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import duckdb

from schemas.exports import EXPORTS
from warehouse.readers.source import Source
from warehouse.sources.fhir.clinical_rows import (
    make_exams,
    make_lesions,
    make_patients_rows,
    make_sessions,
    make_treatments,
)
from warehouse.sources.fhir.files import ndjson_of
from warehouse.sources.fhir.genotype_rows import make_genotypes
from warehouse.sources.fhir.present import Present, present_in
from warehouse.sources.fhir.references import make_keys
from warehouse.sources.fhir.resources import OLDER, read_resources
from warehouse.sources.fhir.sql import EFFECTIVE, PERFORMED, day
from warehouse.sources.fhir.versions import check_version
from warehouse.sources.fhir.whose import identifier, make_patients, patient_of
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

INSTRUMENT, RESOURCE, STATE = "instrument", "resource", "state"
SAID = {
    RESOURCE: "r.resource",
    "id": "r.id",
    "status": "r.status",
    "code": "r.codes[1]",
    "code_text": "coalesce(r.code.text, r.code.coding[1].display)",
    "value_code": "r.valueCodeableConcept.coding[1].code",
    "value_text": "coalesce(r.valueCodeableConcept.text, r.valueCodeableConcept.coding[1].display, r.valueString)",
    "value_number": "coalesce(r.valueQuantity.value, r.valueInteger)",
    "value_unit": "r.valueQuantity.code",
    "method_code": "r.method.coding[1].code",
    "body_site": "coalesce(r.bodySite ->> '$.coding[0].code', r.bodySite ->> '$[0].coding[0].code', "
    "r.location ->> '$.coding[0].code', r.collection.bodySite.coding[1].code)",
    "date": day(f"coalesce({EFFECTIVE}, {PERFORMED})"),
}
"""Columns of what every resource says, for site.toml -> SQL."""
CANONICAL = tuple(dict.fromkeys(name for export in EXPORTS.values() for name in export.column_names))
COLUMNS = (INSTRUMENT, STATE, *SAID, *CANONICAL)
"""The columns of every delivery; the identifiers of patients follow."""


TABLES = (
    *("keys", "patients", "specimens", "reports", "meanings", "found", "lesions", "sizes", "treated", "treated_sizes"),
    *("seen", "before", "genotypes", "rfa_sessions", "treatments", "imaging_followups", "of_patients", "lines"),
)
"""Tables that are made on the way."""


def open_flat(con: duckdb.DuckDBPyConnection, path: Path) -> Source:
    """Return the file's resources as rows. Raises DeliveryRejected if it is no FHIR R4."""
    files = ndjson_of(path)
    if not files:
        raise DeliveryRejected("The file is empty.")
    table = f"fhir_{sha256(str(path).encode()).hexdigest()[:12]}"
    read_resources(con, files, table)
    check_version(con, table)
    _mark_older(con, table)
    present = present_in(con, table)
    make_keys(con, table)
    systems = make_patients(con, table)
    _make_flat(con, table, _rows(con, table, present), systems, present)
    counts = con.execute(
        f"SELECT count(*), count(*) FILTER (is_nowhere), min(n) FILTER (is_nowhere) FROM {table}_flat"  # noqa: S608
    ).fetchone() or (0, 0, 0)
    asked = f"SELECT count(*), count(*) FILTER (resource = 'deleted') FROM {table}"  # noqa: S608
    n_resources, n_deleted = con.execute(asked).fetchone() or (0, 0)
    has = {name for name, *_ in con.execute(f"DESCRIBE {table}_flat").fetchall()}
    header = [*COLUMNS, *(f"identifier {name}" for name in systems)]
    listed = ", ".join(
        f'"{name}" AS c{i}' if name in has else f"NULL::VARCHAR AS c{i}" for i, name in enumerate(header)
    )
    relation = f"(SELECT line, {listed} FROM {table}_flat)"  # noqa: S608 (own names)
    for name in ("", *(f"_{one}" for one in TABLES)):
        con.execute(f"DROP TABLE IF EXISTS {table}{name}")
    remark = _remark(n_resources, counts, n_deleted)
    source = Source(header, relation, "line", n_records=int(counts[0]), remark=remark)
    return replace(source, about="fhir", is_typed=True)


def _rows(con: duckdb.DuckDBPyConnection, table: str, present: Present) -> list[str]:
    """Make the rows of each export that the resources can have rows of, and return the names of their tables."""
    rows = [make_genotypes(con, table, present)] if present.genotypes else []
    if present.procedures or present.exams:
        make_lesions(con, table)
    rows += [make_sessions(con, table, present)] if present.procedures else []
    rows += [make_exams(con, table, present)] if present.exams else []
    rows += [make_treatments(con, table)] if present.treatments else []
    return [*rows, make_patients_rows(con, table, present)] if present.patients else rows


def _remark(n_resources: int, counts: tuple, n_deleted: int) -> str:
    said = [f"Read as FHIR R4: {n_resources:,} resources."]
    if counts[1]:
        said.append(
            f"{counts[1]:,} rows have a reference that leads to no resource of the delivery, the first in resource "
            f"{counts[2]:,}; they are set aside."
        )
    if n_deleted:
        said.append(f"{n_deleted:,} deletions have no content, so that nothing is withdrawn by them.")
    return " ".join(said)


def _mark_older(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Mark older versions of a resource that came in several, such as in the pages of a search."""
    con.execute(
        f"UPDATE {table} SET state = {sql_text(OLDER)} FROM (SELECT key AS k, max(updated) AS newest FROM {table} "  # noqa: S608
        f"WHERE updated IS NOT NULL GROUP BY key HAVING max(updated) > min(updated)) WHERE key = k AND updated < newest"
    )


def _make_flat(
    con: duckdb.DuckDBPyConnection, table: str, rows: list[str], systems: list[str], present: Present
) -> None:
    """Make the table of all rows, numbered through in the order of the resources."""
    places = " UNION ALL ".join(f"SELECT n, sub FROM {one}" for one in rows) or "SELECT 0 AS n, 0 AS sub WHERE false"  # noqa: S608
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_lines AS SELECT row_number() OVER (ORDER BY n, sub) AS line, n, sub "  # noqa: S608
        f"FROM (SELECT n, coalesce(sub, 0) AS sub FROM (SELECT n FROM {table}) LEFT JOIN ({places}) USING (n))"
    )
    patient = patient_of(present)
    is_lost = "r.whom IS NOT NULL AND p.n IS NULL"
    if not present.patients:
        is_lost = f"r.whom IS NOT NULL AND ({patient}) IS NULL"
    said = ", ".join(f'{sql} AS "{name}"' for name, sql in SAID.items())
    identifiers = "".join(f', {identifier(name)} AS "identifier {name.replace(chr(34), "")}"' for name in systems)
    nothing = "SELECT 0 AS n, 0 AS sub, NULL::VARCHAR AS instrument, false AS is_nowhere WHERE false"
    every = " UNION ALL BY NAME ".join([*(f"FROM {one}" for one in rows), nothing])
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_flat AS SELECT l.line, r.n, r.state, {said}, {patient} AS patient_id, "  # noqa: S608
        f"f.* EXCLUDE (n, sub, is_nowhere), (coalesce(f.is_nowhere, false) OR (f.instrument IS NOT NULL AND {is_lost})) "
        f"AS is_nowhere{identifiers} FROM {table}_lines l JOIN {table} r ON r.n = l.n "
        f"LEFT JOIN ({every}) f ON f.n = l.n AND f.sub = l.sub "
        f"LEFT JOIN {table}_keys w ON w.key = CASE r.resource WHEN 'Patient' THEN r.key ELSE r.whom END "
        f"AND w.resource = 'Patient' "
        f"LEFT JOIN {table}_patients p ON p.n = CASE r.resource WHEN 'Patient' THEN r.n ELSE w.n END"
    )
