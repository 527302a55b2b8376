"""Reads the option groups of a Castor study: what the values of a field mean, and which of its fields are checkboxes.

Castor gives them in parts, each a CSV with `;`: the groups (field_options.csv of an export; /export/optiongroups of the
API) and the fields (study_, report_ and survey_variablelist.csv; /export/structure). Only both together say what the
values of a field mean. A site puts them into one file, one below the other.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from warehouse.sources.file_columns import plain
from warehouse.storage.errors import RegistryError

GROUP_TITLES = {
    "id": ("option group id", "optiongroup id"),
    "group": ("option group name", "optiongroup name"),
    "option": ("option name", "option label"),
    "value": ("option value",),
}
FIELD_TITLES = {
    "field": ("variable name", "field variable name"),
    "kind": ("original field type", "field type"),
    "title": ("field label",),
    "group": ("optiongroup name", "option group name", "field option group", "optiongroup id", "option group id"),
}
"""What is read of a table -> its titles, in lower case."""
CURE = (
    "Put field_options.csv and the variable lists of the export into it, one below the other, each with its header; "
    "or deliver the whole ZIP of the export, which holds them."
)


@dataclass(frozen=True)
class OptionGroups:
    """What is known of fields, by plain name: `options` map values to labels, `kinds` are Castor's types.

    `titles` are what forms call the fields, where a table says so; they do not decide how a file is read, so that
    stored_study.py leaves them out.
    """

    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict, compare=False)

    def options_of(self, name: str) -> Mapping[str, str]:
        """Return the options of a field, value to label; empty if it has none or is a checkbox."""
        found = self.options.get(plain(name), {})
        return {} if self.kinds.get(plain(name)) == "checkbox" else found

    def title_of(self, name: str) -> str:
        """Return what a form calls a field, '' if it is not known."""
        return self.titles.get(plain(name), "")


def is_part_of_option_groups(header: Sequence[str]) -> bool:
    """Return whether the header is that of a table of option groups, or of fields that have them."""
    return _titles(header) is not None


def read_option_groups(texts: Iterable[str]) -> OptionGroups:
    """Return what the tables in the texts say of fields.

    Raises RegistryError if they hold no option groups, if no table says which fields have them, or if a value has two
    labels in one group.
    """
    groups: dict[str, dict[str, str]] = {}
    fields: list[tuple[str, ...]] = []
    for text in texts:
        for titles, rows in _tables(text):
            if {"option", "value"} <= set(titles):
                _add_options(groups, titles, rows)
            else:
                fields += [
                    tuple(_cell(row, titles, key) for key in ("field", "kind", "group", "title")) for row in rows
                ]
    if not groups:
        raise RegistryError("There are no option groups in the file of option groups.", CURE)
    if not fields:
        raise RegistryError("The option groups do not say which fields have them.", CURE)
    named = [(plain(name), kind.lower(), plain(group)) for name, kind, group, _ in fields if name]
    return OptionGroups(
        {name: groups[group] for name, _, group in named if group in groups},
        {name: kind for name, kind, _ in named},
        {plain(name): title for name, _, _, title in fields if name and title},
    )


def _tables(text: str) -> Iterable[tuple[dict[str, int], list[list[str]]]]:
    """Yield each table of the text: what is in which column, and its rows. A line that is a header begins a table."""
    titles: dict[str, int] | None = None
    rows: list[list[str]] = []
    text = text.removeprefix("\ufeff")
    delimiter = ";" if text.split("\n", 1)[0].count(";") >= text.split("\n", 1)[0].count(",") else ","
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        found = _titles(row)
        if found is not None:
            if titles is not None:
                yield titles, rows
            titles, rows = found, []
        elif titles is not None and any(cell.strip() for cell in row):
            rows.append(row)
    if titles is not None:
        yield titles, rows


def _titles(row: Sequence[str]) -> dict[str, int] | None:
    """Return the columns of a header, None for another row. A header of groups has options and their values."""
    names = [plain(name.removeprefix("\ufeff")) for name in row]
    groups = _found(names, GROUP_TITLES)
    if {"option", "value"} <= set(groups) and set(groups) & {"group", "id"}:
        return groups
    fields = _found(names, FIELD_TITLES)
    return fields if {"field", "group"} <= set(fields) else None


def _found(names: Sequence[str], titles: Mapping[str, Sequence[str]]) -> dict[str, int]:
    return {
        key: names.index(title)
        for key, known in titles.items()
        if (title := next((one for one in known if one in names), None))
    }


def _cell(row: Sequence[str], titles: Mapping[str, int], key: str) -> str:
    place = titles.get(key)
    return row[place].strip() if place is not None and place < len(row) else ""


def _add_options(groups: dict[str, dict[str, str]], titles: Mapping[str, int], rows: Iterable[Sequence[str]]) -> None:
    for row in rows:
        value, label = _cell(row, titles, "value"), _cell(row, titles, "option")
        for key in {plain(_cell(row, titles, "group")), plain(_cell(row, titles, "id"))} - {""}:
            if groups.setdefault(key, {}).setdefault(value, label) != label:
                raise RegistryError(
                    "A value of an option group has two labels: two groups have one name.",
                    "Give each option group a name of its own in Castor and export again.",
                )
