"""Makes the cells of an export's canonical columns from a prepared source, before they are put into rows.

A file whose identifiers became pseudonyms on the way into the archive may have a canonical column ready made, where it
is not read from one source column alone (pseudonyms/): it is taken as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.readers.cells import trim_sql
from warehouse.readers.identifiers import whole_number
from warehouse.readers.near_names import shown
from warehouse.sources.cell_steps import Step, iso_date, steps, without_missing
from warehouse.sources.column_mapping import ColumnMapping
from warehouse.sources.file_columns import FileColumns, plain
from warehouse.sources.prepared import Prepared
from warehouse.sources.repeat_block import RepeatBlock
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

AS_NAMED = ColumnMapping()
READY = "registry:"
"""How the name of a column begins that holds a canonical one ready made."""


@dataclass(frozen=True)
class Cell:
    """One output: SQL of the trimmed cell before its steps, and the steps.

    `place` is that of its source column, None if it is made of none or of several.
    """

    sql: str
    steps: Sequence[Step | None]
    place: int | None = None


def ready_name(feed: Feed, name: str) -> str:
    """Return the name of the source column that holds a canonical column of the feed ready made."""
    return f"{READY}{feed.name}/{name}"


def label_name(name: str, label: str) -> str:
    """Return how a canonical column is called for one label of a repeat block, '' without one."""
    return f"{name} of {label}" if label else name


def slot_cells(feed: Feed, prepared: Prepared, file: FileColumns, block: RepeatBlock, label: str) -> dict[str, Cell]:
    """Return the cells of one label of a repeat block by canonical column, the label's own included."""
    export, cells = EXPORTS[feed.export], dict[str, Cell]()
    for name, source_name in block.names(label).items():
        if source_name in file:
            cells[name] = cell_at(export, name, feed, prepared, file.place(source_name))
    cells[block.column] = Cell(sql_text(label), label_steps(export, block, feed))
    return {name: ready(feed, file, label_name(name, label)) or cell for name, cell in cells.items()}


def ready(feed: Feed, file: FileColumns, name: str) -> Cell | None:
    """Return the cell of a canonical column that the file holds ready made, or None."""
    ready_made = ready_name(feed, name)
    return Cell(f"c{file.place(ready_made)}", []) if ready_made in file else None


def common_cells(
    export: Export, feed: Feed, prepared: Prepared, file: FileColumns, repeated: set[str]
) -> tuple[dict[str, Cell], dict[str, str]]:
    """Return the cells of columns that do not repeat, and the source columns that they are read from."""
    cells: dict[str, Cell] = {}
    origins: dict[str, str] = {}
    for column in export.columns:
        name = column.name
        if name in repeated:
            continue
        found = common_cell(export, name, feed, prepared, file)
        if found is not None:
            cells[name], origin = found
            origins |= {name: origin} if origin else {}
        elif column.required:
            raise lacks(export, name, feed, file)
    return cells, origins


def common_cell(
    export: Export, name: str, feed: Feed, prepared: Prepared, file: FileColumns
) -> tuple[Cell, str] | None:
    """Return the cell of a column that does not repeat and its source column, '' if none; None if the file lacks it."""
    mapping, made = feed.mapping.columns.get(name, AS_NAMED), ready(feed, file, name)
    if made is not None:
        return made, " + ".join(map(shown, mapping.join)) or shown(file.first(mapping.from_ or (name,)) or "")
    if mapping.value is not None:
        return Cell(f"nullif({sql_text(mapping.value.strip())}, '')", []), ""
    if mapping.join:
        return Cell(_joined(mapping, feed, prepared, file), []), " + ".join(map(shown, mapping.join))
    if found := file.first(mapping.from_ or (name,)):
        return cell_at(export, name, feed, prepared, file.place(found)), shown(found)
    return None


def lacks(export: Export, name: str, feed: Feed, file: FileColumns) -> DeliveryRejected:
    """Return the refusal of a file that lacks the column which a required one is read from."""
    mapping = feed.mapping.columns.get(name, AS_NAMED)
    if not mapping.from_:
        return DeliveryRejected(
            f"The file has no column {name}, and site.toml does not say how it is delivered.",
            f"Add {name} below [exports.{export.name}.columns] in site.toml.",
        )
    try:
        file.place(mapping.from_[0])
    except DeliveryRejected as rejection:
        return DeliveryRejected(f"{rejection.message} It is read as {name}.", rejection.cure)
    raise AssertionError("the file has the column")


def cell_at(export: Export, name: str, feed: Feed, prepared: Prepared, place: int) -> Cell:
    """Return a column's cell at a place in the file."""
    source, missing = prepared.source, (*feed.missing, *prepared.missing.get(place, ()))
    mapping = feed.mapping.columns.get(name, AS_NAMED)
    is_dated = source.is_typed or place in source.dates
    return Cell(
        trim_sql(f"c{place}"),
        steps(export.column(name), mapping, missing, source.labels.get(place, {}), feed.source.decimal, is_dated),
        place,
    )


def label_steps(export: Export, block: RepeatBlock, feed: Feed) -> list[Step | None]:
    """Return the steps of a label of a repeat block."""
    mapping = feed.mapping.columns.get(block.column, AS_NAMED)
    return steps(export.column(block.column), mapping, (), {}, ".", False)


def _joined(mapping: ColumnMapping, feed: Feed, prepared: Prepared, file: FileColumns) -> str:
    """Return SQL of an identifier made of source columns; empty if one of them is."""
    parts, source = [], prepared.source
    for name in mapping.join:
        place = file.place(name)
        part = whole_number(f"({trim_sql(f'c{place}')})")
        if missing := (*feed.missing, *prepared.missing.get(place, ())):
            part = without_missing(part, missing)
        if formats := mapping.format or _format_of(name, feed):
            part = iso_date(part, formats, source.is_typed or place in source.dates)
        parts.append(f"({part})")
    return f" || {sql_text(mapping.with_)} || ".join(parts)


def _format_of(name: str, feed: Feed) -> tuple[str, ...]:
    """Return the formats of the dates in a source column, as the canonical column that is read from it has them."""
    for mapping in feed.mapping.columns.values():
        if mapping.format and plain(name) in map(plain, mapping.from_):
            return mapping.format
    return ()


def labels_in(block: RepeatBlock, file: FileColumns) -> list[str]:
    """Return the block's labels that the file has a column for. Raises DeliveryRejected if there are none."""
    found = [label for label in block.labels if any(name in file for name in block.names(label).values())]
    if not found:
        file.place(next(iter(block.names(block.labels[0]).values())))
    return found


def of_slot(name: str, slot: int) -> str:
    """Return the name of a column's cell for one label."""
    return f"{name}_{slot}"
