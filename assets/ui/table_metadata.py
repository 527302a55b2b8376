"""Turns the declarations of a table into what Dagster shows: its columns in words, its lineage, its rows."""

import dagster as dg

from schemas.analysis import ANALYSIS_COLUMNS
from schemas.derived import DERIVED
from schemas.export import Export
from schemas.words import COMMON_COLUMNS, RAW_COLUMNS, SHEET_COLUMNS
from warehouse.clean.validation import clean_columns
from warehouse.incremental.change_log import Due
from warehouse.lineage.column_lineage import direct_sources, in_words
from warehouse.lineage.table_lineage import select_text
from warehouse.readers.answered_sheet import COLUMNS
from warehouse.releases.column_descriptions import prose_of
from warehouse.releases.release_tables import NOT_RELEASED
from warehouse.storage.table_catalogue import BY_NAME, PublishedTable

OWNERS = ["team:registry"]
POOL = "registry"
"""The concurrency pool of every step: the build database has one writer."""

RAW_KINDS = {"row_id": "BIGINT", "site": "VARCHAR", "extra": "VARCHAR", "delivered_as": "VARCHAR"}

GROUPS = ("export", "raw", "clean", "quality", "derived", "analysis", "release")
"""The graph's groups in the order of the flow."""

HOLDS, MADE = "registry/holds", "registry/made"


def key(table: str) -> dg.AssetKey:
    """The asset key of schema.table."""
    return dg.AssetKey(table.split("."))


def tags(table: str) -> dict[str, str]:
    """The asset's tags, to search by: what its rows hold, and what makes a refresh recompute it.

    registry/holds: `patients` (rows or keys of patients: mind who sees them) or `figures` (counts and estimates).
    registry/made: `by_site`, `by_delivery`, `by_patient`, `when_inputs_change` or `each_refresh`.
    """
    published = BY_NAME.get(table)
    return {HOLDS: "figures" if published and published.is_figures else "patients", MADE: _made(table, published)}


def _made(table: str, published: PublishedTable | None) -> str:
    if published is None:
        return {"export": "by_site", "raw": "by_delivery"}.get(table.split(".")[0], "each_refresh")
    if published.schema == "analysis":
        return "when_inputs_change"
    if published.step == "raw":
        return "by_delivery"
    return "by_patient" if published.is_by_patient else "by_site" if published.is_by_site else "each_refresh"


def sql_of(table: str) -> dict[str, dg.MetadataValue]:
    """Metadata that show the SELECT that makes the table on the asset's page."""
    return {"sql": dg.MetadataValue.md(f"```sql\n{select_text(table).strip()}\n```")}


def export_schema(export: Export) -> dg.TableSchema:
    """The export's columns."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                c.name,
                c.duckdb_type,
                c.prose + (f" One of: {', '.join(c.codes)}." if c.codes else ""),
                constraints=dg.TableColumnConstraints(nullable=not c.required),
            )
            for c in export.columns
        ]
    )


def answers_schema() -> dg.TableSchema:
    """The columns of an answered query sheet."""
    return dg.TableSchema([dg.TableColumn(name, "VARCHAR", SHEET_COLUMNS[name]) for name in COLUMNS])


def raw_schema(export: Export) -> dg.TableSchema:
    """The raw table's columns: the export's as text, and those that say where each row comes from."""
    beside = {name: dg.TableColumn(name, kind, RAW_COLUMNS[name]) for name, kind in RAW_KINDS.items()}
    columns = [dg.TableColumn(c.name, "VARCHAR", c.description) for c in export_schema(export).columns]
    return dg.TableSchema([beside["row_id"], beside["site"], *columns, beside["extra"], beside["delivered_as"]])


def clean_schema(export: Export) -> dg.TableSchema:
    """The clean table's columns: the export's, and the additional ones."""
    declared = {column.name: column for column in export_schema(export).columns}
    return dg.TableSchema(
        [
            declared.get(name) or dg.TableColumn(name, kind, prose_of("clean", export.name, name))
            for name, kind in clean_columns(export).items()
            if name not in NOT_RELEASED
        ]
    )


def lineage_of(table: str) -> dg.TableColumnLineage:
    """Column lineage, one step back, in Dagster's form."""
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(asset_key=key(source), column_name=name) for source, name in sources]
            for column, sources in direct_sources(table).items()
        }
    )


def with_sources(table: str, schema: dg.TableSchema) -> dg.TableSchema:
    """The columns with their sources added to each description: Dagster's own interface draws no column lineage."""
    said = {column.name: in_words(table, column.name) for column in schema.columns}
    return dg.TableSchema(
        [
            dg.TableColumn(
                c.name,
                c.type,
                "\n\n".join(filter(None, (c.description, said[c.name]))),
                constraints=c.constraints,
                tags=c.tags,
            )
            for c in schema.columns
        ]
    )


def derived_schema(table: str) -> dg.TableSchema:
    """The derived table's columns."""
    columns = [
        dg.TableColumn(c.name, c.kind, c.prose, constraints=dg.TableColumnConstraints(nullable=c.nullable))
        for c in DERIVED[table].columns
    ]
    return with_sources(f"derived.{table}", dg.TableSchema(columns))


def analysis_schema(columns: list[tuple[str, str]]) -> dg.TableSchema:
    """An analysis table's columns, given as (name, type)."""
    return dg.TableSchema([dg.TableColumn(name, kind, ANALYSIS_COLUMNS[name].prose) for name, kind in columns])


def common_schema(columns: list[tuple[str, str]], table: str = "") -> dg.TableSchema:
    """The columns of a quality or meta table, given as (name, type); with their sources if SQL makes the `table`."""
    schema = dg.TableSchema([dg.TableColumn(name, kind, COMMON_COLUMNS[name]) for name, kind in columns])
    return with_sources(table, schema) if table else schema


def analysis_lineage(table: str, columns: list[str]) -> dg.TableColumnLineage:
    """Column lineage of an analysis table (schema.table): every figure depends on all columns that are read."""
    sources = [dg.TableColumnDep(asset_key=key(source), column_name=name) for source, name in direct_sources(table)[""]]
    return dg.TableColumnLineage({column: sources for column in columns})


def table_metadata(rows: int, content_hash: str, **more) -> dict:
    """The metadata of every materialisation: its rows and its content hash, and `more`."""
    return {"dagster/row_count": rows, "content_hash": dg.MetadataValue.text(content_hash[:16])} | more


def patients_made(due: Due) -> dict[str, str]:
    """How many patients' rows were recomputed, in words."""
    words = "all" if due.is_full_rebuild else "none: nothing has changed" if due.is_nothing else f"{due.n_patients:,}"
    return {"patients_made_anew": words}


def sites_made(sites: list[str] | None) -> dict[str, str]:
    """How many sites' rows were recomputed, in words; None means all sites."""
    words = "all" if sites is None else f"{len(sites):,}" if sites else "none: nothing has changed"
    return {"sites_made_anew": words}


def made_anew(is_made: bool) -> dict[str, str]:
    """Whether a table was recomputed, in words."""
    return {"made_anew": "yes" if is_made else "no: nothing that it reads has changed"}
