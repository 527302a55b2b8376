"""Writes a release as mCODE 4: NDJSON of FHIR R4, a folder for each site and a file for each type of resource."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from interchange.fhir.lines import make_words, select_lines
from interchange.fhir.resource import Resource
from interchange.fhir.resources import resources
from interchange.fhir.subjects import make_subjects
from interchange.outgoing import Outgoing, Written
from interchange.text_lines import write_lines
from warehouse.storage.connection import one_thread

AS_WRITTEN = "join_order,build_side_probe_side"
"""Optimizers that would join in another order than is written, and so lose the order of rows."""
NOTE = "Names and addresses are not known to a release; each patient's name is masked."


def write(release: Outgoing, folder: Path) -> Written:
    """Write <site>/<type>.ndjson for every site and type of resource that has rows."""
    release.require("clean.patients", "clean.rfa_sessions", "clean.genotypes", "clean.imaging_followups")
    has = {name: frozenset(one.name for one in table.columns) for name, table in release.tables.items()}
    found = resources(release.release_id, has)
    by_kind: dict[str, list[Resource]] = {}
    for one in found:
        by_kind.setdefault(one.kind, []).append(one)
    con, rows, written = release.con, dict[str, int](), Counter[tuple[str, str]]()
    con.execute(f"SET disabled_optimizers = '{AS_WRITTEN}'")
    with one_thread(con):
        make_subjects(con)
        for one in found:
            make_words(con, one)
        sites = con.execute("SELECT DISTINCT site FROM clean.patients ORDER BY 1").fetchall()
        for (site,) in sites:
            (folder / site).mkdir()
            for kind, of_kind in by_kind.items():
                path = folder / site / f"{kind}.ndjson"
                of_file = _write(release, site, of_kind, path)
                written.update(of_file)
                if n := of_file.total():
                    rows[f"{site}/{kind}.ndjson"] = n
                else:
                    path.unlink()
    release.check_whole({table: n for (_, table), n in written.items() if table in release.tables})
    return Written(rows, (NOTE,))


def _write(release: Outgoing, site: str, parts: list[Resource], path: Path) -> Counter[tuple[str, str]]:
    """Write the resources of a site, part by part, each in its order; return how many there are, by kind and rows."""
    n = Counter[tuple[str, str]]()
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for part in parts:
            n[part.kind, part.rows] += write_lines(release.con, select_lines(part, site), file, between="")
    return n
