"""Asks once what a delivery has, so that only that is made of it."""

from dataclasses import dataclass, replace

import duckdb

from warehouse.sources.fhir.codes import DISEASE_STATUS, GENOTYPES, OWN_ROW
from warehouse.sources.fhir.sql import has_code


@dataclass(frozen=True)
class Present:
    """Whether there are resources of a type, observations of a kind, and extensions of our own."""

    patients: bool
    procedures: bool
    specimens: bool
    body_structures: bool
    genotypes: bool
    exams: bool
    own: bool
    treatments: bool


def is_own_row() -> str:
    """Return SQL, true or false: the observation is one of our own of a state that is no gene."""
    return f"coalesce(list_contains(list_transform(code.coding, lambda c: c.system), '{OWN_ROW}'), false)"


def present_in(con: duckdb.DuckDBPyConnection, table: str) -> Present:
    """Return what the table of resources has."""
    is_exam = f"resource = 'Observation' AND {has_code('codes', DISEASE_STATUS)}"
    is_genotype = f"resource = 'Observation' AND {has_code('codes', GENOTYPES)}"
    row = con.execute(
        "SELECT bool_or(resource = 'Patient'), bool_or(resource = 'Procedure'), bool_or(resource = 'Specimen'), "  # noqa: S608
        f"bool_or(resource = 'BodyStructure'), bool_or({is_genotype}), bool_or({is_exam}), "
        f"bool_or(own IS NOT NULL AND cardinality(own) > 0) FROM {table}"
    ).fetchone()
    patients, procedures, specimens, lesions, genotypes, exams, own = (bool(one) for one in row or (False,) * 7)
    found = Present(patients, procedures, specimens, lesions, genotypes, exams, own, treatments=False)
    if not own:
        return found
    asked = f"SELECT bool_or(own['treatments:treatment_id'] IS NOT NULL), bool_or({is_own_row()}) FROM {table}"  # noqa: S608
    has_treatments, has_own_rows = con.execute(asked).fetchone() or (False, False)
    return replace(found, treatments=bool(has_treatments), genotypes=genotypes or bool(has_own_rows))
