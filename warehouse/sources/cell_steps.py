"""Makes the SQL that turns a delivered cell into a canonical one: missing, labels, codes, decimal, unit, format.

Each step takes a column's name and returns SQL of the cell after it. A step that cannot be applied to a cell leaves it
as it is, so that the rules judge what was delivered.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from schemas.export import Column
from warehouse.readers.identifiers import whole_number
from warehouse.readers.numbers import NUMBER
from warehouse.sources.column_mapping import ColumnMapping
from warehouse.sources.units import UNIT_OF
from warehouse.storage.sql_files import sql_text

Step = Callable[[str], str]
NUMERIC = ("number", "integer")
ISO_DATE = r"\d{4}-\d{2}-\d{2}"
COMMA_NUMBER = r"[+-]?\d*,\d+"
POINTED = r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?"
POINTED_WITH_COMMA = r"[+-]?\d{1,3}(\.\d{3})+,\d+"
FIRST_YEAR = 1000
"""%Y also reads 21 as the year 21 (DuckDB 1.5.5), so a later format with %y would never be tried."""
EXACT = "DECIMAL(15, 6)"
FITS_EXACT = r"[+-]?\d{1,9}(\.\d{0,6})?"
"""Numbers that are multiplied to the last digit, in DuckDB's 64 bits: 128 bits take eight times as long."""


def steps(
    column: Column,
    mapping: ColumnMapping,
    missing: Iterable[str],
    labels: Mapping[str, str],
    decimal: str,
    is_typed: bool,
) -> list[Step | None]:
    """Return the steps of a canonical column in order, None where one has nothing to do.

    `is_typed`: the file's format marks numbers and dates as such itself.
    """
    missing = list(missing)
    factor = UNIT_OF[column.name][mapping.unit] if mapping.unit else 1
    return [
        partial(without_missing, words=missing) if missing else None,
        partial(recoded, codes=labels) if mapping.labels and labels else None,
        partial(recoded, codes=mapping.codes) if mapping.codes else None,
        partial(with_point, is_typed=is_typed) if decimal == "," and column.kind in NUMERIC else None,
        partial(converted, factor=factor) if factor != 1 else None,
        partial(iso_date, formats=mapping.format, is_typed=is_typed) if mapping.format else None,
    ]


def without_missing(cell: str, words: Iterable[str]) -> str:
    """Return SQL for a cell, null if it is one of those that mean: not known."""
    known = sorted({as_compared(word) for word in words})
    return f"CASE WHEN {compared(cell, known)} IN ({', '.join(map(sql_text, known))}) THEN NULL ELSE {cell} END"


def recoded(cell: str, codes: Mapping[str, str]) -> str:
    """Return SQL for a cell replaced by its code; one that has no code stays as it is."""
    by_text = {as_compared(code): meaning for code, meaning in codes.items()}
    whens = " ".join(f"WHEN {sql_text(code)} THEN {sql_text(meaning)}" for code, meaning in by_text.items())
    return f"CASE {compared(cell, by_text)} {whens} ELSE {cell} END"


def compared(cell: str, codes: Iterable[str]) -> str:
    """Return SQL for a cell as it is compared with these codes (as_compared): 1.0 as 1, without regard to case."""
    if any(code.isdecimal() for code in codes):
        cell = whole_number(cell)
    return f"lower({cell})" if any(code.upper() != code for code in codes) else cell


def as_compared(text: str) -> str:
    """Return a code of site.toml as cells are compared with it."""
    whole, point, rest = text.strip().partition(".")
    is_whole = bool(point) and whole.isdecimal() and rest.strip("0") == ""
    return (whole if is_whole else text.strip()).lower()


def with_point(cell: str, is_typed: bool) -> str:
    """Return SQL for a number with a decimal comma (1.234,5) as one with a decimal point (1234.5).

    Where the format marks numbers itself, 1.234 is a number with a point already.
    """
    pointed = POINTED_WITH_COMMA if is_typed else POINTED
    return (
        f"CASE WHEN regexp_full_match({cell}, {sql_text(COMMA_NUMBER)}) THEN replace({cell}, ',', '.') "
        f"WHEN regexp_full_match({cell}, {sql_text(pointed)}) THEN replace(replace({cell}, '.', ''), ',', '.') "
        f"ELSE {cell} END"
    )


def converted(cell: str, factor: float) -> str:
    """Return SQL for a number multiplied by the factor; 2.9 times 10 is 29, to the last digit."""
    exact, product = "", f"CAST(TRY_CAST({cell} AS DOUBLE) / {1 / factor:.0f} AS VARCHAR)"
    if factor > 1:
        product = f"CAST(TRY_CAST({cell} AS DOUBLE) * {factor:.0f} AS VARCHAR)"
        times = f"TRY_CAST({cell} AS {EXACT}) * CAST({factor:.0f} AS DECIMAL(3, 0))"
        exact = (
            f"WHEN regexp_full_match({cell}, {sql_text(FITS_EXACT)}) "
            f"THEN rtrim(rtrim(CAST({times} AS VARCHAR), '0'), '.') "
        )
    return f"CASE {exact}WHEN regexp_full_match({cell}, {sql_text(NUMBER)}) THEN {product} ELSE {cell} END"


def iso_date(cell: str, formats: Iterable[str], is_typed: bool) -> str:
    """Return SQL for a date written in one of the formats as an ISO date; the first format that fits decides."""
    tries = []
    for one in formats:
        parsed = f"try_strptime({cell}, {sql_text(one)})"
        tries.append(
            f"CASE WHEN {parsed} >= TIMESTAMP '{FIRST_YEAR}-01-01' THEN CAST(CAST({parsed} AS DATE) AS VARCHAR) END"
        )
    read = f"coalesce({', '.join(tries)}, {cell})"
    if not is_typed:
        return read
    return f"CASE WHEN regexp_full_match({cell}, {sql_text(ISO_DATE)}) THEN {cell} ELSE {read} END"
