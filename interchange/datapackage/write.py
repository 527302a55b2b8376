"""Writes the tables of a release as a data package (https://datapackage.org, version 2)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from interchange.datapackage.table_schema import table_schema
from interchange.outgoing import Described, Outgoing, Written
from warehouse.storage.connection import one_thread
from warehouse.storage.source_code import code_version
from warehouse.storage.sql_files import sql_text

PACKAGE = "datapackage.json"
PROFILES = "https://datapackage.org/profiles/2.0"
LIST = "[]"
NOT_FINITE = (
    "CASE WHEN isfinite({0}) THEN {0}::VARCHAR WHEN isnan({0}) THEN 'NaN' WHEN {0} > 0 THEN 'INF' "
    "WHEN {0} < 0 THEN '-INF' END"
)
"""A DOUBLE as text: the number if it is finite, else Table Schema's word for it; nothing if it is empty."""


def write(release: Outgoing, folder: Path) -> Written:
    """Write <schema>.<table>.csv for every table that leaves, and datapackage.json."""
    rows: dict[str, int] = {}
    resources = []
    with one_thread(release.con):  # most tables are small, and a second thread would wait for the first
        for name, table in release.tables.items():
            path = folder / f"{name}.csv"
            ordered = release.in_order(name, _cells(release, table))
            row = release.con.execute(f"COPY ({ordered}) TO {sql_text(str(path))} (FORMAT csv, HEADER)").fetchone()
            rows[path.name] = int(row[0]) if row else 0
            resources.append(_resource(release, table, path))
    package = _package(release, resources)
    (folder / PACKAGE).write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return Written(rows)


def _cells(release: Outgoing, table: Described) -> str:
    """Return the columns as Table Schema wants their cells: lists as JSON, and its words for infinite numbers."""
    numbers = [column.name for column in table.columns if column.kind == "DOUBLE"]
    odd: set[str] = set()
    if numbers:
        asked = ", ".join(f'coalesce(bool_or(NOT isfinite("{name}")), false)' for name in numbers)
        found = release.con.execute(f"SELECT {asked} FROM {table.name}").fetchone() or ()  # noqa: S608
        odd = {name for name, is_odd in zip(numbers, found, strict=True) if is_odd}
    cells = []
    for column in table.columns:
        quoted = f'"{column.name}"'
        if column.kind.endswith(LIST):
            cells.append(f"to_json({quoted})::VARCHAR AS {quoted}")
        else:
            cells.append(f"{NOT_FINITE.format(quoted)} AS {quoted}" if column.name in odd else quoted)
    return ", ".join(cells)


def _resource(release: Outgoing, table: Described, path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "$schema": f"{PROFILES}/dataresource.json",
        "name": table.name,
        "type": "table",
        "path": path.name,
        "description": table.prose,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest}",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {"$schema": f"{PROFILES}/tableschema.json", **table_schema(table, release.tables)},
    }


def _package(release: Outgoing, resources: list[dict[str, Any]]) -> dict[str, Any]:
    whose = "the cohort of a recipe" if release.recipe else "everybody"
    made_up = " The data are synthetic." if release.is_synthetic else ""
    return {
        "$schema": f"{PROFILES}/datapackage.json",
        "name": "ablation-registry",
        "id": release.release_id,
        "title": f"Ablation registry, release {release.release_id}",
        "description": f"Ablated colorectal liver metastases: clean rows and endpoints of {whose}.{made_up}",
        "version": release.release_id,
        "created": release.manifest["created_at"],
        "keywords": ["colorectal liver metastases", "ablation", "registry"],
        "contributors": [{"title": f"ablation-registry {code_version()}", "roles": ["wrangler"]}],
        "resources": resources,
    }
