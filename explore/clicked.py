"""Finds the click behind a condition: an opened recipe that the page wrote can be clicked on."""

import re

from explore.attributes import LinkRefused, of_view
from explore.picks import Pick, Written
from warehouse.cohorts.criteria import LESIONS, PATIENTS

TEXT = r"'(?:[^']|'')*'"
LITERAL = rf"(?:DATE )?{TEXT}|-?[\d.]+(?:e[-+]?\d+)?"
NAMED = re.compile(r"(?:NOT )?(\w+)")
EQUAL = re.compile(rf"(\w+) (?:= ({LITERAL})|IN \(((?:{LITERAL})(?:, (?:{LITERAL}))*)\))")
LIMIT = re.compile(rf"(\w+) (>=|<=|<) ({LITERAL})")
EVERY = re.compile(LITERAL)


def clicked(written: Written) -> Pick | Written:
    """Return the pick that says exactly the same, name and condition; else the condition as it is."""
    views = (LESIONS,) if written.over == LESIONS else (PATIENTS, LESIONS)
    named = NAMED.match(written.where.lstrip("("))
    if named is None:
        return written
    for view in views:
        if named[1] not in {attribute.name for attribute in of_view(view)}:
            continue
        pick = _read(view, named[1], written)
        if pick is not None and (pick.criterion.where, pick.criterion.over) == (written.where, written.over):
            return pick if pick.name == written.name else written
    return written


def _read(view: str, column: str, written: Written) -> Pick | None:
    """Return the pick that the condition's parts are of; None if it has other parts."""
    values: list[str] = []
    low = high = ""
    is_missing = False
    for part in written.where.split(" OR "):
        part = part.removeprefix("(").removesuffix(")") if part.startswith("(") else part
        if part == f"{column} IS NULL":
            is_missing = True
        elif part in (column, f"NOT {column}", f"{column} IS NOT NULL"):
            values += {column: ["true"], f"NOT {column}": ["false"]}.get(part, ["true", "false"])
        elif found := EQUAL.fullmatch(part):
            values += [_value(one) for one in EVERY.findall(found[2] or found[3])]
        else:
            for limit in part.split(" AND "):
                found = LIMIT.fullmatch(limit)
                if found is None:
                    return None
                low, high = (_value(found[3]), high) if found[2] == ">=" else (low, _value(found[3]))
    try:
        pick = Pick(view, column, tuple(values), low, high, is_missing, written.is_kept)
        return pick if pick.name else None
    except LinkRefused:
        return None


def _value(literal: str) -> str:
    text = literal.removeprefix("DATE ")
    return text[1:-1].replace("''", "'") if text.startswith("'") else text
