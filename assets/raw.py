"""Defines the raw layer: takes deliveries into the archive and their rows into the raw tables, and counts every row.

The plain function is `load_deliveries` of workflows/; the asset calls it. A full refresh drops the build database's raw
rows and reads the archive from the start.
"""

import time
from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from assets.privacy import private
from assets.resources import Registry
from assets.ui.markdown_text import escaped
from assets.ui.table_metadata import OWNERS, POOL, common_schema, key, lineage_of, raw_schema, table_metadata, tags
from schemas.exports import EXPORTS
from warehouse.queries.delivered_files import file_in
from warehouse.raw.history import raw_data_version
from warehouse.storage import content_hashes
from warehouse.storage.hashing import columns_of
from warehouse.storage.plan_table import PLAN_TABLE
from warehouse.storage.rule_table import RULE_TABLE
from warehouse.storage.suite_table import SUITE_TABLE
from warehouse.storage.table_catalogue import made_in
from workflows.load_deliveries import load_deliveries

WAITS_AT_MOST_SECONDS = 10.0
"""However far `not_before` is in the future; the clock may have been set back."""
FIRST = 20
"""At most this many deliveries of each status are listed."""
COUNTS_AS_NONE = """
    SELECT site, folder, export, delivery, reason FROM meta.loads
    WHERE status = ? ORDER BY load_id DESC
"""


class RefreshConfig(dg.Config):
    """How to refresh."""

    full: bool = Field(
        default=False,
        description="Drop the rows of the build database, read the whole archive again and recompute every table. For "
        "repair: the result is the same, but it takes longer.",
    )
    quiet_seconds: int = Field(
        default=0,
        description="Skip files that changed less than this many seconds ago, because they may still be being written. "
        "The sensor and the nightly schedule set it; a run that you start yourself takes every file.",
    )
    not_before: float = Field(
        default=0.0,
        description="Look into landing/ at this time at the earliest (seconds since 1970). The sensor sets it, because "
        "it requests a run a few seconds before the files have been quiet long enough.",
    )


def deliveries_that_count_as_none(con) -> dict:
    """Count the deliveries that were rejected, wait or were set aside, and list the newest of each with the reason."""
    facts: dict = {}
    for status in ("rejected", "waiting", "set_aside"):
        found = con.execute(COUNTS_AS_NONE, [status]).fetchall()
        lines = [f"- {escaped(file_in(*place))}: {escaped(reason)}" for *place, reason in found[:FIRST]]
        lines += [f"- {len(found) - FIRST:,} more: `registry status`"] if len(found) > FIRST else []
        facts |= {f"{status}_deliveries": len(found)}
        facts |= {status: dg.MetadataValue.md("\n".join(lines))} if lines else {}
    return facts


def wait_until(moment: float) -> None:
    """Sleep until `moment` (seconds since 1970), but not longer than WAITS_AT_MOST_SECONDS."""
    time.sleep(min(WAITS_AT_MOST_SECONDS, max(0.0, moment - time.time())))


def _specs() -> list[dg.AssetSpec]:
    specs = [
        dg.AssetSpec(
            key(f"raw.{name}"),
            deps=[key(f"export.{name}")],
            description=f"Every row of every delivery as text. {export.prose}",
            group_name="raw",
            owners=OWNERS,
            tags=tags(f"raw.{name}"),
            kinds={"duckdb", "table"},
            metadata={
                "dagster/column_schema": raw_schema(export),
                "dagster/column_lineage": lineage_of(f"raw.{name}"),
            },
        )
        for name, export in EXPORTS.items()
    ]
    about_deliveries = [
        dg.AssetSpec(
            key(table.full_name),
            deps=[*(key(f"raw.{name}") for name in EXPORTS), key("export.answers")],
            description=table.prose,
            group_name="quality",
            owners=OWNERS,
            tags=tags(table.full_name),
            kinds={"duckdb", "table"},
        )
        for table in made_in("raw")
    ]
    return [*specs, *about_deliveries]


@dg.multi_asset(pool=POOL, specs=_specs(), name="raw")
def raw_tables(config: RefreshConfig, registry: Registry) -> Iterator[dg.MaterializeResult]:
    """Land and load the deliveries."""
    wait_until(config.not_before)
    with private(registry.home, "Loading the deliveries"), registry.build() as con:
        landed = load_deliveries(con, registry.home, config.full, config.quiet_seconds)
        for name in EXPORTS:
            content, lineage = raw_data_version(con, name), lineage_of(f"raw.{name}")
            yield dg.MaterializeResult(
                asset_key=key(f"raw.{name}"),
                metadata=table_metadata(content.rows, content.sha256) | {"dagster/column_lineage": lineage},
                data_version=dg.DataVersion(content.sha256),
            )
        loads = content_hashes.recount(con, "meta.loads")
        yield dg.MaterializeResult(
            asset_key=key("meta.loads"),
            metadata=table_metadata(
                loads.rows, loads.sha256, new_arrivals=len(landed.arrivals), **deliveries_that_count_as_none(con)
            )
            | {"dagster/column_schema": common_schema(columns_of(con, "meta", "loads"))},
            data_version=dg.DataVersion(loads.sha256),
        )
        for table in (RULE_TABLE, SUITE_TABLE, PLAN_TABLE, "quality.thresholds", "quality.run_in"):
            stated = content_hashes.recount(con, table)
            columns = columns_of(con, *table.split("."))
            yield dg.MaterializeResult(
                asset_key=key(table),
                metadata=table_metadata(stated.rows, stated.sha256) | {"dagster/column_schema": common_schema(columns)},
                data_version=dg.DataVersion(stated.sha256),
            )
        answers = content_hashes.recount(con, "quality.answers")
        columns = [(name, kind) for name, kind in columns_of(con, "quality", "answers") if name != "row_id"]
        yield dg.MaterializeResult(
            asset_key=key("quality.answers"),
            metadata=table_metadata(answers.rows, answers.sha256) | {"dagster/column_schema": common_schema(columns)},
            data_version=dg.DataVersion(answers.sha256),
        )
