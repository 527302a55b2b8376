"""Defines the assets of the service: volumes, waits, outcomes and follow-up of the centres, one table each."""

import dagster as dg
import duckdb

from assets.privacy import private
from assets.resources import Registry
from assets.ui.table_metadata import (
    OWNERS,
    POOL,
    analysis_lineage,
    analysis_schema,
    key,
    made_anew,
    table_metadata,
    tags,
)
from schemas.analysis_tables import READS
from warehouse.derived import analysis_tables
from warehouse.derived.service_counts import SETTING, record_setting
from warehouse.incremental.input_hashes import inputs_of, invalidate, is_made_from, record_inputs
from warehouse.storage import content_hashes
from warehouse.storage.hashing import columns_of
from warehouse.storage.home_settings import OFF, home_settings
from warehouse.storage.table_catalogue import SERVICE_TABLES, PublishedTable
from workflows import progress
from workflows.service_tables import service_table

NAMES = tuple(table.full_name for table in SERVICE_TABLES)


def _bring_up_to_date(con: duckdb.DuckDBPyConnection, table: PublishedTable, service: str) -> bool:
    """Make the table if what it reads, or the home's setting, has changed, and return whether it did."""
    record_setting(con, service, NAMES)
    inputs = inputs_of(con, READS[table.full_name])
    if is_made_from(con, table.full_name, inputs):
        return False
    progress.say(f"analysing {table.name}")
    analysis_tables.store(con, table.name, service_table(con, table.name, service))
    record_inputs(con, table.full_name, inputs)
    return True


def make_asset(table: PublishedTable) -> dg.AssetsDefinition:
    """Return the asset analysis/<table>, which is made anew only if something that it reads, or the setting, has
    changed.
    """

    @dg.asset(
        key=key(table.full_name),
        pool=POOL,
        deps=[key(source) for source in READS[table.full_name]],
        group_name="analysis",
        owners=OWNERS,
        tags=tags(table.full_name),
        kinds={"python", "duckdb", "table"},
        description=table.prose,
    )
    def service_asset(registry: Registry) -> dg.MaterializeResult:
        with private(registry.home, f"Analysing {table.name}"), registry.build_beside_frames() as con:
            if table.name in registry.analyses:
                is_made = _bring_up_to_date(con, table, home_settings(registry.home).service)
            else:
                for name in (table.full_name, SETTING):
                    invalidate(con, name)
                is_made = analysis_tables.leave_empty(con, table.name, lambda: service_table(con, table.name, OFF))
            content = content_hashes.recount(con, table.full_name)
            columns = columns_of(con, table.schema, table.name)
        return dg.MaterializeResult(
            metadata=table_metadata(content.rows, content.sha256, **made_anew(is_made))
            | {
                "dagster/column_schema": analysis_schema(columns),
                "dagster/column_lineage": analysis_lineage(table.full_name, [column for column, _ in columns]),
            },
            data_version=dg.DataVersion(content.sha256),
        )

    return service_asset


SERVICE_ASSETS = [make_asset(table) for table in SERVICE_TABLES]
