"""Writes a release as mCODE 4: NDJSON of FHIR R4, a folder for each site and a file for each type of resource."""

from __future__ import annotations

from pathlib import Path

from interchange.fhir.json_sql import json_of
from interchange.fhir.resource import Resource
from interchange.fhir.resources import resources
from interchange.outgoing import Outgoing, Written
from interchange.text_lines import write_lines
from warehouse.storage.sql_files import sql_text

LINE_END = "\n"
NOTE = "Names and addresses are not known to a release; each patient's name is masked."


def write(release: Outgoing, folder: Path) -> Written:
    """Write <site>/<type>.ndjson for every site and type of resource that has rows."""
    release.require("clean.patients", "clean.rfa_sessions", "clean.genotypes", "clean.imaging_followups")
    has = {name: frozenset(one.name for one in table.columns) for name, table in release.tables.items()}
    by_kind: dict[str, list[Resource]] = {}
    for one in resources(release.release_id, has):
        by_kind.setdefault(one.kind, []).append(one)
    rows: dict[str, int] = {}
    sites = release.con.execute("SELECT DISTINCT site FROM clean.patients ORDER BY 1").fetchall()
    for (site,) in sites:
        (folder / site).mkdir()
        for kind, of_kind in by_kind.items():
            path = folder / site / f"{kind}.ndjson"
            if n := _write(release, site, of_kind, path):
                rows[f"{site}/{kind}.ndjson"] = n
            else:
                path.unlink()
    return Written(rows, (NOTE,))


def _write(release: Outgoing, site: str, parts: list[Resource], path: Path) -> int:
    """Write the resources of a site, part by part, each in its order; return how many there are."""
    n = 0
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for part in parts:
            order = ", ".join(f"{one} NULLS FIRST" for one in part.order)
            rows = f"SELECT * FROM {part.rows} t WHERE t.site = {sql_text(site)} ORDER BY {order}"  # noqa: S608
            lines = f"SELECT {json_of(part.template, LINE_END)} FROM ({rows}) t"  # noqa: S608 (own names)
            n += write_lines(release.con, lines, file, between="")
    return n
