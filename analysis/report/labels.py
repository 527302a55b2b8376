"""The page's words for codes in the tables: endpoints, levels, groupings, strata, model terms."""

from __future__ import annotations

import re
from typing import Any

from analysis.report import variable_names
from analysis.report.numbers import text

ENDPOINTS = {
    "LTP": "Local tumour progression (LTP)",
    "TTLTP": "Time to LTP, death competing",
    "LTPFS": "LTP-free survival (LTP or death)",
    "LTPFS_STUDY": "LTP-free time as in the index study (deaths censored)",
    "IHPFS": "Intrahepatic progression-free survival",
    "A_LTPFS": "Assisted local control, death competing",
    "TT_NEWLIVER": "Time to a new liver lesion, death competing",
    "TTP": "Time to progression, death competing",
    "DDFS": "Distant disease-free survival",
    "PFS": "Progression-free survival",
    "OS": "Overall survival",
    "CSS": "Cancer-specific survival, other deaths competing",
    "STFI": "Time to systemic therapy, death competing",
    "TTUP": "Time to untreatable progression, death competing",
    "DFS": "Disease-free survival of patients rendered disease-free",
}
LEVELS = {"patient": "per patient", "lesion": "per lesion"}
GROUPINGS = {
    "overall": "all",
    "kras": "KRAS",
    "nras": "NRAS",
    "braf": "BRAF",
    "ras": "RAS",
    "ras_extended": "RAS, extended testing",
    "braf_class": "BRAF class",
    "diameter_ge_30": "largest diameter",
    "max_diameter_mm": "largest diameter, mm",
    "margin_class": "margin",
    "margin_below_5": "margin",
    "ras_by_margin": "RAS and margin",
    "sector": "sector of the liver",
    "site": "site",
}
STRATA = {
    "overall": "All",
    "": "All",
    "wild_type": "Wild-type",
    "mutant": "Mutant",
    "true": "Yes",
    "false": "No",
    "unknown": "Unknown",
    "nan": "Unknown",
    "None": "Unknown",
}
SPECIAL_STRATA = {
    ("diameter_ge_30", "true"): "≥\u00a030\u00a0mm",
    ("diameter_ge_30", "false"): "<\u00a030\u00a0mm",
    ("margin_below_5", "true"): "<\u00a05\u00a0mm",
    ("margin_below_5", "false"): "\u2265\u00a05\u00a0mm",
    ("margin_class", "< 0"): "Uncovered (<\u00a00\u00a0mm)",
    ("ras_by_margin", "wild_type below_5"): "Wild-type, <\u00a05\u00a0mm",
    ("ras_by_margin", "wild_type at_least_5"): "Wild-type, \u2265\u00a05\u00a0mm",
    ("ras_by_margin", "mutant below_5"): "Mutant, <\u00a05\u00a0mm",
    ("ras_by_margin", "mutant at_least_5"): "Mutant, \u2265\u00a05\u00a0mm",
    ("modality", "rfa"): "RFA",
    ("modality", "mwa"): "MWA",
    ("msi", "msi_high"): "MSI-high",
    ("msi", "msi_low"): "MSI-low",
    ("msi", "mss"): "Stable (MSS)",
    ("overall", "all"): "All",
    ("mutation", "none"): "No mutation",
    ("mutation", "kras"): "KRAS alone",
    ("mutation", "nras"): "NRAS alone",
    ("mutation", "braf"): "BRAF alone",
    ("mutation", "several"): "Several genes",
}
IMPLIED_REFERENCES = frozenset({("mutant", "wild_type"), ("true", "false"), ("yes", "no")})
"""Pairs in which it is obvious what the first is compared with; other terms name their reference."""
TERMS = {
    "diameter_ge_30": "Diameter",
    "mutation": "Mutation",
    "margin_class": "Margin",
    "margin_below_5": "Margin",
    "max_diameter_mm per 10": "Diameter, per 10 mm",
    "zone_short_mm per 10": "Short axis of the ablation zone, per 10 mm",
    "margin_below_5 in ras wild_type": "Margin < 5 mm, RAS wild-type",
    "margin_below_5 in ras mutant": "Margin < 5 mm, RAS mutant",
    "margin_below_5 x ras": "Ratio of these two (interaction)",
}
GENES = frozenset({"kras", "nras", "braf", "ras"})
COHORTS = {"all": "all patients", "ras_wild_type": "RAS wild-type only"}


