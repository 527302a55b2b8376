"""Lists words that mean "missing" where an identifier should be, and texts that cannot be an identifier or a value.

warehouse/readers/identifiers.py compares cells with the words. Sources: what pandas, R, SQL, spreadsheets, TCGA and
GDC files write for a missing value.
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
"""Written in lower case; cells are compared trimmed and without regard to case."""
FAILED_LOOKUP = ("#n/a", "#na", "#n/a n/a", "#nv", "#n/d", "#nd", "#n/b", "#i/t", "#saknas!", "#puuttuu!")
"""A lookup that found nothing. A required identifier then counts as empty; an optional one as unreadable (TYPE-01),
since an exam whose lesion was not found is not an exam outside the lesions."""
FAILED_FORMULAS = (
    *("#ref!", "#div/0!", "#value!", "#name?", "#num!", "#null!", "#getting_data", "#spill!", "#calc!", "#field!"),
    *("#blocked!", "#connect!", "#unknown!", "#busy!", "#python!", "#external!", "#formula!"),
)
"""What a spreadsheet shows for a formula that failed; #formula! is ours, for a formula whose value was not stored."""
FAILED_ELSEWHERE = r"#[¡¿\p{Lu}][\p{Lu}/0]*[!?]|Err:\d{3}|#{2,}"
"""The same in other languages (#BEZUG!, #¡VALOR!) and in LibreOffice (Err:502), and what a column shows that is too
narrow for its number (####)."""
_FAILED_WORDS = "(?i:" + "|".join(re.escape(word) for word in (*FAILED_LOOKUP, *FAILED_FORMULAS)) + ")"
_FAILED = f"^(?:{_FAILED_WORDS}|{FAILED_ELSEWHERE})$"

CONTROL = "\\x{0}-\\x{1f}\\x{7f}-\\x{9f}\\x{2028}\\x{2029}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}\\x{fffd}"
"""Characters that no identifier contains, as a regular expression's class: controls, line and paragraph separators,
characters that change the writing direction, and the replacement character."""
ROUNDED_NUMBER = r"^\d(?:\.\d+)?[eE]\+\d{2,3}$"
"""An identifier that a spreadsheet has rounded, such as 1.23457E+11: the original cannot be recovered."""

TRUTH = r"^(?i:true|false|yes|no|wahr|falsch|vrai|faux|verdadero|falso)$"
"""A truth value, such as NDJSON's true: a tick box where the identifier should be."""
NESTED = r"""^(?:\{["'}]|\[["'\d{\]])"""
"""A JSON object or list, or a nested Parquet value: it holds several values or none, and is not an identifier."""


def is_a_value(column: Column) -> pl.Expr:
    """Return an expression that is true where the cell is empty, or a text that can be a value of this column."""
    no_value = _FAILED if column.kind == "text" else f"{_FAILED}|[{CONTROL}]|{ROUNDED_NUMBER}|{TRUTH}|{NESTED}"
    return if_filled(column.name, ~pl.col(column.name).str.contains(no_value))
