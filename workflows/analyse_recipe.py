"""Writes the folder of a recipe: its page, figures, tables and manuscript, and the recipe itself."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.cohorts.attrition import choose
from warehouse.cohorts.older_releases import check_release
from warehouse.cohorts.recipe import Recipe, dump_recipe
from warehouse.cohorts.shown_recipe import shown_recipe
from warehouse.derived import analysis_tables
from warehouse.releases.limits import TIMEOUT_SECONDS
from warehouse.releases.query import names_in, open_release
from warehouse.releases.query_errors import failed
from warehouse.releases.release import MANIFEST, Release
from warehouse.releases.time_limit import time_limit
from warehouse.storage.csv_output import write_csv
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.source_code import analysed_with, code_version
from workflows.disclosed import Disclosure
from workflows.paper_files import TABLES, facts_of_release, into_new_folder, small_cohort_warning, write_paper
from workflows.recipe_tables import facts_of, tables_of
from workflows.report_facts import language_of, synthetic
from workflows.share_sources import of_recipe

if TYPE_CHECKING:
    from analysis.report.content import ReportContent

RECIPE = "recipe.yaml"
ATTRITION = "attrition"


def analyse_recipe(
    release: Release,
    recipe: Recipe,
    out: Path,
    say: Callable[[str], None] = lambda _: None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    disclosure: Disclosure | None = None,
) -> "ReportContent":
    """Choose the recipe's cohort, estimate what it asks, and write the new folder `out`; return what was written. With
    `disclosure` that is what may leave under its mode, or ShareRefused if nothing may.

    The same recipe and release give the same bytes, wherever the folder is. Beside it, `<out>.private.yaml` holds the
    recipe in full. QueryFailed, in one line, if the release lacks what the recipe needs, a predicate does not fit or
    leaves nobody, or the time is over; RegistryError if `out` is not empty.
    """
    written: list[ReportContent] = []

    def write(folder: Path) -> None:
        with open_release(release) as con:
            content = recipe_content(con, release, recipe, say, timeout_seconds)
            source = of_recipe(con, recipe) if disclosure else None
        if disclosure is None or source is None:
            written.append(content)
            _write(folder, release, content, say)
            return
        say("suppressing small counts")
        with disclosure.leaving(content, source) as left:
            written.append(left.shared.content)
            _write(folder, release, left.shared.content, say, disclosure.facts)
            disclosure.log(release, left, folder)

    into_new_folder(out, write)
    _write_whole(out, recipe, release)
    return written[0]


def _write(
    folder: Path,
    release: Release,
    content: "ReportContent",
    say: Callable[[str], None],
    more: dict[str, Any] | None = None,
) -> None:
    """Write the recipe as it may be shown, the attrition and a paper's files."""
    (folder / RECIPE).write_text(_recipe_text(content), encoding="utf-8")
    with duckdb.connect() as results:
        _store(results, content)
        (folder / TABLES).mkdir()
        with (folder / TABLES / f"{ATTRITION}.csv").open("w", encoding="utf-8", newline="") as to:
            write_csv(results.sql(f"FROM {ATTRITION}"), to)
        facts = facts_of_release(release) | {"recipe": _about(content)} | (more or {})
        write_paper(folder, content, results, facts, say)


def whole_recipe_beside(out: Path) -> Path:
    """The path of the owner's file with the complete recipe: beside the folder, so that the folder can be passed on."""
    out = out.absolute()
    return out.with_name(f"{out.name}.private.yaml")


def recipe_content(
    con: duckdb.DuckDBPyConnection,
    release: Release,
    recipe: Recipe,
    say: Callable[[str], None],
    timeout_seconds: float,
) -> "ReportContent":
    """Return what the recipe's folder shows, as it is for use inside. Errors like `analyse_recipe`."""
    from analysis.report.content import ReportContent
    from analysis.report.recipe_sections.attrition import flow_of

    with time_limit(con, timeout_seconds) as check:
        check_release(con, recipe, release.release_id)
        say("choosing the cohort")
        choice = choose(con, recipe.criteria)
        shown = shown_recipe(con, recipe)
        say("estimating")
        try:
            tables = tables_of(con, choice, recipe)
            facts = facts_of(con, choice, recipe, shown, tables)
        except duckdb.Error as error:
            raise failed(error, dump_recipe(recipe), names_in(con)) from None
        check()
    return ReportContent(
        release_id=release.release_id,
        title=shown.recipe.title or facts.title(),
        code_version=code_version(),
        **synthetic(con),
        tables=tables,
        flow=flow_of(facts),
        software=analysed_with(),
        kind="Cohort report",
        recipe=facts,
        caution=small_cohort_warning(choice.n_patients),
        warning=facts.warning,
        language=language_of(release),
    )


def _store(results: duckdb.DuckDBPyConnection, content: "ReportContent") -> None:
    """Put the content's tables into a database of their own, from which their files are written."""
    results.execute("CREATE SCHEMA analysis")
    for name, table in content.tables.items():
        if len(table):
            analysis_tables.store(results, name, table)
    results.execute(
        "CREATE TABLE attrition (step INTEGER, criterion VARCHAR, predicate VARCHAR, kind VARCHAR, over VARCHAR, "
        "n_patients BIGINT, n_lesions BIGINT)"
    )
    for place, step in enumerate(content.recipe.steps if content.recipe else ()):
        kind = "" if not place else "include" if step.is_kept else "exclude"
        row = [place, step.name, step.where, kind, step.over, step.n_patients, step.n_lesions]
        results.execute("INSERT INTO attrition VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _about(content: "ReportContent") -> dict:
    """What the manifest says of the recipe and its cohort."""
    facts = content.recipe
    assert facts is not None
    about = {"fingerprint": facts.fingerprint, "is_whole": facts.is_whole}
    about |= {"patients": facts.n_patients, "lesions": facts.n_lesions, "outcomes": list(facts.outcomes)}
    return about | ({"caution": content.cautions} if content.cautions else {})


def _recipe_text(content: "ReportContent") -> str:
    facts = content.recipe
    assert facts is not None
    said = [f"# Repeat this folder with: registry cohort {RECIPE} --release {content.release_id} --out FOLDER"]
    if not facts.is_whole:
        said.append("# What could identify a person is hidden, so this file alone does not choose the cohort.")
    return "\n".join([*said, facts.text])


def _write_whole(out: Path, recipe: Recipe, release: Release) -> None:
    """Write the complete recipe, readable by its owner alone, with the release and the manifest it belongs to."""
    manifest = hashlib.sha256((out / MANIFEST).read_bytes()).hexdigest()
    text = (
        f"# The complete recipe behind {out.name}/. It may name patients, so keep it with the registry.\n"
        f"# Release {release.release_id}; SHA-256 of {out.name}/{MANIFEST}: {manifest}\n"
        f"{dump_recipe(recipe)}"
    )
    atomic_write(whole_recipe_beside(out), text.encode())
