"""Defines one asset per SQL file of sql/quality/ (completeness), and those of the analyses of the data themselves."""

from functools import partial
from typing import TYPE_CHECKING

import dagster as dg
import duckdb

from assets.privacy import private
from assets.resources import Registry
from assets.ui.table_metadata import (
    OWNERS,
    POOL,
    analysis_lineage,
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
from schemas.analysis_tables import READS
from warehouse.derived import analysis_tables, numbered_tables
from warehouse.derived.completeness import build_completeness, observed_times, patient_quality_flags
from warehouse.incremental.input_hashes import inputs_of, invalidate, is_made_from, record_inputs
from warehouse.lineage.table_lineage import tables_read
from warehouse.refresh.bring_up_to_date import refresh_imaging, refresh_sites
from warehouse.shards.gather import take_from_shards
from warehouse.storage import content_hashes
from warehouse.storage.hashing import columns_of
from warehouse.storage.source_code import making_code
from warehouse.storage.table_catalogue import COMPLETENESS_TABLES, QUALITY_ANALYSIS_TABLES, PublishedTable
from workflows import progress

if TYPE_CHECKING:
    import pandas as pd


def make_asset(table: PublishedTable) -> dg.AssetsDefinition:
    """Return the asset quality/<table>."""

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
            take = partial(take_from_shards, home=registry.home)
            if table.is_by_patient:
                made = patients_made(refresh_imaging(con, table.name, making_code(), take).due)
            elif table.is_by_site:
                sites, _ = refresh_sites(con, table.name, making_code(), take)
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


def _maturity(con: duckdb.DuckDBPyConnection, is_of_nobody: bool) -> "pd.DataFrame":
    from analysis.plan.follow_up import maturity

    times = observed_times(con)
    return maturity(times.iloc[:0] if is_of_nobody else times)


def _quality_sensitivity(con: duckdb.DuckDBPyConnection, is_of_nobody: bool) -> "pd.DataFrame":
    from analysis.plan.quality_sensitivity import ENDPOINT, quality_sensitivity
    from analysis.subjects.analysis_frames import AnalysisFrames

    flags = patient_quality_flags(con)
    if is_of_nobody:
        return quality_sensitivity(AnalysisFrames(*analysis_tables.no_frames(con)), flags.iloc[:0])
    return quality_sensitivity(AnalysisFrames(*numbered_tables.patients_by_number(con, ENDPOINT)), flags)


MAKERS = {"maturity": _maturity, "quality_sensitivity": _quality_sensitivity}
"""Analysis of the data themselves -> the function that makes it from the build database; `is_of_nobody` has it read no
rows."""


def _bring_up_to_date(con: duckdb.DuckDBPyConnection, table: PublishedTable) -> bool:
    """Make the analysis if what it reads has changed, and return whether it did."""
    inputs = inputs_of(con, READS[table.full_name])
    if is_made_from(con, table.full_name, inputs):
        return False
    progress.say(f"analysing {table.name}")
    analysis_tables.store(con, table.name, MAKERS[table.name](con, False))
    record_inputs(con, table.full_name, inputs)
    return True


def make_analysis(table: PublishedTable) -> dg.AssetsDefinition:
    """Return the asset analysis/<table>, which is recomputed only if something that it reads has changed."""

    @dg.asset(
        key=key(table.full_name),
        pool=POOL,
        deps=[key(source) for source in READS[table.full_name]],
        group_name="quality",
        owners=OWNERS,
        tags=tags(table.full_name),
        kinds={"python", "duckdb", "table"},
        description=table.prose,
    )
    def quality_analysis(registry: Registry) -> dg.MaterializeResult:
        with private(registry.home, f"Analysing {table.name}"), registry.build_beside_frames() as con:
            if table.name in registry.analyses:
                is_made = _bring_up_to_date(con, table)
            else:
                invalidate(con, table.full_name)
                is_made = analysis_tables.leave_empty(con, table.name, partial(MAKERS[table.name], con, True))
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

    return quality_analysis


COMPLETENESS_ASSETS = [
    *(make_asset(table) for table in COMPLETENESS_TABLES),
    *(make_analysis(table) for table in QUALITY_ANALYSIS_TABLES),
]
