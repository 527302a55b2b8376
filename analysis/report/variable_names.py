"""Says how a recipe's terms read, 'Largest diameter, per 5 mm', and puts columns within a text into words."""

from __future__ import annotations

import re

from schemas.cohort_names import EVENTS, NAMES, Name

FOLDS = {"2": "doubling", "10": "tenfold increase"}
ONE = {"years": "year", "months": "month"}
_TERM = re.compile(r"log(?P<base>[\d.]+)\((?P<logged>\w+)\)|(?P<column>\w+?)(?: per (?P<per>[\d.]+)| in classes)?")
_MENTION = re.compile(r"log[\d.]+\(\w+\)|\b\w+ per \d[\d.]*|\b\w+ in classes\b|\b\w+\b")


def column_of(term: str) -> str:
    """Return the column that a recipe's term is made from.

    >>> column_of("max_diameter_mm per 5"), column_of("log2(cea_ng_ml)"), column_of("kras")
    ('max_diameter_mm', 'cea_ng_ml', 'kras')
    """
    found = _TERM.fullmatch(term)
    return (found["logged"] or found["column"]) if found else term


def is_known(term: str) -> bool:
    """Return whether the page has a name for the term's column."""
    return column_of(term) in NAMES


def named(term: str) -> Name:
    """Return the name and unit of a term's column; the column itself in plain words if it has no name."""
    column = column_of(term)
    return NAMES.get(column) or Name(column.replace("_", " ").capitalize())


def term_words(term: str) -> str:
    """Return a numeric term of a model in words.

    >>> term_words("max_diameter_mm per 5"), term_words("log2(cea_ng_ml)"), term_words("n_lesions")
    ('Largest diameter, per 5 mm', 'CEA, per doubling', 'Lesions ablated, per unit')
    """
    found = _TERM.fullmatch(term)
    name, unit, _ = named(term)
    if found and found["base"]:
        return f"{name}, per {FOLDS.get(found['base'], found['base'] + '-fold increase')}"
    if found and found["per"]:
        return f"{name}, per {found['per']} {unit}".rstrip()
    return f"{name}, per {ONE.get(unit, unit) or 'unit'}"


def covariate_words(term: str) -> str:
    """Return a term of a model in words, without saying per what a plain column enters.

    >>> covariate_words("kras"), covariate_words("max_diameter_mm per 5"), covariate_words("max_diameter_mm in classes")
    ('KRAS', 'largest diameter per 5 mm', 'largest diameter in classes')
    """
    name = named(term).name
    if term == column_of(term):
        said = name
    elif term.endswith(" in classes"):
        said = f"{name} in classes"
    else:
        said = term_words(term).replace(", per", " per")
    return said[:1].lower() + said[1:] if said[1:2].islower() else said


def outcome_words(column: str) -> str:
    """Return what a column known only after the ablation tells.

    >>> outcome_words("ltp"), outcome_words("death_date")
    ('LTP', 'date of death')
    """
    if column in EVENTS:
        return f"date of {EVENTS[column]}"
    return named(column).name if column in NAMES else column.replace("_", " ")


def class_words(term: str, stratum: str) -> str:
    """Return a class of a term with the column's unit: '20 to < 30 mm'; other strata as they are."""
    unit = named(term).unit
    return f"{stratum} {unit}" if unit and re.match(r"(<|>=)? ?-?\d", stratum) else stratum


def in_words(text: str) -> str:
    """Return a text with the columns and terms that it mentions in words.

    >>> in_words("left out for missing values (cea_ng_ml 5); time from ltp_date")
    'left out for missing values (CEA 5); time from LTP'
    """

    def said(found: re.Match[str]) -> str:
        if found[0] in EVENTS:
            return EVENTS[found[0]]
        is_code = "_" in found[0] or " " in found[0] or "(" in found[0]
        return named(found[0]).name if is_code and is_known(found[0]) else found[0]

    return _MENTION.sub(said, text)
