"""What columns are called on a page, with their units, and how a recipe's terms read: 'Diameter, per 5 mm'."""

from __future__ import annotations

import re
from typing import NamedTuple

VARIABLES = {
    "age_at_ablation_years": "Age at first ablation, years",
    "birth_year": "Year of birth",
    "ablation_year": "Year of first ablation",
    "sex": "Sex",
    "primary_site": "Primary tumour",
    "node_positive_primary": "Node-positive primary",
    "clm_timing": "Timing of liver metastases",
    "dfi_months": "Disease-free interval, months",
    "cea_ng_ml": "CEA, ng/mL",
    "n_clm_total": "Liver metastases, number",
    "n_lesions": "Lesions ablated, number",
    "n_sessions": "Sessions, number",
    "extrahepatic_disease": "Extrahepatic disease",
    "prior_hepatectomy": "Prior hepatectomy",
    "prior_chemotherapy": "Prior chemotherapy",
    "ecog": "ECOG performance status",
    "max_diameter_mm": "Largest diameter, mm",
    "diameter_ge_30": "Largest diameter",
    "minimal_margin_mm": "Smallest margin, mm",
    "n_lesions_with_margin": "Lesions with a known margin, number",
    "segment": "Segment",
    "modality": "Modality",
    "approach": "Approach",
    "subcapsular": "Subcapsular",
    "perivascular": "Perivascular",
    "kras": "KRAS",
    "nras": "NRAS",
    "braf": "BRAF",
    "ras": "RAS",
    "ras_extended": "RAS, extended testing",
    "braf_class": "BRAF class",
    "site": "Site",
    "ltp": "LTP",
    "is_evaluable": "Evaluable for LTP",
    "is_residual": "Residual tumour",
    "vital_status": "Vital status",
    "has_lesions_set_aside": "Lesions set aside",
}
"""Column -> its name and, after a comma, its unit or what is counted."""
DATES = {
    "first_ablation_date": "first ablation",
    "adequate_date": "first exam without viable tumour",
    "last_negative_date": "last exam without viable tumour",
    "ltp_date": "LTP",
    "last_followup_date": "last imaging follow-up",
    "last_contact_date": "last contact",
    "death_date": "death",
}
"""Column of dates -> the event that it dates, from which time may run."""
FOLDS = {"2": "doubling", "10": "tenfold increase"}
ONE = {"years": "year", "months": "month"}
_TERM = re.compile(r"log(?P<base>[\d.]+)\((?P<logged>\w+)\)|(?P<column>\w+?)(?: per (?P<per>[\d.]+)| in classes)?")
_MENTION = re.compile(r"log[\d.]+\(\w+\)|\b\w+ per \d[\d.]*|\b\w+ in classes\b|\b\w+\b")


class Named(NamedTuple):
    """A column's name for the page, and its unit; '' without one."""

    name: str
    unit: str = ""

    @property
    def whole(self) -> str:
        """Return name and unit in one: 'CEA, ng/mL'."""
        return f"{self.name}, {self.unit}" if self.unit else self.name


def column_of(term: str) -> str:
    """Return the column that a recipe's term is made from.

    >>> column_of("max_diameter_mm per 5"), column_of("log2(cea_ng_ml)"), column_of("kras")
    ('max_diameter_mm', 'cea_ng_ml', 'kras')
    """
    found = _TERM.fullmatch(term)
    return (found["logged"] or found["column"]) if found else term


def is_known(term: str) -> bool:
    """Return whether the page has a name for the term's column."""
    return column_of(term) in VARIABLES


def named(term: str) -> Named:
    """Return the name and unit of a term's column; the column itself in plain words if it has no name."""
    column = column_of(term)
    words = VARIABLES.get(column) or column.replace("_", " ").capitalize()
    name, _, unit = words.partition(", ")
    if unit in ("number", "extended testing") or not unit:
        return Named(words if unit == "extended testing" else name)
    return Named(name, unit)


def term_words(term: str) -> str:
    """Return a numeric term of a model in words.

    >>> term_words("max_diameter_mm per 5"), term_words("log2(cea_ng_ml)"), term_words("n_lesions")
    ('Largest diameter, per 5 mm', 'CEA, per doubling', 'Lesions ablated, per unit')
    """
    found = _TERM.fullmatch(term)
    name, unit = named(term)
    if found and found["base"]:
        return f"{name}, per {FOLDS.get(found['base'], found['base'] + '-fold increase')}"
    if found and found["per"]:
        return f"{name}, per {found['per']} {unit}".rstrip()
    return f"{name}, per {ONE.get(unit, unit) or 'unit'}"


def class_words(term: str, stratum: str) -> str:
    """Return a class of a term with the column's unit: '20 to < 30 mm'; other strata as they are."""
    unit = named(term).unit
    return f"{stratum} {unit}" if unit and re.match(r"(<|>=)? ?-?\d", stratum) else stratum


def in_words(text: str) -> str:
    """Return a text with the columns and terms that it mentions in words.

    >>> in_words("left out for missing values (cea_ng_ml 5)")
    'left out for missing values (CEA 5)'
    """

    def said(found: re.Match[str]) -> str:
        is_code = "_" in found[0] or " " in found[0] or "(" in found[0]
        return named(found[0]).name if is_code and is_known(found[0]) else found[0]

    return _MENTION.sub(said, text)
