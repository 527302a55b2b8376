"""What a paper needs as files: figures, tables as CSV and a manuscript, of a release or of a cohort.

What belongs here: which files there are, and making them from a report's content. What does not: what they show
(analysis/report/), the CSV's dialect (warehouse/storage/csv_output.py). Nothing is in them that the report does not
show.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from warehouse.releases.release import write_manifest
from warehouse.storage.connection import private_files, table_exists
from warehouse.storage.csv_output import write_tables
from warehouse.storage.errors import RegistryError
from warehouse.storage.table_catalogue import ANALYSIS_TABLES, QUALITY_ANALYSIS_TABLES

if TYPE_CHECKING:
    from analysis.report.content import ReportContent
    from analysis.report.output.page import Page

FIGURES, TABLES, MANUSCRIPT = "figures", "tables", "manuscript.docx"


def write_figures(folder: Path, drawings: Mapping[str, str], pictures: Mapping[str, bytes]) -> None:
    """Each drawing as <name>.svg, byte for byte that of the page, and in pixels as <name>.png."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in drawings.items():
        (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(picture)


def write_page_files(folder: Path, page: "Page") -> None:
    """figures/ and manuscript.docx of a release."""
    write_figures(folder / FIGURES, page.drawings, page.pictures)
    (folder / MANUSCRIPT).write_bytes(page.manuscript)


def write_csv_files(folder: Path, con: duckdb.DuckDBPyConnection) -> None:
    """Every analysis table that is there as <name>.csv, in the dialect of `registry query --format csv`."""
    named = [table.name for table in (*ANALYSIS_TABLES, *QUALITY_ANALYSIS_TABLES)]
    write_tables(con, folder, [name for name in named if table_exists(con, "analysis", name)])


def write_paper(
    folder: Path,
    content: "ReportContent",
    con: duckdb.DuckDBPyConnection,
    facts: dict,
    say: Callable[[str], None],
) -> None:
    """figures/ (SVG and PNG), tables/ of `con`, manuscript.docx, and manifest.json with `facts` and every file's
    SHA-256. Of a cohort (content.selection) report.html too, and no replication: the published figures are not about
    its patients. The same content and tables give the same bytes.
    """
    from analysis.report import render
    from analysis.report.arranging.arrange_page import arranged
    from analysis.report.arranging.p_values import with_counts
    from analysis.report.figure_block import PAPER_DOTS_PER_INCH, drawings_of, pictures_of
    from analysis.report.output.manuscript import manuscript_of
    from analysis.report.output.render_html import sections_of
    from analysis.report.sections import COHORT_PARTS, MANUSCRIPT_PARTS

    say("writing the report")
    built = sections_of(content, COHORT_PARTS if content.selection else MANUSCRIPT_PARTS)
    sections = with_counts(arranged(built), content)
    if content.selection:
        (folder / "report.html").write_text(render(content, sections), encoding="utf-8")
    say("drawing figures")
    pictures = pictures_of(sections, PAPER_DOTS_PER_INCH)
    write_figures(folder / FIGURES, drawings_of(sections), pictures)
    say("writing tables")
    write_csv_files(folder / TABLES, con)
    say("writing the manuscript")
    (folder / MANUSCRIPT).write_bytes(manuscript_of(content, built, pictures))
    write_manifest(folder, facts)


def into_new_folder(out: Path, write: Callable[[Path], None]) -> None:
    """Have `write` fill a folder that becomes `out` when it is whole; nothing is left of one that failed.

    RegistryError where `out` holds something. Files are their owner's alone.
    """
    out = out.absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RegistryError(f"{out} is not empty.", "Name a folder that is not there yet with --out.")
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
