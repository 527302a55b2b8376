"""Declares the imaging_followups export, one row per lesion and exam: columns and row rules.

lesion_id is empty for findings outside the lesions. Rules that look at sessions or other exams are in
warehouse/sql/rules/.
"""

import polars as pl

from schemas import codes, lookalike, phi
from schemas.export import Column, Export, RowRule, between, code_rules, if_filled
from schemas.thresholds import DISTANCE_MM, EARLIEST_ABLATION, LTP_DISTANCE_MM

QUALIFYING_MODALITIES = ("ct", "mr")
STATEMENTS_THAT_NEED_CONTRAST = ("no_viable", "residual", "ltp")


def _code(name: str, prose: str, values: tuple[str, ...], required: bool = False) -> Column:
    return Column(name, "code", prose, codes=values, code_rule="IMG-02", required=required)


def _flag(name: str, prose: str, required: bool = False) -> Column:
    return Column(name, "flag", prose, codes=codes.FLAG, code_rule="IMG-02", required=required)


COLUMNS = (
    Column("patient_id", "identifier", "The site's pseudonym for the patient.", required=True),
    Column("exam_id", "identifier", "The exam.", required=True),
    Column("exam_date", "date", "Date of the exam.", required=True),
    _code("modality", "Imaging modality.", codes.IMAGING_MODALITY, required=True),
    _flag("contrast_enhanced", "Whether contrast was given; empty means unknown.", required=True),
    Column("lesion_id", "identifier", "The ablated lesion; empty for findings outside the lesions."),
    _code("lesion_status", "What the exam shows of the lesion.", codes.LESION_STATUS),
    Column("distance_to_zone_mm", "number", "Distance of viable tumour from the ablation zone's edge, mm."),
    _flag("new_liver_lesion", "Whether there is a new liver lesion away from every ablation zone."),
    _flag("extrahepatic_progression", "Whether there is progression outside the liver."),
)

_qualifies = (pl.col("modality").is_in(list(QUALIFYING_MODALITIES)) & (pl.col("contrast_enhanced") == "yes")).fill_null(
    False
)
_states = pl.col("lesion_status").is_in(list(STATEMENTS_THAT_NEED_CONTRAST)).fill_null(False)
_states_local = pl.col("lesion_status").is_in(["ltp", "residual"]).fill_null(False)
_is_far = (pl.col("distance_to_zone_mm") > LTP_DISTANCE_MM).fill_null(False)

ROW_RULES = (
    *phi.rules(COLUMNS),
    *lookalike.rules(COLUMNS),
    *code_rules(COLUMNS),
    RowRule(
        "IMG-12",
        "exam_date",
        if_filled("exam_date", pl.col("exam_date").is_between(EARLIEST_ABLATION, pl.col("extract_date"))),
    ),
    RowRule("IMG-13", "distance_to_zone_mm", between("distance_to_zone_mm", *DISTANCE_MM)),
    RowRule("IMG-04", "lesion_status", _qualifies | ~_states),
    RowRule("IMG-06", "lesion_status", ~(_states_local & _is_far)),
)

EXPORT = Export(
    name="imaging_followups",
    prose="One row per lesion and exam, and one per exam for findings outside the lesions.",
    key=("patient_id", "exam_id", "lesion_id"),
    columns=COLUMNS,
    row_rules=ROW_RULES,
)
