"""Looks at files that hold a whole study: the ZIP of a Castor export, and a REDCap project as XML.

Castor's tables are opened so that cells marked as missing are empty, and fields have their titles and options.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import duckdb

from warehouse.readers.cells import trim_sql
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.castor.columns import CUSTOM, FORM_TYPE, OWN_COLUMNS, RECORD, own_column
from warehouse.sources.castor.missing import without_reasons
from warehouse.sources.castor.opening import open_castor
from warehouse.sources.castor.option_groups import OptionGroups, is_part_of_option_groups
from warehouse.sources.castor.zip_members import is_zip_of_tables
from warehouse.sources.redcap_dictionary import TITLES
from warehouse.sources.redcap_odm import dictionary_of, is_odm, odm_to_flat
from warehouse.sources.site_dictionary import check_dictionary
from warehouse.sources.stored_dictionary import as_text
from warehouse.storage.errors import RegistryError

TELLING_OF_CASTOR = frozenset(OWN_COLUMNS) - {RECORD, "Site Abbreviation", FORM_TYPE, "Form Name"}
"""Castor's own columns of which an export of its has one beside the participant's; a site is a common word."""
KEPT = (RECORD, CUSTOM)
"""Castor's own columns that a proposal may name."""
DICTIONARY_TITLES = frozenset((*TITLES["name"], *TITLES["form"]))
Kind = Literal["redcap", "castor"]


@dataclass(frozen=True)
class Study:
    """A study that was opened. `forms` maps the plain names of Castor's fields to type and name of their form."""

    kind: Kind
    read_as: str
    source: Source
    forms: dict[str, tuple[str, str]]


def open_study(con: duckdb.DuckDBPyConnection, path: Path) -> Study | None:
    """Return the study that the file holds, None if it is no file of one.

    Raises DeliveryRejected if it cannot be read.
    """
    if is_zip_of_tables(path):
        castor = open_castor(con, path, Reading())
        forms = {castor.source.header[place]: form for place, form in (castor.forms or {}).items()}
        return Study("castor", "Castor study", with_options(castor.source, castor.groups or OptionGroups()), forms)
    if is_odm(path):
        flat = path.with_name("flat.csv")
        odm_to_flat(path, flat)
        source = replace(open_source(con, flat), about=as_text(dictionary_of(path)))
        return Study("redcap", "REDCap project's XML", source, {})
    return None


def with_options(source: Source, groups: OptionGroups) -> Source:
    """Return a table of a Castor export whose fields have options and titles, and no cells that mark missing values."""
    options = {place: dict(groups.options_of(name)) for place, name in enumerate(source.header)}
    cells = [
        f"c{place}" if own_column(name) else f"{without_reasons(trim_sql(f'c{place}'), options[place])} AS c{place}"
        for place, name in enumerate(source.header)
    ]
    titles = {place: groups.title_of(name) for place, name in enumerate(source.header)}
    return replace(
        source,
        relation=f"(SELECT {', '.join(cells)} FROM {source.relation})",  # noqa: S608 (own names)
        labels={place: found for place, found in options.items() if found},
        titles={place: title for place, title in titles.items() if title},
    )


def is_castor(header: Sequence[str]) -> bool:
    """Return whether the header is that of a table of a Castor export, of either generation."""
    own = {found for name in header if (found := own_column(name))}
    return RECORD in own and bool(own & TELLING_OF_CASTOR)


def dictionary_kind(header: Sequence[str]) -> Kind | None:
    """Return whose dictionary a CSV is by its header: a REDCap project's, a part of Castor's; None if it is data."""
    titles = {" ".join(name.split()).casefold() for name in header}
    if len(DICTIONARY_TITLES & titles) > 1:
        return "redcap"
    return "castor" if is_part_of_option_groups(header) else None


def is_project_without_records(path: Path) -> bool:
    """Return whether the file is the XML of a REDCap project without its records, which serves as a dictionary."""
    if not is_odm(path):
        return False
    try:
        check_dictionary("redcap", path)
    except RegistryError:
        return False
    return True
