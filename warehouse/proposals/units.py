"""Finds the unit in a column's name: Durchmesser (cm), size [mm], time_s."""

import re
from typing import NamedTuple

SPELLINGS = {
    "cm": "cm", "厘米": "cm",
    "mm": "mm", "毫米": "mm",
    "s": "s", "sec": "s", "sek": "s", "seconds": "s", "sekunden": "s", "secondes": "s", "秒": "s",
    "min": "min", "mins": "min", "minutes": "min", "minuten": "min", "minutos": "min", "minuti": "min", "分钟": "min",
    "ug/l": "ug/l", "µg/l": "ug/l", "μg/l": "ug/l", "mcg/l": "ug/l",
    "ng/ml": "ng/ml",
    "%": "percent", "percent": "percent", "prozent": "percent",
    "w": "w", "watt": "w", "watts": "w", "瓦": "w",
    "months": "months", "monate": "months", "mois": "months", "meses": "months", "mesi": "months", "maanden": "months",
    "mo": "months", "月": "months",
    "jahre": "years", "years": "years", "ans": "years", "inch": "inch", "in": "inch", "h": "h", "kw": "kw", "m": "m",
}  # fmt: skip
"""How units are written -> the unit as site.toml names it; those that it cannot name are recognised to be asked."""
OWN = {"w": "power_w", "months": "dfi_months"}
"""Units that are the column's own though site.toml does not know them."""
BRACKETED = re.compile(r"[\[(（【]\s*(?:(?:in|en)\s+)?([^\])）】]{1,10}?)\s*[\])）】]")
TRAILING = re.compile(r"(?:[\s_,/.-]+(?:in\s+|en\s+)?)(cm|mm|sec|sek|min|ng/ml|[uµμ]g/l|%|s)\.?$", re.IGNORECASE)
GLUED = re.compile(r"(厘米|毫米|分钟|%)$")


class NameAndUnit(NamedTuple):
    """A column's name without its unit, and the unit, None if it names none."""

    name: str
    unit: str | None


def split(name: str) -> NameAndUnit:
    """Return a column's name and its unit.

    >>> split("Durchmesser (cm)"), split("Ablationsrand_mm"), split("Segment")
    (NameAndUnit(name='Durchmesser', unit='cm'), NameAndUnit(name='Ablationsrand', unit='mm'), \
NameAndUnit(name='Segment', unit=None))
    """
    for found in BRACKETED.finditer(name):
        if unit := SPELLINGS.get(found[1].strip().lower()):
            return NameAndUnit(f"{name[: found.start()].rstrip()} {name[found.end() :].lstrip()}".strip(), unit)
    for pattern in (TRAILING, GLUED):
        if (found_at := pattern.search(name)) and found_at.start():
            return NameAndUnit(name[: found_at.start()], SPELLINGS.get(found_at[1].lower()))
    return NameAndUnit(name, None)
