"""Prepares an export of Castor EDC for the mapping: what its columns are, and which rows are an export's.

A file of the export has the rows of one form: the study (a row per participant), repeating data, or a survey. A whole
study (export_zip.py, api_answers.py) has the rows of all its forms in one table, so that what is known of a participant
can be filled into the rows of repeating data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from warehouse.readers.cells import trim_sql
from warehouse.readers.near_names import shown, shown_list
from warehouse.readers.source import Source
from warehouse.sources.castor.columns import FORM_TYPE, OF_STUDY, RECORD, STUDY_TYPE, normalised, own_column
from warehouse.sources.castor.layout import EXPORT_AGAIN, Layout, read_layout
from warehouse.sources.castor.missing import REASONS, reason_number, without_reasons
from warehouse.sources.castor.option_groups import OptionGroups
from warehouse.sources.castor.selection import Selection, select_rows
from warehouse.sources.cell_steps import as_compared
from warehouse.sources.file_columns import FileColumns, plain
from warehouse.sources.named_columns import NamedColumns, named_columns
from warehouse.sources.prepared import ANOTHER_EVENT, ANOTHER_INSTRUMENT, NOT_FILLED_IN, Condition, Prepared
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected

FILLED_IN = "(filled in)"
"""The name of a column of our own, which no file has."""


@dataclass(frozen=True)
class Castor:
    """One file opened: its table, its name, what is known of option groups, and whose fields are where.

    `forms` maps positions of the table to type and name of the field's form; None for a file of one form.
    """

    source: Source
    file_name: str
    groups: OptionGroups | None = None
    forms: Mapping[int, tuple[str, str]] | None = None


@dataclass(frozen=True)
class _Reading:
    """What one feed reads of one file."""

    con: duckdb.DuckDBPyConnection
    castor: Castor
    feed: Feed
    named: NamedColumns
    layout: Layout
    selection: Selection
    places: Sequence[int]
    filled: Sequence[int]
    options: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def kept(self, place: int) -> set[str]:
        """Return the cells of a column that have a meaning though Castor reserves them for missing values."""
        kept = {as_compared(value) for value in self.options.get(place, {})}
        for mapping in self.feed.mapping.columns.values():
            if plain(self.layout.names[place]) in map(plain, mapping.from_):
                kept |= {as_compared(code) for code in mapping.codes}
        return kept


def prepare(con: duckdb.DuckDBPyConnection, castor: Castor, feed: Feed) -> Prepared:
    """Return the file under the names of site.toml, and the conditions that an export's rows meet.

    Cells marked as missing are empty. A column of the participant is filled into the rows of other forms. Raises
    DeliveryRejected if file, mapping and option groups do not fit each other.
    """
    reading = _read(con, castor, feed)
    source, layout, selection = castor.source, reading.layout, reading.selection
    names = list(layout.names)
    made = [FILLED_IN] if reading.selection.is_filled_in(layout, _cell) != "true" else []
    invented = (*made, *([] if selection.is_here else _lacking(reading)))
    labels = {} if castor.groups is None else dict(reading.options)
    if selection.is_here:
        _check_labels(reading)
    prepared = replace(
        source,
        header=[*names, *invented],
        relation=_relation(reading, len(made), len(invented)),
        line="file_line",
        remark=" ".join(part for part in (source.remark, _remark(reading)) if part),
        labels=labels,
    )
    record = _cell(layout.own[RECORD])
    return Prepared(prepared, _conditions(layout, selection, bool(made)), record=record, invented=invented)


def _cell(place: int) -> str:
    return f"({trim_sql(f'c{place}')})"


def _read(con: duckdb.DuckDBPyConnection, castor: Castor, feed: Feed) -> _Reading:
    named = named_columns(feed)
    layout = read_layout(castor.source.header, named.all_written, castor.forms)
    wanted = named.read_of(layout.names)
    places = layout.fields(wanted)
    events = _distinct(con, castor.source, layout.parents) if feed.mapping.event else ()
    selection = select_rows(feed, layout, places, _share(named, layout), castor.file_name, events)
    filled = _filled(layout, selection, wanted)
    if filled:
        _check_participants(con, castor.source, layout)
    groups = castor.groups or OptionGroups()
    options = {i: found for i in places if (found := groups.options_of(layout.names[i]))}
    return _Reading(con, castor, feed, named, layout, selection, places, filled, options)


def _share(named: NamedColumns, layout: Layout) -> float | None:
    """Return the share of the fields that site.toml names which the file has, None if it names none."""
    fields = [names for names in named.written if not any(own_column(name) for name in names)]
    return sum(bool(layout.fields(names)) for names in fields) / len(fields) if fields else None


def _lacking(reading: _Reading) -> list[str]:
    """Return the columns that site.toml names and a file of another form lacks."""
    file = FileColumns(list(reading.layout.names))
    return [names[0] for names in reading.named.written if file.first(names) is None]


def _filled(layout: Layout, selection: Selection, wanted: Sequence[str]) -> list[int]:
    """Return the positions of named columns that are filled from the participant's own row."""
    if not layout.is_whole_study or selection.is_of_study:
        return []
    fields = [i for i in layout.fields(wanted) if layout.forms[i][0] == STUDY_TYPE]
    names = {plain(name) for name in wanted}
    own = [layout.own[name] for name in OF_STUDY if name in layout.own]
    return sorted([*fields, *(i for i in own if plain(layout.names[i]) in names)])


