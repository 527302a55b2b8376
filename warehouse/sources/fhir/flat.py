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
from warehouse.sources.fhir.whose import make_patients, patient_of
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
    *("keys", "named", "patients", "specimens", "reports", "meanings", "found", "components", "genes", "parts"),
    *("lesions", "sizes", "treated", "treated_sizes", "seen", "before", "counted"),
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
    rows = _rows(con, table, present)
    _make_flat(con, table, rows, systems, present)
    counts = con.execute(
        f"SELECT count(*) FILTER (is_nowhere), min(n) FILTER (is_nowhere), count(*) FILTER (NOT has_rows), "  # noqa: S608
        f"count(*), count(*) FILTER (resource = 'deleted') FROM {table}_said"
    ).fetchone() or (0, 0, 0, 0, 0)
    n_rows = counts[2] + sum(int((con.execute(f"SELECT count(*) FROM {one}").fetchone() or (0,))[0]) for one in rows)  # noqa: S608
    header = [*COLUMNS, *(f"identifier {name}" for name in systems)]
    relation = _relation(con, table, rows, header)
    for name in ("", *(f"_{one}" for one in TABLES)):
        con.execute(f"DROP TABLE IF EXISTS {table}{name}")
    source = Source(header, relation, "line", n_records=n_rows, remark=_remark(counts[3], counts[:2], counts[4]))
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


def _remark(n_resources: int, lost: tuple, n_deleted: int) -> str:
    said = [f"Read as FHIR R4: {n_resources:,} resources."]
    n_lost, first = lost
    if n_lost:
        said.append(
            f"{n_lost:,} resources have a reference that leads to no resource of the delivery, the first is number "
            f"{first:,}; their rows are set aside."
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
    """Make the table of what resources say, each with the first of its lines, and the number of its rows.

    Lines are numbered through in the order of the resources.
    """
    patient = patient_of(present)
    is_lost = "r.whom IS NOT NULL AND p.n IS NULL"
    if not present.patients:
        is_lost = f"r.whom IS NOT NULL AND ({patient}) IS NULL"
    said = ", ".join(f'{sql} AS "{name}"' for name, sql in SAID.items())
    identifiers = "".join(f', p."identifier {name}"' for name in systems)
    nothing = "SELECT NULL::BIGINT AS n, 0 AS sub, false AS is_nowhere, false AS is_of_export WHERE false"
    of_all = " UNION ALL ".join(
        [nothing, *(f"SELECT n, sub, is_nowhere, instrument IS NOT NULL FROM {one}" for one in rows)]  # noqa: S608
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_counted AS SELECT n, max(sub) + 1 AS n_rows, "  # noqa: S608
        f"bool_or(is_nowhere) AS is_nowhere, bool_or(is_of_export) AS is_of_export FROM ({of_all}) GROUP BY n"
    )
    is_single = con.execute(f"SELECT coalesce(max(n_rows), 1) = 1 FROM {table}_counted").fetchone() == (True,)  # noqa: S608
    before = "sum(n_rows - 1) OVER (ORDER BY r.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    first_line = "r.n" if is_single else f"r.n + coalesce({before}, 0)::BIGINT"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_said AS SELECT r.* EXCLUDE (whom), {first_line} AS first_line, "  # noqa: S608
        f"c.n IS NOT NULL AS has_rows, {patient} AS patient_id, "
        f"coalesce(c.is_nowhere, false) OR (coalesce(c.is_of_export, false) AND {is_lost}) AS is_nowhere{identifiers} "
        f"FROM (SELECT r.n, r.state, CASE r.resource WHEN 'Patient' THEN r.key ELSE r.whom END AS whom, {said} "
        f"FROM {table} r) r LEFT JOIN {table}_counted c ON c.n = r.n "
        f"LEFT JOIN (SELECT k.key, p.* FROM {table}_keys k JOIN {table}_patients p USING (n) "
        f"WHERE k.resource = 'Patient') p ON p.key = r.whom"
    )


def _relation(con: duckdb.DuckDBPyConnection, table: str, rows: list[str], header: list[str]) -> str:
    """Return a relation of all rows: of each export, and of the resources that are of none."""
    of_resource = {name for name, *_ in con.execute(f"DESCRIBE {table}_said").fetchall()}
    selects = []
    for one in rows:
        own = {name for name, *_ in con.execute(f"DESCRIBE {one}").fetchall()}
        cells = [_cell(name, own, of_resource) for name in header]
        columns = ", ".join(f"{cell} AS c{i}" for i, cell in enumerate(cells))
        selects.append(f"SELECT s.first_line + f.sub AS line, {columns} FROM {one} f JOIN {table}_said s ON s.n = f.n")  # noqa: S608
    columns = ", ".join(f"{_cell(name, set(), of_resource)} AS c{i}" for i, name in enumerate(header))
    selects.append(f"SELECT s.first_line AS line, {columns} FROM {table}_said s WHERE NOT has_rows")  # noqa: S608
    return f"({' UNION ALL '.join(selects)})"


def _cell(name: str, own: set[str], of_resource: set[str]) -> str:
    if name in own:
        return f'f."{name}"'
    return f's."{name}"' if name in of_resource else "NULL::VARCHAR"
