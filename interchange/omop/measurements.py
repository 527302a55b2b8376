"""Writes measurement.csv, and makes note: each column of a clean row that has no place of its own in OMOP is a
measurement, which modifies the row's event.

There are ten times as many measurements as events, so the rows of an event become lines of CSV in one pass over its
table. Ids follow from the number of the row and the place of the column, so that nothing has to be sorted; where a cell
is empty its id is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from interchange.omop.columns import COLUMNS
from interchange.omop.csv_lines import Constant, cell, line_of
from interchange.omop.events import MEASUREMENT, PROCEDURE
from interchange.text_lines import write_lines
from schemas.export import Column
from schemas.exports import EXPORTS
from warehouse.sources.sql_presets.terms import KNOWN_IDS, REGISTRY, own_terms
from warehouse.storage.sql_files import sql_text

CONDITION = KNOWN_IDS["field.condition_occurrence"]
LONGEST = 50
UNITS: Mapping[str, str] = {
    "_mm": "mm",
    "_ng_ml": "ng/mL",
    "_months": "mo",
    "_w": "W",
    "_min": "min",
    "_percent": "%",
}
"""How a column's name ends -> its unit in UCUM."""
STATUS, OF_LESION = "lesion_status", "distance_to_zone_mm"
"""Columns of imaging that are of a lesion, not of the exam."""
FREE = ("text", "identifier")
"""Kinds of columns whose cells may hold anything."""
TESTED = "genotypes"
"""The term of a genotype's result, whose source value is the gene."""


@dataclass(frozen=True)
class Measured:
    """Columns of an export that are measurements, and the rows that they are of, in the order of their numbers.

    `number` counts the rows from 1 and `day` dates them. `event` is the id of what the measurements modify, in OMOP's
    `field`. `is_always`: they are there even where the cell is empty, since others modify them.
    """

    export: str
    rows: str
    number: str
    day: str
    columns: Sequence[str]
    event: str
    field: int
    is_always: bool = False


def write_measurements(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Write the measurements and make the table omop.note of texts that OMOP cannot hold; return how many there are."""
    con.execute(
        "CREATE TABLE omop.note (note_event_id BIGINT, person_id BIGINT, day DATE, term VARCHAR, value VARCHAR)"
    )
    columns = COLUMNS["measurement"]
    n, before = 0, 0
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(columns) + "\n")
        for one in _measured():
            write_lines(con, _lines(one, before), file, "")
            filled = "count(*)" if one.is_always else " + ".join(f"count({name})" for name in one.columns)
            row = con.execute(f"SELECT count(*), {filled} FROM {one.rows}").fetchone()  # noqa: S608 (own names)
            for place, column in enumerate(_of(one)):
                if column.kind in FREE:
                    _make_notes(con, one, column, f"{before} + ({one.number} - 1) * {len(one.columns)} + {place + 1}")
            n_rows, n_filled = row or (0, 0)
            n, before = n + n_filled, before + n_rows * len(one.columns)
    return n


def _measured() -> Iterator[Measured]:
    """Yield what is measured, in the order of ids: genotypes, then the status of each lesion at each exam."""
    sessions = ("omop.sessions", "procedure_id", "session_date")
    tests = ("omop.tests", "measurement_id", "day")
    statuses = ("omop.statuses", "status_no", "exam_date")
    exam = [name for name in _with_terms("imaging_followups") if name not in (STATUS, OF_LESION)]
    yield Measured(TESTED, *tests, ["result"], "NULL", 0, is_always=True)
    yield Measured("imaging_followups", *statuses, [STATUS], "procedure_id", PROCEDURE, is_always=True)
    yield Measured("patients", "omop.covariates", "person_id", "day", _with_terms("patients"), "person_id", CONDITION)
    yield Measured("rfa_sessions", *sessions, _with_terms("rfa_sessions"), "procedure_id", PROCEDURE)
    yield Measured("genotypes", *tests, _with_terms("genotypes"), "measurement_id", MEASUREMENT)
    yield Measured("imaging_followups", "omop.exams", "exam_no", "exam_date", exam, "procedure_id", PROCEDURE)
    yield Measured("imaging_followups", *statuses, [OF_LESION], "measurement_id", MEASUREMENT)
    treatments = ("omop.treatments", "treatment_no", "start_date")
    yield Measured("treatments", *treatments, _with_terms("treatments"), "procedure_id", PROCEDURE)


def _with_terms(export: str) -> list[str]:
    """Return the columns of an export that have a term of their own."""
    terms = _ids()
    return [column.name for column in EXPORTS[export].columns if f"{export}.{column.name}" in terms]


def _ids() -> dict[str, int]:
    return {term.term: term.concept_id for term in own_terms()}


def _of(one: Measured) -> list[Column]:
    return [EXPORTS[one.export].column(name) for name in one.columns]


def _lines(one: Measured, before: int) -> str:
    """Return SQL of the measurements of each row, as lines of CSV in one text; ids come after `before`."""
    first = f"{before} + ({one.number} - 1) * {len(one.columns)}"
    found = []
    for place, column in enumerate(_of(one), start=1):
        line = line_of(COLUMNS["measurement"], _cells(one, column, place))
        found.append(line if one.is_always else f"CASE WHEN {column.name} IS NOT NULL THEN {line} END")
    row = f"*, {first} AS before_id, person_id::VARCHAR AS person, {one.day}::VARCHAR AS of_day"
    rows = f"SELECT {row}, ({one.event})::VARCHAR AS of_event FROM {one.rows} ORDER BY {one.number}"  # noqa: S608
    return f"SELECT concat({', '.join(found)}) FROM ({rows})"  # noqa: S608 (own names)


def _cells(one: Measured, column: Column, place: int) -> dict[str, str]:
    """Return the cells of a column's measurement."""
    ids, named = _ids(), f"{one.export}.{column.name}"
    is_result = one.export == TESTED and one.is_always
    term = TESTED if is_result else named
    found = {
        "measurement_id": f"before_id + {place}",
        "person_id": "person",
        "measurement_concept_id": Constant(ids[term]),
        "measurement_date": "of_day",
        "measurement_type_concept_id": Constant(REGISTRY),
        "measurement_source_value": cell("gene") if is_result else Constant(term),
        "measurement_source_concept_id": Constant(ids[term]),
        "measurement_event_id": "of_event",
        "meas_event_field_concept_id": Constant(one.field or ""),
    }
    if column.kind in ("number", "integer"):
        unit = next((unit for end, unit in UNITS.items() if column.name.endswith(end)), "")
        number = {"value_as_number": f"{column.name}::DOUBLE", "unit_concept_id": Constant(0)}
        return found | number | {"unit_source_value": Constant(unit)}
    coded = {term.removeprefix(f"{named}="): concept for term, concept in ids.items() if term.startswith(f"{named}=")}
    if coded:
        whens = " ".join(f"WHEN {sql_text(code)} THEN '{concept}'" for code, concept in coded.items())
        found["value_as_concept_id"] = f"CASE {column.name} {whens} END"
    is_free = column.kind in FREE
    return found | {"value_source_value": cell(f"left({column.name}, {LONGEST})") if is_free else column.name}


def _make_notes(con: duckdb.DuckDBPyConnection, one: Measured, column: Column, number: str) -> None:
    """Put the column's texts that are longer than OMOP holds into omop.note, each with its measurement's id."""
    con.execute(
        f"INSERT INTO omop.note SELECT {number}, person_id, {one.day}, {sql_text(f'{one.export}.{column.name}')}, "  # noqa: S608
        f"{column.name} FROM {one.rows} WHERE length({column.name}) > {LONGEST}"
    )
