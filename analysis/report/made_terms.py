"""Says in words what a formula's made columns are: 'RAS mutant × margin, mm', 'spline of age, bend 1'."""

from __future__ import annotations

import re

from analysis.report import labels, variable_names

_CROSSING = re.compile(r":(?![^\[]*\])")
"""A colon outside of brackets: one within them belongs to the name of a class."""
_CLASS = re.compile(r"(?:C\()?(?P<column>\w+)\)?\[T\.(?P<level>.*)\]")
_SPLINE = re.compile(r"rcs\((?P<column>\w+), .*\)\[(?:(?P<line>linear)|curve (?P<bend>\d+))\]")
CROSSED = " \u00d7 "


def is_made(term: str) -> bool:
    """Return whether formulaic made the term, so that it is no column or term by itself."""
    return any(sign in term for sign in "[:(")


def words(term: str) -> str:
    """Return a made term in words; arithmetic stays as the formula has it.

    >>> words("ras[T.mutant]:rcs(minimal_margin_mm, [2, 5, 10])[curve 1]"), words("I(max_diameter_mm / 5)")
    ('RAS mutant × spline of smallest margin, bend 1', 'I(max_diameter_mm / 5)')
    """
    said = CROSSED.join(_part(part) for part in _CROSSING.split(term))
    return said[:1].upper() + said[1:] if said[1:2].islower() and _SPLINE.match(term) else said


def _part(part: str) -> str:
    if found := _CLASS.fullmatch(part):
        return labels.group(found["column"], found["level"])
    if found := _SPLINE.fullmatch(part):
        of = f"spline of {labels.grouping(found['column'])}"
        return f"{of}, straight part" if found["line"] else f"{of}, bend {found['bend']}"
    if part.isidentifier():
        unit = variable_names.named(part).unit if variable_names.is_known(part) else ""
        return f"{labels.grouping(part)}, {unit}" if unit else labels.grouping(part)
    return part
