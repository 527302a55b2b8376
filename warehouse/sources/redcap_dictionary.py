"""Reads a REDCap project's data dictionary: its fields with form, type, label, choices and whether they identify.

Columns are found by title, since REDCap's versions order them differently: the titles of the downloaded file
(Variable / Field Name) and those of the API (field_name).
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape

from warehouse.readers.near_names import shown
from warehouse.storage.errors import RegistryError

TITLES = {
    "name": ("variable / field name", "field_name"),
    "form": ("form name", "form_name"),
    "kind": ("field type", "field_type"),
    "label": ("field label", "field_label"),
    "choices": (
        "choices, calculations, or slider labels",
        "choices or calculations",
        "select_choices_or_calculations",
    ),
    "identifier": ("identifier?", "identifier"),
}
"""What is read of a field -> its titles, in lower case."""
VALIDATION = ("text validation type or show slider number", "text_validation_type_or_show_slider_number")
DOWNLOAD = "In REDCap, open Data Dictionary, download the current one and put it beside site.toml unchanged."
NOT_IDENTIFYING = ("", "n", "no", "0")
WITH_CHOICES = ("radio", "dropdown", "checkbox")
FIXED_CHOICES = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
CHECKED = {"1": "Checked", "0": "Unchecked"}
STATUS = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
STATUS_LABEL = "Complete?"
WITHOUT_COLUMN = "descriptive"
POINTED_KINDS = ("calc", "slider")
"""Types whose numbers have a decimal point even in projects with a decimal comma (seen in REDCap 14.7.3)."""
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True)
class DictionaryField:
    """One field. `choices` maps codes to labels, empty for texts, calculations and sliders."""

    name: str
    form: str
    kind: str
    label: str
    choices: Mapping[str, str]
    is_identifier: bool
    validation: str = ""

    @property
    def is_in_own_notation(self) -> bool:
        """Return whether REDCap itself decides how a cell is written: ISO dates, numbers with a decimal point."""
        if "comma" in self.validation:
            return False
        return self.kind in POINTED_KINDS or self.validation.startswith(("date_", "number", "int", "float"))


@dataclass(frozen=True)
class ExportedColumn:
    """One column of a flat export: its name in raw exports, its label in label exports, and its field.

    `field` is None for the status of a form.
    """

    name: str
    label: str
    form: str
    choices: Mapping[str, str]
    field: DictionaryField | None


@dataclass(frozen=True)
class Dictionary:
    """The fields of a project, in order.

    Only a project's XML has `form_labels`, the instruments' labels, and `missing`, the project's missing-data codes by
    code.
    """

    fields: tuple[DictionaryField, ...]
    form_labels: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def record_id(self) -> str:
        """Return the name of the field that names the record: the first."""
        return self.fields[0].name

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Return the instruments' names, in order."""
        return tuple(dict.fromkeys(one.form for one in self.fields))

    @cached_property
    def columns(self) -> tuple[ExportedColumn, ...]:
        """Return the columns of a complete flat export, in order; each form's status follows its last field."""
        found: list[ExportedColumn] = []
        for form in self.forms:
            for one in self.fields:
                if one.form == form:
                    found += _columns_of(one)
            found.append(ExportedColumn(f"{form}_complete", STATUS_LABEL, form, STATUS, None))
        return tuple(found)

    def column(self, name: str) -> ExportedColumn | None:
        """Return what a column of a raw export holds, None if the dictionary has no such field.

        The field of a checkbox is what precedes its three underscores: the code behind them is not always the choice's.
        """
        name = name.strip().lower()
        if found := self._by_name.get(name):
            return found
        stem, underscores, _ = name.partition("___")
        one = self._by_field.get(stem) if underscores else None
        if one is None or one.kind != "checkbox":
            return None
        return ExportedColumn(name, one.label, one.form, CHECKED, one)

    @cached_property
    def _by_name(self) -> dict[str, ExportedColumn]:
        return {one.name: one for one in self.columns}

    @cached_property
    def _by_field(self) -> dict[str, DictionaryField]:
        return {one.name: one for one in self.fields}


