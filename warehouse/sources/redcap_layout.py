"""Finds what the columns of a flat REDCap export are: its own (event, repeat instrument, ...), fields and forms.

The header holds field names or field labels. With the project's dictionary labels become field names; without it they
stay as they are.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from warehouse.readers.near_names import shown
from warehouse.sources.file_columns import plain
from warehouse.sources.redcap_dictionary import STATUS_LABEL, Dictionary, ExportedColumn
from warehouse.sources.redcap_labels import fields_of_labels, label_key
from warehouse.storage.errors import DeliveryRejected

EVENT = "redcap_event_name"
INSTRUMENT = "redcap_repeat_instrument"
INSTANCE = "redcap_repeat_instance"
OWN_COLUMNS = {
    EVENT: "Event Name",
    INSTRUMENT: "Repeat Instrument",
    INSTANCE: "Repeat Instance",
    "redcap_data_access_group": "Data Access Group",
    "redcap_survey_identifier": "Survey Identifier",
}
"""REDCap's own columns: name in raw exports -> label in label exports."""
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*")
STATUS_NAME = "_complete"
SURVEY_TIME = ("_timestamp", "Survey Timestamp")
EXPORT_AGAIN = "Export the data again in REDCap (My Reports & Exports, all data) and deliver it unchanged."


@dataclass(frozen=True)
class Layout:
    """The columns of one file, by position. `names` is the header after translation.

    `own` maps REDCap's own columns to positions. `forms` names each column's form, '' where it is not known; without a
    dictionary it is what precedes a form's status column. `hidden` are the columns of identifier fields.
    """

    names: Sequence[str]
    columns: Sequence[ExportedColumn | None]
    own: dict[str, int]
    record: int
    forms: Sequence[str]
    hidden: frozenset[int]
    has_labels: bool

    def places(self, names: Collection[str]) -> list[int]:
        """Return the positions of data columns that bear one of the names."""
        wanted = {plain(name) for name in names}
        apart = {self.record, *self.own.values()}
        return [i for i, name in enumerate(self.names) if plain(name) in wanted and i not in apart]

    def kind(self, place: int) -> str:
        """Return the type of the column's field, '' if it is not known or a form's status."""
        described = self.columns[place]
        return described.field.kind if described is not None and described.field is not None else ""

    def is_entered_in(self, place: int, form: str) -> bool:
        """Return whether the column is a field that people fill in, in that form."""
        is_field = place not in self.statuses.values() and self.kind(place) != "calc" and place not in self.hidden
        return is_field and self.forms[place] == form

    @cached_property
    def statuses(self) -> dict[str, int]:
        """Return the position of each form's status column."""
        is_status = [_is_status(name) if one is None else one.field is None for name, one in self._described]
        return {form: i for i, form in enumerate(self.forms) if form and is_status[i]}

    @property
    def _described(self) -> list[tuple[str, ExportedColumn | None]]:
        return list(zip(self.names, self.columns, strict=True))


def read_layout(header: Sequence[str], named: Collection[str], dictionary: Dictionary | None, said: str) -> Layout:
    """Return the layout of a file with this header. `named` are the columns that the mapping itself names.

    `said` names the dictionary. Raises DeliveryRejected if the dictionary is not this file's, or the header is not that
    of a flat export.
    """
    has_labels = _has_labels(header, dictionary)
    own = _own_columns(header)
    fields: dict[int, ExportedColumn | None] = {}
    hidden: set[int] = set()
    if dictionary is not None:
        data = [i for i in range(len(header)) if i not in own.values() and not _is_survey_time(header[i])]
        if has_labels:
            fields, unclear = fields_of_labels({i: header[i] for i in data}, dictionary)
            hidden |= {i for i, found in unclear.items() if any(one.field and one.field.is_identifier for one in found)}
        else:
            fields, unclear = {i: dictionary.column(header[i]) for i in data}, {}
        known = [i for i in data if fields.get(i) or i in unclear]
        _check_fit(dictionary, said, len(data), len(known), {one.name for one in fields.values() if one})
        _check_unclear(header, unclear, named)
    columns = [fields.get(i) for i in range(len(header))]
    names = _translated(header, columns, own, named)
    _check_twice(names, [] if has_labels and dictionary is None else names)
    hidden |= {i for i, one in enumerate(columns) if one and one.field and one.field.is_identifier}
    return Layout(
        names, columns, own, _record(names, own, dictionary), _forms(header, columns), frozenset(hidden), has_labels
    )


