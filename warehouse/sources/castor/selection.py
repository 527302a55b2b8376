"""Decides which rows of a Castor export are of an export of the registry: by form and by visit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from warehouse.readers.near_names import nearest, shown, shown_list
from warehouse.sources.castor.columns import CHECKBOX, FORM_NAME, FORM_TYPE, STUDY_TYPE, normalised
from warehouse.sources.castor.layout import Layout
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

HALF = 0.5
Cell = Callable[[int], str]
"""Gives SQL for the trimmed cell at a position, null if it is empty."""


@dataclass(frozen=True)
class Selection:
    """The rows of an export. `forms` are types and names of a whole study's forms; `is_here`: the file is its form's.

    `own_places` are the named fields of the rows' own form; `needs_cells`: a row without any of them is left out.
    """

    forms: tuple[tuple[str, str], ...]
    is_here: bool
    events: tuple[str, ...]
    own_places: tuple[int, ...]
    needs_cells: bool

    @property
    def is_of_study(self) -> bool:
        """Return whether the rows are the participants' own."""
        return all(kind == STUDY_TYPE for kind, _ in self.forms)

    def of_instrument(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: the row is of the form."""
        if not self.is_here:
            return "false"
        if not layout.is_whole_study:
            return "true"
        kind, name = cell(layout.own[FORM_TYPE]), cell(layout.own[FORM_NAME])
        if self.is_of_study:
            return f"({kind} = {sql_text(STUDY_TYPE)})"
        each = [f"({kind} = {sql_text(k)} AND {name} = {sql_text(n)})" for k, n in self.forms if k != STUDY_TYPE]
        return f"({' OR '.join(each)})"

    def of_events(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: the row is of a named visit, or none is named."""
        if not self.events or not self.is_here:
            return "true"
        listed = ", ".join(sql_text(one) for one in self.events)
        return "(" + " OR ".join(f"coalesce({cell(place)} IN ({listed}), false)" for place in layout.parents) + ")"

    def is_filled_in(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: a named field of the form is filled in."""
        if not self.needs_cells or not self.own_places:
            return "true"
        return f"({' OR '.join(_is_entered(layout, place, cell) for place in self.own_places)})"

    def is_taken(self, layout: Layout, cell: Cell) -> str:
        """Return SQL, true or false: the row is of the export."""
        found = (self.of_instrument, self.of_events, self.is_filled_in)
        return f"({' AND '.join(condition(layout, cell) for condition in found)})"


def _is_entered(layout: Layout, place: int, cell: Cell) -> str:
    if CHECKBOX in layout.names[place]:
        return f"coalesce({cell(place)} <> '0', false)"
    return f"({cell(place)} IS NOT NULL)"


def select_rows(
    feed: Feed, layout: Layout, places: Sequence[int], share: float | None, file_name: str, events: Iterable[str]
) -> Selection:
    """Return the rows of the feed's export, which reads the fields at `places`; `events` are the visits in the file.

    `share` is that of the named fields which the file has, None if no field is named. Raises DeliveryRejected if a
    whole study has no such form, or none of the named visits occurs.
    """
    forms, is_here = _forms(feed, layout, share, file_name)
    own_places = tuple(place for place in places if not layout.is_whole_study or layout.forms[place] in forms)
    is_study = all(kind == STUDY_TYPE for kind, _ in forms)
    return Selection(forms, is_here, _events(feed, layout, is_study, is_here, events), own_places, not is_study)


def _forms(feed: Feed, layout: Layout, share: float | None, file_name: str) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Return the forms of the rows, and whether this file has them.

    The name of a field is unique in a study of Castor's, so a file with more than half of the named fields is of their
    form, whatever its name. With fewer it is only if its name says so too.
    """
    named = feed.mapping.instrument
    known = tuple(dict.fromkeys(layout.forms.values()))
    if not layout.is_whole_study:
        is_named = named is not None and _is_in_name(named, file_name)
        is_here = named is None or (share is None and is_named) or (share or 0) > (0 if is_named else HALF)
        return known, is_here
    if named is None:
        return tuple(form for form in known if form[0] == STUDY_TYPE) or ((STUDY_TYPE, ""),), True
    found = tuple(form for form in known if normalised(form[1]) == normalised(named))
    if not found and normalised(named) == normalised(STUDY_TYPE):
        found = tuple(form for form in known if form[0] == STUDY_TYPE)
    if found:
        return found, True
    names = list(dict.fromkeys(name for _, name in known if name))
    near = nearest(named, names)
    meant = f"; the nearest is {shown(near)}" if near else f"; it has {shown_list(names)}" if names else ""
    raise DeliveryRejected(
        f"The form {shown(named)} does not occur in the study{meant}.",
        f"Correct instrument in [exports.{feed.export}] of site.toml.",
    )


def _is_in_name(named: str, file_name: str) -> bool:
    """Return whether the name of an export's file (Study_Form_export_20240115.csv) has the form's name."""
    stem = normalised(PurePath(file_name).stem)
    return f" {normalised(named)} export" in f" {stem} export"


def _events(feed: Feed, layout: Layout, is_study: bool, is_here: bool, events: Iterable[str]) -> tuple[str, ...]:
    named = feed.mapping.event
    if not named or not is_here:
        return ()
    if is_study or not layout.parents:
        raise DeliveryRejected(
            f"event chooses rows of repeating data or of a survey, and the rows of {feed.export} are participants.",
            f"Remove event from [exports.{feed.export}]: the fields of all visits are columns of one row.",
        )
    known = list(events)
    found = tuple(one for one in known if normalised(one) in {normalised(name) for name in named})
    if found or not known:
        return found or tuple(named)
    near = nearest(named[0], known)
    meant = f"the nearest is {shown(near)}" if near else f"it has {shown_list(known)}"
    raise DeliveryRejected(
        f"The visit {shown(named[0])} does not occur in the file; {meant}.",
        f"Write the visit as it stands in Castor into event of [exports.{feed.export}].",
    )
