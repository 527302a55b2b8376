"""Writes the files that a paper needs, for a release or a cohort: figures, tables as CSV and a manuscript.

They hold nothing that the report does not show. What they show is in analysis/report/, the CSV dialect in
warehouse/storage/csv_output.py.
"""

import os
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from schemas.thresholds import FEWEST_PATIENTS
from warehouse.releases.release import Release, write_manifest
from warehouse.storage.connection import private_files, table_exists
from warehouse.storage.csv_output import write_tables
from warehouse.storage.errors import RegistryError
from warehouse.storage.source_code import code_version
from warehouse.storage.table_catalogue import ALL_ANALYSES

if TYPE_CHECKING:
    from analysis.report.content import ReportContent
    from analysis.report.output.page import Page

FIGURES, TABLES, MANUSCRIPT = "figures", "tables", "manuscript.docx"


def write_figures(folder: Path, drawings: Mapping[str, str], pictures: Mapping[str, bytes]) -> None:
    """Write each drawing as <name>.svg, with the same bytes as on the page, and each picture as <name>.png."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in drawings.items():
        (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(picture)


def write_page_files(folder: Path, page: "Page") -> None:
    """Write figures/ and manuscript.docx of a release."""
    write_figures(folder / FIGURES, page.drawings, page.pictures)
    (folder / MANUSCRIPT).write_bytes(page.manuscript)


def write_csv_files(folder: Path, con: duckdb.DuckDBPyConnection, left_out: Collection[str] = ()) -> None:
    """Write every existing analysis table as <name>.csv, in the dialect of `registry query --format csv`, but not those
    named in `left_out`.
    """
    named = [table.name for table in ALL_ANALYSES if table.name not in left_out]
    write_tables(con, folder, [name for name in named if table_exists(con, "analysis", name)])


def write_paper(
    folder: Path,
    content: "ReportContent",
    con: duckdb.DuckDBPyConnection,
    facts: dict,
    say: Callable[[str], None],
    has_page: bool = False,
) -> None:
    """Write figures/ (SVG and PNG), tables/ from `con`, manuscript.docx, and manifest.json with `facts` and the SHA-256
    of every file; for a cohort also report.html, and no replication, because the published figures are not about its
    patients; with `has_page` report.html for a release too. The same content and tables give the same bytes.
    """
    from analysis.report import render
    from analysis.report.arranging.arrange_page import arranged
    from analysis.report.arranging.p_values import with_counts
    from analysis.report.figure_block import PAPER_DOTS_PER_INCH, drawings_of, pictures_of
    from analysis.report.output.manuscript import manuscript_of
    from analysis.report.output.render_html import sections_of
    from analysis.report.output.spoken import spoken
    from analysis.report.recipe_sections import RECIPE_PARTS
    from analysis.report.sections import MANUSCRIPT_PARTS, SHARED_PARTS, cohort_parts

    say("writing the report")
    of_release = SHARED_PARTS if has_page else MANUSCRIPT_PARTS
    parts = RECIPE_PARTS if content.recipe else cohort_parts(content) if content.selection else of_release
    built = [section for section in sections_of(content, parts) if section.blocks]
    sections = with_counts(arranged(built), content)
    if content.is_cohort or has_page:
        (folder / "report.html").write_text(render(content, sections), encoding="utf-8")
    say("drawing figures")
    pictures = pictures_of(sections, PAPER_DOTS_PER_INCH)
    write_figures(folder / FIGURES, drawings_of(spoken(sections, content.language)), pictures)
    say("writing tables")
    write_csv_files(folder / TABLES, con)
    say("writing the manuscript")
    (folder / MANUSCRIPT).write_bytes(manuscript_of(content, built, pictures))
    write_manifest(folder, facts)


def facts_of_release(release: Release) -> dict:
    """What the manifest of a paper's files says about their origin; no time, so that equal files have equal bytes."""
    return {
        "release_id": release.release_id,
        "content_hash": release.manifest["content_hash"],
        "made_by": {"version": code_version(), "duckdb": duckdb.__version__},
    }


def small_cohort_warning(n_patients: int) -> str:
    """The warning for a cohort of that many patients if it is too small to be anonymous; '' for any other."""
    if n_patients >= FEWEST_PATIENTS:
        return ""
    of_whom = "one patient" if n_patients == 1 else f"{n_patients} patients"
    return f"This page describes individuals: it is about {of_whom}, fewer than {FEWEST_PATIENTS}. Do not pass it on."


def into_new_folder(out: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a folder that becomes `out` when it is complete; if `write` fails, nothing is left behind.

    RegistryError if `out` is not empty. Only their owner can read the files.
    """
    out = out.absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RegistryError(f"{out} is not empty.", "Name a folder that does not exist yet with --out.")
    building = out.with_name(f".{out.name}-building-{os.getpid()}")
    try:
        with private_files():
            building.mkdir(parents=True)
            write(building)
        if out.exists():
            out.rmdir()
        os.rename(building, out)
    finally:
        shutil.rmtree(building, ignore_errors=True)
