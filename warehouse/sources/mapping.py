"""Maps the columns of a prepared source to those of an export, in SQL: one relation with canonical names.

Where columns repeat, a delivered row becomes one row for each label whose columns are not all empty. Rows are numbered
so that the delivered row and the label can be found again: number = (row - 1) * slots + slot + 1, where a slot is a
label of a block and rows without blocks have one slot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.readers import refusals
from warehouse.readers.cells import trim_sql
from warehouse.readers.identifiers import cell_of, whole_number
from warehouse.readers.near_names import shown
from warehouse.readers.source import Source
from warehouse.sources.cell_steps import Step, as_compared, compared, iso_date, steps, without_missing
from warehouse.sources.column_mapping import ColumnMapping
from warehouse.sources.file_columns import FileColumns, plain
from warehouse.sources.named_columns import named_columns
from warehouse.sources.prepared import Condition, Prepared
from warehouse.sources.repeat_block import RepeatBlock
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

AS_NAMED = ColumnMapping()
PATIENT = "patient_id"
WHERE = "where: "
"""How the reason of a row begins that the site's filter leaves out."""
EMPTY_BLOCK = "empty block"
"""Why a row gives no row of the export though it meets all conditions: the columns of every label are empty."""


@dataclass(frozen=True)
class Mapped:
    """`source` has canonical columns. `slots` names the labels, empty where no columns repeat.

    `lines` is SQL of every delivered row: its line, and reason, why it is not of the export, null where it is.
    `origins` maps canonical columns to the source columns that they are read from. `gone` has the rows that `where`
    leaves out or that were deleted, None if there can be none: in a delta they withdraw their keys. `lacking` has the
    numbers of the slots, from 0, for which the file lacks a column that it has for other slots.
    """

    source: Source
    slots: tuple[str, ...]
    lines: str
    origins: Mapping[str, str]
    leaves_out: bool
    gone: Source | None = None
    lacking: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One output: SQL of the trimmed cell before its steps, and the steps."""

    sql: str
    steps: Sequence[Step | None]


def map_columns(prepared: Prepared, feed: Feed) -> Mapped:
    """Return the source as the export's canonical columns.

    Raises DeliveryRejected if the file lacks a column that the mapping reads for a required one, or that `where` asks.
    """
    source, export, mapping = prepared.source, EXPORTS[feed.export], feed.mapping
    _check_not_nested(source, feed)
    file = FileColumns(source.header)
    conditions = [*prepared.conditions, *_where(file, feed)]
    repeated = {name for block in mapping.repeat for name in (block.column, *block.columns)}
    common, origins = _common(export, feed, prepared, file, repeated)
    blocks = [(block, label) for block in mapping.repeat for label in _labels(block, file)]
    slots = tuple(f"{block.column} = {label}" for block, label in blocks)
    cells, lacking = dict(common), dict[str, tuple[int, ...]]()
    for slot, (block, label) in enumerate(blocks):
        for name, source_name in block.names(label).items():
            if source_name in file:
                cells[_of_slot(name, slot)] = _cell(export, name, feed, prepared, file.place(source_name))
                origins.setdefault(name, shown(block.columns[name]))
        cells[_of_slot(block.column, slot)] = Cell(sql_text(label), _label_steps(export, block, feed))
    wide = _stepped(source, cells, conditions)
    if blocks:
        filled = [_is_filled(block, slot, cells) for slot, (block, _) in enumerate(blocks)]
        repeats = _repeated(export, blocks, cells, file)
        lacking = {name: found for name in repeats if (found := _slots_without(name, blocks, cells))}
        names, columns, tail = _long([*common], repeats, filled, cells)
        conditions = [*conditions, Condition(EMPTY_BLOCK, " OR ".join(filled))]
        lines = _lines(wide, conditions)
    else:
        names = [name for name in export.column_names if name in common]
        columns = ", ".join(f"{name} AS c{i}" for i, name in enumerate(names))
        columns, tail = f"line, {columns}", ""
        lines = _lines(_stepped(source, {}, conditions), conditions)
    plain_source = replace(source, header=names, line="line", labels={}, dates=frozenset(), nested=(), is_trimmed=True)

    def rows(condition: str) -> Source:
        chosen = f"(SELECT {columns} FROM (SELECT *{tail} FROM {wide} WHERE {condition}))"  # noqa: S608 (own names)
        return replace(plain_source, relation=f"(FROM {chosen} WHERE is_filled)" if blocks else chosen)

    mapped = rows("is_met")
    withdrawing = ", ".join(sql_text(one.reason) for one in conditions if one.withdraws)
    gone = rows(f"reason IN ({withdrawing})") if withdrawing else None
    return Mapped(mapped, slots, lines, origins, bool(conditions), gone, lacking)


def _check_not_nested(source: Source, feed: Feed) -> None:
    read = {plain(name) for name in named_columns(feed).read_of(source.header)} if source.nested else set()
    if nested := [shown(name) for name in source.nested if plain(name) in read]:
        raise refusals.holds_several(nested)


def patients_of(prepared: Prepared, feed: Feed) -> str:
    """Return a relation of line, patient_id: whose each delivered row is, whether or not it is of the export.

    A row has several patients where patient_id repeats, and all of its record's where rows of a record belong together.
    Raises DeliveryRejected if the file lacks a column that patient_id is read from.
    """
    source, export = prepared.source, EXPORTS[feed.export]
    file = FileColumns(source.header)
    cells = {_of_slot(PATIENT, slot): cell for slot, cell in enumerate(_patient_cells(export, feed, prepared, file))}
    each = f"unnest([{', '.join(cells)}])" if len(cells) > 1 else next(iter(cells))
    if prepared.record is not None:
        cells["record"] = Cell(prepared.record, [])
    patient = cell_of(export, PATIENT, trim_sql("patient_id"))
    record = ", record" if prepared.record is not None else ""
    whose = (
        f"(SELECT line, {patient} AS patient_id{record} FROM "  # noqa: S608 (own names)
        f"(SELECT line, {each} AS patient_id{record} FROM {_stepped(source, cells, [])}))"
    )
    if prepared.record is None:
        return whose
    return (
        f"(WITH whose AS MATERIALIZED (FROM {whose}) SELECT line, patient_id FROM whose UNION "  # noqa: S608
        "SELECT w.line, r.patient_id FROM whose w JOIN whose r USING (record) WHERE r.patient_id IS NOT NULL)"
    )


def _patient_cells(export: Export, feed: Feed, prepared: Prepared, file: FileColumns) -> list[Cell]:
    cells = []
    for block in feed.mapping.repeat:
        if block.column == PATIENT:
            cells += [Cell(sql_text(label), _label_steps(export, block, feed)) for label in _labels(block, file)]
        elif PATIENT in block.columns:
            names = [block.names(label)[PATIENT] for label in _labels(block, file)]
            cells += [_cell(export, PATIENT, feed, prepared, file.place(name)) for name in names if name in file]
    found = None if cells else _common_cell(export, PATIENT, feed, prepared, file)
    if found is not None:
        cells.append(found[0])
    if not cells:
        raise _lacks(export, PATIENT, feed.mapping.columns.get(PATIENT, AS_NAMED), file)
    return cells


def _common(
    export: Export, feed: Feed, prepared: Prepared, file: FileColumns, repeated: set[str]
) -> tuple[dict[str, Cell], dict[str, str]]:
    """Return the cells of columns that do not repeat, and the source columns that they are read from."""
    cells: dict[str, Cell] = {}
    origins: dict[str, str] = {}
    for column in export.columns:
        name = column.name
        if name in repeated:
            continue
        found = _common_cell(export, name, feed, prepared, file)
        if found is not None:
            cells[name], origin = found
            origins |= {name: origin} if origin else {}
        elif column.required:
            raise _lacks(export, name, feed.mapping.columns.get(name, AS_NAMED), file)
    return cells, origins


def _common_cell(
    export: Export, name: str, feed: Feed, prepared: Prepared, file: FileColumns
) -> tuple[Cell, str] | None:
    """Return the cell of a column that does not repeat and its source column, '' if none; None if the file lacks it."""
    mapping = feed.mapping.columns.get(name, AS_NAMED)
    if mapping.value is not None:
        return Cell(f"nullif({sql_text(mapping.value.strip())}, '')", []), ""
    if mapping.join:
        return Cell(_joined(mapping, feed, prepared, file), []), " + ".join(map(shown, mapping.join))
    if found := file.first(mapping.from_ or (name,)):
        return _cell(export, name, feed, prepared, file.place(found)), shown(found)
    return None


def _lacks(export: Export, name: str, mapping: ColumnMapping, file: FileColumns) -> DeliveryRejected:
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


def _cell(export: Export, name: str, feed: Feed, prepared: Prepared, place: int) -> Cell:
    """Return a column's cell at a place in the file."""
    source, missing = prepared.source, (*feed.missing, *prepared.missing.get(place, ()))
    mapping = feed.mapping.columns.get(name, AS_NAMED)
    is_dated = source.is_typed or place in source.dates
    return Cell(
        trim_sql(f"c{place}"),
        steps(export.column(name), mapping, missing, source.labels.get(place, {}), feed.source.decimal, is_dated),
    )


