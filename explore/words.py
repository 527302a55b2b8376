"""The page's words for columns and values of the cohort views."""

from analysis.report import labels
from schemas.cohort_names import of_view

YES_NO = {"true": "Yes", "false": "No"}
TECHNIQUES = {"rfa": "Radiofrequency", "mwa": "Microwave"}
NO_VALUE = "No value"
"""How a missing value is called, as opposed to the code `unknown`, which a site wrote."""
DIAMETER_CLASSES = {"true": "30 mm or more", "false": "Under 30 mm"}


def column(name: str, view: str = "") -> str:
    """Return a column's name as a person says it, with its unit."""
    return of_view(name, view).whole


def value(column_name: str, code: str | None) -> str:
    """Return a value's name: a code in words, true and false as yes and no, a missing value as such."""
    if code is None:
        return NO_VALUE
    if column_name == "diameter_ge_30" and code in DIAMETER_CLASSES:
        return DIAMETER_CLASSES[code]
    if column_name in ("reason", "site"):
        return code
    if column_name == "braf_class":
        return code.replace("_", " ")
    return YES_NO.get(code) or TECHNIQUES.get(code) or labels.stratum(column_name, code)


def counted(number: int, noun: str) -> str:
    """Return '1 patient', '1,200 patients'.

    >>> counted(1, "patient"), counted(1200, "lesion")
    ('1 patient', '1,200 lesions')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
