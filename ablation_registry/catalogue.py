"""Names of schemas, tables and columns, with what the release itself says of them, for completion and for errors."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warehouse.storage.errors import QueryFailed

if TYPE_CHECKING:
    from ablation_registry.answers import Answer
    from ablation_registry.release import Release

COLUMNS = """
    SELECT c.schema_name, c.table_name, coalesce(t.comment, v.comment, ''), c.column_name, c.data_type,
           coalesce(c.comment, '')
    FROM duckdb_columns() c
    LEFT JOIN duckdb_tables() t USING (database_name, schema_name, table_name)
    LEFT JOIN duckdb_views() v ON (v.database_name, v.schema_name, v.view_name)
        = (c.database_name, c.schema_name, c.table_name)
    WHERE c.database_name = current_database() AND NOT c.internal
    ORDER BY c.schema_name, c.table_name, c.column_index
"""


@dataclass(frozen=True)
class Column:
    """A column: its name, its DuckDB type, and what it means."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True)
class Held:
    """A table or view: its full name, what it holds, and its columns."""

    name: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name nearest to a mistyped one; '' if none is near."""
    from warehouse.readers.near_names import nearest as found  # only for an error

    return found(name, known)


class TableNames(list[str]):
    """Names of tables, which print with what each holds."""

    def __init__(self, held: dict[str, Held]):
        super().__init__(held)
        self._held = held

    def __repr__(self) -> str:
        from ablation_registry.shown import columns_text

        return columns_text(["table", "holds"], [[one.name, one.meaning] for one in self._held.values()])

    def _repr_html_(self) -> str:
        from ablation_registry.shown import table_html

        return table_html(["table", "holds"], [[one.name, one.meaning] for one in self._held.values()])


@dataclass(frozen=True, repr=False)
class Described:
    """What a release says of a table and its columns."""

    held: Held

    def df(self) -> Any:
        """Return column, type and meaning as a pandas frame, one row per column."""
        import pandas as pd

        rows = [(column.name, column.kind, column.meaning) for column in self.held.columns]
        return pd.DataFrame(rows, columns=["column", "type", "meaning"])

    def __repr__(self) -> str:
        from ablation_registry.shown import columns_text

        return f"{self.held.name}: {self.held.meaning}\n{columns_text(['column', 'type', 'meaning'], self._rows())}"

    def _repr_html_(self) -> str:
        from ablation_registry.shown import heading_html, table_html, whole_html

        head = heading_html(self.held.name, self.held.meaning)
        return whole_html(head + table_html(["column", "type", "meaning"], self._rows()))

    def _rows(self) -> list[list[str]]:
        return [[column.name, column.kind, column.meaning] for column in self.held.columns]


class Catalogue:
    """The tables of an open release, read once."""

    def __init__(self, release: "Release"):
        self._release = release
        rows: dict[str, tuple[str, list[Column]]] = {}
        for schema, table, meaning, *column in release.connection.execute(COLUMNS).fetchall():
            rows.setdefault(f"{schema}.{table}", (meaning, []))[1].append(Column(*column))
        self._held = {name: Held(name, meaning, tuple(columns)) for name, (meaning, columns) in rows.items()}

    @property
    def tables(self) -> TableNames:
        """All tables, in order of their names."""
        return TableNames(self._held)

    @property
    def schemas(self) -> list[str]:
        """All schemas, in order."""
        return list(dict.fromkeys(name.split(".")[0] for name in self._held))

    def schema(self, name: str) -> "Schema":
        """Return a schema; AttributeError, with the nearest name, if there is none."""
        if name not in self.schemas:
            near = nearest(name, self.schemas)
            hint = f"Did you mean {near}?" if near else f"Its schemas are {', '.join(self.schemas)}."
            raise AttributeError(f"The release has no schema {name}. {hint}")
        tables = [table.split(".", 1)[1] for table in self._held if table.startswith(f"{name}.")]
        return Schema(self, name, tables)

    def held(self, name: str) -> Held:
        """Return a table by its full name, or by its own if only one schema has it. QueryFailed with the nearest."""
        found = [table for table in self._held if name in (table, table.split(".", 1)[1])]
        if len(found) == 1:
            return self._held[found[0]]
        if found:
            raise QueryFailed(f"{name} is in more than one schema.", f"Name one: {' or '.join(found)}.")
        near = nearest(name, self._held) or nearest(name, [table.split(".", 1)[1] for table in self._held])
        raise QueryFailed(
            f"The release has no table {name}.", f"Did you mean {near}?" if near else "release.tables lists them."
        )

    def described(self, name: str) -> Described:
        """Describe a table. QueryFailed like `held`."""
        return Described(self.held(name))

    def table(self, name: str) -> "Table":
        """Return a table to read. QueryFailed like `held`."""
        return Table(self._release, self.held(name))


class Schema:
    """The tables of one schema, as attributes."""

    def __init__(self, catalogue: Catalogue, name: str, tables: list[str]):
        self._catalogue, self._name, self._tables = catalogue, name, tables

    def __getattr__(self, name: str) -> "Table":
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._tables:
            near = nearest(name, self._tables)
            hint = f"Did you mean {near}?" if near else f"It has {', '.join(self._tables)}."
            raise AttributeError(f"{self._name} has no table {name}. {hint}")
        return self._catalogue.table(f"{self._name}.{name}")

    def __getitem__(self, name: str) -> "Table":
        return self._catalogue.table(f"{self._name}.{name}")

    def __dir__(self) -> list[str]:
        return self._tables

    def _ipython_key_completions_(self) -> list[str]:
        return self._tables

    def __repr__(self) -> str:
        return repr(self._shown())

    def _repr_html_(self) -> str:
        return self._shown()._repr_html_()

    def _shown(self) -> TableNames:
        names = [f"{self._name}.{table}" for table in self._tables]
        return TableNames({name: self._catalogue.held(name) for name in names})


class Table:
    """A table or view of a release; a column is an attribute. Rows are read when they are asked for."""

    def __init__(self, release: "Release", held: Held):
        self._release, self._held = release, held

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return self._held.column_names

    @property
    def relation(self) -> "Answer":
        """The whole table as a DuckDB relation."""
        return self._release.sql(f"FROM {self._held.name}")

    def df(self) -> Any:
        """Return the table as a pandas frame."""
        return self.relation.df()

    def pl(self) -> Any:
        """Return the table as a polars frame."""
        return self.relation.pl()

    def to_arrow_table(self) -> Any:
        """Return the table as an Arrow table."""
        return self.relation.to_arrow_table()

    def __len__(self) -> int:
        row = self._release.sql(f"SELECT count(*) FROM {self._held.name}").fetchone()  # noqa: S608 (its own name)
        return int(row[0]) if row else 0

    def __getattr__(self, name: str) -> "Answer":
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self.columns:
            near = nearest(name, self.columns)
            hint = f"Did you mean {near}?" if near else "`.columns` lists them."
            raise AttributeError(f"{self._held.name} has no column {name}. {hint}")
        return self._release.sql(f'SELECT "{name}" FROM {self._held.name}')  # noqa: S608 (own names)

    def __getitem__(self, name: str) -> "Answer":
        return self.__getattr__(name)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.columns})

    def _ipython_key_completions_(self) -> list[str]:
        return self.columns

    def __repr__(self) -> str:
        return f"{Described(self._held)!r}\n{len(self):,} rows; .df(), .pl() and .to_arrow_table() read them"

    def _repr_html_(self) -> str:
        from ablation_registry.shown import note_html, whole_html

        return whole_html(Described(self._held)._repr_html_() + note_html(f"{len(self):,} rows"))
