"""Identifiers as text, by one rule for every format.

What belongs here: the SQL of an identifier from a cell, and of whether it can be one. What does not: what follows
(TYPE-01, REQ-01). A number's identifier is the whole number: 101.0 is 101, whoever wrote the point; words for missing
are empty. Whatever else stands there, leading zeros and case included, stays as it is.
"""

from schemas.export import Column, Export
from schemas.missing import CONTROL, FAILED_FORMULAS, FAILED_LOOKUP, LONGEST_WORD, MISSING_WORDS, ROUNDED_NUMBER
from warehouse.readers.source import sql_text

WHOLE_NUMBER = r"^(0|[1-9]\d*)\.0+$"


def identifier(cell: str, is_required: bool) -> str:
    """SQL of the identifier in a trimmed cell; null where it holds a word for missing.

    The tests before the costly ones are true of few cells.
    """
    words = _listed((*MISSING_WORDS, *FAILED_LOOKUP) if is_required else MISSING_WORDS)
    return (
        f"CASE WHEN length({cell}) <= {LONGEST_WORD} AND lower({cell}) IN ({words}) THEN NULL "
        f"ELSE {whole_number(cell)} END"
    )


def whole_number(cell: str) -> str:
    """SQL of a cell, without the point where it is a whole number: 101.0 is 101, 0.50 and 007.0 stay."""
    return (
        f"CASE WHEN suffix({cell}, '0') AND regexp_matches({cell}, '{WHOLE_NUMBER}') THEN split_part({cell}, '.', 1) "
        f"ELSE {cell} END"
    )


def cell_of(export: Export, name: str, cell: str) -> str:
    """SQL of a trimmed cell as the raw tables hold it: identifiers by the rule above, others as they are."""
    column = export.column(name)
    return identifier(cell, column.required) if column.kind == "identifier" else cell


def typed_text(column: Column) -> str:
    """SQL of an identifier or free text; null where it cannot be one, which TYPE-01 says."""
    name = column.name
    failed = f"{name}[1] = '#' AND lower({name}) IN ({_listed((*FAILED_LOOKUP, *FAILED_FORMULAS))})"
    if column.kind == "text":
        return f"CASE WHEN {failed} THEN NULL ELSE {name} END"
    return (
        f"CASE WHEN {failed} OR regexp_matches({name}, '[{CONTROL}]') OR regexp_full_match({name}, '{ROUNDED_NUMBER}') "
        f"THEN NULL ELSE {name} END"
    )


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(sql_text(word) for word in words)
