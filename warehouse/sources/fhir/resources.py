"""Reads NDJSON of FHIR into one table of DuckDB: a row for each resource, with the elements that are read."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from warehouse.readers.bounds import MAX_CELL_BYTES
from warehouse.sources.fhir.elements import ELEMENTS, OWN_KEYS
from warehouse.sources.fhir.expanded import NOT_FHIR, write_resources
from warehouse.sources.fhir.files import COPIED, expanded
from warehouse.sources.fhir.judged import ABOUT, BEFORE
from warehouse.sources.fhir.kept import KEPT
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

LINE = re.compile(r"in line (\d+)")


def read_resources(con: duckdb.DuckDBPyConnection, files: Sequence[Path], table: str) -> None:
    """Make the table of the resources in the files. Raises DeliveryRejected if they are not of FHIR R4's shape."""
    _read(con, files, table)
    if con.execute(f"SELECT count(*) FROM {table} WHERE resource = 'Bundle' AND foreign_by IS NULL").fetchone() != (0,):  # noqa: S608
        _read(con, [expanded(file) for file in files], table)
    _add_contained(con, files[0].with_name(f"{COPIED}contained.ndjson") if files else None, table)


def _read(con: duckdb.DuckDBPyConnection, files: Sequence[Path], table: str) -> None:
    try:
        _read_as_is(con, files, table)
    except duckdb.Error:  # an element of a resource that is not needed may have another shape than in those that are
        copies = [expanded(file) for file in files]
        try:
            _read_as_is(con, copies, table)
        except duckdb.Error as error:
            raise _shape(str(error), copies) from None


def _read_as_is(con: duckdb.DuckDBPyConnection, files: Sequence[Path], table: str) -> None:
    is_copied = any(file.name.startswith(COPIED) for file in files)
    elements = ELEMENTS | dict.fromkeys(OWN_KEYS, "VARCHAR") if is_copied else ELEMENTS
    columns = ", ".join(f"{name}: {sql_text(kind)}" for name, kind in elements.items())
    own_keys = "" if is_copied else "".join(f", NULL::VARCHAR AS {name}" for name in OWN_KEYS)
    listed = ", ".join(sql_text(str(file)) for file in files)
    source = (
        f"read_json([{listed}], format = 'newline_delimited', columns = {{{columns}}}, "
        f"maximum_object_size = {MAX_CELL_BYTES})"
    )
    before, about, kept = (
        ", ".join(f"{sql} AS {name}" for name, sql in named.items()) for named in (BEFORE, ABOUT, KEPT)
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT row_number() OVER () AS n, {kept} "  # noqa: S608 (own names)
        f"FROM (SELECT *, {about} FROM (SELECT *, {before} FROM (SELECT *{own_keys} FROM {source})))"
    )


def _add_contained(con: duckdb.DuckDBPyConnection, target: Path | None, table: str) -> None:
    """Add the resources that others contain, under the key of the one that contains them."""
    rows = con.execute(f"SELECT key, contained FROM {table} WHERE contained IS NOT NULL ORDER BY n").fetchall()  # noqa: S608
    if not rows or target is None:
        return
    found = [
        {**one, "_key": f"{key}#{one.get('id')}"}
        for key, contained in rows
        for one in _listed(contained)
        if isinstance(one, dict) and isinstance(one.get("resourceType"), str)
    ]
    with open(target, "w", encoding="utf-8") as lines:
        write_resources(lines, found)
    if not found:
        return
    more = f"{table}_contained"
    _read(con, [target], more)
    con.execute(
        f"INSERT INTO {table} SELECT n + (SELECT max(n) FROM {table}) AS n, * EXCLUDE (n) FROM {more}"  # noqa: S608
    )
    con.execute(f"DROP TABLE {more}")


def _listed(contained: str) -> list:
    found = json.loads(contained)
    return found if isinstance(found, list) else []


def _shape(error: str, files: Sequence[Path]) -> DeliveryRejected:
    """Return the refusal of resources of another shape, which names the first by its place and no value."""
    found = LINE.search(error)
    if found is None or "ransform" not in error:
        return DeliveryRejected("The file is not JSON of FHIR.", NOT_FHIR)
    number = int(found[1])
    return DeliveryRejected(
        f"Resource {number:,} has an element of another shape than in FHIR R4."
        if len(files) == 1
        else "A resource has an element of another shape than in FHIR R4.",
        "Deliver FHIR R4 (4.0.1); a server tells its version at /metadata.",
    )