def read_dictionary(text: str) -> Dictionary:
    """Return the data dictionary in a CSV's text. Raises RegistryError if it is none."""
    rows = [row for row in _rows(text.lstrip("\ufeff")) if any(cell.strip() for cell in row)]
    places = _places(rows[0] if rows else [])
    fields: list[DictionaryField] = []
    for row in rows[1:]:
        fields.append(_field({what: row[place] if place < len(row) else "" for what, place in places.items()}))
    return checked(Dictionary(tuple(fields)))


def checked(dictionary: Dictionary) -> Dictionary:
    """Return the dictionary. Raises RegistryError if it has no fields, or two of one name."""
    names = [one.name for one in dictionary.fields]
    if not names:
        raise RegistryError("The data dictionary has no fields.", DOWNLOAD)
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise RegistryError(f"The data dictionary has the field {shown(twice)} more than once.", DOWNLOAD)
    return dictionary


def choices_in(text: str) -> dict[str, str]:
    """Return the choices in a dictionary's cell, by code.

    >>> choices_in("0, No | 1, Yes, both lobes | 9, <b>Unknown</b>")
    {'0': 'No', '1': 'Yes, both lobes', '9': 'Unknown'}
    """
    found = {}
    for choice in re.split(r"\||\r?\n", text):
        code, comma, label = choice.partition(",")
        if code.strip():
            found[code.strip()] = plain_label(label if comma else code)
    return found


def plain_label(label: str) -> str:
    """Return a label as REDCap exports it: without HTML, on one line.

    >>> plain_label("<b>Margin</b> <5&nbsp;mm\\n(smallest)")
    'Margin <5 mm (smallest)'
    """
    return " ".join(unescape(TAG.sub("", label)).split())


def _rows(text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise RegistryError("The data dictionary cannot be read as CSV.", DOWNLOAD) from None


def _places(header: Sequence[str]) -> dict[str, int]:
    titles = [" ".join(title.split()).lower() for title in header]
    places = {}
    for what, known in TITLES.items():
        found = [place for place, title in enumerate(titles) if title in known]
        if len(found) != 1:
            wrong = "has more than one column" if found else "lacks the column"
            raise RegistryError(f"The data dictionary {wrong} {_as_downloaded(known[0])}.", DOWNLOAD)
        places[what] = found[0]
    validation = [place for place, title in enumerate(titles) if title in VALIDATION]
    return places | ({"validation": validation[0]} if validation else {})


def _as_downloaded(title: str) -> str:
    return title.title().replace(" Or ", " OR ")


def _field(cells: Mapping[str, str]) -> DictionaryField:
    name, kind = cells["name"].strip().lower(), cells["kind"].strip().lower()
    if not name or not kind or not cells["form"].strip():
        raise RegistryError("The data dictionary has a row without field name, form name or field type.", DOWNLOAD)
    return DictionaryField(
        name,
        cells["form"].strip().lower(),
        kind,
        plain_label(cells["label"]),
        FIXED_CHOICES.get(kind) or (choices_in(cells["choices"]) if kind in WITH_CHOICES else {}),
        cells["identifier"].strip().lower() not in NOT_IDENTIFYING,
        cells.get("validation", "").strip().lower(),
    )


def _columns_of(one: DictionaryField) -> list[ExportedColumn]:
    if one.kind == WITHOUT_COLUMN:
        return []
    if one.kind != "checkbox":
        return [ExportedColumn(one.name, one.label, one.form, one.choices, one)]
    return [
        ExportedColumn(
            f"{one.name}___{re.sub(r'[^a-z0-9]', '_', code.lower())}",
            f"{one.label} (choice={label})",
            one.form,
            CHECKED,
            one,
        )
        for code, label in one.choices.items()
    ]
