"""Completeness and maturity: one asset per SQL file of sql/quality/, and follow-up as an analysis of its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import dagster as dg

from assets.privacy import private
from assets.resources import Registry
from assets.ui.table_metadata import (
    OWNERS,
    POOL,
    analysis_lineage_of,
    analysis_schema,
    common_schema,
    key,
    lineage_of,
    made_anew,
    patients_made,
    sites_made,
    sql_of,
    table_metadata,
    tags,
)
from warehouse.derived import analysis_tables
from warehouse.derived.completeness import (
    MATURITY_READS,
    SENSITIVITY_READS,
    build_completeness,
    observed_times,
    patient_marks,
)
from warehouse.incremental.input_hashes import inputs_of, invalidate, is_made_from, record_inputs
from warehouse.lineage.table_lineage import tables_read
from warehouse.refresh.bring_up_to_date import refresh_imaging, refresh_sites
from warehouse.storage import content_hashes
from warehouse.storage.hashing import columns_of
from warehouse.storage.source_code import making_code
from warehouse.storage.table_catalogue import COMPLETENESS_TABLES, QUALITY_ANALYSIS_TABLES, PublishedTable
from workflows import progress

if TYPE_CHECKING:
    import pandas as pd

ANALYSES = {table.name: table for table in QUALITY_ANALYSIS_TABLES}


def make_asset(table: PublishedTable) -> dg.AssetsDefinition:
    """The asset quality/<table>."""

    @dg.asset(
        key=key(table.full_name),
        pool=POOL,
        deps=[key(source) for source in tables_read(table.full_name)],
        group_name="quality",
        owners=OWNERS,
        tags=tags(table.full_name),
        kinds={"duckdb", "sql", "table"},
        description=table.prose,
        metadata={"dagster/column_lineage": lineage_of(table.full_name)} | sql_of(table.full_name),
    )
    def completeness_table(registry: Registry) -> dg.MaterializeResult:
        with private(registry.home, f"Making {table.name}"), registry.build() as con:
            progress.say(f"making {table.name}")
            made: dict[str, str] = {}
            if table.is_by_patient:
                made = patients_made(refresh_imaging(con, table.name, making_code()).due)
            elif table.is_by_site:
                sites, _ = refresh_sites(con, table.name, making_code())
                made = sites_made(sites)
            else:
                build_completeness(con, table.name)
            content = content_hashes.content_of(con, table.full_name)
            columns = columns_of(con, table.schema, table.name)
        return dg.MaterializeResult(
            metadata=table_metadata(content.rows, content.sha256, **made)
            | {
                "dagster/column_schema": common_schema(columns, table.full_name),
                "dagster/column_lineage": lineage_of(table.full_name),
            },
            data_version=dg.DataVersion(content.sha256),
        )

    return completeness_table


def _analysed(
    con,
    name: str,
    make: Callable[[], "pd.DataFrame"],
    reads: dict[str, tuple[str, ...]],
    is_left_empty: bool = False,
):
    """Make and store the analysis, unless nothing that it reads has changed, and report it."""
    table = f"analysis.{name}"
    inputs = inputs_of(con, reads)
    if is_left_empty:
        invalidate(con, table)
    if not (is_current := is_made_from(con, table, inputs)):
        progress.say(f"analysing {name}")
        analysis_tables.store(con, name, make())
        if not is_left_empty:
            record_inputs(con, table, inputs)
    content, columns = content_hashes.recount(con, table), columns_of(con, "analysis", name)
    return dg.MaterializeResult(
        metadata=table_metadata(content.rows, content.sha256, **made_anew(not is_current))
        | {
            "dagster/column_schema": analysis_schema(columns),
            "dagster/column_lineage": analysis_lineage_of(reads, [column for column, _ in columns]),
        },
        data_version=dg.DataVersion(content.sha256),
    )


@dg.asset(
    key=key("analysis.maturity"),
    pool=POOL,
    deps=[key(table) for table in MATURITY_READS],
    group_name="quality",
    owners=OWNERS,
    tags=tags("analysis.maturity"),
    kinds={"python", "duckdb", "table"},
    description=ANALYSES["maturity"].prose,
)
def maturity_table(registry: Registry) -> dg.MaterializeResult:
    """Follow-up by site and quarter."""
    from analysis.plan.follow_up import maturity

    with private(registry.home, "Analysing maturity"), registry.build() as con:
        return _analysed(con, "maturity", lambda: maturity(observed_times(con)), MATURITY_READS)


@dg.asset(
    key=key("analysis.quality_sensitivity"),
    pool=POOL,
    deps=[key(table) for table in SENSITIVITY_READS],
    group_name="quality",
    owners=OWNERS,
    tags=tags("analysis.quality_sensitivity"),
    kinds={"python", "duckdb", "table"},
    description=ANALYSES["quality_sensitivity"].prose,
)
def quality_sensitivity_table(registry: Registry) -> dg.MaterializeResult:
    """The main estimates without the patients that quality has marked."""
    from analysis.plan.quality_sensitivity import quality_sensitivity

    with private(registry.home, "Analysing sensitivity to quality"), registry.build() as con:
        is_left_empty = "quality_sensitivity" not in registry.analyses

        def make() -> "pd.DataFrame":
            read = analysis_tables.no_frames if is_left_empty else analysis_tables.by_endpoint
            patients, _, time_to_event, _ = read(con)
            return quality_sensitivity(patients, time_to_event, patient_marks(con))

        return _analysed(con, "quality_sensitivity", make, SENSITIVITY_READS, is_left_empty)


COMPLETENESS_ASSETS = [*(make_asset(table) for table in COMPLETENESS_TABLES), maturity_table, quality_sensitivity_table]
