"""Puts the rows of all exports into one table, with what the resource itself says in columns of its own.

Each resource has a row at least, so that none is lost in silence: those that are of no export are counted.
"""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import duckdb

from schemas.exports import EXPORTS
from warehouse.readers.source import Source
from warehouse.sources.fhir.clinical_rows import exams, make_lesions, patients, sessions, treatments
from warehouse.sources.fhir.codes import DISEASE_STATUS
from warehouse.sources.fhir.files import ndjson_of
from warehouse.sources.fhir.genotype_rows import GENOTYPES, is_own_row, make_genotypes
from warehouse.sources.fhir.references import make_keys
from warehouse.sources.fhir.resources import OLDER, read_resources
from warehouse.sources.fhir.sql import EFFECTIVE, PERFORMED, codes_of, day, has_code
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
    "value_code": f"{codes_of('r.valueCodeableConcept')}[1]",
    "value_text": "coalesce(r.valueCodeableConcept.text, r.valueCodeableConcept.coding[1].display, r.valueString)",
    "value_number": "coalesce(r.valueQuantity.value, r.valueInteger)",
    "value_unit": "r.valueQuantity.code",
    "method_code": f"{codes_of('r.method')}[1]",
    "body_site": "coalesce(r.bodySite ->> '$.coding[0].code', r.bodySite ->> '$[0].coding[0].code', "
    "r.location ->> '$.coding[0].code', r.collection.bodySite.coding[1].code)",
    "date": day(f"coalesce({EFFECTIVE}, {PERFORMED})"),
}
"""Columns of what every resource says, for site.toml -> SQL."""
CANONICAL = tuple(dict.fromkeys(name for export in EXPORTS.values() for name in export.column_names))
COLUMNS = (INSTRUMENT, STATE, *SAID, *CANONICAL)
"""The columns of every delivery; the identifiers of patients follow."""


def open_flat(con: duckdb.DuckDBPyConnection, path: Path) -> Source:
    """Return the file's resources as rows. Raises DeliveryRejected if it is no FHIR R4."""
    files = ndjson_of(path)
    if not files:
        raise DeliveryRejected("The file is empty.")
    table = f"fhir_{sha256(str(path).encode()).hexdigest()[:12]}"
    read_resources(con, files, table)
    check_version(con, table)
    _mark_older(con, table)
    make_keys(con, table)
    systems = make_patients(con, table)
    _make_flat(con, table, _rows(con, table), systems)
    counts = con.execute(
        f"SELECT count(*), count(*) FILTER (is_nowhere), min(n) FILTER (is_nowhere) FROM {table}_flat"  # noqa: S608
    ).fetchone() or (0, 0, 0)
    deleted = con.execute(f"SELECT count(*) FROM {table} WHERE resource = 'deleted'").fetchone() or (0,)  # noqa: S608
    n_resources = con.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)  # noqa: S608
    header = [*COLUMNS, *(f"identifier {name}" for name in systems)]
    listed = ", ".join(f'"{name}" AS c{i}' for i, name in enumerate(header))
    relation = f"(SELECT line, {listed} FROM {table}_flat)"  # noqa: S608 (own names)
    source = Source(
        header, relation, "line", n_records=int(counts[0]), remark=_remark(n_resources[0], counts, deleted[0])
    )
    for name in ("keys", "patients", "specimens", "reports", "meanings", "found", "lesions", "sizes", "treated"):
        con.execute(f"DROP TABLE IF EXISTS {table}_{name}")
    for name in ("treated_sizes", "seen", "before"):
        con.execute(f"DROP TABLE IF EXISTS {table}_{name}")
    con.execute(f"DROP TABLE {table}")
    return replace(source, about="fhir", is_typed=True)


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Return SQL of the rows of each export that the resources can have rows of; at least of one."""
    codes = f"{has_code('codes', GENOTYPES)} OR {is_own_row()}"
    is_there = (
        con.execute(
            f"SELECT bool_or(resource = 'Procedure'), bool_or(resource = 'Observation' AND ({codes})), "  # noqa: S608
            f"bool_or(resource = 'Observation' AND {has_code('codes', DISEASE_STATUS)}), "
            f"bool_or(resource = 'Patient'), bool_or(own['treatments:treatment_id'] IS NOT NULL) FROM {table}"
        ).fetchone()
        or (False,) * 5
    )
    has_procedures, has_genotypes, has_exams, has_patients, has_treatments = is_there
    rows = [make_genotypes(con, table)] if has_genotypes else []
    if has_procedures or has_exams:
        make_lesions(con, table)
    rows += [sessions(con, table)] if has_procedures else []
    rows += [exams(con, table)] if has_exams else []
    rows += [treatments(table)] if has_treatments else []
    return [*rows, patients(con, table)] if has_patients or not rows else rows


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


def _make_flat(con: duckdb.DuckDBPyConnection, table: str, rows: list[str], systems: list[str]) -> None:
    """Make the table of all rows, numbered through in the order of the resources."""
    patient = patient_of(con, table)
    is_lost = (
        "r.whom IS NOT NULL AND p.n IS NULL"
        if patient == "p.patient_id"
        else f"r.whom IS NOT NULL AND ({patient}) IS NULL"
    )
    said = ", ".join(f'{sql} AS "{name}"' for name, sql in SAID.items())
    nothing = (
        f"SELECT {', '.join(f'NULL::VARCHAR AS {name}' for name in CANONICAL if name != 'patient_id')} WHERE false"
    )
    canonical = ", ".join(f"f.{name}" for name in CANONICAL if name != "patient_id")
    identifiers = "".join(f', {identifier(name)} AS "identifier {name.replace(chr(34), "")}"' for name in systems)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_flat AS SELECT row_number() OVER (ORDER BY r.n, f.sub) AS line, "  # noqa: S608
        f"r.n, f.instrument, coalesce(f.state, r.state) AS state, {said}, {patient} AS patient_id, {canonical}, "
        f"(coalesce(f.is_nowhere, false) OR (f.instrument IS NOT NULL AND {is_lost})) AS is_nowhere{identifiers} "
        f"FROM {table} r LEFT JOIN ({' UNION ALL BY NAME '.join([*rows, nothing])}) f USING (n) "
        f"LEFT JOIN {table}_keys w ON w.key = coalesce(CASE r.resource WHEN 'Patient' THEN r.key END, r.whom) "
        f"AND w.resource = 'Patient' "
        f"LEFT JOIN {table}_patients p ON p.n = CASE r.resource WHEN 'Patient' THEN r.n ELSE w.n END"
    )