def endpoint(code: Any) -> str:
    """Return an endpoint's name, with its event."""
    return ENDPOINTS.get(text(code), text(code))


def level(code: Any) -> str:
    """Return 'per patient' or 'per lesion'."""
    return LEVELS.get(text(code), text(code))


def grouping(code: Any) -> str:
    """Return a grouping's name for use inside a sentence."""
    word = text(code)
    if word in GROUPINGS or not variable_names.is_known(word):
        return GROUPINGS.get(word, word.replace("_", " "))
    return _lower(variable_names.named(word).name)


def stratum(grouping_code: Any, code: Any) -> str:
    """Return a stratum's name for a table or beside a curve, capitalised."""
    word = text(code)
    special = SPECIAL_STRATA.get((text(grouping_code), word.lower()))
    if special:
        return special
    if word in STRATA:
        return STRATA[word]
    plain = variable_names.class_words(text(grouping_code), word.replace("_", " ")).replace(">=", "\u2265")
    return plain[:1].upper() + plain[1:]


def cohort_label(code: Any) -> str:
    """Return a cohort's name for use inside a sentence."""
    return COHORTS.get(text(code), text(code).replace("_", " "))


def term(code: Any, term_level: Any = None, reference: Any = None) -> str:
    """A model term: 'KRAS mutant', 'Diameter ≥ 30 mm', 'Primary site: rectum (versus left colon)', 'CEA,
    per unit'.
    """
    word, shown, against = text(code), text(term_level), text(reference)
    if not shown:
        known = variable_names.term_words(word) if variable_names.is_known(word) else word.replace("_", " ")
        return TERMS.get(word, known)
    subject = TERMS.get(word, grouping(word))
    subject = subject[:1].upper() + subject[1:]
    if (shown, against) in IMPLIED_REFERENCES:
        return f"{subject} {_lower(stratum(word, shown))}"
    name = f"{subject}: {_lower(stratum(word, shown))}"
    return f"{name} (versus {_lower(stratum(word, against))})" if against else name


def _lower(word: str) -> str:
    return word[:1].lower() + word[1:] if word[1:2].islower() else word


def group(grouping_code: Any, stratum_code: Any) -> str:
    """Return grouping and stratum in one: 'All', 'KRAS mutant', 'Diameter ≥ 30 mm', 'Site: north'."""
    name = stratum(grouping_code, stratum_code)
    word = text(grouping_code)
    if word in ("", "overall"):
        return name
    subject = TERMS.get(word, grouping(word))
    subject = subject[:1].upper() + subject[1:]
    is_plain = word in GENES or word in TERMS
    return f"{subject} {_lower(name)}" if is_plain else f"{subject}: {_lower(name)}"


def remark(note: Any) -> str:
    """Return a note of the tables in plain words: 'with nras mutant' becomes 'with NRAS mutant'."""
    words = text(note).replace("see cumulative_incidence", "see the cumulative incidence")
    for (code, value), name in SPECIAL_STRATA.items():
        words = words.replace(f"{code} {value}", f"{grouping(code)} {name}")
    words = words.replace("wild_type", "wild-type").replace("LTPFS_STUDY", "LTP-free time (deaths censored)")
    for code in sorted(GROUPINGS, key=len, reverse=True):
        if code != "overall":
            words = re.sub(rf"\b{code}\b(?! per | in classes)", GROUPINGS[code], words)
    return variable_names.in_words(words)
