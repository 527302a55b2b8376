"""Defines the derived layer: one asset per SQL file, with its dependencies and column lineage read from the SQL."""

from functools import partial

import dagster as dg

from assets.privacy import private
from assets.resources import LayerConfig, Registry
from assets.ui.lineage_diagram import SHOWN, picture
from assets.ui.table_metadata import (
    OWNERS,
    POOL,
    derived_schema,
    key,
    lineage_of,
    patients_made,
    sql_of,
    table_metadata,
    tags,
)
from schemas.derived import DERIVED
from schemas.rules import RULES
from warehouse.derived.gates import gates_by_table
from warehouse.incremental import change_log
from warehouse.lineage.table_lineage import tables_read
from warehouse.refresh.bring_up_to_date import refresh_derived
from warehouse.releases.release import RELEASE
from warehouse.shards.gather import take_from_shards
from warehouse.storage.source_code import making_code
from workflows import progress

GATES = gates_by_table()


def _checks(table: str) -> list[dg.AssetCheckSpec]:
    contract = dg.AssetCheckSpec(
        "contract",
        asset=key(f"derived.{table}"),
        blocking=True,
        description="Every row satisfies the declared contract: types, required values, codes, key and conditions.",
    )
    rules = [
        dg.AssetCheckSpec(
            rule.replace("-", "_"),
            asset=key(f"derived.{table}"),
            blocking=True,
            description=RULES[rule].reason("The value"),
        )
        for rule in GATES.get(table, ())
    ]
    return [contract, *rules]


def _description(table: str) -> str:
    """What the table is, and for the tables in SHOWN a picture of how they follow from the exports' columns."""
    name, prose = f"derived.{table}", DERIVED[table].prose
    return f"{prose}\n\n{picture(name)}" if name in SHOWN else prose


def _inputs(table: str) -> list[dg.AssetKey]:
    return [key(source) for source in tables_read(f"derived.{table}") if not source.startswith("work.")]


def make_asset(table: str) -> dg.AssetsDefinition:
    """Return the asset derived/<table>."""

    @dg.asset(
        key=key(f"derived.{table}"),
        pool=POOL,
        deps=_inputs(table),
        group_name="derived",
        owners=OWNERS,
        tags=tags(f"derived.{table}"),
        kinds={"duckdb", "sql", "table"},
        description=_description(table),
        check_specs=_checks(table),
        metadata={
            "dagster/column_schema": derived_schema(table),
            "dagster/column_lineage": lineage_of(f"derived.{table}"),
            **sql_of(f"derived.{table}"),
        },
    )
    def derived_table(config: LayerConfig, registry: Registry) -> dg.MaterializeResult:
        with private(registry.home, f"Deriving {table}"), registry.build() as con:
            progress.say(f"deriving {table}")
            if config.anew:
                change_log.reset_watermarks(con, f"derived.{table}", RELEASE)
            take = partial(take_from_shards, home=registry.home)
            made = refresh_derived(con, table, making_code(), GATES.get(table, ()), take)
        checks = ("contract", *GATES.get(table, ()))
        return dg.MaterializeResult(
            metadata=table_metadata(made.content.rows, made.content.sha256, **patients_made(made.due))
            | {"dagster/column_lineage": lineage_of(f"derived.{table}")},
            data_version=dg.DataVersion(made.content.sha256),
            check_results=[_result(table, c.replace("-", "_"), made.broken.get(c, {})) for c in checks],
        )

    return derived_table


def _result(table: str, check: str, broken: dict[str, int]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key(f"derived.{table}"), check_name=check, passed=not broken, metadata={"rows_by_condition": broken}
    )


DERIVED_ASSETS = [make_asset(table) for table in DERIVED]
