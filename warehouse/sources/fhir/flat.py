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
from warehouse.sources.fhir.kept import OLDER, SAID
from warehouse.sources.fhir.present import Present, present_in
from warehouse.sources.fhir.references import make_keys
from warehouse.sources.fhir.resources import read_resources
from warehouse.sources.fhir.versions import check_version
from warehouse.sources.fhir.whose import make_patients, patient_of
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

INSTRUMENT, RESOURCE, STATE = "instrument", "resource", "state"
CANONICAL = tuple(dict.fromkeys(name for export in EXPORTS.values() for name in export.column_names))
COLUMNS = (INSTRUMENT, STATE, *SAID, *CANONICAL)
"""The columns of every delivery; the identifiers of patients follow."""


TABLES = (
    *("keys", "named", "patients", "reports", "meanings", "found", "components"),
    *("lesions", "treated", "treated_sizes", "before"),
)
"""Tables that are made on the way."""
VIEWS = ("specimens", "genes", "parts", "sizes", "seen", "counted")
"""Views of what is read once."""


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
        f"count(*), (SELECT count(*) FROM {table} WHERE resource = 'deleted') FROM {table}_said"
    ).fetchone() or (0, 0, 0, 0, 0)
    n_rows = counts[2] + sum(int((con.execute(f"SELECT count(*) FROM {one}").fetchone() or (0,))[0]) for one in rows)  # noqa: S608
    header = [*COLUMNS, *(f"identifier {name}" for name in systems)]
    relation = _relation(con, table, rows, header)
    for name in VIEWS:
        con.execute(f"DROP VIEW IF EXISTS {table}_{name}")
    for name in TABLES:
        con.execute(f"DROP TABLE IF EXISTS {table}_{name}")
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
    """Make the table of what resources say, and the lines of further rows.

    The first row of a resource has its place among the resources as its line, which in NDJSON is that of the file; the
    others are numbered after all of them.
    """
    patient = patient_of(present)
    is_lost = "r.whom IS NOT NULL AND p.n IS NULL"
    if not present.patients:
        is_lost = f"r.whom IS NOT NULL AND ({patient}) IS NULL"
    identifiers = "".join(f', p."identifier {name}"' for name in systems)
    nothing = "SELECT NULL::BIGINT AS n, 0 AS sub, false AS is_nowhere, false AS is_of_export WHERE false"
    of_all = " UNION ALL ".join(
        [nothing, *(f"SELECT n, sub, is_nowhere, instrument IS NOT NULL FROM {one}" for one in rows)]  # noqa: S608
    )
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {table}_counted AS SELECT n, bool_or(is_nowhere) AS is_nowhere, "  # noqa: S608
        f"bool_or(is_of_export) AS is_of_export FROM ({of_all}) GROUP BY n"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_more AS SELECT n, sub, (SELECT count(*) FROM {table}) + "  # noqa: S608
        f"row_number() OVER (ORDER BY n, sub) AS line FROM ({of_all}) WHERE sub > 0"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_said AS SELECT r.n, r.state, c.n IS NOT NULL AS has_rows, "  # noqa: S608
        f"{patient} AS patient_id, coalesce(c.is_nowhere, false) OR (coalesce(c.is_of_export, false) AND {is_lost}) "
        f"AS is_nowhere{identifiers} FROM (SELECT n, state, resource, "
        f"CASE resource WHEN 'Patient' THEN key ELSE whom END AS whom FROM {table}) r "
        f"LEFT JOIN {table}_counted c ON c.n = r.n "
        f"LEFT JOIN (SELECT k.key, p.* FROM {table}_keys k JOIN {table}_patients p USING (n) "
        f"WHERE k.resource = 'Patient') p ON p.key = r.whom"
    )


def _relation(con: duckdb.DuckDBPyConnection, table: str, rows: list[str], header: list[str]) -> str:
    """Return a relation of all rows: of each export, and of the resources that are of none."""
    of_resource = {name for name, *_ in con.execute(f"DESCRIBE {table}_said").fetchall()}
    selects = []
    for one in rows:
        own = {name for name, *_ in con.execute(f"DESCRIBE {one}").fetchall()}
        columns = ", ".join(f"{_cell(name, own, of_resource)} AS c{i}" for i, name in enumerate(header))
        selects.append(
            f"SELECT coalesce(m.line, s.n) AS line, {columns} FROM {one} f JOIN {table}_said s ON s.n = f.n "  # noqa: S608
            f"JOIN {table} r ON r.n = f.n LEFT JOIN {table}_more m ON m.n = f.n AND m.sub = f.sub"
        )
    columns = ", ".join(f"{_cell(name, set(), of_resource)} AS c{i}" for i, name in enumerate(header))
    others = f"SELECT s.n AS line, {columns} FROM {table}_said s JOIN {table} r ON r.n = s.n WHERE NOT has_rows"  # noqa: S608
    return f"({' UNION ALL '.join([*selects, others])})"


def _cell(name: str, own: set[str], of_resource: set[str]) -> str:
    """Return SQL of a column: of the export, of what is known of the resource, or of what it says itself."""
    if name in own:
        return f'f."{name}"'
    if name in of_resource:
        return f's."{name}"'
    if name in (RESOURCE, "id"):
        return f"r.{name}"
    return f"r.said_{name}" if name in SAID else "NULL::VARCHAR"
