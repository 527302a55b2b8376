"""Asks once what a delivery has, so that only that is made of it."""

from dataclasses import dataclass, replace

import duckdb


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


def present_in(con: duckdb.DuckDBPyConnection, table: str) -> Present:
    """Return what the table of resources has."""
    row = con.execute(
        "SELECT bool_or(resource = 'Patient'), bool_or(resource = 'Procedure'), bool_or(resource = 'Specimen'), "  # noqa: S608
        "bool_or(resource = 'BodyStructure'), bool_or(is_genotype), bool_or(is_exam), "
        f"bool_or(own IS NOT NULL AND cardinality(own) > 0) FROM {table}"
    ).fetchone()
    patients, procedures, specimens, lesions, genotypes, exams, own = (bool(one) for one in row or (False,) * 7)
    found = Present(patients, procedures, specimens, lesions, genotypes, exams, own, treatments=False)
    if not own:
        return found
    asked = f"SELECT bool_or(own['treatments:treatment_id'] IS NOT NULL), bool_or(is_own_row) FROM {table}"  # noqa: S608
    has_treatments, has_own_rows = con.execute(asked).fetchone() or (False, False)
    return replace(found, treatments=bool(has_treatments), genotypes=genotypes or bool(has_own_rows))
