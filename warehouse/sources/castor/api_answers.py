"""Reads a ZIP of answers of Castor's API (pulls/castor_api.py): one table of all forms, and the option groups.

The export of the API is long: a row for each value of a field, in a participant's study row or in an instance of
repeating data or of a survey. Here each of those becomes one row. Columns as in the packages castoredc_api 0.1.9 (2023)
and castorapi (2025-02-04); values of a checkbox are joined by `;`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.readers.csv_text import open_csv
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.castor.columns import (
    CHECKBOX,
    CUSTOM,
    FORM_NAME,
    FORM_TYPE,
    PARENT,
    RECORD,
    REPORT_TYPE,
    SITE,
    STUDY_TYPE,
    SURVEY_TYPE,
)
from warehouse.sources.castor.option_groups import OptionGroups, read_option_groups
from warehouse.sources.castor.prepare import Castor
from warehouse.sources.castor.zip_members import Member
from warehouse.sources.file_columns import FileColumns, plain
from warehouse.storage.errors import DeliveryRejected, RegistryError
from warehouse.storage.sql_files import sql_text

DATA, STRUCTURE, OPTIONS = "data.csv", "structure.csv", "optiongroups.csv"
PARTICIPANTS, INSTANCES = "participants.csv", "instances.csv"
NAMES = (DATA, STRUCTURE, OPTIONS, PARTICIPANTS, INSTANCES)
"""The answers of the API in the ZIP; the last two are made of its pages."""
PARTICIPANT_TITLES = ("Participant Id", "Site")
INSTANCE_TITLES = ("Instance Id", "Report", "Parent")
PULL_AGAIN = "Pull the study again; the ZIP is made by the registry and not to be changed."
LONG, ROWS = "castor_long", "castor_rows"


@dataclass(frozen=True)
class _Field:
    """One field of the structure: its id and name, Castor's type, and the form that it is in."""

    id: str
    name: str
    kind: str
    form: tuple[str, str]


def is_of_api(members: Sequence[Member]) -> bool:
    """Return whether the tables are answers of the API."""
    return {member.name for member in members} == set(NAMES)


def read_answers(con: duckdb.DuckDBPyConnection, path: Path, members: Sequence[Member]) -> Castor:
    """Return the study that the ZIP at `path` holds, in temporary tables of the connection.

    Raises DeliveryRejected if the answers do not belong together or one of them is only a part.
    """
    by_name = {member.name: member.path for member in members}
    try:
        groups = read_option_groups(by_name[name].read_text("utf-8") for name in (STRUCTURE, OPTIONS))
    except RegistryError:  # a study without option groups
        groups = OptionGroups()
    fields = _fields(con, by_name[STRUCTURE])
    unique = f"{abs(hash(str(path))):x}"
    long, rows = f"{LONG}_{unique}", f"{ROWS}_{unique}"
    _make_long(con, long, by_name[DATA])
    _check_long(con, long, fields)
    _make_rows(con, rows, long, by_name, fields)
    header, cells, forms = _columns(fields, groups)
    listed = ", ".join(f"{cell} AS c{i}" for i, cell in enumerate(cells))
    relation = (
        f"(SELECT r.row_line, {listed} FROM {rows} AS r LEFT JOIN "  # noqa: S608 (own names)
        f"(SELECT row_line, map_from_entries(list((field, value))) AS m FROM {long} GROUP BY 1) AS l USING (row_line))"
    )
    row = con.execute(f"SELECT count(*) FROM {rows}").fetchone()  # noqa: S608
    remark = "Read from answers of Castor's API."
    source = Source(header, relation, "row_line", int(row[0]) if row else 0, remark=remark)
    return Castor(source, path.name, groups, forms)


def _fields(con: duckdb.DuckDBPyConnection, path: Path) -> list[_Field]:
    rows = _table(con, path, ("Field ID", "Field Variable Name", "Field Type", "Form Type", "Form Collection Name"))
    fields = [
        _Field(one, name or "", (kind or "").lower(), (form, title or "")) for one, name, kind, form, title in rows
    ]
    named = [plain(one.name) for one in fields if one.name]
    if len(set(named)) < len(named):
        raise DeliveryRejected("The structure has two fields of one name, though Castor's are unique.", PULL_AGAIN)
    return fields


def _table(con: duckdb.DuckDBPyConnection, path: Path, titles: Sequence[str]) -> list[tuple]:
    """Return the columns with these titles of a table."""
    source = _opened(path)
    return con.execute(f"SELECT {', '.join(_cells(source, titles))} FROM {source.relation}").fetchall()  # noqa: S608


def _opened(path: Path) -> Source:
    try:
        return open_csv(path, Reading(delimiter=";"))
    except DeliveryRejected as rejection:
        raise DeliveryRejected(f"{rejection.message} This concerns {path.name}.", PULL_AGAIN) from None


def _cells(source: Source, titles: Sequence[str]) -> list[str]:
    file = FileColumns(source.header)
    return [f"nullif(trim(c{file.place(title)}), '')" for title in titles]


