"""Defines the release, the last asset of the flow. It is made only when every blocking check has passed."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dagster as dg

from analysis.report.output.page import page_of
from analysis.report.output.png_previews import flow_picture
from assets.privacy import private, write_report
from assets.resources import Registry
from assets.ui.table_metadata import OWNERS, POOL, key, tags
from warehouse.clean.ledger import unaccounted
from warehouse.incremental import change_log
from warehouse.incremental.change_log import CLEAN, Due
from warehouse.incremental.plan_inputs import reads_tonight
from warehouse.refresh.bring_up_to_date import INCREMENTAL_STEPS
from warehouse.refresh.provenance import manifest
from warehouse.refresh.release_blockers import failed_gates, stale_tables
from warehouse.releases.column_descriptions import write_columns
from warehouse.releases.release import RELEASE, Release, current_release, made_by, new_release_id, publish
from warehouse.releases.release_tables import copy_tables, is_worth_patching, patch_tables, takes_back
from warehouse.releases.retention import prune
from warehouse.storage.errors import RegistryError
from warehouse.storage.table_catalogue import PUBLISHED
from workflows import morning_note, progress
from workflows.own_plan import record_declared
from workflows.release_products import EVERYTHING, MORNING_NOTE, PAGE, PREVIEWS, write_products
from workflows.report_facts import flow, report_content

DEPENDS = [key(table.full_name) for table in PUBLISHED if table.step != "release"]


def publish_if_changed(con, home, products=EVERYTHING):
    """Publish a release if the content has changed; return (release, whether it is new, its previews).

    Nothing is published if the content equals the current release's, or if nothing was ever delivered. `products` are
    what a new release holds in addition to its tables (workflows/release_products.py).

    RegistryError if a table is behind the clean tables: a release shows one state of all tables.
    """
    current = current_release(home)
    if current is None and con.execute("SELECT count(*) FROM meta.loads").fetchone() == (0,):
        return None, False, {}
    if lagging := change_log.lagging(con, INCREMENTAL_STEPS, CLEAN):
        raise RegistryError(f"Made from older rows: {', '.join(lagging)}.", "Run the nightly job.")
    write_columns(con)
    facts = manifest(con, home)
    due = change_log.due(con, RELEASE, made_by(current), after=CLEAN)
    if current is not None and current.manifest["content_hash"] == facts["content_hash"]:
        _follow(con, due, current)
        return current, False, {}
    release_id = new_release_id(home, facts["content_hash"])
    facts["flow"] = flow(con)
    previews = flow_picture(facts["flow"]) if PREVIEWS in products else {}
    note, note_text = None, ""
    if MORNING_NOTE in products:
        progress.say("making the morning note")
        note, note_text = morning_note.tell(
            lambda: morning_note.note_of_build(con, home, current, facts, release_id, due),
            home,
            release_id,
            lambda: write_report(home),
        )
    page = partial(page_of, report_content(con, release_id, facts, home, note)) if PAGE in products else None

    def files(folder: Path) -> None:
        write_products(folder, con, release_id, products, page, note_text, current)

    def tables(database: Path) -> None:
        if current is None or due.is_full_rebuild or not is_worth_patching(current.database) or takes_back(con):
            copy_tables(con, database)
        else:
            patch_tables(con, database, current.database)

    release = publish(home, release_id, facts, tables, files)
    record_declared(con, home)
    _follow(con, due, release)
    return release, True, previews


def _follow(con, due: Due, release: Release) -> None:
    con.begin()
    change_log.set_watermark(con, RELEASE, due.up_to, made_by(release))
    change_log.compact(con)
    con.commit()


def remove_old(home) -> tuple[int, str]:
    """Remove what retention does not keep; return how many releases, and what went wrong or ''. It never fails the
    release that was just made.
    """
    try:
        return sum(not verdict.stays for verdict in prune(home)), ""
    except RegistryError as error:
        return 0, str(error)
    except OSError as error:
        return 0, f"Old releases could not be removed ({error.strerror})."


def page_metadata(release: Release) -> dict[str, int | str | dg.MetadataValue]:
    """The metadata of a release on the asset's page."""
    tables = release.manifest["tables"]
    report = {"report": dg.MetadataValue.path(str(release.report))} if release.report.exists() else {}
    return {
        "dagster/row_count": sum(table["rows"] for table in tables.values()),
        "release_id": release.release_id,
        "patients": tables["derived.patient_ltpfs"]["rows"],
        "lesions": tables["derived.lesion_ltp"]["rows"],
    } | report


@dg.asset(
    key=key("release.registry"),
    output_required=False,  # a release that waits is not made
    pool=POOL,
    deps=DEPENDS,
    group_name="release",
    owners=OWNERS,
    tags=tags("release.registry"),
    kinds={"duckdb", "html"},
    description="The database, report, figures, tables, manuscript, Data Docs and manifest of a release; "
    "`current` points to the newest.",
)
def registry_release(registry: Registry) -> Iterator[dg.MaterializeResult]:
    """Publish what the build holds, if it differs from the current release."""
    with private(registry.home, "Releasing"), registry.build() as con:
        progress.say("releasing")
        if change_log.is_behind(con, CLEAN) or unaccounted(con):  # the raw layer was made alone
            dg.get_dagster_logger().info("The clean tables do not include everything received. The release waits.")
            return
        if shut := failed_gates(con):
            raise RegistryError(f"Refused by {', '.join(shut)}.", "Correct the cause, then run the nightly job.")
        if late := stale_tables(con, reads_tonight(con)):
            dg.get_dagster_logger().info(f"Still made from older rows: {', '.join(late)}. The release waits.")
            return
        release, is_new, pictures = publish_if_changed(con, registry.home, registry.products)
        n_removed, problem = remove_old(registry.home) if is_new else (0, "")
    if release is None:
        yield dg.MaterializeResult(metadata={"is_new": False, "deliveries": 0})
        return
    yield dg.MaterializeResult(
        metadata={
            **page_metadata(release),
            "is_new": is_new,
            "releases_removed": n_removed,
            "retention_problem": problem,
        }
        | {title: dg.MetadataValue.md(text) for title, text in pictures.items()},
        data_version=dg.DataVersion(release.manifest["content_hash"]),
    )
