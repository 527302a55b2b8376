"""Defines the analysis layer: one asset per analysis table, made by the pure functions of the analysis room.

One step makes all requested tables, so that the derived tables are read and the cohorts made only once.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

import dagster as dg

from analysis.plan.analysis_plan import TABLES
from analysis.subjects.analysis_frames import AnalysisFrames
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
from schemas.own_plan import OWN_TABLES
from warehouse.derived import analysis_tables as analysis_store
from warehouse.derived import numbered_tables
from warehouse.incremental.input_hashes import inputs_of, invalidate, is_made_from, record_inputs
from warehouse.incremental.plan_inputs import plan_sources, reads_tonight, with_sources
from warehouse.lineage.column_lineage import in_words
from warehouse.storage import content_hashes
from warehouse.storage.hashing import columns_of
from warehouse.storage.home import Home
from warehouse.storage.home_settings import asks_for_replication
from warehouse.storage.table_catalogue import ANALYSIS_TABLES
from workflows import progress
from workflows.plan_estimates import appended, own_tables
from workflows.release_products import PREVIEWS

if TYPE_CHECKING:
    import pandas as pd

SPECS = [
    dg.AssetSpec(
        key(table.full_name),
        deps=[key(source) for source in with_sources(table.full_name, READS[table.full_name], plan_sources())],
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
"""Tables that hold rows only if the home's settings ask for them."""


@dg.multi_asset(pool=POOL, specs=SPECS, name="analysis", can_subset=True)
def analysis_tables(
    context: dg.AssetExecutionContext, config: LayerConfig, registry: Registry
) -> Iterator[dg.MaterializeResult]:
    """Make the requested analysis tables; those whose inputs have not changed stay as they are."""
    with private(registry.home, "Analysing"), registry.build_beside_frames() as con:
        cohorts = cache(lambda: AnalysisFrames(*numbered_tables.by_number(con)))
        nobody = cache(lambda: AnalysisFrames(*analysis_store.no_frames(con)))
        own = cache(lambda: own_tables(con))
        reads = reads_tonight(con)
        for table in ANALYSIS_TABLES:
            if key(table.full_name) not in context.selected_asset_keys:
                continue
            if config.anew or table.name not in registry.analyses:
                invalidate(con, table.full_name)
            if table.name in registry.analyses:
                sources = reads[table.full_name]
                is_made = _bring_up_to_date(con, registry.home, table.name, sources, cohorts, own)
            else:
                is_made = analysis_store.leave_empty(con, table.name, partial(_of_nobody, nobody, table.name))
            result = _result(con, table.name, is_made)
            if table.name in figure_previews.PICTURED and PREVIEWS in registry.products:
                result = result._replace(
                    metadata={**(result.metadata or {}), **figure_previews.of_table(con, table.name)}
                )
            yield result


def _bring_up_to_date(
    con,
    home: Home,
    name: str,
    sources: Sequence[str],
    cohorts: Callable[[], AnalysisFrames],
    own: "Callable[[], dict[str, pd.DataFrame]]",
) -> bool:
    """Make analysis.<name> if what it reads has changed, and return whether it did."""
    table = f"analysis.{name}"
    inputs = inputs_of(con, sources)
    is_left_empty = name in ON_REQUEST and not ON_REQUEST[name](home)
    is_current = is_made_from(con, table, inputs)
    if is_current and name in ON_REQUEST:  # the home's settings may have changed since
        is_current = is_left_empty == (content_hashes.content_of(con, table).rows == 0)
    if not is_current:
        progress.say(f"analysing {name}")
        made = TABLES[name](cohorts())
        if name in OWN_TABLES:
            made = appended(made, own().get(name))
        analysis_store.store(con, name, made.iloc[:0] if is_left_empty else made)
        record_inputs(con, table, inputs)
    return not is_current


def _of_nobody(nobody: Callable[[], AnalysisFrames], name: str) -> "pd.DataFrame":
    return TABLES[name](nobody())


def _result(con, name: str, is_made: bool) -> dg.MaterializeResult:
    """The materialisation of analysis.<name> that Dagster shows."""
    table = f"analysis.{name}"
    content = content_hashes.recount(con, table)
    columns = columns_of(con, "analysis", name)
    return dg.MaterializeResult(
        asset_key=key(table),
        metadata=table_metadata(content.rows, content.sha256, **made_anew(is_made))
        | {
            "dagster/column_schema": analysis_schema(columns),
            "dagster/column_lineage": analysis_lineage(table, [column for column, _ in columns]),
        },
        data_version=dg.DataVersion(content.sha256),
    )
