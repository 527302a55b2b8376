"""Makes the SQL of what FHIR's data types say: codes, quantities and dates, as texts of cells."""

from collections.abc import Iterable, Mapping

from warehouse.sources.cell_steps import converted
from warehouse.sources.fhir.codes import OWN
from warehouse.storage.sql_files import sql_text

UCUM = "http://unitsofmeasure.org"
NO_UNIT = "no UCUM unit"
"""Stands beside a number whose unit is not known, so that it is no number: the rules set such a cell aside."""


def case_of(code: str, table: Mapping[str, str]) -> str:
    """Return SQL of what a code means; null if the table does not know it."""
    codes, meanings = (", ".join(map(sql_text, listed)) for listed in (table, table.values()))
    return f"[{meanings}][list_position([{codes}], {code})]"


def codes_of(codings: str) -> str:
    """Return SQL of the codes of a CodeableConcept's codings."""
    return f"list_transform({codings}, lambda c: c.code)"


def looked_up(coding: str, table: Mapping[str, str]) -> str:
    """Return SQL of what the first code of a list of codings means that the table knows; null if it knows none.

    Most lists have one or two, for which no list is walked through.
    """
    first, second = case_of(f"{coding}[1].code", table), case_of(f"{coding}[2].code", table)
    walked = f"list_filter(list_transform({coding}, lambda c: {case_of('c.code', table)}), lambda c: c IS NOT NULL)[1]"
    return f"CASE WHEN len({coding}) > 2 THEN {walked} ELSE coalesce({first}, {second}) END"


def own_code(codings: str, column: str) -> str:
    """Return SQL of the code that codings have in our own code system of a column."""
    system = f"{OWN}{column}"
    return (
        f"CASE WHEN len({codings}) = 1 THEN CASE WHEN {codings}[1].system = '{system}' THEN {codings}[1].code END "
        f"WHEN len({codings}) > 1 THEN list_filter({codings}, lambda c: c.system = '{system}')[1].code END"
    )


def has_code(codings: str, wanted: Iterable[str]) -> str:
    """Return SQL, true or false: the code of one of the codings is among those wanted; most have one coding."""
    listed = ", ".join(map(sql_text, wanted))
    return (
        f"CASE WHEN len({codings}) = 1 THEN coalesce(list_contains([{listed}], {codings}[1].code), false) "
        f"WHEN len({codings}) > 1 THEN coalesce(list_has_any({codes_of(codings)}, [{listed}]), false) ELSE false END"
    )


def component(code: str) -> str:
    """Return SQL of the first component with a code."""
    is_first = f"component[1].code.coding[1].code = {sql_text(code)}"
    return f"CASE WHEN {is_first} THEN component[1] ELSE {components(code)}[1] END"


def components(code: str) -> str:
    """Return SQL of the components with a code."""
    return f"list_filter(component, lambda x: coalesce({is_component(code)}, false))"


def is_component(code: str) -> str:
    """Return SQL, true or false: the component x has a code."""
    is_first = f"x.code.coding[1].code = {sql_text(code)}"
    return f"{is_first} OR (len(x.code.coding) > 1 AND list_contains({codes_of('x.code.coding')}, {sql_text(code)}))"


def measured(quantity: str, units: Mapping[str, str]) -> str:
    """Return SQL of a quantity as the number in our unit; one without a known UCUM unit becomes no number."""
    value = f"{quantity}.value"
    whens = []
    for unit, factor in units.items():
        number = value if factor == "1" else converted(value, float(factor))
        whens.append(f"WHEN {quantity}.code = {sql_text(unit)} THEN {number}")
    return (
        f"CASE WHEN {quantity}.comparator IS NOT NULL THEN {quantity}.comparator || {value} "
        f"WHEN {quantity}.system <> '{UCUM}' THEN {value} || ' ({NO_UNIT})' "
        f"{' '.join(whens)} ELSE {value} || ' ({NO_UNIT})' END"
    )


def day(moment: str) -> str:
    """Return SQL of the local date of a dateTime, as it is written; a date without a day stays as it is."""
    return f"CASE WHEN contains({moment}, 'T') THEN ({moment})[:10] ELSE {moment} END"