def _has_labels(header: Sequence[str], dictionary: Dictionary | None) -> bool:
    """Return whether the header holds labels rather than field names."""
    names = {plain(name) for name in header}
    if names & set(OWN_COLUMNS):
        return False
    if dictionary is not None:
        labels = {label_key(one.label) for one in dictionary.columns}
        n_names = sum(dictionary.column(name) is not None for name in header)
        return sum(label_key(name) in labels for name in header) > n_names
    if names & {plain(label) for label in OWN_COLUMNS.values()}:
        return True
    return 2 * sum(FIELD_NAME.fullmatch(name.strip()) is not None for name in header) <= len(header)


def _own_columns(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, label in OWN_COLUMNS.items():
        places = [i for i, one in enumerate(header) if plain(one) == name]
        if len(places) > 1:
            raise DeliveryRejected(f"The column {name} occurs {len(places)} times in the header.", EXPORT_AGAIN)
        places += [i for i, one in enumerate(header) if not places and plain(one) == plain(label)]
        if places:
            found[name] = places[0]
    return found


def _is_survey_time(name: str) -> bool:
    return plain(name).endswith(SURVEY_TIME[0]) or plain(name) == plain(SURVEY_TIME[1])


def _check_fit(dictionary: Dictionary, said: str, n_data: int, n_known: int, names: set[str]) -> None:
    cure = f"Put the dictionary of this file's project in its place: {said} beside site.toml."
    if 2 * n_known < n_data:
        n_unknown = n_data - n_known
        raise DeliveryRejected(f"{said} does not fit the file: it lacks {n_unknown} of {n_data} fields.", cure)
    if dictionary.record_id not in names:
        raise DeliveryRejected(f"{said} does not fit the file: its record id is not a column of the file.", cure)


def _check_unclear(header: Sequence[str], unclear: dict[int, list[ExportedColumn]], named: Collection[str]) -> None:
    """Raise DeliveryRejected if the mapping names a field whose label is also another's, and order does not tell."""
    wanted = {plain(name) for name in named}
    for place, candidates in unclear.items():
        if wanted & ({plain(header[place])} | {one.name for one in candidates}):
            raise DeliveryRejected(
                f"Column {place + 1} is needed, and its label does not say which field of the dictionary it is.",
                "Deliver a raw export, or give every field a label of its own in REDCap.",
            )


def _translated(
    header: Sequence[str], columns: Sequence[ExportedColumn | None], own: dict[str, int], named: Collection[str]
) -> list[str]:
    """Return field names in place of labels, but for a label that the mapping itself names."""
    wanted = {plain(name) for name in named}
    other: dict[int, str] = {i: one.name for i, one in enumerate(columns) if one is not None}
    other |= {place: name for name, place in own.items() if name in wanted or any(columns)}
    return [
        name if i not in other or (plain(name) in wanted and other[i] not in wanted) else other[i]
        for i, name in enumerate(header)
    ]


def _check_twice(names: Sequence[str], checked: Sequence[str]) -> None:
    plains = [plain(name) for name in checked]
    for name in dict.fromkeys(plains):
        if name and plains.count(name) > 1 and FIELD_NAME.fullmatch(name):
            raise DeliveryRejected(
                f"The column {shown(name)} occurs {plains.count(name)} times in the header.", EXPORT_AGAIN
            )


def _record(names: Sequence[str], own: dict[str, int], dictionary: Dictionary | None) -> int:
    """Return the position of the record id: the dictionary's first field, or the first column."""
    if dictionary is not None:
        by_name = {plain(name): i for i, name in enumerate(names)}
        return by_name.get(dictionary.record_id, 0)
    if 0 in own.values() or not names:
        raise DeliveryRejected("The file's first column is not the record id.", EXPORT_AGAIN)
    return 0


def _is_status(name: str) -> bool:
    return plain(name).endswith(STATUS_NAME) or plain(name) == plain(STATUS_LABEL)


def _forms(header: Sequence[str], columns: Sequence[ExportedColumn | None]) -> list[str]:
    if any(columns):
        return [one.form if one else "" for one in columns]
    forms, form = [""] * len(header), ""
    for place in range(len(header) - 1, -1, -1):
        name = plain(header[place])
        if _is_status(name):
            form = name.removesuffix(STATUS_NAME) if name.endswith(STATUS_NAME) else f"form {place}"
        forms[place] = form
    return forms
