"""Makes a release again without a patient: removes their rows, and repeats analyses and reports on what remains."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb

from analysis.report.output.page import page_of
from warehouse.derived import analysis_tables, numbered_tables
from warehouse.derived.completeness import observed_times, patient_quality_flags
from warehouse.erasure import erase_from_release
from warehouse.erasure.patient_contribution import Contribution
from warehouse.expectations.run import write_expectations_against
from warehouse.refresh.provenance import summary
from warehouse.releases.column_descriptions import write_columns
from warehouse.releases.release import Release, content_hash, list_releases, write_release
from warehouse.releases.release_tables import copy_tables
from warehouse.storage.connection import table_exists
from warehouse.storage.hashing import table_hash
from warehouse.storage.home import Home
from warehouse.storage.home_settings import CENTRES
from warehouse.storage.rule_table import book_of
from warehouse.storage.source_code import code_version, source_hash
from warehouse.storage.table_catalogue import ANALYSIS_TABLES, PUBLISHED, SERVICE_TABLES
from workflows.plan_estimates import appended, own_tables
from workflows.release_products import products_of, write_products
from workflows.report_facts import flow, report_content
from workflows.service_tables import service_table

TIME = "%Y%m%dT%H%M%SZ"


def remake_release(home: Home, old: Release, site: str, ids: set[str], theirs: Contribution) -> Release:
    """Write a copy of the release `old` without these patients of the site, and return it. `theirs` is what the
    archive's files held about them. `current` stays as it is.
    """
    with erase_from_release.without(home, old, site, ids) as con:
        read_with = old.manifest.get("site_files", {}).get(site)
        n_corrections = old.manifest.get("corrections", {}).get(site, 0)
        made_from = erase_from_release.deliveries_of(con, site)
        share = theirs.share_of(*made_from, read_with, book_of(con), n_corrections)
        erase_from_release.subtract(con, site, share)
        erase_from_release.stand_in_for_raw(con)
        erase_from_release.complete_again(con)
        erase_from_release.chart_again(con)
        _analyse(con, old.manifest.get("service") or CENTRES)
        parent = _parent(home, old)
        if table_exists(con, "quality", "expectations"):
            write_expectations_against(con, parent)
        erase_from_release.count_rules(con, site, share)
        _document(con)
        facts = _facts(con, old, parent)
        facts["release_id"] = _new_id(home, old, facts["content_hash"])

        facts["flow"] = flow(con)

        def files(folder: Path) -> None:
            content = report_content(con, facts["release_id"], facts, home)
            page, products = lambda: page_of(content), products_of(old)
            write_products(folder, con, facts["release_id"], products, page, before=parent)

        return write_release(home, facts["release_id"], facts, partial(copy_tables, con), files)


def _analyse(con: duckdb.DuckDBPyConnection, service: str) -> None:
    """Make every analysis that the release held with today's code, from the remaining rows; `service` is the setting
    with which the release was made.
    """
    from analysis.plan.analysis_plan import TABLES
    from analysis.plan.follow_up import maturity
    from analysis.plan.quality_sensitivity import quality_sensitivity
    from analysis.subjects.analysis_frames import AnalysisFrames as Cohorts

    cohorts = Cohorts(*numbered_tables.by_number(con))
    own = own_tables(con)
    for table in ANALYSIS_TABLES:
        if _has_rows(con, table.name):
            made = appended(TABLES[table.name](cohorts), own.get(table.name))
            analysis_tables.store(con, table.name, made)
    if _has_rows(con, "maturity"):
        analysis_tables.store(con, "maturity", maturity(observed_times(con)))
    if _has_rows(con, "quality_sensitivity"):
        found = quality_sensitivity(cohorts, patient_quality_flags(con))
        analysis_tables.store(con, "quality_sensitivity", found)
    for table in SERVICE_TABLES:
        if _has_rows(con, table.name):
            analysis_tables.store(con, table.name, service_table(con, table.name, service))


def _has_rows(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the release held any row of analysis.<name>; a table that was empty stays empty."""
    if not table_exists(con, "analysis", name):
        return False
    return con.execute(f"SELECT count(*) > 0 FROM analysis.{name}").fetchone() == (True,)  # noqa: S608 (own names)


def _document(con: duckdb.DuckDBPyConnection) -> None:
    """Rewrite meta.columns for analyses that have other columns today; leave it if a column is no longer documented."""
    try:
        write_columns(con)
    except KeyError:
        return


def _parent(home: Home, old: Release) -> Release | None:
    """The parent release, under the id that it has now; None if it no longer exists."""
    named = old.manifest.get("parent_release")
    return next(
        (r for r in list_releases(home) if named and named in (r.release_id, r.manifest.get("erased_from"))), None
    )


def _facts(con: duckdb.DuckDBPyConnection, old: Release, parent: Release | None) -> dict:
    """Return the old release's manifest, updated with what is different now."""
    tables = {
        table.full_name: (table, *table_hash(con, table.schema, table.name, table.hashed_rows))
        for table in PUBLISHED
        if table_exists(con, table.schema, table.name)
    }
    rows = {
        (site, export, delivery): n
        for site, export, delivery, n in con.execute(
            "SELECT site, export, delivery, rows_received FROM meta.loads"
        ).fetchall()
    }
    inputs = [i | {"rows": rows[i["site"], i["export"], i["delivery"]]} for i in old.manifest["inputs"]]
    hashes = {name: {"sha256": digest, "is_hashed": table.is_hashed} for name, (table, _, digest) in tables.items()}
    return old.manifest | {
        "content_hash": content_hash(hashes),
        "parent_release": parent.release_id if parent else old.manifest.get("parent_release"),
        "inputs": inputs,
        "tables": {
            name: {"rows": n, "sha256": digest, "is_hashed": table.is_hashed}
            for name, (table, n, digest) in tables.items()
        },
        "quality": old.manifest["quality"] | summary(con),
        "erased_from": old.release_id,
        "erased_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_again_by": {"version": code_version(), "source_sha256": source_hash(), "duckdb": duckdb.__version__},
    }


def _new_id(home: Home, old: Release, digest: str) -> str:
    """The old release's time with the new hash, so that `as of` finds it; seconds are added while that id is taken."""
    time = datetime.strptime(old.release_id.split("-")[0], TIME)
    while (home.releases / (name := f"{time:{TIME}}-{digest[:8]}")).exists():
        time += timedelta(seconds=1)
    return name