def _make_long(con: duckdb.DuckDBPyConnection, long: str, path: Path) -> None:
    """Make the table of all values: kind, record, instance, field, value, custom, and row_line of their row."""
    source = _opened(path)
    titles = ("Form Type", "Record ID", "Form Instance ID", "Field ID", "Value", "Form Instance Name")
    kind, record, instance, field, value, custom = _cells(source, titles)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {long} AS "  # noqa: S608 (own names)
        f"SELECT *, first_value(line) OVER (PARTITION BY kind, record, instance ORDER BY line) AS row_line FROM ("
        f"SELECT {source.line} AS line, {kind} AS kind, {record} AS record, "
        f"CASE WHEN {kind} = '{STUDY_TYPE}' THEN '' ELSE {instance} END AS instance, "
        f"{field} AS field, {value} AS value, {custom} AS custom FROM {source.relation})"
    )
    row = con.execute(f"SELECT count(*) FROM {long}").fetchone()  # noqa: S608
    source.check_count(int(row[0]) if row else 0)


def _check_long(con: duckdb.DuckDBPyConnection, long: str, fields: Sequence[_Field]) -> None:
    """Raise DeliveryRejected if a value has no place, a field no name in the structure, or one field two values."""
    types = ", ".join(sql_text(one) for one in (STUDY_TYPE, REPORT_TYPE, SURVEY_TYPE))
    known = ", ".join(sql_text(one.id) for one in fields) or "''"
    row = con.execute(
        f"SELECT count(*) FILTER (record IS NULL OR kind IS NULL OR kind NOT IN ({types}) OR instance IS NULL), "  # noqa: S608
        f"count(*) FILTER (field IS NOT NULL AND field NOT IN ({known})) FROM {long}"
    ).fetchone()
    if row and row[0]:
        raise DeliveryRejected(f"{row[0]:,} values are of no participant or form.", PULL_AGAIN)
    if row and row[1]:
        raise DeliveryRejected(f"{row[1]:,} values are of fields that the structure does not have.", PULL_AGAIN)
    row = con.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM {long} WHERE field IS NOT NULL "  # noqa: S608
        "GROUP BY row_line, field HAVING count(*) > 1)"
    ).fetchone()
    if row and row[0]:
        raise DeliveryRejected(f"{row[0]:,} fields have two values in one row.", PULL_AGAIN)


def _make_rows(
    con: duckdb.DuckDBPyConnection, rows: str, long: str, by_name: Mapping[str, Path], fields: Sequence[_Field]
) -> None:
    """Make the table of rows: row_line, kind, form, record, site, custom, parent; one, too, of those without values."""
    of_field = ", ".join(f"({sql_text(one.id)}, {sql_text(one.form[1])})" for one in fields) or "('', '')"
    participants, instances = _opened(by_name[PARTICIPANTS]), _opened(by_name[INSTANCES])
    person, site = _cells(participants, PARTICIPANT_TITLES)
    instance, report, parent = _cells(instances, INSTANCE_TITLES)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {rows} AS WITH "  # noqa: S608 (own names)
        f"of_field(field, form) AS (VALUES {of_field}), "
        f"people AS (SELECT {person} AS record, any_value({site}) AS site FROM {participants.relation} GROUP BY 1), "
        f"instances AS (SELECT {instance} AS instance, any_value({report}) AS report, any_value({parent}) AS parent "
        f"FROM {instances.relation} GROUP BY 1), "
        f"found AS (SELECT row_line, any_value(kind) AS kind, any_value(record) AS record, "
        f"any_value(instance) AS instance, any_value(form) AS form, any_value(custom) AS custom "
        f"FROM {long} LEFT JOIN of_field USING (field) GROUP BY 1) "
        f"SELECT row_line, kind, CASE WHEN kind = '{STUDY_TYPE}' THEN '{STUDY_TYPE}' "
        f"ELSE coalesce(form, report, custom) END AS form, f.record, site, custom, parent "
        f"FROM found AS f LEFT JOIN people AS p ON p.record = f.record LEFT JOIN instances USING (instance) "
        f"UNION ALL SELECT (SELECT coalesce(max(line), 0) FROM {long}) + row_number() OVER (ORDER BY record), "
        f"'{STUDY_TYPE}', '{STUDY_TYPE}', record, site, NULL, NULL FROM people WHERE record IS NOT NULL "
        f"AND record NOT IN (SELECT record FROM found WHERE kind = '{STUDY_TYPE}')"
    )


def _columns(fields: Sequence[_Field], groups: OptionGroups) -> tuple[list[str], list[str], dict[int, tuple[str, str]]]:
    """Return names, SQL and forms of the columns; a checkbox has one for each of its options, 0 or 1."""
    header = [FORM_TYPE, FORM_NAME, RECORD, SITE, CUSTOM, PARENT]
    cells = ["r.kind", "r.form", "r.record", "r.site", "r.custom", "r.parent"]
    forms: dict[int, tuple[str, str]] = {}
    for one in fields:
        if not one.name:
            continue
        value = f"l.m[{sql_text(one.id)}]"
        columns = {one.name: value}
        if one.kind == "checkbox":
            options = groups.options.get(plain(one.name), {})
            columns = {f"{one.name}{CHECKBOX}{label}": _is_checked(value, code) for code, label in options.items()}
        for name, cell in columns.items():
            forms[len(header)] = one.form
            header.append(name)
            cells.append(cell)
    return header, cells, forms


def _is_checked(value: str, code: str) -> str:
    """Return SQL for 1 or 0, whether the option is among the values of a checkbox; a mark of missing stays as it is."""
    return (
        f"CASE WHEN {value} IS NULL THEN NULL WHEN {value}[1] IN ('#', 'M') THEN {value} "
        f"WHEN list_contains(string_split({value}, ';'), {sql_text(code)}) THEN '1' ELSE '0' END"
    )
