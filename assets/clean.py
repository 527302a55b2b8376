"""Defines the clean layer: typed rows that pass every rule, and the quarantine for those that do not.

The clean tables are made together in one transaction, because rules across tables set rows of one table aside for what
another table holds.
"""

from collections.abc import Iterator
from functools import partial

import dagster as dg

from assets.privacy import private
from assets.resources import LayerConfig, Registry
from assets.ui.table_metadata import (
    OWNERS,
    POOL,
    clean_schema,
    common_schema,
    key,
    lineage_of,
    patients_made,
    sql_of,
    table_metadata,
    tags,
)
from schemas.exports import EXPORTS
from warehouse.clean.clean import clean_due_patients
from warehouse.clean.ledger import unbalanced
from warehouse.incremental import change_log
from warehouse.incremental.change_log import CLEAN
from warehouse.intake.exceptions_file import read_or_problem
from warehouse.refresh.bring_up_to_date import INCREMENTAL_STEPS
from warehouse.releases.release import RELEASE
from warehouse.releases.release_tables import NOT_RELEASED
from warehouse.shards.gather import clean_in_shards, close_if_taken
from warehouse.storage import content_hashes
from warehouse.storage.hashing import columns_of
from warehouse.storage.plan_table import PLAN_TABLE
from warehouse.storage.source_code import making_code
from warehouse.storage.suite_table import SUITE_TABLE
from warehouse.storage.table_catalogue import made_in
from workflows import progress

QUALITY = [table for table in made_in("clean") if table.schema == "quality"]
WITH_RAW = [table.full_name for table in made_in("raw") if table.full_name not in (SUITE_TABLE, PLAN_TABLE)]
"""Made with the raw rows, and read here; the suites and the plan of the home are for later steps."""
DEPENDS = {
    "rfa_sessions": [],
    "genotypes": ["clean.rfa_sessions"],
    "imaging_followups": ["clean.rfa_sessions"],
    "patients": ["clean.rfa_sessions", "clean.imaging_followups"],
    "treatments": ["clean.rfa_sessions", "clean.patients"],
}


def _specs() -> list[dg.AssetSpec]:
    clean_specs = [
        dg.AssetSpec(
            key(f"clean.{name}"),
            deps=[key(f"raw.{name}"), *(key(table) for table in DEPENDS[name])],
            description=f"Accepted rows, typed. {export.prose}",
            group_name="clean",
            owners=OWNERS,
            tags=tags(f"clean.{name}"),
            kinds={"duckdb", "pandera", "table"},
            metadata={
                "dagster/column_schema": clean_schema(export),
                "dagster/column_lineage": lineage_of(f"clean.{name}"),
            },
        )
        for name, export in EXPORTS.items()
    ]
    lesions = dg.AssetSpec(
        key("clean.lesions"),
        deps=[key("clean.rfa_sessions")],
        description="One row per ablated lesion, with the description from its first session.",
        group_name="clean",
        owners=OWNERS,
        tags=tags("clean.lesions"),
        kinds={"duckdb", "sql", "table"},
        metadata={"dagster/column_lineage": lineage_of("clean.lesions")} | sql_of("clean.lesions"),
    )
    quality = [
        dg.AssetSpec(
            key(table.full_name),
            deps=[*(key(f"clean.{export}") for export in EXPORTS), *(key(name) for name in WITH_RAW)],
            description=table.prose,
            group_name="quality",
            owners=OWNERS,
            tags=tags(table.full_name),
            kinds={"duckdb", "table"},
        )
        for table in QUALITY
    ]
    return [*clean_specs, lesions, *quality]


CHECKS = [
    dg.AssetCheckSpec(
        "conservation",
        asset=key("quality.ledger"),
        blocking=True,
        description="Every row received is accounted for: the sums of each delivery agree. If not, the refresh fails.",
    ),
    *(
        dg.AssetCheckSpec(
            "row_rules",
            asset=key(f"clean.{name}"),
            description="No row of this export is set aside. A warning only: it never refuses a release.",
        )
        for name in EXPORTS
    ),
]


@dg.multi_asset(pool=POOL, specs=_specs(), check_specs=CHECKS, name="clean")
def clean_tables(config: LayerConfig, registry: Registry) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Validate the current rows and set aside those that break a rule."""
    with private(registry.home, "Cleaning"), registry.build() as con:
        if config.anew:
            change_log.reset_watermarks(con, CLEAN, *INCREMENTAL_STEPS, RELEASE)
        notes, elsewhere = read_or_problem(registry.home), partial(clean_in_shards, home=registry.home)
        due = clean_due_patients(con, making_code(), progress.say, notes, elsewhere)
        close_if_taken(con, registry.home)
        for table in (made.full_name for made in made_in("clean")):
            content = content_hashes.content_of(con, table)
            yield dg.MaterializeResult(
                asset_key=key(table),
                metadata=table_metadata(content.rows, content.sha256, **patients_made(due)) | _columns(con, table),
                data_version=dg.DataVersion(content.sha256),
            )
        yield from _check_results(con)


def _columns(con, table: str) -> dict:
    """Metadata: the table's column lineage, and its columns if the asset does not declare them."""
    schema, name = table.split(".")
    if name in EXPORTS:
        return {"dagster/column_lineage": lineage_of(table)}
    columns = [(c, kind) for c, kind in columns_of(con, schema, name) if c not in NOT_RELEASED]
    if schema == "quality":
        return {"dagster/column_schema": common_schema(columns)}
    return {"dagster/column_schema": common_schema(columns, table), "dagster/column_lineage": lineage_of(table)}


def _check_results(con) -> Iterator[dg.AssetCheckResult]:
    broken = unbalanced(con)
    yield dg.AssetCheckResult(
        asset_key=key("quality.ledger"),
        check_name="conservation",
        passed=not broken,
        metadata={"unbalanced_deliveries": len(broken), "first": ", ".join(broken[:5])},
    )
    for name in EXPORTS:
        by_rule = dict(
            con.execute(
                "SELECT rule_id, count(DISTINCT (delivery, line)) FROM quality.quarantine "
                "WHERE export = ? AND scope = 'row' GROUP BY rule_id ORDER BY rule_id",
                [name],
            ).fetchall()
        )
        yield dg.AssetCheckResult(
            asset_key=key(f"clean.{name}"),
            check_name="row_rules",
            passed=not by_rule,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"rows_set_aside": sum(by_rule.values()), "by_rule": by_rule},
        )
