"""Words that stand for "there is none" where an identifier should be; a patient is never called so.

What belongs here: the words, and what an identifier or a text cannot be. What does not: where the words are compared
(warehouse/readers/identifiers.py). Sources: what pandas, R, SQL, spreadsheets, TCGA and GDC files write for a missing
value.
"""

import re

import polars as pl

from schemas.export import Column, if_filled

MISSING_WORDS = (
    *("nan", "-nan", "na", "n/a", "n.a.", "n. a.", "<na>", "nat", "none", "null", "nil", "(null)", r"\n", "undefined"),
    *("-1.#ind", "1.#ind", "-1.#qnan", "1.#qnan", "(blank)", "(leer)", "blank", "missing", "[missing]"),
    *("not available", "[not available]", "not applicable", "[not applicable]", "[not evaluated]", "not known"),
    *("unknown", "[unknown]", "[discrepancy]", "unbekannt", "inconnu", "onbekend", "ukendt", "okänd", "desconocido"),
    *("k.a.", "k. a.", "k.a", "keine angabe", "o.a.", "o. a.", "ohne angabe", "not reported", "[not reported]"),
    *("leer", "empty", "(empty)", "[empty]", "vide", "(vide)", "vuoto", "leeg", "n.a", "n/d", "n.d.", "n/k", "unk"),
    *("-", "--", "---", "'--", "–", "—", ".", "..", "...", "?", "??", "???"),
)
"""In lower case; compared trimmed and without regard to case."""
FAILED_LOOKUP = ("#n/a", "#na", "#n/a n/a", "#nv", "#n/d", "#nd", "#n/b", "#i/t", "#saknas!", "#puuttuu!")
"""A lookup that found nothing. A required identifier is empty then; an optional one cannot be read (TYPE-01), since an
exam whose lesion was not found is not an exam outside the lesions."""
FAILED_FORMULAS = (
    *("#ref!", "#div/0!", "#value!", "#name?", "#num!", "#null!", "#getting_data", "#spill!", "#calc!", "#field!"),
    *("#blocked!", "#connect!", "#unknown!", "#busy!", "#python!", "#external!", "#formula!"),
)
"""What a spreadsheet shows for a formula that failed; #formula! is ours, for one whose value nobody has stored."""
FAILED_ELSEWHERE = r"#[¡¿\p{Lu}][\p{Lu}/0]*[!?]|Err:\d{3}|#{2,}"
"""The same in another language (#BEZUG!, #¡VALOR!), in LibreOffice (Err:502), and a column too narrow to show a number
(####)."""
_FAILED_WORDS = "(?i:" + "|".join(re.escape(word) for word in (*FAILED_LOOKUP, *FAILED_FORMULAS)) + ")"
_FAILED = f"^(?:{_FAILED_WORDS}|{FAILED_ELSEWHERE})$"

CONTROL = "\\x{0}-\\x{1f}\\x{7f}-\\x{9f}\\x{2028}\\x{2029}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}\\x{fffd}"
"""Characters that no identifier holds, as a regular expression's class: controls, line and paragraph separators, what
turns the direction of writing, and the mark of a character that was lost."""
ROUNDED_NUMBER = r"^\d(?:\.\d+)?[eE]\+\d{2,3}$"
"""An identifier that a spreadsheet has rounded, such as 1.23457E+11: nobody knows which it was."""

TRUTH = r"^(?i:true|false|yes|no|wahr|falsch|vrai|faux|verdadero|falso)$"
"""A truth value, such as NDJSON's true: a tick box stands where the identifier should."""
NESTED = r"""^(?:\{["'}]|\[["'\d{\]])"""
"""An object or a list of JSON, or of a nested Parquet column: several values, or none, and no identifier."""


def is_a_value(column: Column) -> pl.Expr:
    """True where the cell is empty or a text that can be meant; of an identifier, one that names somebody."""
    no_value = _FAILED if column.kind == "text" else f"{_FAILED}|[{CONTROL}]|{ROUNDED_NUMBER}|{TRUTH}|{NESTED}"
    return if_filled(column.name, ~pl.col(column.name).str.contains(no_value))