def _check_participants(con: duckdb.DuckDBPyConnection, source: Source, layout: Layout) -> None:
    """Raise DeliveryRejected if a participant has two rows in the study: two exports have been mixed."""
    record, kind = trim_sql(f"c{layout.own[RECORD]}"), trim_sql(f"c{layout.own[FORM_TYPE]}")
    row = con.execute(
        f"SELECT count(*) - count(DISTINCT {record}) FROM {source.relation} WHERE ({kind}) = '{STUDY_TYPE}'"  # noqa: S608
    ).fetchone()
    if row and row[0]:
        raise DeliveryRejected(f"{row[0]:,} participants occur twice in the study's rows.", EXPORT_AGAIN)


def _check_labels(reading: _Reading) -> None:
    """Raise DeliveryRejected if the labels of a column are asked for, and no option group gives them."""
    file = FileColumns(list(reading.layout.names))
    for mapping in reading.feed.mapping.columns.values():
        found = file.first(mapping.from_) if mapping.labels else None
        if found is not None and file.place(found) not in reading.options:
            raise DeliveryRejected(
                f"No option group says what the values of {shown(found)} mean, and labels = true asks for it.",
                'Add dictionary = "optiongroups.csv" to the source, deliver the whole ZIP, or write codes instead.',
            )


def _distinct(con: duckdb.DuckDBPyConnection, source: Source, places: Sequence[int]) -> tuple[str, ...]:
    cells = " UNION ".join(f"SELECT {trim_sql(f'c{i}')} AS v FROM {source.relation}" for i in places)  # noqa: S608
    found = con.execute(f"SELECT v FROM ({cells}) WHERE v IS NOT NULL ORDER BY 1").fetchall() if places else []  # noqa: S608
    return tuple(value for (value,) in found)


