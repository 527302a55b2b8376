"""Writes measurement.csv, and makes note: each column of a clean row that has no place of its own in OMOP is a
measurement, which modifies the row's event.

There are ten times as many measurements as events, so the rows of an event become lines of CSV in one pass over its
table, and what its lines share is put into words once. An id is the number of the row, and behind it the place of the
column in as many digits as places take, so that nothing has to be sorted; where a cell is empty its id is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from interchange.omop.columns import COLUMNS
from interchange.omop.csv_lines import Constant, cell, concat, pieces_of
from interchange.omop.events import MEASUREMENT, PROCEDURE
from interchange.text_lines import write_lines
from schemas.export import Column
from schemas.exports import EXPORTS
from warehouse.sources.sql_presets.terms import KNOWN_IDS, NO_STANDARD, REGISTRY, own_terms
from warehouse.storage.sql_files import sql_text

MEASUREMENTS = "measurement"
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
OF_PERSON, OF_VALUE, OF_EVENT = (COLUMNS[MEASUREMENTS][slice(*ends)] for ends in ((1, 8), (8, 21), (21, None)))
"""Columns behind the id that the lines of a row share, those of each, and those that say what they modify."""


@dataclass(frozen=True)
class Measured:
    """Columns of an export that are measurements, and the rows that they are of, in the order of their numbers.

    `number` counts the rows and `day` dates them. `event` is the id of what the measurements modify, in OMOP's
    `field`. `is_always`: they are there even where the cell is empty, since others modify them, and
    the number is their id.
    """

    export: str
    rows: str
    number: str
    day: str
    columns: Sequence[str]
    event: str
    field: int
    is_always: bool = False

    @property
    def digits(self) -> int:
        """Return how many digits of an id the place of the column takes."""
        return len(str(len(self.columns) - 1)) if len(self.columns) > 1 else 0


def write_measurements(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Write the measurements and make the table omop.note of texts that OMOP cannot hold; return how many there are."""
    con.execute(
        "CREATE TABLE omop.note (note_event_id BIGINT, person_id BIGINT, day DATE, term VARCHAR, value VARCHAR)"
    )
    n, before = 0, 0
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(COLUMNS[MEASUREMENTS]) + "\n")
        for one in _measured():
            step = 10**one.digits
            base = 0 if one.is_always else -(-before // step)
            write_lines(con, _lines(one, base), file, "")
            filled = "count(*)" if one.is_always else " + ".join(f"count({name})" for name in one.columns)
            last = f"coalesce(max({one.number}), 0)"
            row = con.execute(f"SELECT {last}, {filled} FROM {one.rows}").fetchone()  # noqa: S608 (own names)
            for place, column in enumerate(_of(one)):
                if column.kind in FREE:
                    _make_notes(con, one, column, f"({base} + {one.number}) * {step} + {place}")
            last_number, n_filled = row or (0, 0)
            n, before = n + n_filled, (base + last_number) * step + step - 1
    return n


def _measured() -> Iterator[Measured]:
    """Yield what is measured, in the order of ids: genotypes, then the status of each lesion at each exam."""
    sessions = ("omop.sessions", "procedure_id", "session_date")
    tests = ("omop.tests", "measurement_id", "day")
    statuses = ("omop.statuses", "measurement_id", "exam_date")
    exam = [name for name in _with_terms("imaging_followups") if name not in (STATUS, OF_LESION)]
    yield Measured(TESTED, *tests, ["result"], "NULL", 0, is_always=True)
    yield Measured("imaging_followups", *statuses, [STATUS], "procedure_id", PROCEDURE, is_always=True)
    yield Measured("patients", "omop.covariates", "person_id", "day", _with_terms("patients"), "person_id", CONDITION)
    yield Measured("rfa_sessions", *sessions, _with_terms("rfa_sessions"), "procedure_id", PROCEDURE)
    yield Measured("genotypes", *tests, _with_terms("genotypes"), "measurement_id", MEASUREMENT)
    yield Measured("imaging_followups", "omop.exams", "procedure_id", "exam_date", exam, "procedure_id", PROCEDURE)
    yield Measured("imaging_followups", *statuses, [OF_LESION], "measurement_id", MEASUREMENT)
    treatments = ("omop.treatments", "procedure_id", "start_date")
    yield Measured("treatments", *treatments, _with_terms("treatments"), "procedure_id", PROCEDURE)


def _with_terms(export: str) -> list[str]:
    """Return the columns of an export that have a term of their own."""
    terms = _ids()
    return [column.name for column in EXPORTS[export].columns if f"{export}.{column.name}" in terms]


def _ids() -> dict[str, int]:
    return {term.term: term.concept_id for term in own_terms()}


def _of(one: Measured) -> list[Column]:
    return [EXPORTS[one.export].column(name) for name in one.columns]


def _lines(one: Measured, base: int) -> str:
    """Return SQL of the measurements of each row, as lines of CSV in one text; rows are numbered after `base`."""
    person = {
        "person_id": "person_id",
        "measurement_concept_id": Constant(NO_STANDARD),
        "measurement_date": one.day,
        "measurement_type_concept_id": Constant(REGISTRY),
    }
    event = {"measurement_event_id": one.event, "meas_event_field_concept_id": Constant(one.field or "")}
    row, of_person = f"({base} + {one.number})", pieces_of(OF_PERSON, person, ",", ",")
    of_event = pieces_of(OF_EVENT, event, ",")
    if len(one.columns) == 1:
        (column,) = _of(one)
        only = "" if one.is_always else f" WHERE {column.name} IS NOT NULL"
        return f"SELECT {concat([row, *of_person, *_value(one, column), *of_event])} FROM {one.rows}{only}"  # noqa: S608
    found = []
    for place, column in enumerate(_of(one)):
        number = sql_text(f"{place:0{one.digits}}")
        line = concat(["row_id", number, "of_person", *_value(one, column), "of_event"])
        found.append(f"CASE WHEN {column.name} IS NOT NULL THEN {line} END")
    shared = f"{row}::VARCHAR AS row_id, {concat(of_person)} AS of_person, {concat(of_event)} AS of_event"
    return f"SELECT {concat(found)} FROM (SELECT *, {shared} FROM {one.rows})"  # noqa: S608 (own names)


def _value(one: Measured, column: Column) -> list[str]:
    """Return SQL of the pieces of what a column's measurement has of its own: one for each code, if it has codes."""
    ids, named = _ids(), f"{one.export}.{column.name}"
    is_result = one.export == TESTED and one.is_always
    cells = {
        "measurement_source_value": cell("gene") if is_result else Constant(column.name),
        "measurement_source_concept_id": Constant(ids[TESTED if is_result else named]),
    }
    if column.kind in ("number", "integer"):
        unit = next((unit for end, unit in UNITS.items() if column.name.endswith(end)), "")
        number = {"value_as_number": column.name, "unit_concept_id": Constant(0), "unit_source_value": Constant(unit)}
        return pieces_of(OF_VALUE, cells | number, after="")
    is_free = column.kind in FREE
    text = {"value_source_value": _short(column.name) if is_free else column.name}
    other = concat(pieces_of(OF_VALUE, cells | text, after=""))
    whens = ""
    for term, concept in ids.items():
        if term.startswith(f"{named}="):
            code = term.removeprefix(f"{named}=")
            coded = {"value_as_concept_id": Constant(concept), "value_source_value": Constant(code)}
            whens += f" WHEN {sql_text(code)} THEN {concat(pieces_of(OF_VALUE, cells | coded, after=''))}"
    return [f"CASE {column.name}{whens} ELSE {other} END"] if whens else pieces_of(OF_VALUE, cells | text, after="")


def _short(name: str) -> str:
    """Return SQL of a text's cell, cut to what OMOP holds; texts that surely fit, as nearly all do, are not cut."""
    return f"CASE WHEN strlen({name}) <= {LONGEST} THEN {cell(name)} ELSE {cell(f'left({name}, {LONGEST})')} END"


def _make_notes(con: duckdb.DuckDBPyConnection, one: Measured, column: Column, number: str) -> None:
    """Put the column's texts that are longer than OMOP holds into omop.note, each with its measurement's id."""
    con.execute(
        f"INSERT INTO omop.note SELECT {number}, person_id, {one.day}, {sql_text(f'{one.export}.{column.name}')}, "  # noqa: S608
        f"{column.name} FROM {one.rows} WHERE length({column.name}) > {LONGEST}"
    )