def _label_steps(export: Export, block: RepeatBlock, feed: Feed) -> list[Step | None]:
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


def _where(file: FileColumns, feed: Feed) -> list[Condition]:
    """Return the conditions of `where`: each column has one of the cells, compared like codes."""
    conditions = []
    for name, cells in feed.mapping.where.items():
        cell = f"({trim_sql(f'c{file.place(name)}')})"
        known = [as_compared(one) for one in cells]
        is_met = f"coalesce({compared(cell, known)} IN ({', '.join(map(sql_text, known))}), false)"
        conditions.append(Condition(f"{WHERE}{shown(name)}", is_met, withdraws=True))
    return conditions


def _labels(block: RepeatBlock, file: FileColumns) -> list[str]:
    """Return the block's labels that the file has a column for. Raises DeliveryRejected if there are none."""
    found = [label for label in block.labels if any(name in file for name in block.names(label).values())]
    if not found:
        file.place(next(iter(block.names(block.labels[0]).values())))
    return found


def _of_slot(name: str, slot: int) -> str:
    return f"{name}_{slot}"


def _stepped(source: Source, cells: Mapping[str, Cell], conditions: Sequence[Condition]) -> str:
    """Return a relation of the delivered rows: line, is_met, reason, and each cell after its steps.

    Each step is a level of its own, so that the SQL of a cell is not repeated within itself.
    """
    sql = f"(SELECT COLUMNS('^c[0-9]+$'), {source.line} AS line FROM {source.relation})"  # noqa: S608 (own names)
    whens = " ".join(f"WHEN NOT ({c.is_met}) THEN {sql_text(c.reason)}" for c in conditions)
    reason = f"CASE {whens} END" if whens else "NULL::VARCHAR"
    fixed = ["line", "reason"]
    listed = ", ".join(["line", f"{reason} AS reason", *(f"{cell.sql} AS {name}" for name, cell in cells.items())])
    sql = f"(SELECT {listed} FROM {sql})"  # noqa: S608
    for level in range(max((len(cell.steps) for cell in cells.values()), default=0)):
        changed = {
            name: step(name)
            for name, cell in cells.items()
            if level < len(cell.steps) and (step := cell.steps[level]) is not None
        }
        if changed:
            columns = ", ".join([*fixed, *(f"{changed.get(name, name)} AS {name}" for name in cells)])
            sql = f"(SELECT {columns} FROM {sql})"  # noqa: S608
    return f"(SELECT *, reason IS NULL AS is_met FROM {sql})"  # noqa: S608


