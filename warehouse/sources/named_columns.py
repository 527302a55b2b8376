"""Lists the source columns that a feed reads of a file."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.exports import EXPORTS
from warehouse.sources.file_columns import FileColumns
from warehouse.sources.site_mapping import Feed


@dataclass(frozen=True)
class NamedColumns:
    """`written` are the alternatives that site.toml names, of which the first that a file has is read.

    `implied` are canonical columns that it does not name: they are read where the file has a column of that name.
    """

    written: tuple[tuple[str, ...], ...]
    implied: tuple[str, ...]

    @property
    def all_written(self) -> set[str]:
        """Return every name in site.toml."""
        return {name for names in self.written for name in names}

    def read_of(self, header: Iterable[str]) -> list[str]:
        """Return the names that are read of a file with this header."""
        file = FileColumns(list(header))
        found = [file.first(names) for names in (*self.written, *((name,) for name in self.implied))]
        return [name for name in found if name is not None]


def named_columns(feed: Feed) -> NamedColumns:
    """Return the columns that the feed's mapping names."""
    mapping = feed.mapping
    written = [column.from_ for column in mapping.columns.values() if column.from_]
    written += [(name,) for column in mapping.columns.values() for name in column.join]
    written += [(name,) for name in mapping.where]
    written += [(name,) for block in mapping.repeat for label in block.labels for name in block.names(label).values()]
    repeated = {name for block in mapping.repeat for name in (block.column, *block.columns)}
    found_elsewhere = {
        name for name, column in mapping.columns.items() if column.from_ or column.join or column.value is not None
    }
    implied = (name for name in EXPORTS[feed.export].column_names if name not in repeated | found_elsewhere)
    return NamedColumns(tuple(dict.fromkeys(written)), tuple(implied))
