"""Converts raw cells to their column's type, with one SQL expression per kind of column.

A cell that does not parse becomes null and is marked; schemas/contract.py decides what it sets aside.
"""

from schemas.codes import ROMAN_SEGMENT
from schemas.contract import UNPARSED_SUFFIX
from schemas.export import Column, Export
from warehouse.readers.identifiers import gene_cell, whole_number
from warehouse.readers.numbers import NUMBER
from warehouse.storage.sql_files import sql_text


def typed_cell(column: Column) -> str:
    """Return SQL of the typed cell: null if it does not parse or is empty, unless the column has a default."""
    name = column.name
    if column.kind == "date":
        return (
            f"CASE WHEN length({name}) = 10 AND {name}[5] = '-' AND {name}[8] = '-' AND {name} >= '0001-01-01' "
            f"THEN TRY_CAST({name} AS DATE) END"
        )
    if column.kind == "number":
        return f"CASE WHEN regexp_full_match({name}, {sql_text(NUMBER)}) THEN TRY_CAST({name} AS DOUBLE) END"
    if column.kind == "integer":
        return (
            f"CASE WHEN regexp_full_match({name}, {sql_text(NUMBER)}) "
            f"AND TRY_CAST({name} AS DOUBLE) = floor(TRY_CAST({name} AS DOUBLE)) "
            f"THEN TRY_CAST(TRY_CAST({name} AS DOUBLE) AS INTEGER) END"
        )
    if column.kind == "flag":
        return f"coalesce(lower({name}), 'unknown')"
    if name == "segment":
        return _segment(name)
    if column.kind == "code":
        is_numeric = any(code.isdecimal() for code in column.codes)
        code = f"lower({whole_number(name)})" if is_numeric else f"lower({name})"
        return f"coalesce({code}, {sql_text(column.default)})" if column.default else code
    return gene_cell(name) if name == "gene" else name


def _segment(name: str) -> str:
    romans = " ".join(f"WHEN {sql_text(roman)} THEN {sql_text(code)}" for roman, code in ROMAN_SEGMENT.items())
    return f"CASE lower({name}) {romans} ELSE lower({whole_number(name)}) END"


def typed_select(export: Export) -> str:
    """Return the SELECT list of the typed columns and their marks, from raw columns of the same names."""
    typed = [f"{typed_cell(c)} AS {c.name}" for c in export.columns]
    marks = [
        f"({c.name} IS NOT NULL AND {typed_cell(c)} IS NULL) AS {c.name}{UNPARSED_SUFFIX}"
        for c in export.columns
        if c.is_parsed
    ]
    return ", ".join(typed + marks)
