"""Says which rows of a flat REDCap export are an export's: those of its instrument and of its events."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

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
    """What one look at the file's rows found: the instruments and events in its cells."""

    n_rows: int
    n_repeating: int
    instruments: tuple[str, ...]
    events: tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """The rows of an export. `form` is the instrument as dictionary or header name it, '' if they do not know it.

    `instruments` are the cells that repeating rows of the instrument have; empty where it does not repeat. `events` are
    the cells of the named events; empty where none is named.
    """

    form: str
    instruments: tuple[str, ...]
    events: tuple[str, ...]
    has_repeats: bool
    has_named_events: bool

    def of_instrument(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: the row is of the instrument."""
        if not self.has_repeats:
            return "true"
        here = cell(layout.own[INSTRUMENT])
        return _is_in(here, self.instruments) if self.instruments else f"({here} IS NULL)"

    def of_events(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: the row is of a named event, or none is named."""
        return _is_in(cell(layout.own[EVENT]), self.events) if self.has_named_events else "true"

    def is_base(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: the row is neither of a repeating instrument nor of a repeating event."""
        parts = [f"{cell(layout.own[name])} IS NULL" for name in (INSTRUMENT, INSTANCE) if name in layout.own]
        return f"({' AND '.join(parts)})" if parts else "true"


def _is_in(cell: str, values: Iterable[str]) -> str:
    listed = ", ".join(map(sql_text, values))
    return f"coalesce({cell} IN ({listed}), false)" if listed else "false"


def select_rows(feed: Feed, layout: Layout, seen: Seen, dictionary: Dictionary | None) -> Selection:
    """Return the rows of the feed's export.

    Raises DeliveryRejected if the file has no column for the instrument or event that is named, or none of them occurs.
    """
    _check_pair(layout)
    form, instruments = _instrument(feed, layout, seen, dictionary)
    events = _events(feed, layout, seen)
    return Selection(form, instruments, events, INSTRUMENT in layout.own, bool(feed.mapping.event))


def _check_pair(layout: Layout) -> None:
    for one, other in ((INSTRUMENT, INSTANCE), (INSTANCE, INSTRUMENT)):
        if one in layout.own and other not in layout.own:
            raise DeliveryRejected(f"The file has the column {one} but lacks {other}.", EXPORT_AGAIN)


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
    if found or form or not seen.n_rows:
        return form, found
    if INSTRUMENT not in layout.own:
        raise DeliveryRejected(
            f"The file has no columns {INSTRUMENT} and {INSTANCE}, which say what rows are of {shown(named)}.",
            EXPORT_AGAIN,
        )
    known = list(dict.fromkeys((*seen.instruments, *_forms(layout, dictionary))))
    near = nearest(named, known)
    meant = f"; the nearest is {shown(near)}" if near else f"; it has {shown_list(known)}" if known else ""
    raise DeliveryRejected(
        f"The instrument {shown(named)} does not occur in the file{meant}.",
        f"Correct instrument in [exports.{feed.export}] of site.toml.",
    )


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
