"""Prepares a flat CSV export of a REDCap project for the mapping: what its columns are, and which rows are an export's.

A row of such an export is a record, at an event where the project has events, or one instance of a repeating
instrument. Raw exports hold field names and codes, label exports labels; which it is, is found from the file.
"""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from warehouse.readers.cells import trim_sql
from warehouse.readers.near_names import shown, shown_list
from warehouse.readers.source import Source
from warehouse.sources.file_columns import FileColumns
from warehouse.sources.named_columns import NamedColumns, named_columns
from warehouse.sources.prepared import ANOTHER_EVENT, ANOTHER_INSTRUMENT, NOT_FILLED_IN, Condition, Prepared
from warehouse.sources.redcap_base import Base, base_of
from warehouse.sources.redcap_dictionary import Dictionary
from warehouse.sources.redcap_layout import FIELD_NAME, Layout, read_layout
from warehouse.sources.redcap_look import Look, cell_of, looked_at
from warehouse.sources.redcap_missing import missing_words
from warehouse.sources.redcap_names import same_events
from warehouse.sources.redcap_rows import Seen, Selection, select_rows
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected

DELETED_COLUMN = "registry_deleted"
"""The last column of a file that a pull writes of records that lost rows: 1 in the rows that REDCap no longer has."""
DELETED, STILL_THERE = "deleted in REDCap", "row of a record that lost another"


def prepare(
    con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionary: Dictionary | None = None
) -> Prepared:
    """Return the export's columns under field names, and the conditions that its rows meet.

    Columns of other forms than the export's instrument are filled from the record's non-repeating rows. Identifier
    fields are left out. Raises DeliveryRejected if dictionary, mapping and file do not fit each other.
    """
    named = named_columns(feed)
    said = feed.source.dictionary or "The data dictionary"
    deleted = len(source.header) - 1 if source.header[-1:] == [DELETED_COLUMN] else None
    if deleted is not None:
        source = replace(source, header=source.header[:-1])
    layout = read_layout(source.header, named.all_written, dictionary, said)
    _check_not_labels(layout, named, dictionary)
    _check_no_identifier(layout, named)
    places = [place for place in layout.places(named.read_of(layout.names)) if place not in layout.hidden]
    with looked_at(con, source, layout, places) as look:
        seen = look.seen()
        selection = select_rows(feed, layout, seen, places, dictionary)
        selection = replace(selection, is_in_both=_is_in_both(look, selection))
        has_label_cells = look.has_label_cells()
        if has_label_cells is None:
            has_label_cells = layout.has_labels
        missing = missing_words(layout, places, dictionary.missing if dictionary else {}, has_label_cells)
        base = base_of(look, feed, selection, source.relation, missing)
        remark = _remark(look, feed, seen, base, has_label_cells)
        if missing and dictionary is not None:
            remark += f" Read as not known, as the project says: {shown_list(dictionary.missing)}."
    kept = [i for i in range(len(layout.names)) if i not in layout.hidden]
    read = kept if layout.record in kept else [*kept, layout.record]  # one without a name, which only an erasure asks
    new = {old: i for i, old in enumerate(read)}
    prepared = replace(
        source,
        header=[layout.names[i] for i in kept],
        relation=_relation(source, layout, base, read if deleted is None else [*read, deleted]),
        line="file_line",
        remark=" ".join(part for part in (source.remark, remark) if part),
        labels={} if has_label_cells else _labels(layout, new),
        dates=frozenset(new[i] for i in kept if i in source.dates or _is_in_own_notation(layout, i)),
        nested=[name for name in source.nested if name in {layout.names[i] for i in kept}],
    )
    conditions = _conditions(layout, selection, new)
    if deleted is not None:
        conditions += _of_deleted(f"c{len(read)}")
    record = trim_sql(f"c{new[layout.record]}")
    return Prepared(prepared, conditions, f"({record})", missing={new[i]: words for i, words in missing.items()})


def _check_not_labels(layout: Layout, named: NamedColumns, dictionary: Dictionary | None) -> None:
    """Raise DeliveryRejected if site.toml names fields and the header has labels that no dictionary translates."""
    if not layout.has_labels or dictionary is not None:
        return
    file = FileColumns(list(layout.names))
    lacking = [names[0] for names in named.written if file.first(names) is None]
    fields = [name for name in lacking if FIELD_NAME.fullmatch(name)]
    if fields and len(fields) >= len(named.written) - len(lacking):
        raise DeliveryRejected(
            f"The file is a label export: its header holds labels, and site.toml names fields ({shown_list(fields)}).",
            'Add dictionary = "..." to the source in site.toml, or deliver a raw export.',
        )


