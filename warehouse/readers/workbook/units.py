"""Units that a canonical column carries in its name: a cell that shows them means the number alone."""

YEAR = "year"
UNITS = {
    **{"_mm": "mm", "_percent": "%", "_ng_ml": "ng/ml", "_w": "w", "_min": "min", "_months": "months"},
    "_year": YEAR,  # a date that is shown as its year alone
}
"""How a column's name ends -> its unit, in lower case as a cell's format may show it."""


def unit_of(column: str) -> str:
    """The unit of a column by its name, trimmed and without regard to case; '' for none."""
    name = column.strip().lower()
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")
