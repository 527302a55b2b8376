"""Finds what the columns of a Castor export are, and gives them the names that site.toml has for them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from warehouse.readers.near_names import shown
from warehouse.sources.castor.columns import (
    CHECKBOX,
    CUSTOM,
    FORM_NAME,
    FORM_TYPE,
    PARENT,
    RECORD,
    REPORT_TYPE,
    STUDY_TYPE,
    SURVEY,
    SURVEY_PARENT,
    SURVEY_TYPE,
    option_key,
    own_column,
)
from warehouse.sources.file_columns import FileColumns, plain
from warehouse.storage.errors import DeliveryRejected

EXPORT_AGAIN = "Export the data again in Castor, as CSV, and deliver the ZIP or its files unchanged."
SHORTEST_CUT = 8
"""Letters of an option's name from which a shorter name in a header counts as the same name, cut off."""


@dataclass(frozen=True)
class Layout:
    """The columns of one file. `names` is the header as site.toml names it; `own` maps Castor's columns to positions.

    `forms` maps the positions of fields to type and name of their form; in a file of one form the name is ''.
    """

    names: Sequence[str]
    own: Mapping[str, int]
    forms: Mapping[int, tuple[str, str]]

    @property
    def is_whole_study(self) -> bool:
        """Return whether the file has the rows of several forms."""
        return FORM_TYPE in self.own

    @property
    def parents(self) -> list[int]:
        """Return the positions of the columns that name a visit, or the report above this one."""
        return [self.own[name] for name in (PARENT, SURVEY_PARENT) if name in self.own]

    def fields(self, names: Collection[str]) -> list[int]:
        """Return the positions of fields that bear one of the names."""
        wanted = {plain(name) for name in names}
        return [i for i in self.forms if plain(self.names[i]) in wanted]


def read_layout(
    header: Sequence[str], written: Collection[str], forms: Mapping[int, tuple[str, str]] | None = None
) -> Layout:
    """Return the layout of a file with this header, of which site.toml names the columns `written`.

    `forms` says whose fields are where, for a whole study. Raises DeliveryRejected if this is no export of Castor's.
    """
    own: dict[str, int] = {}
    for place, name in enumerate(header):
        found = own_column(name)
        if found is None or (forms is None and found in (FORM_TYPE, FORM_NAME)):
            continue
        if found in own:
            raise DeliveryRejected(f"The column {shown(name)} occurs twice, or under two names.", EXPORT_AGAIN)
        own[found] = place
    if RECORD not in own:
        raise DeliveryRejected("The file has no column Participant Id or Record Id.", EXPORT_AGAIN)
    if forms is None:
        kind = (
            SURVEY_TYPE
            if own.keys() & {SURVEY, SURVEY_PARENT}
            else REPORT_TYPE
            if own.keys() & {CUSTOM, PARENT}
            else STUDY_TYPE
        )
        forms = {i: (kind, "") for i in range(len(header)) if i not in own.values()}
    return Layout(_named(header, own, written), own, forms)


def _named(header: Sequence[str], own: Mapping[str, int], written: Collection[str]) -> list[str]:
    """Return the header with the names that site.toml has for Castor's columns and for options of checkboxes."""
    file, names = FileColumns(header), list(header)
    for name in sorted(written):
        if name in file:
            continue
        found = own_column(name)
        if found is not None and found in own:
            names[own[found]] = name
        elif CHECKBOX in name and (place := _option(name, header)) is not None:
            names[place] = name
    return names


def _option(name: str, header: Sequence[str]) -> int | None:
    """Return the position of the checkbox column that is meant, though its header is cut or lacks signs.

    Raises DeliveryRejected if there are several.
    """
    field, _, option = name.partition(CHECKBOX)
    wanted = option_key(option)
    others: dict[int, str] = {}
    for place, one in enumerate(header):
        its_field, sign, its_option = one.partition(CHECKBOX)
        if sign and plain(its_field) == plain(field):
            others[place] = option_key(its_option)
    exact = [place for place, key in others.items() if key == wanted]
    found = exact or [place for place, key in others.items() if len(key) >= SHORTEST_CUT and wanted.startswith(key)]
    if len(found) > 1:
        raise DeliveryRejected(
            f"Several columns of the file may be {shown(name)}, since Castor cuts long options.",
            "Give the options shorter names in Castor, or write the column as the file has it.",
        )
    return found[0] if found else None