def _is_filled(block: RepeatBlock, slot: int, cells: Mapping[str, Cell]) -> str:
    names = [_of_slot(name, slot) for name in block.columns]
    return "(" + " OR ".join(f"{name} IS NOT NULL" for name in names if name in cells) + ")"


def _repeated(
    export: Export, blocks: list[tuple[RepeatBlock, str]], cells: Mapping[str, Cell], file: FileColumns
) -> list[str]:
    """Return the canonical columns that the file has for some label; a required one without is DeliveryRejected."""
    found = []
    for name in dict.fromkeys(name for block, _ in blocks for name in (block.column, *block.columns)):
        if len(_slots_without(name, blocks, cells)) < len(blocks):
            found.append(name)
        elif export.column(name).required:
            file.place(next(block.names(label)[name] for block, label in blocks if name in block.columns))
    return found


def _slots_without(name: str, blocks: list[tuple[RepeatBlock, str]], cells: Mapping[str, Cell]) -> tuple[int, ...]:
    return tuple(slot for slot in range(len(blocks)) if _of_slot(name, slot) not in cells)


def _long(
    common: list[str],
    repeated: list[str],
    filled: list[str],
    cells: Mapping[str, Cell],
) -> tuple[list[str], str, str]:
    """Return the canonical names, and SQL of the columns and of what they are taken from, for rows by label.

    A delivered row has a row for each label, of which those that are filled count (is_filled).
    """
    structs = []
    for slot, is_filled in enumerate(filled):
        of_slot = [
            f"{name} := {_of_slot(name, slot) if _of_slot(name, slot) in cells else 'NULL::VARCHAR'}"
            for name in repeated
        ]
        structs.append(f"struct_pack(slot := {slot}, is_filled := {is_filled}, {', '.join(of_slot)})")
    names = [*common, *repeated]
    values = [*common, *(f"b.{name}" for name in repeated)]
    columns = ", ".join(f"{value} AS c{i}" for i, value in enumerate(values))
    numbered = f"(line - 1) * {len(filled)} + b.slot + 1 AS line, b.is_filled AS is_filled"
    return names, f"{numbered}, {columns}", f", unnest([{', '.join(structs)}]) AS b"


def _lines(relation: str, conditions: Sequence[Condition]) -> str:
    """Return a relation of every delivered row: its line, and why it is not of the export, null where it is."""
    if conditions and conditions[-1].reason == EMPTY_BLOCK:
        reason = (
            f"CASE WHEN reason IS NULL AND NOT ({conditions[-1].is_met}) THEN {sql_text(EMPTY_BLOCK)} ELSE reason END"
        )
    else:
        reason = "reason"
    return f"(SELECT line, {reason} AS reason FROM {relation})"  # noqa: S608 (own names)
