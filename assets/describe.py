"""How a table is shown in Dagster: its columns in words, its lineage, its rows.

What belongs here: turning declarations into Dagster metadata. What does not: the declarations.
"""

import dagster as dg

from schemas.analysis import ANALYSIS_COLUMNS
from schemas.derived import DERIVED
from schemas.export import Export
from schemas.genotypes import PARSED_COLUMNS
from schemas.words import COMMON_COLUMNS
from warehouse.analysis_store import READS
from warehouse.change_log import Due
from warehouse.documentation import prose_of
from warehouse.lineage import lineage
from warehouse.release_tables import NOT_RELEASED
from warehouse.validation import clean_columns

OWNERS = ["team:registry"]
POOL = "registry"
"""Every step belongs to it: the build database has one writer."""

GROUPS = ("export", "raw", "clean", "quality", "derived", "analysis", "release")
"""The graph's groups in the order of the flow."""


def key(table: str) -> dg.AssetKey:
    """schema.table as an asset key."""
    return dg.AssetKey(table.split("."))


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


def clean_schema(export: Export) -> dg.TableSchema:
    """The clean table's columns: the export's, and those beside them."""
    declared = {column.name: column for column in export_schema(export).columns}
    return dg.TableSchema(
        [
            declared.get(name) or dg.TableColumn(name, kind, prose_of("clean", export.name, name))
            for name, kind in clean_columns(export).items()
            if name not in NOT_RELEASED
        ]
    )


def clean_lineage(export: Export) -> dg.TableColumnLineage:
    """Column lineage of a clean table: one to one, but for what is read from gene and variant."""
    same = from_same_column(f"raw.{export.name}", export.column_names).deps_by_column
    if export.name != "genotypes":
        return dg.TableColumnLineage(same)
    read = [dg.TableColumnDep(asset_key=key("raw.genotypes"), column_name=name) for name in ("gene", "variant")]
    return dg.TableColumnLineage({**same, **{column.name: read for column in PARSED_COLUMNS}})


def derived_schema(table: str) -> dg.TableSchema:
    """The derived table's columns."""
    declared = DERIVED[table]
    return dg.TableSchema(
        [
            dg.TableColumn(c.name, c.kind, c.prose, constraints=dg.TableColumnConstraints(nullable=c.nullable))
            for c in declared.columns
        ]
    )


def analysis_schema(columns: list[tuple[str, str]]) -> dg.TableSchema:
    """An analysis table's columns, given as (name, type)."""
    return dg.TableSchema([dg.TableColumn(name, kind, ANALYSIS_COLUMNS[name].prose) for name, kind in columns])


def common_schema(columns: list[tuple[str, str]]) -> dg.TableSchema:
    """Columns of a quality or meta table, given as (name, type)."""
    return dg.TableSchema([dg.TableColumn(name, kind, COMMON_COLUMNS[name]) for name, kind in columns])


def analysis_lineage(table: str, columns: list[str]) -> dg.TableColumnLineage:
    """Column lineage of an analysis table made from the derived tables."""
    return analysis_lineage_of({f"derived.{source}": names for source, names in READS[table].items()}, columns)


def analysis_lineage_of(reads: dict[str, tuple[str, ...]], columns: list[str]) -> dg.TableColumnLineage:
    """Every figure of a row is made from all the columns that are read, given as table -> columns."""
    sources = [
        dg.TableColumnDep(asset_key=key(source), column_name=name) for source, names in reads.items() for name in names
    ]
    return dg.TableColumnLineage({column: sources for column in columns})


def from_same_column(source: str, columns: tuple[str, ...]) -> dg.TableColumnLineage:
    """Column lineage of a table whose columns are those of `source`, one to one."""
    return dg.TableColumnLineage({c: [dg.TableColumnDep(asset_key=key(source), column_name=c)] for c in columns})


def from_sql(table: str) -> dg.TableColumnLineage:
    """Column lineage read from the table's SQL. Helper tables of the build (schema work) are left out."""
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(asset_key=key(source), column_name=name)
                for source, name in sources
                if not source.startswith("work.")
            ]
            for column, sources in lineage()[table].items()
            if column
        }
    )


def table_metadata(rows: int, content_hash: str, **more) -> dict:
    """What every materialisation reports: its rows and its content hash."""
    return {"dagster/row_count": rows, "content_hash": dg.MetadataValue.text(content_hash[:16])} | more


def patients_made(due: Due) -> dict[str, str]:
    """How much of a table was made anew, in words."""
    words = "all" if due.is_everything else "none: nothing has changed" if due.is_nothing else f"{due.n_patients:,}"
    return {"patients_made_anew": words}


def made_anew(is_made: bool) -> dict[str, str]:
    """Whether a table was made anew, in words."""
    return {"made_anew": "yes" if is_made else "no: nothing that it reads has changed"}
