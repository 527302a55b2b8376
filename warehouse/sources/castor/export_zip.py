"""Reads the ZIP of Castor's export page: one table of all forms, and the option groups.

The ZIP has a CSV for the study, one for each kind of repeating data and each survey, the variable lists and
field_options.csv; comments, queries and verifications are not read ("Export data formats in CDMS",
helpdesk.castoredc.com, read 2026-11-29). A form's name stands in its file's name only: Study_Form_export_20240115.csv.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import duckdb

from warehouse.readers.csv_text import open_csv
from warehouse.readers.near_names import shown
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.castor.columns import (
    CREATED,
    CUSTOM,
    FORM_NAME,
    FORM_TYPE,
    OWN_COLUMNS,
    PARENT,
    RECORD,
    REPORT_TYPE,
    SITE,
    STUDY_TYPE,
    SURVEY,
    SURVEY_TYPE,
    own_column,
)
from warehouse.sources.castor.option_groups import OptionGroups, read_option_groups
from warehouse.sources.castor.prepare import Castor
from warehouse.sources.castor.zip_members import Member
from warehouse.sources.file_columns import plain
from warehouse.storage.errors import DeliveryRejected, RegistryError
from warehouse.storage.sql_files import sql_text

EXPORT = re.compile(r"_export(_.*)?$", re.IGNORECASE)
LISTS = ("field_options", "variablelist")
"""What the names of tables of option groups and fields contain."""
WHOLE = "In Castor, export the study with all repeating data and surveys as CSV and deliver the ZIP unchanged."
MOST_LIST_BYTES = 64 << 20


@dataclass(frozen=True)
class _Table:
    """One form's table: `own` maps Castor's columns to positions; the rest are fields."""

    kind: str
    stem: str
    source: Source
    own: dict[str, int]


def read_export_zip(con: duckdb.DuckDBPyConnection, path: Path, members: Sequence[Member], reading: Reading) -> Castor:
    """Return the tables of the ZIP at `path` as one. Raises DeliveryRejected if they are no export of Castor's."""
    lists = [member for member in members if any(word in member.name.lower() for word in LISTS)]
    tables = []
    for member in members:
        if member not in lists and (table := _table(member, reading)) is not None:
            tables.append(table)
    if not tables:
        raise DeliveryRejected("The ZIP has no table of a study, of repeating data or of a survey.", WHOLE)
    names = _form_names(tables)
    if len(set(names)) < len(names):
        raise DeliveryRejected("The ZIP has two tables of one form.", WHOLE)
    n_unread = len(members) - len(lists) - len(tables)
    remark = f"Read from a ZIP with {len(tables)} tables of data." + (
        f" Not read: {n_unread} others." if n_unread else ""
    )
    source, forms = _together(con, tables, names)
    return Castor(replace(source, remark=remark), path.name, _groups(lists, reading.encoding), forms)


def _table(member: Member, reading: Reading) -> _Table | None:
    """Return a form's table, None if the member is another of the ZIP's tables."""
    if member.path.stat().st_size == 0:
        return None
    try:
        source = open_csv(member.path, reading)
    except DeliveryRejected as rejection:
        if EXPORT.search(PurePath(member.name).stem):
            said = f"{rejection.message} This concerns {shown(member.name)}."
            raise DeliveryRejected(said, rejection.cure or WHOLE) from None
        return None
    own: dict[str, int] = {}
    for place, name in enumerate(source.header):
        if (found := own_column(name)) and found not in own and found not in (FORM_TYPE, FORM_NAME):
            own[found] = place
    kind = _kind(own)
    return None if kind is None else _Table(kind, EXPORT.sub("", PurePath(member.name).stem), source, own)


def _kind(own: dict[str, int]) -> str | None:
    if RECORD not in own:
        return None
    if SURVEY in own:
        return SURVEY_TYPE
    if {CUSTOM, PARENT} <= own.keys():
        return REPORT_TYPE
    return STUDY_TYPE if {SITE, CREATED} <= own.keys() else None


def _form_names(tables: Sequence[_Table]) -> list[tuple[str, str]]:
    """Return type and name of each table's form: what its file's name adds to the study's."""
    studies = [table.stem for table in tables if table.kind == STUDY_TYPE]
    if len(studies) > 1:
        raise DeliveryRejected("The ZIP has several tables of participants.", WHOLE)
    prefix = f"{studies[0]}_" if studies else _common([table.stem for table in tables])
    return [
        (table.kind, STUDY_TYPE if table.kind == STUDY_TYPE else table.stem.removeprefix(prefix)) for table in tables
    ]


def _common(stems: Sequence[str]) -> str:
    """Return what the names begin with in common, up to an underscore."""
    return os.path.commonprefix(list(stems)).rpartition("_")[0] + "_" if len(stems) > 1 else ""


def _together(
    con: duckdb.DuckDBPyConnection, tables: Sequence[_Table], names: Sequence[tuple[str, str]]
) -> tuple[Source, dict[int, tuple[str, str]]]:
    """Return the rows of all tables as one source, numbered through, and whose fields are where."""
    found = {name for table in tables for name in table.own}
    header = [FORM_TYPE, FORM_NAME, *(name for name in OWN_COLUMNS if name in found)]
    place_of = {plain(name): i for i, name in enumerate(header)}
    forms: dict[int, tuple[str, str]] = {}
    for table, form in zip(tables, names, strict=True):
        for place, name in enumerate(table.source.header):
            if place in table.own.values() or not name.strip():
                continue
            if plain(name) in place_of:
                raise DeliveryRejected(
                    f"The field {shown(name)} is in two forms, though Castor's names of fields are unique.", WHOLE
                )
            place_of[plain(name)] = len(header)
            forms[len(header)] = form
            header.append(name)
    selects, n_above = [], 0
    for table, (kind, form_name) in zip(tables, names, strict=True):
        cells = {0: sql_text(kind), 1: sql_text(form_name)}
        for place, name in enumerate(table.source.header):
            own = next((one for one, where in table.own.items() if where == place), None)
            if own is not None or name.strip():
                cells[place_of[plain(own or name)]] = f"c{place}"
        columns = ", ".join(f"{cells.get(i, 'NULL::VARCHAR')} AS c{i}" for i in range(len(header)))
        line = f"{table.source.line} + {n_above}"
        selects.append(f"SELECT {line} AS zip_line, {columns} FROM {table.source.relation}")  # noqa: S608 (own names)
        row = con.execute(f"SELECT count(*) FROM {table.source.relation}").fetchone()  # noqa: S608 (own text)
        n_rows = int(row[0]) if row else 0
        table.source.check_count(n_rows)
        n_above += n_rows
    return Source(header, f"({' UNION ALL '.join(selects)})", "zip_line", n_above), forms


def _groups(lists: Iterable[Member], encoding: str) -> OptionGroups | None:
    """Return the option groups of the export, None if it has none that a field uses."""
    texts = []
    for member in lists:
        if member.path.stat().st_size <= MOST_LIST_BYTES:
            texts.append(member.path.read_bytes().decode(encoding, "replace"))
    try:
        return read_option_groups(texts)
    except RegistryError:  # labels = true says what is lacking
        return None
