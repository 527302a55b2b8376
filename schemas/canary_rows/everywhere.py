"""Canaries of the rules that every export shares: TYPE-01, REQ-01, KEY-01, PHI-01.

Each column is named, so that a column that loses its rule is noticed.
"""

from schemas.canary import SOUND, Canary, RowRuleCanaries, Scope, bad, found, later, row, session, silent

NOT_DATES = ("2020-02-30", "10.03.2020", "2020-3-1", "20200310", "2020-03-10 10:00", "today")
NOT_NUMBERS = ("1,5", "abc", "1e", "12 mm", "nan", "inf", "1.5.2", "0x1f", "1_000")
NOT_INTEGERS = ("2.5", "1,000", "two", "99999999999")

DATES: dict[tuple[str, str], Scope] = {
    ("rfa_sessions", "session_date"): "row",
    ("imaging_followups", "exam_date"): "row",
    ("rfa_sessions", "margin_exam_date"): "value",
    ("patients", "death_date"): "value",
    ("patients", "last_contact_date"): "value",
    ("genotypes", "specimen_date"): "value",
    ("genotypes", "report_date"): "value",
    ("rfa_sessions", "referral_date"): "value",
    ("rfa_sessions", "decision_date"): "value",
    ("treatments", "start_date"): "row",
    ("treatments", "stop_date"): "value",
}
NUMBERS: dict[tuple[str, str], Scope] = {
    ("rfa_sessions", "max_diameter_mm"): "row",
    **{("rfa_sessions", name): "value" for name in ("minimal_margin_mm", "zone_long_mm", "zone_short_mm")},
    **{("rfa_sessions", name): "value" for name in ("power_w", "time_min")},
    ("patients", "dfi_months"): "value",
    ("patients", "cea_ng_ml"): "value",
    ("imaging_followups", "distance_to_zone_mm"): "value",
    ("genotypes", "vaf_percent"): "value",
    ("genotypes", "tmb_per_mb"): "value",
}
INTEGERS: dict[tuple[str, str], Scope] = {
    ("patients", "birth_year"): "value",
    ("patients", "n_clm_total"): "value",
    ("treatments", "therapy_line"): "value",
}

GOOD_TEXTS = {
    "session_date": ("2020-02-29",),
    "exam_date": ("2022-03-10",),
    "margin_exam_date": ("2020-04-20",),
    "death_date": ("2023-01-01",),
    "last_contact_date": ("2021-01-01",),
    "specimen_date": ("2019-12-31",),
    "report_date": ("2020-12-31",),
    "referral_date": ("2020-02-29",),
    "decision_date": ("2020-02-29",),
    "max_diameter_mm": ("20.5", "+20", "2e1", " 20 "),
    "birth_year": ("1955.0", "+1955"),
    "n_clm_total": ("3", "1e1"),
    "minimal_margin_mm": ("-2.5", ".5", "5."),
    "start_date": ("2020-12-31",),
    "stop_date": ("2020-12-31",),
    "therapy_line": ("2.0", "+1"),
}

BESIDE = {"death_date": {"vital_status": "dead"}, "tmb_per_mb": {"gene": "TMB", "result": "measured"}}
"""Column -> cells without which a good one breaks another rule."""

REQUIRED = {
    "rfa_sessions": ("patient_id", "session_id", "session_date", "lesion_id", "max_diameter_mm"),
    "patients": ("patient_id",),
    "genotypes": ("patient_id", "specimen_id", "specimen_site", "gene", "result"),
    "imaging_followups": ("patient_id", "exam_id", "exam_date", "modality"),
    "treatments": ("patient_id", "treatment_id", "kind", "start_date"),
}

TEXTS: dict[str, dict[str, Scope]] = {
    "rfa_sessions": {
        **{name: "row" for name in ("patient_id", "session_id", "lesion_id")},
        **{name: "value" for name in ("guidance", "margin_software", "complication_grade", "operator_id")},
    },
    "patients": {"patient_id": "row"},
    "genotypes": {"patient_id": "row", "specimen_id": "row", "gene": "row", "variant": "row", "assay": "value"},
    "imaging_followups": {"patient_id": "row", "exam_id": "row", "lesion_id": "row"},
    "treatments": {"patient_id": "row", "treatment_id": "row", "regimen": "value", "lesion_id": "value"},
}
"""Columns that hold identifiers or free text, and what an identity in them sets aside."""

IDENTITIES = (
    *(f"{title} Exampleton" for title in ("Mr", "Mrs.", "Ms", "Miss", "Mister", "Dr.", "Prof.", "Professor")),
    *(f"{title} Exampleton" for title in ("Herr", "Frau", "Mme", "Monsieur", "Madame", "Señor", "Señora", "Sr", "Sra")),
    "seen by Dr. O'Example",
    "a.example@example.org",
    "+49 6221 555012",
    "+1-212-555-0123",
    "(212) 555-0123",
    "212.555.0123",
    "13800000000",
    "19900000000",
    "219-09-9999",
    "110101190001010014",
    "11010120001231001X",
    "MRN 12345",
    "mrn: 12345",
    "medical record 12345",
    "patient record #12345",
    "Record No 12345",
    "hospital no.: 12345",
    "NHS number 12345",
    "住院号12345",
    "病历号 12345",
    "身份证 12345",
)
IN_EVERY_COLUMN = ("Frau Exampleton", "a.example@example.org", "MRN 12345")
PSEUDONYMS = (
    "SYN-0001",
    "P-2024-0012",
    "2024-01-15-0007",
    "UKHD-20240101-123",
    "1234567890",
    "00138000000001",
    "Dr-7",
    "Mrs",
    "MRN",
    "ablation by drs on call",
    "Prof on call",
    "5555-01-2345",
    "a@b",
    "+12",
)


