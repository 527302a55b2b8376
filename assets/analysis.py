"""The analysis layer: one asset per analysis table, made by the pure functions of the analysis room.

One step makes whichever of them are asked for, so that the derived tables are read and the cohorts made once.
"""

from collections.abc import Callable, Iterator

import dagster as dg

from analysis.plan.analysis_plan import TABLES
from analysis.subjects.cohorts import Registry as Cohorts
from assets.privacy import private
from assets.resources import LayerConfig, Registry
from assets.ui import figure_previews
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
from warehouse.derived import analysis_tables as analysis_store
from warehouse.incremental.input_hashes import forget, inputs_of, is_made_from, write_down
from warehouse.lineage.column_lineage import in_words
from warehouse.storage import content_hashes
from warehouse.storage.hashing import columns_of
from warehouse.storage.home_settings import asks_for_replication
from warehouse.storage.table_catalogue import ANALYSIS_TABLES
from workflows import progress

SPECS = [
    dg.AssetSpec(
        key(table.full_name),
        deps=[key(source) for source in READS[table.full_name]],
        group_name="analysis",
        owners=OWNERS,
        tags=tags(table.full_name),
        kinds={"python", "duckdb", "table"},
        description=f"{table.prose}\n\n{in_words(table.full_name, '')}",
        skippable=True,
    )
    for table in ANALYSIS_TABLES
]

ON_REQUEST = {"replication": asks_for_replication}
"""Tables that hold rows only where the home asks for them."""


@dg.multi_asset(pool=POOL, specs=SPECS, name="analysis", can_subset=True)
def analysis_tables(
    context: dg.AssetExecutionContext, config: LayerConfig, registry: Registry
) -> Iterator[dg.MaterializeResult]:
    """Make the analysis tables that are asked for; those whose inputs have not changed stay as they are."""
    with private(registry.home, "Analysing"), registry.build() as con:
        cohorts: Cohorts | None = None
        being_drawn: list[tuple[dg.MaterializeResult, Callable[[], dict[str, dg.MetadataValue]]]] = []
        for table in ANALYSIS_TABLES:
            if key(table.full_name) not in context.selected_asset_keys:
                continue
            if config.anew:
                forget(con, table.full_name)
            inputs = inputs_of(con, READS[table.full_name])
            is_left_empty = table.name in ON_REQUEST and not ON_REQUEST[table.name](registry.home)
            is_current = is_made_from(con, table.full_name, inputs)
            if is_current and table.name in ON_REQUEST:  # what the home asks for may have changed since
                is_current = is_left_empty == (content_hashes.of(con, table.full_name).rows == 0)
            if not is_current:
                progress.say(f"analysing {table.name}")
                cohorts = cohorts or Cohorts(*analysis_store.by_endpoint(con))
                made = TABLES[table.name](cohorts)
                analysis_store.store(con, table.name, made.iloc[:0] if is_left_empty else made)
                write_down(con, table.full_name, inputs)
            content = content_hashes.recount(con, table.full_name)
            columns = columns_of(con, "analysis", table.name)
            result = dg.MaterializeResult(
                asset_key=key(table.full_name),
                metadata=table_metadata(content.rows, content.sha256, **made_anew(not is_current))
                | {
                    "dagster/column_schema": analysis_schema(columns),
                    "dagster/column_lineage": analysis_lineage(table.full_name, [name for name, _ in columns]),
                },
                data_version=dg.DataVersion(content.sha256),
            )
            if table.name in figure_previews.PICTURED:
                being_drawn.append((result, figure_previews.of_table(con, table.name)))
            else:
                yield result
        for result, drawn in being_drawn:
            yield result._replace(metadata={**(result.metadata or {}), **drawn()})
