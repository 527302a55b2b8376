"""Makes SQL of the lines of a type of resource.

Rows are sorted with the number of their subject, and of what their columns of codes hold, and get the texts of both
after it: there are few of them, and what is sorted stays narrow.
"""

from __future__ import annotations

import duckdb

from interchange.fhir.json_sql import in_words
from interchange.fhir.resource import Resource
from warehouse.storage.sql_files import sql_text

LINE_END = "\n"


def make_words(con: duckdb.DuckDBPyConnection, one: Resource) -> None:
    """Make the table of what the resource's repeated columns hold, with the parts of lines that they decide."""
    _, parts = in_words(one.template, one.repeated, LINE_END)
    if parts:
        words = ", ".join(f"{part} AS words_{number}" for number, part in enumerate(parts))
        columns = ", ".join(f"t.{name}" for name in one.repeated)
        con.execute(f"""
            CREATE TABLE {_words(one)} AS SELECT row_number() OVER ()::INTEGER AS words, *, {words}
            FROM (SELECT DISTINCT {columns} FROM {one.rows} t) t
        """)  # noqa: S608 (own names)


def select_lines(one: Resource, site: str) -> str:
    """Return a SELECT of the lines of a site, in their order: read it in one thread, with joins as they are written."""
    line, parts = in_words(one.template, one.repeated, LINE_END)
    again = f"JOIN {_words(one)} w ON {_same(one)}" if parts else ""
    if one.order:
        rows, again = _sorted(one, site, bool(parts)), f"JOIN {_words(one)} w ON w.words = t.words" if parts else ""
        return f"SELECT {line} FROM ({rows}) t JOIN {_subjects(one)} s ON s.subject = t.subject {again}"  # noqa: S608
    return f"SELECT {line} FROM {one.rows} {again} WHERE s.site = {sql_text(site)}"  # noqa: S608 (own names)


def _sorted(one: Resource, site: str, has_words: bool) -> str:
    """Return a SELECT of a site's rows in their order, with the numbers of their subjects, and of words."""
    of_lesion = "AND s.lesion_id IS NOT DISTINCT FROM t.lesion_id" if one.of_lesion else ""
    words = f"JOIN {_words(one)} w ON {_same(one)}" if has_words else ""
    return f"""
        SELECT t.*, s.subject {", w.words" if has_words else ""} FROM {one.rows} t
        JOIN {_subjects(one)} s ON s.patient_id = t.patient_id {of_lesion} {words}
        WHERE t.site = {sql_text(site)} AND s.site = {sql_text(site)}
        ORDER BY {", ".join(f"{name} NULLS FIRST" for name in one.order)}
    """  # noqa: S608 (own names)


def _same(one: Resource) -> str:
    return " AND ".join(f"w.{name} IS NOT DISTINCT FROM t.{name}" for name in one.repeated)


def _subjects(one: Resource) -> str:
    return "fhir.lesions" if one.of_lesion else "fhir.people"


def _words(one: Resource) -> str:
    """Return the name of the resource's table of words."""
    return "fhir." + "".join(letter if letter.isalpha() else "_" for letter in f"{one.kind}_{one.rows}").lower()