def _types() -> tuple[Canary, ...]:
    """Return canaries with every invalid text in one column of each kind, and two of the texts in every other."""
    canaries: list[Canary] = []
    kinds = ((DATES, NOT_DATES), (NUMBERS, NOT_NUMBERS), (INTEGERS, (*NOT_INTEGERS, *NOT_NUMBERS)))
    for columns, texts in kinds:
        for position, ((export, column), scope) in enumerate(columns.items()):
            rule = RowRuleCanaries("TYPE-01", export, scope)
            beside = BESIDE.get(column, {})
            canaries += rule.bad(column, *({column: text} | beside for text in (texts if position == 0 else texts[:2])))
            canaries += rule.good(column, *({column: text} | beside for text in GOOD_TEXTS.get(column, ("10",))))
            if column not in SOUND[export]:
                canaries += rule.good(column, {column: "   "})
    return tuple(canaries)


def _required() -> tuple[Canary, ...]:
    canaries: list[Canary] = []
    for export, columns in REQUIRED.items():
        rule = RowRuleCanaries("REQ-01", export, "row")
        for column in columns:
            canaries += rule.bad(column, {column: ""}, {column: " \u00a0\t"})
            canaries += rule.good(column, {column: f" {SOUND[export][column]} "})
    return tuple(canaries)


def _keys() -> tuple[Canary, ...]:
    """Return canaries of two rows that share their key: they differ, are equal, or are in two deliveries."""
    differ = {
        "rfa_sessions": {"max_diameter_mm": "21"},
        "patients": {"birth_year": "1956"},
        "genotypes": {"panel": "ngs"},
        "imaging_followups": {"modality": "mr"},
        "treatments": {"regimen": "FOLFOX"},
    }
    key = {
        "rfa_sessions": ("patient_id", "session_id", "lesion_id"),
        "patients": ("patient_id",),
        "genotypes": ("patient_id", "specimen_id", "gene", "variant"),
        "imaging_followups": ("patient_id", "exam_id", "lesion_id"),
        "treatments": ("patient_id", "treatment_id"),
    }
    canaries: list[Canary] = []
    for export, cells in differ.items():
        context = () if export == "rfa_sessions" else (session(),)
        first, second = row(export), row(export, **cells)
        canaries += (
            found("KEY-01", None, "row", *context, bad(first), bad(second)),
            found("KEY-01", None, "row", *context, bad(first), bad(first), bad(second)),
            found("KEY-01", None, "flag", *context, bad(row(export)), later(first), later(second), says_more=True),
            silent("KEY-01", export, None, *context, first, row(export)),
            silent("KEY-01", export, None, *context, first, later(second)),
            *_other_keys(export, context, cells, key[export]),
        )
    same_gene = row("genotypes", gene="kras", panel="ngs")
    canaries.append(found("KEY-01", None, "row", session(), bad(row("genotypes")), bad(same_gene)))
    return tuple(canaries)


def _other_keys(export: str, context, cells: dict[str, str], key: tuple[str, ...]):
    """Yield canaries of two rows that differ in one part of the key: they are separate rows, whatever else differs."""
    others = {"patient_id": "P-2", "session_id": "S-2", "lesion_id": "L-2", "specimen_id": "G-2", "exam_id": "E-2"}
    others |= {"gene": "NRAS", "variant": "none", "treatment_id": "T-2"}
    for part in key:
        parents = (
            (*context, session(patient_id="P-2"), session(lesion_id="L-2")) if export != "rfa_sessions" else context
        )
        besides = ("ABL-09",) if export == "rfa_sessions" else ()
        yield silent(
            "KEY-01",
            export,
            None,
            *parents,
            row(export),
            row(export, **(cells | {part: others[part]})),
            besides=besides,
        )


def _identities() -> tuple[Canary, ...]:
    """Return canaries with every identity in one free-text column, and IN_EVERY_COLUMN in every other."""
    canaries: list[Canary] = []
    for export, columns in TEXTS.items():
        for column, scope in columns.items():
            rule = RowRuleCanaries("PHI-01", export, scope)
            is_first = column == "guidance"
            canaries += rule.bad(column, *({column: text} for text in (IDENTITIES if is_first else IN_EVERY_COLUMN)))
            besides = {"patient_id": ("ORPHAN-01",), "lesion_id": ("ORPHAN-01",), "variant": ("GEN-01-W",)}
            texts = PSEUDONYMS if is_first else PSEUDONYMS[:2]
            canaries += rule.good(column, *({column: text} for text in texts), besides=besides.get(column, ()))
            if scope == "value":
                canaries += rule.good(column, {column: ""})
            elif (export, column) == ("imaging_followups", "lesion_id"):  # an exam may name no lesion
                canaries += rule.good(column, {column: "", "lesion_status": ""})
    return tuple(canaries)


CANARIES = (*_types(), *_required(), *_keys(), *_identities())
