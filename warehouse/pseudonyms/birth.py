"""Keeps of a date of birth its year, and of whoever is above 89 years of age the youngest such year."""

import re
from datetime import date

from warehouse.pseudonyms import scan
from warehouse.readers.numbers import NUMBER
from warehouse.storage.sql_files import sql_text

OLDEST_TOLD = 89
"""Years of age above which years of birth are one class, as of the extract date (45 CFR 164.514(b)(2)(i)(C))."""
EARLIEST_YEAR = 1900
YEAR = "(?:^|[^0-9])((?:18|19|20)[0-9]{2})(?:[^0-9]|$)"


def birth_year_sql(extract: date) -> str:
    """Return SQL of the year of birth in `cell`, of a date too; of those above 89 years of age the youngest year."""
    number = f"regexp_full_match(cell, {sql_text(NUMBER)})"
    year = (
        f"CASE WHEN {number} THEN TRY_CAST(cell AS DOUBLE) "
        f"ELSE TRY_CAST(regexp_extract(cell, '{YEAR}', 1) AS DOUBLE) END"
    )
    oldest = extract.year - OLDEST_TOLD - 1
    return (
        f"CASE WHEN {year} BETWEEN {EARLIEST_YEAR} AND {oldest} THEN '{oldest}' "
        f"WHEN {number} THEN cell ELSE coalesce(CAST(CAST({year} AS INTEGER) AS VARCHAR), '{scan.A_DATE}') END"
    )


def birth_year(cell: str, extract: date) -> str:
    """Return the same of one cell."""
    is_number, found = re.fullmatch(NUMBER, cell) is not None, re.search(YEAR, cell)
    year = float(cell) if is_number else float(found[1]) if found else None
    oldest = extract.year - OLDEST_TOLD - 1
    if year is not None and EARLIEST_YEAR <= year <= oldest:
        return str(oldest)
    if is_number:
        return cell
    return scan.A_DATE if year is None else str(int(year))
