"""Lists the units in canonical column names: a cell that shows its column's unit means the number alone."""

YEAR = "year"
UNITS = {
    **{"_mm": "mm", "_percent": "%", "_ng_ml": "ng/ml", "_w": "w", "_min": "min", "_months": "months"},
    "_year": YEAR,  # a date that is shown as its year alone
}
"""Ending of a column's name -> its unit, in lower case, as a cell's format may show it."""


def unit_of(column: str) -> str:
    """Return the unit of a column by its name, trimmed and without regard to case; '' if it has none."""
    name = column.strip().lower()
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")
