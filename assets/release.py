"""The release: the last asset of the flow. It is made only when every blocking check has passed."""

from pathlib import Path

import dagster as dg

from assets import morning_note, progress
from assets.describe import OWNERS, key
from assets.privacy import private, write_report
from assets.report_facts import report_content
from assets.resources import Registry
from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from warehouse.documentation import write_columns
from warehouse.expectations.data_docs import FOLDER, write_data_docs
from warehouse.provenance import manifest
from warehouse.published import ANALYSIS_TABLES, COMPLETENESS_TABLES, QUALITY_ANALYSIS_TABLES, SCORECARD
from warehouse.releases import current_release, new_release_id, publish

DEPENDS = [
    *(key(table.full_name) for table in ANALYSIS_TABLES),
    *(key(f"derived.{name}") for name in DERIVED),
    *(key(f"clean.{name}") for name in EXPORTS),
    key("clean.lesions"),
    key("quality.quarantine"),
    key("quality.resolved"),
    key("quality.ledger"),
    key("quality.exceptions"),
    key("quality.answers"),
    key("quality.results"),
    key("quality.changes"),
    key("quality.canaries"),
    key("quality.expectations"),
    *(key(table.full_name) for table in (*QUALITY_ANALYSIS_TABLES, *COMPLETENESS_TABLES, SCORECARD)),
    key("meta.loads"),
]


def publish_if_changed(con, home):
    """(release, whether it is new). The same content as the current release, or no delivery ever, publishes nothing."""
    current = current_release(home)
    if current is None and con.execute("SELECT count(*) FROM meta.loads").fetchone() == (0,):
        return None, False
    write_columns(con)
    facts = manifest(con, home)
    if current is not None and current.manifest["content_hash"] == facts["content_hash"]:
        return current, False
    release_id = new_release_id(facts["content_hash"])
    progress.say("making the morning note")
    note, note_text = morning_note.tell(
        lambda: morning_note.note_of_build(con, home, current, facts, release_id),
        release_id,
        lambda: write_report(home),
    )

    def report() -> str:
        from analysis.report import render

        progress.say("writing the report")
        return render(report_content(con, release_id, facts, home, note))

    def more(folder: Path) -> None:
        morning_note.write(folder, note_text)
        progress.say("writing the Data Docs")
        write_data_docs(con, folder / FOLDER, release_id)

    return publish(con, home, release_id, facts, report, more), True


@dg.asset(
    key=key("release.registry"),
    deps=DEPENDS,
    group_name="release",
    owners=OWNERS,
    kinds={"duckdb", "html"},
    description="The database, report, Data Docs and manifest of one release; `current` points to the newest.",
)
def registry_release(registry: Registry) -> dg.MaterializeResult:
    """Publish what the build holds, if it differs from the current release."""
    with private(registry.home, "Releasing"), registry.build() as con:
        progress.say("releasing")
        release, is_new = publish_if_changed(con, registry.home)
    if release is None:
        return dg.MaterializeResult(metadata={"is_new": False, "deliveries": 0})
    tables = release.manifest["tables"]
    return dg.MaterializeResult(
        metadata={
            "release_id": release.release_id,
            "is_new": is_new,
            "patients": tables["derived.patient_ltpfs"]["rows"],
            "lesions": tables["derived.lesion_ltp"]["rows"],
            "report": dg.MetadataValue.path(str(release.report)),
        },
        data_version=dg.DataVersion(release.manifest["content_hash"]),
    )
