"""Writes what came of a published model or claims into a folder: the file as it was tested, tables and figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from schemas.home_file import HomeFile
from warehouse.cohorts.published_form import PublishedFile
from warehouse.cohorts.recipe import Recipe
from warehouse.releases.release import Release, write_manifest
from warehouse.storage.csv_output import write_csv
from workflows.disclosed import Disclosure
from workflows.paper_files import FIGURES, TABLES, facts_of_release, into_new_folder, write_figures
from workflows.put_to_test import FileTested
from workflows.share_tested import share_tested

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PERFORMANCE, CLAIMS = "performance", "claims"


def write_tested(
    out: Path,
    release: Release,
    file: HomeFile,
    asked: PublishedFile,
    found: FileTested,
    recipe: Recipe,
    leaves: Disclosure | None = None,
) -> None:
    """Write the tables, the figures and manifest.json into the new folder `out`; with `leaves` only what may leave.

    RegistryError if `out` is not empty; ShareRefused if earlier outputs would let a small group be computed.
    """
    tables = {PERFORMANCE: found.model.table} if found.model else {}
    tables |= {CLAIMS: found.claims} if len(found.claims) else {}
    cohort = recipe.fingerprint if recipe.criteria else "everybody"
    tested = {"file": file.name, "sha256": file.sha256, "title": asked.title, "cohort": cohort}
    facts = facts_of_release(release) | {"tested": tested}

    def write(folder: Path) -> None:
        if leaves is None:
            _write(folder, file, tables, facts)
            return
        cutoff = asked.model.cutoff if asked.model else None
        with share_tested(leaves, release, file, cutoff, found, tables) as left:
            _write(folder, file, left.tables, facts | leaves.facts | {"left_out": list(left.left_out)})
            left.log(folder)

    into_new_folder(out, write)


def _write(folder: Path, file: HomeFile, tables: "Mapping[str, pd.DataFrame]", facts: dict) -> None:
    import pyarrow as pa

    (folder / file.name).write_text(file.text or "", encoding="utf-8")
    (folder / TABLES).mkdir()
    with duckdb.connect() as con:
        for name, table in tables.items():
            with (folder / TABLES / f"{name}.csv").open("w", encoding="utf-8", newline="") as to:
                write_csv(con.from_arrow(pa.Table.from_pandas(table, preserve_index=False)), to)
    if PERFORMANCE in tables and (figures := figures_of(tables[PERFORMANCE])):
        from analysis.figures.render import to_png, to_svg
        from analysis.report.figure_block import PAPER_DOTS_PER_INCH

        drawings = {name: to_svg(figure, name, alt) for name, (figure, alt) in figures.items()}
        pictures = {name: to_png(figure, PAPER_DOTS_PER_INCH) for name, (figure, _) in figures.items()}
        write_figures(folder / FIGURES, drawings, pictures)
    write_manifest(folder, facts)


def figures_of(table: "pd.DataFrame") -> "dict[str, tuple[Figure, str]]":
    """Return (figure, what a screen reader says) by name: calibration and decision curve at each time."""
    from analysis.figures.calibration import calibration_figure
    from analysis.figures.decision_curve import decision_curve_figure
    from analysis.tidy import OVERALL
    from analysis.validation import performance as names

    found: dict[str, tuple[Figure, str]] = {}
    for month in sorted(table["time_months"].dropna().unique()):
        own = table[table["time_months"] == month]
        groups = own[(own["quantity"] == names.CALIBRATION) & own["predicted"].notna() & own["estimate"].notna()]
        groups = groups[groups["stratum"] != OVERALL] if len(groups) > 1 else groups
        at = f"{month:g}-months".replace(".", "-")
        if len(groups):
            alt = f"Observed risk beside predicted risk by {month:g} months, {len(groups)} groups"
            found[f"calibration-{at}"] = calibration_figure(groups, month), alt
        model, everybody = (own[own["quantity"] == name] for name in (names.NET_BENEFIT, names.NET_BENEFIT_OF_ALL))
        if model["estimate"].notna().any():
            alt = (
                f"Net benefit of acting on the model's risks by {month:g} months, at each risk from which one would act"
            )
            found[f"decision-curve-{at}"] = decision_curve_figure(model, everybody), alt
    return found
