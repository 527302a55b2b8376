"""Writes what a release holds in addition to its database and manifest: tables as CSV, and the products."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from schemas.analysis_tables import ANALYSIS_TABLES
from warehouse.expectations.data_docs import FOLDER, write_data_docs
from warehouse.releases.release import REPORT, Release
from workflows import morning_note, progress
from workflows.paper_files import TABLES, write_csv_files, write_page_files

if TYPE_CHECKING:
    from analysis.report.output.page import Page

PAGE, DATA_DOCS, MORNING_NOTE, PREVIEWS = "page", "data_docs", "morning_note", "previews"
EVERYTHING = (PAGE, DATA_DOCS, MORNING_NOTE, PREVIEWS)
"""`page`: report.html, figures/ and manuscript.docx. `previews`: pictures on the pages of Dagster's assets."""
CURVES = tuple(table.name for table in ANALYSIS_TABLES if table.is_curve)
"""Analysis tables without a CSV file: of 20,000 patients theirs would be 111 MB, twice the database."""
TABLES_ONLY: tuple[str, ...] = ()
"""No product: database, manifest and tables/ alone."""


def write_products(
    folder: Path,
    con: duckdb.DuckDBPyConnection,
    release_id: str,
    products: Collection[str] = EVERYTHING,
    page: "Callable[[], Page] | None" = None,
    note: str = "",
    before: Release | None = None,
) -> None:
    """Write tables/ and the requested products into the folder of a release. Curves stay in the database alone.

    `page` makes the page and what belongs to it, if it is asked for; `note` is the text of the morning note; `before`
    is the release whose Data Docs hold the earlier runs.
    """
    if MORNING_NOTE in products:
        morning_note.write(folder, note)
    write_csv_files(folder / TABLES, con, left_out=CURVES)
    if PAGE in products and page is not None:
        progress.say("writing the report")
        made = page()
        write_page_files(folder, made)
        (folder / REPORT).write_text(made.text, encoding="utf-8")
    if DATA_DOCS in products:
        progress.say("writing the Data Docs")
        write_data_docs(con, folder / FOLDER, release_id, before)


def products_of(release: Release) -> tuple[str, ...]:
    """The products that the release's folder holds, without the morning note and the previews."""
    held = {PAGE: release.report, DATA_DOCS: release.folder / FOLDER}
    return tuple(product for product, path in held.items() if path.exists())
