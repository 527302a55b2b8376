"""Makes the elements that several resources have: codes, references, identifiers, extensions of our own.

What mCODE has no element for stands in extensions `urn:ablation-registry:<export>:<column>`, and the registry's own
codes beside those of SNOMED CT and LOINC, so that the export loads again as it was (docs/sources/fhir.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from interchange.fhir.json_sql import Behind, Filled, Key, Number, Plain, Text, Whole, code_of
from interchange.fhir.subjects import id_sql
from schemas.exports import EXPORTS
from warehouse.storage.sql_files import sql_text

OWN = "urn:ablation-registry:"
LOINC, SCT, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
HGNC, HGVS = "http://www.genenames.org", "http://varnomen.hgvs.org"
TERMS = "http://terminology.hl7.org/CodeSystem"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition"
ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
VALUES = {
    "identifier": ("valueString", Text),
    "text": ("valueString", Text),
    "code": ("valueCode", Text),
    "flag": ("valueCode", Text),
    "date": ("valueDate", Plain),
    "integer": ("valueInteger", Number),
    "number": ("valueDecimal", Number),
}
"""Kind of a column -> the element of an extension that holds it, and how its cell is written."""


def coding(system: str, code: str, display: str = "") -> dict[str, str]:
    """Return a coding."""
    return {"system": system, "code": code} | ({"display": display} if display else {})


def concept(*codings: Any, text: str = "") -> dict[str, Any]:
    """Return a CodeableConcept."""
    return ({"coding": list(codings)} if codings else {}) | ({"text": text} if text else {})


def own_coding(export: str, column: str) -> Whole:
    """Return the coding of a column in our own code system of it."""
    return Whole(system=f"{OWN}{column}", code=code_of(f"t.{column}", EXPORTS[export].column(column).codes))


def looked_up(cell: str, table: Mapping[str, str]) -> str:
    """Return SQL of what the table has for a cell, null if it has nothing."""
    whens = " ".join(f"WHEN {sql_text(key)} THEN {sql_text(value)}" for key, value in table.items())
    return f"CASE {cell} {whens} END"


def identifier(column: str, cell: str) -> dict[str, Any]:
    """Return the identifier of a resource that a column names."""
    return {"system": f"{OWN}{column}", "value": Key(cell)}


def id_of(*parts: str) -> Filled:
    """Return SQL of the id of one of a patient's resources, by what its key has beside the patient."""
    return Filled(id_sql("s.key", *parts))


def reference(kind: str, identity: str) -> Whole:
    """Return a reference to the resource of an id (SQL)."""
    return Whole(reference=Behind(f"{kind}/", identity))


def extensions(export: str, columns: Iterable[str], has: frozenset[str]) -> list[Whole]:
    """Return extensions of our own for those columns of an export that the release has."""
    found = []
    for name in columns:
        column = EXPORTS[export].column(name)
        value, kind = VALUES[column.stored_as or column.kind]
        if kind is Text and column.codes:
            cell: Any = code_of(f"t.{name}", column.codes)
        else:
            cell = (Key if name in EXPORTS[export].required_key else kind)(_cell(name, kind))
        if name in has:
            found.append(Whole({"url": f"{OWN}{export}:{name}", value: cell}))
    return found


def coded(export: str, among: frozenset[str]) -> list[str]:
    """Return the columns of codes among those named: many rows hold the same in them."""
    return [column.name for column in EXPORTS[export].columns if column.codes and column.name in among]


def _cell(name: str, kind: type) -> str:
    return f"t.{name}" if kind is Number else f"t.{name}::VARCHAR"


def meta(profile: str, release_id: str) -> dict[str, Any]:
    """Return what says which profile of mCODE a resource follows, and which release it is of."""
    own = {"source": f"{OWN}release:{release_id}"}
    return own | ({"profile": [f"{MCODE}/{profile}"]} if profile else {})
