"""Canaries of what an identifier may not be: a word for missing, a name, a rounded number, invisible characters.

The rules are TYPE-01, REQ-01, PHI-01 and ID-01; everywhere.py has the same rules for dates, numbers and free text.
"""

from schemas.canary import SOUND, Canary, RowRuleCanaries, Scope, bad, found, row, session

IDENTIFIERS = {
    "rfa_sessions": ("patient_id", "session_id", "lesion_id", "operator_id"),
    "patients": ("patient_id",),
    "genotypes": ("patient_id", "specimen_id", "gene"),
    "imaging_followups": ("patient_id", "exam_id", "lesion_id"),
    "treatments": ("patient_id", "treatment_id", "lesion_id"),
}
OPTIONAL: dict[tuple[str, str], dict[str, str]] = {
    ("imaging_followups", "lesion_id"): {"lesion_status": ""},
    ("rfa_sessions", "operator_id"): {},
    ("treatments", "lesion_id"): {},
}
"""Identifiers that may be empty, and the cells that are empty with them."""
SCOPES: dict[tuple[str, str], Scope] = {
    ("rfa_sessions", "operator_id"): "value",
    ("treatments", "lesion_id"): "value",
}
"""Identifiers that are no part of a key: what is wrong with them sets the value aside, not the row."""
FREE_TEXTS: dict[str, dict[str, Scope]] = {
    "rfa_sessions": {"guidance": "value", "margin_software": "value", "complication_grade": "value"},
    "genotypes": {"variant": "row", "assay": "value"},
    "treatments": {"regimen": "value"},
}

