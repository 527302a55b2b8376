"""Reads NDJSON of FHIR into one table of DuckDB: a row for each resource, with the elements that are read."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from warehouse.readers.bounds import MAX_CELL_BYTES
from warehouse.sources.fhir.codes import OWN
from warehouse.sources.fhir.elements import ELEMENTS, OWN_KEYS
from warehouse.sources.fhir.expanded import NOT_FHIR, write_resources
from warehouse.sources.fhir.files import expanded
from warehouse.sources.fhir.references import target
from warehouse.sources.fhir.sql import EFFECTIVE, PERFORMED, day
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

LINE = re.compile(r"in line (\d+)")
STATUSES = {
    "Observation": ("registered", "preliminary", "cancelled", "unknown"),
    "DiagnosticReport": ("registered", "partial", "preliminary", "appended", "cancelled", "unknown"),
    "Procedure": ("preparation", "in-progress", "not-done", "on-hold", "stopped", "unknown"),
}
"""Codes of a status that say that the resource does not hold, by resource."""
HOLDS = {"Observation": ("final", "amended", "corrected"), "Procedure": ("completed",)}
HOLDS["DiagnosticReport"] = HOLDS["Observation"]
ENTERED_IN_ERROR, NOT_FINAL, NO_STATUS, OLDER = (
    "entered in error",
    "status is not final",
    "status is no code of FHIR R4",
    "older version of a resource",
)
"""Why a resource's rows are of no export."""


SAID = {
    "resource": "resourceType",
    "id": "id",
    "status": "status",
    "code": "code.coding[1].code",
    "code_text": "coalesce(code.text, code.coding[1].display)",
    "value_code": "valueCodeableConcept.coding[1].code",
    "value_text": "coalesce(valueCodeableConcept.text, valueCodeableConcept.coding[1].display, valueString)",
    "value_number": "coalesce(valueQuantity.value, valueInteger)",
    "value_unit": "valueQuantity.code",
    "method_code": "method.coding[1].code",
    "body_site": "coalesce(bodySite ->> '$.coding[0].code', bodySite ->> '$[0].coding[0].code', "
    "location ->> '$.coding[0].code', collection.bodySite.coding[1].code)",
    "date": day(f"coalesce({EFFECTIVE}, {PERFORMED})"),
}
"""Columns of what every resource says, for site.toml -> SQL."""


def read_resources(con: duckdb.DuckDBPyConnection, files: Sequence[Path], table: str) -> None:
    """Make the table of the resources in the files. Raises DeliveryRejected if they are not of FHIR R4's shape."""
    _read(con, files, table)
    if con.execute(f"SELECT count(*) FROM {table} WHERE resource = 'Bundle' AND version IS NULL").fetchone() != (0,):  # noqa: S608
        _read(con, [expanded(file) for file in files], table)
    _add_contained(con, files[0].with_name("contained.ndjson") if files else None, table)


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
    columns = ", ".join(f"{name}: {sql_text(kind)}" for name, kind in _columns().items())
    listed = ", ".join(sql_text(str(file)) for file in files)
    source = (
        f"read_json([{listed}], format = 'newline_delimited', columns = {{{columns}}}, "
        f"maximum_object_size = {MAX_CELL_BYTES})"
    )
    elements = ", ".join(f'"{name}"' for name in ELEMENTS if name not in ("resourceType", "identifier", "meta"))
    said = ", ".join(f"{sql} AS said_{name}" for name, sql in SAID.items())
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT row_number() OVER () AS n, {said}, "  # noqa: S608 (own names)
        f"resourceType AS resource, {elements}, identifier AS identifiers, meta.lastUpdated AS updated, "
        f"coalesce(meta.fhirVersion, fhirVersion ->> '$') AS version, "
        "list_transform(code.coding, lambda c: c.code) AS codes, "
        f"{_own('extension')} AS own, {state()} AS state, "
        "_fullUrl AS full_url, _method AS method, "
        "coalesce(_key, resourceType || '/' || id, _fullUrl) AS key, "
        f"{target('coalesce(subject, patient)', 'key')} AS whom "
        f"FROM {source}"
    )


def _columns() -> dict[str, str]:
    return {**ELEMENTS, **dict.fromkeys(OWN_KEYS, "VARCHAR")}


def _own(extension: str) -> str:
    """Return SQL of a map of our own extensions: export:column -> text."""
    value = "coalesce(e.valueString, e.valueCode, e.valueDecimal, e.valueInteger, e.valueDate)"
    return (
        f"CASE WHEN {extension} IS NOT NULL THEN map_from_entries(list_transform(list_filter({extension}, "
        f"lambda e: starts_with(e.url, '{OWN}')), lambda e: {{'k': e.url[{len(OWN) + 1}:], 'v': {value}}})) END"
    )


def state() -> str:
    """Return SQL of why the rows of a resource are of no export, by its status; null if they are."""
    whens = ["WHEN status = 'entered-in-error' OR contains(verificationStatus::VARCHAR, 'entered-in-error') THEN 0"]
    for resource, codes in STATUSES.items():
        holding = ", ".join(map(sql_text, HOLDS[resource]))
        others = ", ".join(map(sql_text, codes))
        whens.append(
            f"WHEN resourceType = '{resource}' THEN CASE WHEN status IN ({holding}) THEN NULL "
            f"WHEN status IN ({others}) THEN 1 ELSE 2 END"
        )
    reasons = ", ".join(map(sql_text, (ENTERED_IN_ERROR, NOT_FINAL, NO_STATUS)))
    return f"[{reasons}][1 + CASE {' '.join(whens)} END]"


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