def _relation(reading: _Reading, n_made: int, n_invented: int) -> str:
    """Return the relation of all columns and file_line: missing cells empty, participants' columns filled in.

    Of the invented columns the first, if it is made, says whether a field is filled in, if only with a mark of missing.
    """
    source, layout = reading.castor.source, reading.layout
    cells = {i: f"s.c{i}" for i in range(len(layout.names))}
    for i in reading.places:
        cells[i] = without_reasons(f"s.c{i}", reading.kept(i))
    joined = ""
    numbered = f"(SELECT {source.line} AS file_line, {_trimmed(reading)} FROM {source.relation})"  # noqa: S608 (own names)
    if reading.filled:
        base = {i: trim_sql(f"c{i}") for i in reading.filled}
        for i in set(base) & set(reading.places):
            base[i] = without_reasons(f"({base[i]})", reading.kept(i))
        record, kind = trim_sql(f"c{layout.own[RECORD]}"), trim_sql(f"c{layout.own[FORM_TYPE]}")
        listed = ", ".join(f"{sql} AS f{i}" for i, sql in base.items())
        participants = f"(SELECT {record} AS record, {listed} FROM {source.relation} WHERE ({kind}) = '{STUDY_TYPE}')"  # noqa: S608
        joined = f" LEFT JOIN {participants} AS b ON b.record = {trim_sql(f's.c{layout.own[RECORD]}')}"
        cells |= {i: f"coalesce({cells[i]}, b.f{i})" for i in reading.filled}
    columns = [f"{sql} AS c{i}" for i, sql in cells.items()]
    if n_made:
        filled_in = reading.selection.is_filled_in(layout, lambda i: f"s.c{i}")
        columns.append(f"CASE WHEN {filled_in} THEN '1' END AS c{len(cells)}")
    columns += [f"NULL::VARCHAR AS c{len(cells) + k}" for k in range(n_made, n_invented)]
    return f"(SELECT s.file_line, {', '.join(columns)} FROM {numbered} AS s{joined})"  # noqa: S608 (own names)


def _trimmed(reading: _Reading) -> str:
    """Return SQL of all columns, those at `places` trimmed: SQL of a cell is long, and is used several times."""
    places = set(reading.places)
    columns = (f"{trim_sql(f'c{i}')} AS c{i}" if i in places else f"c{i}" for i in range(len(reading.layout.names)))
    return ", ".join(columns)


def _conditions(layout: Layout, selection: Selection, is_made: bool) -> tuple[Condition, ...]:
    found = [
        Condition(ANOTHER_INSTRUMENT, selection.of_instrument(layout, _cell)),
        Condition(ANOTHER_EVENT, selection.of_events(layout, _cell)),
        Condition(NOT_FILLED_IN, f"(c{len(layout.names)} IS NOT NULL)" if is_made else "true"),
    ]
    return tuple(condition for condition in found if condition.is_met != "true")


def _remark(reading: _Reading) -> str:
    """Return in a few sentences, without values, how the file was read."""
    layout, selection, feed = reading.layout, reading.selection, reading.feed
    what = "whole study" if layout.is_whole_study else next(iter(layout.forms.values()), (STUDY_TYPE, ""))[0].lower()
    said = [f"Read as Castor's export: {what}."]
    if not selection.is_here and feed.mapping.instrument:
        said.append(f"It has no field of {feed.export}.")
    if reading.filled:
        said.append(f"Filled from the participant's row: {shown_list(layout.names[i] for i in reading.filled)}.")
    known = {normalised(one) for one in selection.events}
    if absent := [name for name in feed.mapping.event if selection.is_here and normalised(name) not in known]:
        said.append(f"Visits that do not occur: {shown_list(absent)}.")
    if counts := _missing(reading):
        said.append(f"Cells marked as missing: {counts}.")
    return " ".join(said)


def _missing(reading: _Reading) -> str:
    """Return how many cells of the rows taken are marked as missing, by reason; '' if none is."""
    if not reading.places or not reading.selection.is_here:
        return ""
    source = reading.castor.source
    numbers = ", ".join(reason_number(f"c{i}", reading.kept(i)) for i in reading.places)
    taken = reading.selection.is_taken(reading.layout, lambda i: f"c{i}" if i in reading.places else _cell(i))
    cells = f"(SELECT {_trimmed(reading)} FROM {source.relation})"  # noqa: S608 (own names)
    sql = (
        f"SELECT number, count(*) FROM (SELECT unnest([{numbers}]) AS number FROM {cells} WHERE {taken}) "  # noqa: S608
        "WHERE number IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    return ", ".join(f"{n:,} {REASONS[number]}" for number, n in reading.con.execute(sql).fetchall())