NO_IDENTIFIERS = (
    *("P\x071", "P\r1", "P\n1", "P\x7f1", "P\x851", "P\u20281", "P\u202e1", "P\u20661", "P\ufffd1"),
    *("1.23457E+11", "1E+05", "1.5e+12", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#FORMULA!"),
)
IN_EVERY_COLUMN = ("P\x071", "#REF!", "1.23457E+11")
MISSING = (
    *("nan", "NaN", "NA", "N/A", "NULL", "None", "NaT", "#N/A", "<NA>", "[Not Available]", "(null)", "k.A.", "Unknown"),
    *("-", "--", ".", "?", " nan "),
)
MISSING_EVERYWHERE = ("nan", "NA", "-")
WHOLE = ("101", "101.5", "007.0", "1E5", "0012", "P1.0", "12345678901234567890", "na1", "Nanna", "NA-1", "N.1", "#1")
NAMES_EVERYWHERE = ("Hans Exampleton", "EXAMPLETON HANS", "Li Na", "Pat. van der Exampleton, Jan", "Patient 王小明")
NAMES = (
    *NAMES_EVERYWHERE,
    *("exampleton_hans", "Exampleton, Hans", "Exampleton, H.", "Exampleton H.", "van der Exampleton, Jan"),
    *("O'Exampleton-Lee Anna", "Hans Exampleton 1950-03-04", "王小明"),
)
NO_NAMES_EVERYWHERE = ("SITE A", "Site North 12", "Patient 0012", "Patient Site North", "Pt AB CD", "201-301-0001")
NO_NAMES = (
    *NO_NAMES_EVERYWHERE,
    *("AB CD", "Baseline CT", "Exampleton", "PAT-000123", "101-001-0001", "101-101-1001", "101-01-0001", "999-12-3456"),
    *("Segment IV", "right lobe", "Liver Met"),
)
LESIONS = ("near cava", "Segment IV, Dorsal", "Dome, Lateral", "big one", "right lobe", "201-301-0001")
ALIKE = (
    *("P\u200b1", "P\u00ad1", "P\ufeff1", "P\u00a01", "P\u20031", "Mu\u0308-1", "\uff301", "\u0420P1", "\u0391B1"),
    *("P\u200d1", "P\ufe0f1"),
)
NOT_ALIKE = ("M\u00fc-1", "P 1", "\u041f1", "\u60a3\u80051", "P-1_a")


def _type() -> tuple[Canary, ...]:
    canaries: list[Canary] = []
    for export, columns in IDENTIFIERS.items():
        for column in columns:
            rule = RowRuleCanaries("TYPE-01", export, SCOPES.get((export, column), "row"))
            texts = NO_IDENTIFIERS if (export, column) == ("rfa_sessions", "patient_id") else IN_EVERY_COLUMN
            canaries += rule.bad(column, *({column: text} for text in texts))
            canaries += rule.good(column, {column: SOUND[export].get(column, "L-1")})
    canaries += RowRuleCanaries("TYPE-01", "imaging_followups", "row").bad("lesion_id", {"lesion_id": "#N/A"})
    for export, columns_of in FREE_TEXTS.items():
        for column, scope in columns_of.items():
            rule = RowRuleCanaries("TYPE-01", export, scope)
            canaries += rule.bad(column, {column: "#REF!"}, {column: "#FORMULA!"})
            canaries += rule.good(column, {column: ""}, {column: "1#REF"}, besides=("GEN-01-W",))
    canaries += RowRuleCanaries("TYPE-01", "rfa_sessions", "row").good(
        "patient_id", *({"patient_id": t} for t in WHOLE)
    )
    return tuple(canaries)


def _required() -> tuple[Canary, ...]:
    canaries: list[Canary] = []
    for export, columns in IDENTIFIERS.items():
        rule = RowRuleCanaries("REQ-01", export, "row")
        for column in columns:
            if (export, column) in OPTIONAL:
                empty = OPTIONAL[export, column]
                canaries += rule.good(column, *({column: text} | empty for text in MISSING_EVERYWHERE))
                continue
            texts = MISSING if (export, column) == ("rfa_sessions", "patient_id") else MISSING_EVERYWHERE
            canaries += rule.bad(column, *({column: text} for text in texts))
    return tuple(canaries)


def _names() -> tuple[Canary, ...]:
    canaries: list[Canary] = []
    for export, columns in IDENTIFIERS.items():
        for column in columns:
            rule = RowRuleCanaries("PHI-01", export, SCOPES.get((export, column), "row"))
            is_first = (export, column) == ("rfa_sessions", "patient_id")
            if column == "lesion_id":
                canaries += rule.bad(column, {column: "Exampleton, Hans"})
                canaries += rule.good(column, *({column: text} for text in LESIONS), besides=("ORPHAN-01",))
            elif column == "gene":
                canaries += rule.good(column, {column: "201-301-0001"}, besides=("GEN-01-W",))
            else:
                canaries += rule.bad(column, *({column: text} for text in (NAMES if is_first else NAMES_EVERYWHERE)))
                texts = NO_NAMES if is_first else NO_NAMES_EVERYWHERE
                canaries += rule.good(column, *({column: text} for text in texts), besides=("ORPHAN-01",))
    return tuple(canaries)


def _alike() -> tuple[Canary, ...]:
    canaries: list[Canary] = []
    for export, columns in IDENTIFIERS.items():
        rule = RowRuleCanaries("ID-01", export, "flag")
        for column in columns:
            is_first = (export, column) == ("rfa_sessions", "patient_id")
            parents = _parents(export, column, ALIKE[0])
            if parents:
                canaries.append(_flagged(export, column, ALIKE[0], parents))
            else:
                canaries += rule.bad(column, *({column: text} for text in (ALIKE if is_first else ALIKE[:1])))
            texts = NOT_ALIKE if is_first else (SOUND[export].get(column, "L-1"),)
            canaries += rule.good(column, *({column: text} for text in texts))
            if (export, column) in OPTIONAL:
                canaries += rule.good(column, {column: ""} | OPTIONAL[export, column])
    return tuple(canaries)


def _parents(export: str, column: str, text: str):
    """Return the sessions that a row of another export with this identifier needs in order not to be an orphan."""
    if export in ("genotypes", "imaging_followups", "treatments") and column in ("patient_id", "lesion_id"):
        return (session(**{column: text}), *(() if column == "patient_id" else (session(),)))
    return ()


def _flagged(export: str, column: str, text: str, parents) -> Canary:
    planted = row(export, **{column: text})
    marked = (planted, *(p for p in parents if p.cells[column] != SOUND["rfa_sessions"][column]))
    plain = (p for p in parents if p.cells[column] == SOUND["rfa_sessions"][column])
    return found("ID-01", column, "flag", *plain, *map(bad, marked))


CANARIES = (*_type(), *_required(), *_names(), *_alike())
