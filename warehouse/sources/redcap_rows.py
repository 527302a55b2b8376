"""Says which rows of a flat REDCap export are an export's: those of its instrument and of its events."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from warehouse.readers.near_names import nearest, shown, shown_list
from warehouse.sources.redcap_dictionary import Dictionary
from warehouse.sources.redcap_layout import EVENT, EXPORT_AGAIN, INSTANCE, INSTRUMENT, STATUS_NAME, Layout
from warehouse.sources.redcap_names import normalised, same_events, same_instruments
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

Cell = Callable[[int], str]
"""SQL of the trimmed cell in the column at a position of the file, null if it is empty."""


@dataclass(frozen=True)
class Seen:
    """What one look at the file's rows found: the instruments and events in its cells.

    `n_repeating` rows are of repeating instruments; `n_repeated` have record, event, instrument and instance of an
    earlier row, and `n_odd_instances` an instance that is no whole number, as REDCap never writes. `has_other_forms`:
    the file has no instruments, and rows of one such key hold different forms. `forms` are the forms that alone have
    something in the rows of an instrument, whatever its label.
    """

    n_rows: int
    n_repeating: int
    n_repeated: int
    instruments: tuple[str, ...]
    events: tuple[str, ...]
    has_other_forms: bool = False
    n_odd_instances: int = 0
    forms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Selection:
    """The rows of an export. `form` is the instrument as dictionary or header name it, '' if they do not know it.

    `instruments` are the cells that repeating rows of the instrument have; empty where it does not repeat. `events` are
    the cells of the named events; empty where none is named. `is_in_both`: the instrument repeats in some events only.
    """

    form: str
    instruments: tuple[str, ...]
    events: tuple[str, ...]
    has_repeats: bool
    has_named_events: bool
    own_places: tuple[int, ...] = ()
    is_in_both: bool = False

    def of_instrument(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: the row is of the instrument."""
        if not self.has_repeats:
            return "true"
        here = cell(layout.own[INSTRUMENT])
        if not self.instruments:
            return f"({here} IS NULL)"
        repeating = _is_in(here, self.instruments)
        return f"({repeating} OR ({here} IS NULL AND {self.has_cells(layout, cell)}))" if self.is_in_both else repeating

    def is_filled_in(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: a row that does not repeat has something of the instrument.

        A row of an event holds every instrument of the event and the columns of all others; and an instrument that
        repeats has no rows of its own before its first instance.
        """
        may_be_absent = EVENT in layout.own or INSTRUMENT in layout.own
        if self.instruments or not self.own_places or not may_be_absent:
            return "true"
        status = layout.statuses.get(self.form)
        marked = [] if status is None else [_is_marked(layout, status, cell)]
        return f"({' OR '.join([self.has_cells(layout, cell), *marked])})"

    def is_taken(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: the row is of the export."""
        conditions = (self.of_instrument, self.of_events, self.is_filled_in)
        return f"({' AND '.join(condition(layout, cell) for condition in conditions)})"

    def has_cells(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: a named column of the instrument is filled in."""
        return f"({' OR '.join(_is_entered(layout, place, cell) for place in self.own_places) or 'false'})"

    def of_events(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: the row is of a named event, or none is named."""
        return _is_in(cell(layout.own[EVENT]), self.events) if self.has_named_events else "true"

    def is_base(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: the row is neither of a repeating instrument nor of a repeating event."""
        parts = [f"{cell(layout.own[name])} IS NULL" for name in (INSTRUMENT, INSTANCE) if name in layout.own]
        return f"({' AND '.join(parts)})" if parts else "true"


def _is_entered(layout: Layout, place: int, cell: Cell) -> str:
    if layout.kind(place) == "checkbox":
        return f"coalesce(lower({cell(place)}) NOT IN ('0', 'unchecked'), false)"
    return f"({cell(place)} IS NOT NULL)"


def _is_marked(layout: Layout, status: int, cell: Cell) -> str:
    """Return SQL, true or false: somebody set the form's status.

    Without a dictionary every status counts, also 0: which fields are the form's is then only likely.
    """
    if layout.columns[status] is None:
        return f"({cell(status)} IS NOT NULL)"
    return f"coalesce(lower({cell(status)}) NOT IN ('0', 'incomplete'), false)"


def _is_in(cell: str, values: Iterable[str]) -> str:
    listed = ", ".join(map(sql_text, values))
    return f"coalesce({cell} IN ({listed}), false)" if listed else "false"


def select_rows(
    feed: Feed, layout: Layout, seen: Seen, places: Iterable[int], dictionary: Dictionary | None
) -> Selection:
    """Return the rows of the feed's export, of which the columns at `places` are read.

    Raises DeliveryRejected if the file has no column for the instrument or event that is named, or none of them occurs.
    """
    _check_pair(layout)
    _check_instances(seen)
    form, instruments = _instrument(feed, layout, seen, dictionary)
    events = _events(feed, layout, seen)
    own_places = tuple(place for place in places if form and layout.is_entered_in(place, form))
    return Selection(form, instruments, events, INSTRUMENT in layout.own, bool(feed.mapping.event), own_places)


def _check_pair(layout: Layout) -> None:
    for one, other in ((INSTRUMENT, INSTANCE), (INSTANCE, INSTRUMENT)):
        if one in layout.own and other not in layout.own:
            raise DeliveryRejected(f"The file has the column {one} but lacks {other}.", EXPORT_AGAIN)


def _check_instances(seen: Seen) -> None:
    if seen.n_odd_instances:
        rows = "1 row" if seen.n_odd_instances == 1 else f"{seen.n_odd_instances:,} rows"
        raise DeliveryRejected(f"{INSTANCE} is not a whole number in {rows}.", EXPORT_AGAIN)


def _instrument(feed: Feed, layout: Layout, seen: Seen, dictionary: Dictionary | None) -> tuple[str, tuple[str, ...]]:
    named = feed.mapping.instrument
    if named is None:
        if seen.n_rows and seen.n_rows == seen.n_repeating:
            raise DeliveryRejected(
                f"All rows are of repeating instruments, and site.toml names none for {feed.export}.",
                f'Add instrument = "..." to [exports.{feed.export}]; the file has {shown_list(seen.instruments)}.',
            )
        return "", ()
    labels = dictionary.form_labels if dictionary else {}
    form = next((one for one in _forms(layout, dictionary) if _is_form(named, one, labels)), "")
    names = dict.fromkeys((named, *([form, labels.get(form, form)] if form else [])))
    found = tuple(dict.fromkeys(one for name in names for one in same_instruments(name, seen.instruments)))
    if not found and form:
        found = tuple(one for one in seen.instruments if seen.forms.get(one) == form)
    form = form or next((seen.forms[one] for one in found if one in seen.forms), "")
    is_cut_off = INSTRUMENT not in layout.own and seen.has_other_forms
    is_known = found or (form and not _unknown(layout, seen, dictionary))
    if (is_known or not seen.n_rows) and not is_cut_off:
        return form, found
    if INSTRUMENT not in layout.own:
        raise DeliveryRejected(
            f"The file has no columns {INSTRUMENT} and {INSTANCE}, which say what rows are of {shown(named)}.",
            EXPORT_AGAIN,
        )
    known = list(dict.fromkeys((*seen.instruments, *([] if form else _forms(layout, dictionary)))))
    near = nearest(named, known)
    meant = f"; the nearest is {shown(near)}" if near else f"; it has {shown_list(known)}" if known else ""
    raise DeliveryRejected(
        f"The instrument {shown(named)} does not occur in the file{meant}.",
        f"Correct instrument in [exports.{feed.export}] of site.toml.",
    )


def _unknown(layout: Layout, seen: Seen, dictionary: Dictionary | None) -> list[str]:
    """Return the instruments in the file of which nothing says what form they are."""
    labels = dictionary.form_labels if dictionary else {}
    forms = _forms(layout, dictionary)
    return [
        one
        for one in seen.instruments
        if one not in seen.forms and not any(_is_form(one, form, labels) for form in forms)
    ]


def _is_form(named: str, form: str, labels: Mapping[str, str]) -> bool:
    return normalised(named) in (normalised(form), normalised(labels.get(form, form)))


def _forms(layout: Layout, dictionary: Dictionary | None) -> list[str]:
    """Return the forms that the dictionary has, or whose status is a column of the file."""
    if dictionary is not None:
        return list(dictionary.forms)
    return [name.strip().removesuffix(STATUS_NAME) for name in layout.names if name.strip().endswith(STATUS_NAME)]


def _events(feed: Feed, layout: Layout, seen: Seen) -> tuple[str, ...]:
    named = feed.mapping.event
    if not named:
        return ()
    if EVENT not in layout.own:
        raise DeliveryRejected(
            f"The file has no column {EVENT}, and site.toml names events.",
            f"Remove event from [exports.{feed.export}], or export the data of a longitudinal project again.",
        )
    found = tuple(dict.fromkeys(one for name in named for one in same_events(name, seen.events)))
    if found or not seen.n_rows:
        return found
    near = nearest(named[0], seen.events)
    meant = f"the nearest is {shown(near)}" if near else f"it has {shown_list(seen.events)}"
    raise DeliveryRejected(
        f"The event {shown(named[0])} does not occur in the file; {meant}.",
        f"Write the event as it stands in the file into event of [exports.{feed.export}].",
    )
