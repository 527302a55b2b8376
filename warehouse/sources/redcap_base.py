"""Fills columns of a record's non-repeating rows into the rows of an export: sex beside each ablation.

Which columns: those of another form than the export's instrument. An empty cell of the instrument itself is never
filled, since it was left empty at that visit. Where no dictionary says what form a column is of, its place before the
form's status column does, and a form counts as another's where no row of the export has anything of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from warehouse.readers.near_names import shown
from warehouse.sources.cell_steps import without_missing
from warehouse.sources.redcap_layout import EVENT, INSTRUMENT, Layout
from warehouse.sources.redcap_look import TABLE, Look, cell_of
from warehouse.sources.redcap_rows import Selection
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected


@dataclass(frozen=True)
class Base:
    """A temporary table with a column f<position> for each filled column; it lasts as long as the connection."""

    table: str
    places: list[int]
    replaced: frozenset[int]

    def cell(self, place: int, own: str) -> str:
        """Return SQL for a cell of a row `own` that is joined to this table as b."""
        return f"b.f{place}" if place in self.replaced else f"coalesce({own}, b.f{place})"


def base_of(
    look: Look, feed: Feed, selection: Selection, relation: str, missing: Mapping[int, Sequence[str]]
) -> Base | None:
    """Return the values to fill in, None if there are none. `relation` tells files apart.

    `missing` has the words of each column that are no value, beside those of site.toml.

    Raises DeliveryRejected if a record's non-repeating rows fill a column differently and no named event decides.
    """
    layout = look.layout
    if EVENT not in layout.own and INSTRUMENT not in layout.own:
        return None
    is_taken = selection.is_taken(layout, cell_of)
    is_base = selection.is_base(layout, cell_of)
    places = _places(look, feed, selection, is_taken, f"{is_base} AND NOT {is_taken}")
    if not places:
        return None
    replaced = frozenset(place for place in places if _is_checkbox_elsewhere(look, selection, place))
    table = f"redcap_base_{sha256(f'{relation}{feed.fingerprint}'.encode()).hexdigest()[:16]}"

    def words_of(place: int) -> list[str]:
        return [*feed.missing, *missing.get(place, ())]

    aggregates = ", ".join(
        _aggregates(place, words_of(place), selection, layout, is_taken, is_base) for place in places
    )
    columns = ", ".join(_columns(place, place in replaced) for place in places)
    record = cell_of(layout.record)
    look.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT record, {columns} FROM ("  # noqa: S608 (own names)
        f"SELECT {record} AS record, bool_or({is_taken}) AS is_of_export, {aggregates} "
        f"FROM {TABLE} WHERE {record} IS NOT NULL GROUP BY 1) WHERE is_of_export"
    )
    _check_clear(look, feed, table, places)
    return Base(table, places, replaced)


def _places(look: Look, feed: Feed, selection: Selection, is_taken: str, is_other: str) -> list[int]:
    """Return the positions of the columns that may be filled and that other rows of the records can fill."""
    layout = look.layout
    asked = sorted({*look.places, *layout.statuses.values()})
    n_events = f"count(DISTINCT {cell_of(layout.own[EVENT])})" if EVENT in layout.own else "count(NULL)"
    found = look.row(
        f"count(*) FILTER ({is_taken})",
        *(f"count({cell_of(place)}) FILTER ({is_taken})" for place in asked),
        *(f"count({cell_of(place)}) FILTER ({is_other})" for place in asked),
        *(f"{n_events} FILTER ({is_other} AND {cell_of(place)} IS NOT NULL)" for place in asked),
    )
    if found[0] == 0:
        return []
    size = len(asked)
    n_taken, n_other, n_events_of = (
        dict(zip(asked, found[1 + k * size : 1 + (k + 1) * size], strict=True)) for k in range(3)
    )
    present = {layout.forms[place] for place in asked if n_taken[place]}
    places = []
    for place in look.places:
        form = layout.forms[place]
        if n_other[place] == 0:
            continue
        if layout.columns[place] is not None and selection.form:
            may_be_filled = form != selection.form
        elif form and not selection.instruments:
            may_be_filled = form not in present
        else:
            may_be_filled = n_taken[place] == 0
            if may_be_filled and not selection.instruments and n_events_of[place] > 1:
                raise DeliveryRejected(
                    f"The column {shown(layout.names[place])} is empty in the rows of {feed.export} and filled in "
                    "several other events; the file does not say what instrument it is of.",
                    f'Add dictionary = "..." to [sources.{feed.source_name}], the data dictionary of the project.',
                )
        if may_be_filled:
            places.append(place)
    return places


def _is_checkbox_elsewhere(look: Look, selection: Selection, place: int) -> bool:
    """Return whether the column is a checkbox of another form than the repeating instrument.

    In rows of other instruments some versions of REDCap write it as 0, as if it were unchecked.
    """
    described = look.layout.columns[place]
    is_checkbox = described is not None and described.field is not None and described.field.kind == "checkbox"
    return is_checkbox and bool(selection.form) and bool(selection.instruments)


def _aggregates(
    place: int, missing: Sequence[str], selection: Selection, layout: Layout, is_taken: str, is_base: str
) -> str:
    """Return SQL of what is known of a column for a record: its values in all base rows, and in the named events'."""
    cell = cell_of(place)
    value = without_missing(cell, missing) if missing else cell
    found = [
        f"count({cell}) FILTER ({is_taken}) AS n{place}",
        f"min({value}) FILTER ({is_base}) AS low{place}",
        f"max({value}) FILTER ({is_base}) AS high{place}",
    ]
    of_events = f"{is_base} AND {selection.of_events(layout, cell_of)}" if selection.has_named_events else "false"
    found += [f"{one}({value}) FILTER ({of_events}) AS {one}_named{place}" for one in ("min", "max")]
    return ", ".join(found)


def _columns(place: int, is_replaced: bool) -> str:
    has_own = "false" if is_replaced else f"n{place} > 0"
    return (
        f"CASE WHEN {has_own} THEN NULL WHEN low{place} = high{place} THEN low{place} "
        f"WHEN min_named{place} = max_named{place} THEN min_named{place} END AS f{place}, "
        f"(NOT ({has_own}) AND low{place} <> high{place} "
        f"AND coalesce(min_named{place} <> max_named{place}, true)) AS is_unclear{place}"
    )


def _check_clear(look: Look, feed: Feed, table: str, places: list[int]) -> None:
    counts = ", ".join(f"count(*) FILTER (is_unclear{place})" for place in places)
    row = look.con.execute(f"SELECT {counts} FROM {table}").fetchone()  # noqa: S608 (own names)
    for place, n_unclear in zip(places, row or (), strict=True):
        if n_unclear:
            records = "1 record" if n_unclear == 1 else f"{n_unclear:,} records"
            raise DeliveryRejected(
                f"The column {shown(look.layout.names[place])} is filled differently in the non-repeating rows of "
                f"{records}, and no event says which of them holds.",
                f"Name the event in [exports.{feed.export}] of site.toml, or correct the records in REDCap.",
            )
