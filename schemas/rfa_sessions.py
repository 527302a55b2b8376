"""Declares the rfa_sessions export, one row per lesion treated in a session: columns and row rules.

Rules that compare sessions with each other or with other exports are in warehouse/sql/rules/.
"""

import polars as pl

from schemas import codes, lookalike, phi
from schemas.export import Column, Export, Kind, RowRule, between, code_rules, if_filled
from schemas.thresholds import (
    CM_FOR_MM_BELOW,
    CM_FOR_MM_RATIO,
    DIAMETER_MM,
    EARLIEST_ABLATION,
    MARGIN_MM,
    MARGIN_TOLERANCE_MM,
    POWER_W,
    TIME_MIN,
    USUAL_DIAMETER_MM,
    WAITING_MAX_DAYS,
    ZONE_MM,
)


def _flag(name: str, prose: str) -> Column:
    return Column(name, "flag", prose, codes=codes.FLAG, code_rule="ABL-11")


def _code(
    name: str, prose: str, values: tuple[str, ...], default: str | None = None, came_later: bool = False
) -> Column:
    return Column(name, "code", prose, codes=values, code_rule="ABL-11", default=default, came_later=came_later)


def _later(name: str, kind: Kind, prose: str) -> Column:
    return Column(name, kind, prose, came_later=True)


COLUMNS = (
    Column("patient_id", "identifier", "The site's pseudonym for the patient.", required=True),
    Column("session_id", "identifier", "The ablation session.", required=True),
    Column("session_date", "date", "Date of the session.", required=True),
    Column("lesion_id", "identifier", "The lesion; the same identifier at every session and exam.", required=True),
    Column("max_diameter_mm", "number", "Largest axial diameter before the session, mm.", required=True),
    Column("segment", "code", "Couinaud segment.", codes=codes.SEGMENT, code_rule="LES-05"),
    _code("modality", "Ablation technique; empty means radiofrequency.", codes.ABLATION_MODALITY, "rfa"),
    _code("approach", "How the lesion was accessed.", codes.APPROACH),
    Column("guidance", "text", "Imaging guidance, as written by the site."),
    _flag("subcapsular", "Whether the lesion is within 5 mm of the liver capsule."),
    _flag("perivascular", "Whether the lesion is within 5 mm of a vessel of 3 mm or more."),
    Column("minimal_margin_mm", "number", "Smallest ablation margin, mm; negative if the lesion is not covered."),
    _code("margin_method", "How the margin was measured.", codes.MARGIN_METHOD, came_later=True),
    Column(
        "margin_software",
        "text",
        "Program that measured the margin, with its version, as written by the site.",
        came_later=True,
    ),
    Column(
        "margin_exam_date",
        "date",
        "Date of the exam that shows the zone in which the margin was measured.",
        came_later=True,
    ),
    Column("zone_long_mm", "number", "Long axis of the ablation zone, mm."),
    Column("zone_short_mm", "number", "Short axis of the ablation zone, mm."),
    Column("power_w", "number", "Generator power, W."),
    Column("time_min", "number", "Ablation time, minutes."),
    _flag("technical_success", "Whether the lesion was treated per protocol and covered at the end of the session."),
    _code("complication_system", "Scale of the complication grade.", codes.COMPLICATION_SYSTEM),
    Column(
        "complication_grade",
        "text",
        "Complication grade in that scale, as written by the site. Empty, none or 0 means no complication.",
    ),
    _later("referral_date", "date", "When the patient was referred for the ablation."),
    _later("decision_date", "date", "When the ablation was decided, as at a tumour board."),
    _later("operator_id", "identifier", "The site's pseudonym for who performed the ablation; never a name."),
)

_diameter, _zone_long, _zone_short = (pl.col(c) for c in ("max_diameter_mm", "zone_long_mm", "zone_short_mm"))
_is_ten_times_off = (
    (_zone_long >= CM_FOR_MM_RATIO * _diameter) | (_diameter >= CM_FOR_MM_RATIO * _zone_long)
).fill_null(False)
_margin_fits = (pl.col("minimal_margin_mm") <= (_zone_short - _diameter) / 2 + MARGIN_TOLERANCE_MM).fill_null(True)
_success_fits = ~((pl.col("technical_success") == "yes") & (_zone_long < _diameter)).fill_null(False)
_is_margin_after = (pl.col("margin_exam_date") >= pl.col("session_date")).fill_null(True)
_is_decided_later = (pl.col("decision_date") >= pl.col("referral_date")).fill_null(True)


def _is_before_session(name: str) -> pl.Expr:
    is_in_order = (pl.col(name) <= pl.col("session_date")).fill_null(True)
    return if_filled(name, (pl.col(name) >= EARLIEST_ABLATION) & is_in_order)


def _waited_less(name: str) -> pl.Expr:
    return ((pl.col("session_date") - pl.col(name)).dt.total_days() <= WAITING_MAX_DAYS).fill_null(True)


ROW_RULES = (
    *phi.rules(COLUMNS),
    *lookalike.rules(COLUMNS),
    *code_rules(COLUMNS),
    RowRule("LES-03", "max_diameter_mm", between("max_diameter_mm", *DIAMETER_MM)),
    RowRule("LES-03-W", "max_diameter_mm", between("max_diameter_mm", *USUAL_DIAMETER_MM)),
    RowRule(
        "LES-04",
        "max_diameter_mm",
        if_filled("max_diameter_mm", _diameter >= CM_FOR_MM_BELOW) & ~_is_ten_times_off,
    ),
    RowRule(
        "ABL-02",
        "session_date",
        if_filled("session_date", pl.col("session_date").is_between(EARLIEST_ABLATION, pl.col("extract_date"))),
    ),
    RowRule(
        "ABL-02",
        "margin_exam_date",
        if_filled("margin_exam_date", pl.col("margin_exam_date").is_between(EARLIEST_ABLATION, pl.col("extract_date"))),
    ),
    RowRule("ABL-06", "power_w", between("power_w", *POWER_W)),
    RowRule("ABL-06", "time_min", between("time_min", *TIME_MIN)),
    RowRule("ABL-07", "minimal_margin_mm", between("minimal_margin_mm", *MARGIN_MM)),
    RowRule("ABL-07", "zone_long_mm", between("zone_long_mm", *ZONE_MM)),
    RowRule("ABL-07", "zone_short_mm", between("zone_short_mm", *ZONE_MM)),
    RowRule("ABL-08", "minimal_margin_mm", _margin_fits & _success_fits),
    RowRule("ABL-12", "margin_exam_date", _is_margin_after),
    RowRule("ABL-13", "referral_date", _is_before_session("referral_date")),
    RowRule("ABL-13", "decision_date", _is_before_session("decision_date")),
    RowRule("ABL-13-W", "referral_date", _waited_less("referral_date")),
    RowRule("ABL-13-W", "decision_date", _waited_less("decision_date") & _is_decided_later),
)

EXPORT = Export(
    name="rfa_sessions",
    prose="One row per lesion treated in an ablation session.",
    key=("patient_id", "session_id", "lesion_id"),
    columns=COLUMNS,
    row_rules=ROW_RULES,
)
