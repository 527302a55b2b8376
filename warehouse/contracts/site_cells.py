"""Makes the SQL of a site's own cells as the registry reads them, for a contract of the site's files.

The steps are those with which a delivery is read (sources/cell_steps.py), so that a contract and a refresh agree. A
tool that reads the CSV may have read a date as a date already; such a cell is left as it is.
"""

from collections.abc import Iterable

from schemas.export import Column
from schemas.exports import EXPORTS
from warehouse.clean.typed_cells import typed_cell
from warehouse.readers.identifiers import cell_of
from warehouse.sources.canonical_cells import AS_NAMED
from warehouse.sources.cell_steps import as_compared, compared, steps
from warehouse.sources.column_mapping import ColumnMapping
from warehouse.sources.file_columns import FileColumns
from warehouse.sources.site_mapping import Feed
from warehouse.storage.sql_files import sql_text

TIMESTAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}.*"
CLOCK = ("%H", "%I", "%T", "%X")


class SiteCells:
    """The canonical columns that one feed reads of a file with this header, each from one column or one value."""

    def __init__(self, feed: Feed, header: list[str]):
        self.feed, self.export = feed, EXPORTS[feed.export]
        self._file, self._header = FileColumns(header), header
        repeated = {name for block in feed.mapping.repeat for name in (block.column, *block.columns)}
        self.origins: dict[str, str] = {}
        """Canonical column -> the column of the file that it is read from, as its header writes it."""
        self.values: dict[str, str] = {}
        """Canonical column -> what it is in every row."""
        for column in self.export.columns:
            mapping = self._mapping(column.name)
            if column.name in repeated or mapping.join:
                continue
            if mapping.value is not None:
                self.values[column.name] = mapping.value
            elif found := self._file.first(mapping.from_ or (column.name,)):
                self.origins[column.name] = header[self._file.place(found)]

    def has(self, names: Iterable[str]) -> bool:
        """Return whether these canonical columns are read from one column or have one value."""
        return all(name in self.origins or name in self.values for name in names)

    def rows(self, names: Iterable[str], is_typed: bool = True) -> str:
        """Return a relation with these canonical columns, of the rows that `where` of site.toml leaves."""
        columns = [self.export.column(name) for name in dict.fromkeys(names)]
        first = ", ".join(f"{self._delivered(column)} AS {column.name}" for column in columns)
        sql = f"(SELECT {first} FROM {{object}}{self._where()})"  # noqa: S608 (for other tools)
        by_column = {column.name: self._steps(column) for column in columns if column.name in self.origins}
        for level in range(max((len(one) for one in by_column.values()), default=0)):
            changed = {name: one[level](name) for name, one in by_column.items() if level < len(one)}
            sql = _layer(sql, columns, changed)
        if not is_typed:
            return sql
        return _layer(sql, columns, {column.name: typed_cell(column) for column in columns})

    def _mapping(self, name: str) -> ColumnMapping:
        return self.feed.mapping.columns.get(name, AS_NAMED)

    def _delivered(self, column: Column) -> str:
        if column.name in self.values:
            return sql_text(self.values[column.name])
        return _trimmed(self.origins[column.name])

    def _steps(self, column: Column) -> list:
        mapping = self._mapping(column.name)
        found = steps(column, mapping, self.feed.missing, {}, self.feed.source.decimal, is_typed=False)
        if any(sign in one for one in mapping.format for sign in CLOCK):
            found.append(_day_of_timestamp)
        if column.kind == "identifier":
            found.append(lambda cell: cell_of(self.export, column.name, cell))
        return [step for step in found if step is not None]

    def _where(self) -> str:
        conditions = []
        for name, cells in self.feed.mapping.where.items():
            known = [as_compared(one) for one in cells]
            cell = _trimmed(self._header[self._file.place(name)])
            conditions.append(f"{compared(cell, known)} IN ({', '.join(map(sql_text, known))})")
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _trimmed(name: str) -> str:
    quoted = name.replace('"', '""')
    return f"nullif(trim(CAST(\"{quoted}\" AS VARCHAR)), '')"


def _day_of_timestamp(cell: str) -> str:
    return f"CASE WHEN regexp_full_match({cell}, '{TIMESTAMP}') THEN left({cell}, 10) ELSE {cell} END"


def _layer(sql: str, columns: list[Column], changed: dict[str, str]) -> str:
    """Return the relation with some of its cells changed."""
    listed = ", ".join(f"{changed[one.name]} AS {one.name}" if one.name in changed else one.name for one in columns)
    return f"(SELECT {listed} FROM {sql})"  # noqa: S608 (for other tools)
