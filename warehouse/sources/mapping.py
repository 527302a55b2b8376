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
from warehouse.readers.identifiers import cell_of
from warehouse.readers.near_names import shown
from warehouse.readers.source import Source
from warehouse.sources.canonical_cells import (
    Cell,
    common_cell,
    common_cells,
    labels_in,
    lacks,
    of_slot,
    slot_cells,
)
from warehouse.sources.cell_steps import as_compared, compared
from warehouse.sources.file_columns import FileColumns, plain
from warehouse.sources.named_columns import named_columns
from warehouse.sources.prepared import Condition, Prepared
from warehouse.sources.repeat_block import RepeatBlock
from warehouse.sources.site_mapping import Feed
from warehouse.storage.sql_files import sql_text

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


def map_columns(prepared: Prepared, feed: Feed) -> Mapped:
    """Return the source as the export's canonical columns.

    Raises DeliveryRejected if the file lacks a column that the mapping reads for a required one, or that `where` asks.
    """
    source, export, mapping = prepared.source, EXPORTS[feed.export], feed.mapping
    _check_not_nested(source, feed)
    file = FileColumns(source.header)
    conditions = [*prepared.conditions, *_where(file, feed)]
    repeated = {name for block in mapping.repeat for name in (block.column, *block.columns)}
    common, origins = common_cells(export, feed, prepared, file, repeated)
    blocks = [(block, label) for block in mapping.repeat for label in labels_in(block, file)]
    slots = tuple(f"{block.column} = {label}" for block, label in blocks)
    cells, lacking = dict(common), dict[str, tuple[int, ...]]()
    for slot, (block, label) in enumerate(blocks):
        for name, cell in slot_cells(feed, prepared, file, block, label).items():
            cells[of_slot(name, slot)] = cell
            if name != block.column:
                origins.setdefault(name, shown(block.columns[name]))
    wide = stepped(source, cells, conditions)
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
        lines = _lines(stepped(source, {}, conditions), conditions)
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
    cells = {of_slot(PATIENT, slot): cell for slot, cell in enumerate(_patient_cells(export, feed, prepared, file))}
    each = f"unnest([{', '.join(cells)}])" if len(cells) > 1 else next(iter(cells))
    if prepared.record is not None:
        cells["record"] = Cell(prepared.record, [])
    patient = cell_of(export, PATIENT, trim_sql("patient_id"))
    record = ", record" if prepared.record is not None else ""
    whose = (
        f"(SELECT line, {patient} AS patient_id{record} FROM "  # noqa: S608 (own names)
        f"(SELECT line, {each} AS patient_id{record} FROM {stepped(source, cells, [])}))"
    )
    if prepared.record is None:
        return whose
    return (
        f"(WITH whose AS MATERIALIZED (FROM {whose}) SELECT line, patient_id FROM whose UNION "  # noqa: S608
        "SELECT w.line, r.patient_id FROM whose w JOIN whose r USING (record) WHERE r.patient_id IS NOT NULL)"
    )


def _patient_cells(export: Export, feed: Feed, prepared: Prepared, file: FileColumns) -> list[Cell]:
    cells = [
        slot_cells(feed, prepared, file, block, label).get(PATIENT)
        for block in feed.mapping.repeat
        if PATIENT in (block.column, *block.columns)
        for label in labels_in(block, file)
    ]
    found = [cell for cell in cells if cell is not None]
    if not found and (common := common_cell(export, PATIENT, feed, prepared, file)) is not None:
        found = [common[0]]
    if not found:
        raise lacks(export, PATIENT, feed, file)
    return found


def _where(file: FileColumns, feed: Feed) -> list[Condition]:
    """Return the conditions of `where`: each column has one of the cells, compared like codes."""
    conditions = []
    for name, cells in feed.mapping.where.items():
        cell = f"({trim_sql(f'c{file.place(name)}')})"
        known = [as_compared(one) for one in cells]
        is_met = f"coalesce({compared(cell, known)} IN ({', '.join(map(sql_text, known))}), false)"
        conditions.append(Condition(f"{WHERE}{shown(name)}", is_met, withdraws=True))
    return conditions


def stepped(source: Source, cells: Mapping[str, Cell], conditions: Sequence[Condition]) -> str:
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
    names = [of_slot(name, slot) for name in block.columns]
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
    return tuple(slot for slot in range(len(blocks)) if of_slot(name, slot) not in cells)


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
        cells_of_slot = [
            f"{name} := {of_slot(name, slot) if of_slot(name, slot) in cells else 'NULL::VARCHAR'}" for name in repeated
        ]
        structs.append(f"struct_pack(slot := {slot}, is_filled := {is_filled}, {', '.join(cells_of_slot)})")
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
