"""The analysis layer: one asset per analysis table, made by the pure functions of the analysis room."""

import dagster as dg

from analysis.plan import ANALYSES
from assets import progress
from assets.describe import OWNERS, key, table_metadata
from assets.privacy import private
from assets.resources import Registry
from schemas.analysis import ANALYSIS_COLUMNS
from warehouse import analysis_store
from warehouse.hashing import columns_of, table_hash
from warehouse.published import ANALYSIS_TABLES

PROSE = {table.name: table.prose for table in ANALYSIS_TABLES}


def make_asset(table: str) -> dg.AssetsDefinition:
    """The asset analysis/<table>."""

    @dg.asset(
        key=key(f"analysis.{table}"),
        deps=[key(f"derived.{name}") for name in analysis_store.INPUTS],
        group_name="analysis",
        owners=OWNERS,
        kinds={"python", "duckdb", "table"},
        description=PROSE[table],
    )
    def analysis_table(registry: Registry) -> dg.MaterializeResult:
        with private(registry.home, f"Analysing {table}"), registry.build() as con:
            progress.say(f"analysing {table}")
            rows = analysis_store.store(con, table, ANALYSES[table](*analysis_store.frames(con)))
            _, digest = table_hash(con, "analysis", table)
            columns = [
                dg.TableColumn(name, kind, ANALYSIS_COLUMNS[name].prose)
                for name, kind in columns_of(con, "analysis", table)
            ]
        return dg.MaterializeResult(
            metadata=table_metadata(rows, digest) | {"dagster/column_schema": dg.TableSchema(columns)},
            data_version=dg.DataVersion(digest),
        )

    return analysis_table


ANALYSIS_ASSETS = [make_asset(table) for table in ANALYSES]