def _check_no_identifier(layout: Layout, named: NamedColumns) -> None:
    file = FileColumns(list(layout.names))
    for names in named.written:
        found = file.first(names)
        if found is not None and file.place(found) in layout.hidden:
            raise DeliveryRejected(
                f"The field {shown(found)} is marked as an identifier in REDCap, so it is never loaded.",
                "Name another field in site.toml, or unmark it in REDCap and put the new dictionary beside site.toml.",
            )


def _is_in_both(look: Look, selection: Selection) -> bool:
    """Return whether a repeating instrument is also filled in where it does not repeat, in other events."""
    if not selection.instruments or not selection.own_places:
        return False
    is_base = selection.is_base(look.layout, cell_of)
    (n_rows,) = look.row(f"count(*) FILTER ({is_base} AND {selection.has_cells(look.layout, cell_of)})")
    return n_rows > 0


def _relation(source: Source, layout: Layout, base: Base | None, read: Sequence[int]) -> str:
    """Return the relation of the columns that are read, numbered again, with file_line and the values filled in."""
    numbered = f"(SELECT {source.line} AS file_line, COLUMNS('^c[0-9]+$') FROM {source.relation})"  # noqa: S608
    cells = {i: f"s.c{i}" for i in read}
    joined = ""
    if base is not None:
        cells |= {i: base.cell(i, trim_sql(f"s.c{i}")) for i in base.places}
        joined = f" LEFT JOIN {base.table} AS b ON b.record = {trim_sql(f's.c{layout.record}')}"
    columns = ", ".join(f"{cells[old]} AS c{new}" for new, old in enumerate(read))
    return f"(SELECT s.file_line, {columns} FROM {numbered} AS s{joined})"  # noqa: S608 (own names)


def _conditions(layout: Layout, selection: Selection, new: dict[int, int]) -> tuple[Condition, ...]:
    def cell(place: int) -> str:
        return f"({trim_sql(f'c{new[place]}')})"

    found = [
        Condition(ANOTHER_INSTRUMENT, selection.of_instrument(layout, cell)),
        Condition(ANOTHER_EVENT, selection.of_events(layout, cell)),
        Condition(NOT_FILLED_IN, selection.is_filled_in(layout, cell)),
    ]
    return tuple(condition for condition in found if condition.is_met != "true")


def _of_deleted(cell: str) -> tuple[Condition, ...]:
    """Return the conditions of a file of deleted rows, none of which is of an export; those deleted withdraw a key."""
    return (
        Condition(DELETED, f"{trim_sql(cell)} IS NULL", withdraws=True),
        Condition(STILL_THERE, "false"),
    )


def _is_in_own_notation(layout: Layout, place: int) -> bool:
    described = layout.columns[place]
    return described is not None and described.field is not None and described.field.is_in_own_notation


def _labels(layout: Layout, new: dict[int, int]) -> dict[int, dict[str, str]]:
    return {new[i]: dict(one.choices) for i, one in enumerate(layout.columns) if one and one.choices and i in new}


def _remark(look: Look, feed: Feed, seen: Seen, base: Base | None, has_label_cells: bool) -> str:
    """Return in a few sentences, without values, how the file was read."""
    layout = look.layout
    kind = "label" if has_label_cells else "raw"
    but = ""
    if has_label_cells != layout.has_labels:
        but = f", with {'labels' if layout.has_labels else 'field names'} in its header"
    said = [f"Read as a REDCap {kind} export{but}."]
    if layout.hidden:
        said.append(f"Left out as identifiers: {shown_list(layout.names[i] for i in sorted(layout.hidden))}.")
    if base is not None:
        names = shown_list(layout.names[i] for i in base.places)
        said.append(f"Filled from the record's non-repeating rows: {names}.")
    if feed.mapping.instrument is None and seen.n_repeating:
        said.append("Rows of repeating instruments are not taken, since site.toml names no instrument.")
    if absent := [name for name in feed.mapping.event if seen.n_rows and not same_events(name, seen.events)]:
        said.append(f"Events that do not occur: {shown_list(absent)}.")
    if seen.n_repeated:
        rows = "1 row has" if seen.n_repeated == 1 else f"{seen.n_repeated:,} rows have"
        said.append(f"{rows} the record, event, instrument and instance of an earlier row.")
    return " ".join(said)
