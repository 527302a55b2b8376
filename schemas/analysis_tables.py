"""The analysis tables: what each is for, and the columns it is made from.

The one list of them. The plan (analysis/plan/analysis_plan.py) names the function that makes each; the catalogue of a
release, the assets, their lineage and a paper's files follow. What their columns mean is in schemas/analysis.py.
"""

from dataclasses import dataclass

from schemas.exports import EXPORTS

Columns = dict[str, tuple[str, ...]]
"""schema.table -> columns of it, keys left out."""

PATIENTS, LESIONS, TECHNIQUE, TIMES, SESSIONS = (
    "derived.patient_ltpfs",
    "derived.lesion_ltp",
    "clean.lesions",
    "derived.time_to_event",
    "clean.rfa_sessions",
)

_TIME = ("endpoint", "level", "days", "event")
_FACTORS = ("kras", "nras", "braf", "ras", "diameter_ge_30")
_COVARIATES = (
    "age_at_ablation_years",
    "sex",
    "primary_site",
    "node_positive_primary",
    "clm_timing",
    "dfi_months",
    "cea_ng_ml",
    "n_clm_total",
    "extrahepatic_disease",
    "prior_hepatectomy",
    "prior_chemotherapy",
    "ecog",
    "n_lesions",
    "max_diameter_mm",
)
_INTERVALS = ("first_ablation_date", "last_negative_date", "ltpfs_days")
_SCANS = ("adequate_date", "last_followup_date")
_SESSIONS = ("session_date", "technical_success", "complication_system", "complication_grade")
_SITE_AND_TECHNIQUE = (
    *("segment", "modality", "approach", "subcapsular", "perivascular", "zone_short_mm"),
    *("minimal_margin_mm", "margin_method", "margin_software"),
)

_BY_PATIENT: Columns = {TIMES: _TIME, PATIENTS: _FACTORS}
_SURVIVAL: Columns = _BY_PATIENT | {LESIONS: ("max_diameter_mm",)}
_LTP: Columns = {PATIENTS: ("ltp", *_FACTORS), LESIONS: ("ltp", "max_diameter_mm")}
_ALL: Columns = {
    TIMES: _TIME,
    PATIENTS: ("ltp", *_FACTORS, "first_ablation_date"),
    LESIONS: ("ltp", "max_diameter_mm", *_INTERVALS, *_SCANS),
}

_LESIONS_OF: Columns = {
    TIMES: _TIME,
    PATIENTS: _FACTORS,
    LESIONS: ("ltp", "max_diameter_mm"),
    TECHNIQUE: _SITE_AND_TECHNIQUE,
}


@dataclass(frozen=True)
class AnalysisTable:
    """analysis.<name>: what it is for, and what it reads.

    `is_curve`: it has a row for each day of each curve, so that a release holds it in its database alone.
    """

    name: str
    prose: str
    reads: Columns
    is_curve: bool = False


ANALYSIS_TABLES = (
    AnalysisTable("ltp_rates", "Share with LTP, with intervals and tests between strata.", _LTP),
    AnalysisTable("km_curve", "Kaplan-Meier curves with numbers at risk.", _SURVIVAL, is_curve=True),
    AnalysisTable("km_summary", "Rates at landmarks, medians, reverse Kaplan-Meier follow-up.", _SURVIVAL),
    AnalysisTable(
        "cumulative_incidence", "Cumulative incidence of the event with death competing.", _SURVIVAL, is_curve=True
    ),
    AnalysisTable("logrank", "Log-rank tests between strata.", _SURVIVAL),
    AnalysisTable("cox", "Cox models: hazard ratios, proportional-hazards test, events per variable.", _BY_PATIENT),
    AnalysisTable(
        "logistic", "Logistic models of LTP: odds ratios, events per variable.", {PATIENTS: ("ltp", *_FACTORS)}
    ),
    AnalysisTable("table_one", "Characteristics of the patients by KRAS.", {PATIENTS: (*_FACTORS, *_COVARIATES)}),
    AnalysisTable(
        "replication",
        "The index study's published figures and the computed ones.",
        {
            PATIENTS: ("ltp", "ltpfs_months", "first_ablation_date", "last_contact_date", "death_date", *_FACTORS),
            LESIONS: ("ltp", "max_diameter_mm"),
            TIMES: _TIME,
        },
    ),
    AnalysisTable("restricted_mean", "Months free of the event within a window, and their differences.", _BY_PATIENT),
    AnalysisTable("gray", "Gray's tests of cumulative incidence between strata.", _SURVIVAL),
    AnalysisTable("fine_gray", "Fine-Gray and cause-specific models of LTP per patient, side by side.", _BY_PATIENT),
    AnalysisTable(
        "lesion_models",
        "Models of lesions, variance clustered by patient: Cox and logistic GEE.",
        {TIMES: _TIME} | _LTP,
    ),
    AnalysisTable("subgroups", "The hazard ratio of KRAS in subgroups, with tests of interaction.", _BY_PATIENT),
    AnalysisTable("sensitivity", "KRAS by other methods: few events, landmark, by period, interval censoring.", _ALL),
    AnalysisTable("multiplicity", "Tests between strata with p-values adjusted for their number.", _SURVIVAL),
    AnalysisTable(
        "sample_size", "What hazard ratio the primary contrast can see with its events, and events needed.", _BY_PATIENT
    ),
    AnalysisTable(
        "comparisons",
        "Two treatments compared by weights, as an own plan asks: overlap, balance, ratio, E-value. Empty without one.",
        _BY_PATIENT,
    ),
    AnalysisTable(
        "comparison_curves",
        "Their curves, weighted and not, intervals by robust variance. Empty without an own plan.",
        _BY_PATIENT,
        is_curve=True,
    ),
    AnalysisTable("guards", "What was checked for every model and endpoint, and the outcome.", _ALL),
    AnalysisTable("ph_residuals", "Scaled Schoenfeld residuals of the main Cox model, by time and term.", _BY_PATIENT),
    AnalysisTable(
        "technique",
        "Shares: technical success and efficacy by lesion, complications by session.",
        {LESIONS: ("ltp", "is_residual"), SESSIONS: _SESSIONS},
    ),
    AnalysisTable(
        "lesion_table_one",
        "Characteristics of the lesions by ablation margin.",
        {name: columns for name, columns in _LESIONS_OF.items() if name != TIMES},
    ),
    AnalysisTable(
        "lesion_factors",
        "Lesions with LTP by margin and other factors, clustered by patient, and the largest margin with LTP.",
        _LESIONS_OF,
    ),
    AnalysisTable(
        "lesion_curves",
        "Curves of lesions by ablation margin, intervals clustered by patient.",
        _LESIONS_OF,
        is_curve=True,
    ),
    AnalysisTable(
        "lesion_factor_models",
        "Models of LTP per lesion, clustered by patient: margin, RAS, place and technique.",
        _LESIONS_OF,
    ),
    AnalysisTable(
        "margin_response",
        "Splines: the hazard at each value compared with that at one, of LTP over the margin and of the own plan.",
        _LESIONS_OF,
    ),
    AnalysisTable(
        "model_performance",
        "How well the models of the own plan predict, where it asks: C-index, calibration and more, with optimism.",
        _ALL,
    ),
)
"""Made by the plan from the derived tables, in the order of the release."""

QUALITY_ANALYSIS_TABLES = (
    AnalysisTable(
        "maturity",
        "Follow-up by reverse Kaplan-Meier, by site and quarter of first ablation.",
        {TIMES: _TIME, PATIENTS: ("first_ablation_date",)},
    ),
    AnalysisTable(
        "quality_sensitivity",
        "The main estimates with and without the patients with quality flags.",
        {
            PATIENTS: ("ltp", "kras", "nras", "braf", "diameter_ge_30"),
            TIMES: _TIME,
            "quality.quarantine": ("row",),
            **{f"clean.{name}": ("flags",) for name in EXPORTS},
        },
    ),
)
"""About the data themselves; each is an asset of its own in assets/completeness.py."""

SERVICE_TABLES = (
    AnalysisTable(
        "service_volumes",
        "Sessions, lesions and patients treated, by centre, operator, modality and quarter.",
        {SESSIONS: ("session_date", "modality", "operator_id")},
    ),
    AnalysisTable(
        "service_waiting",
        "Days from decision or referral to the first ablation, by centre.",
        {SESSIONS: ("session_date", "referral_date", "decision_date")},
    ),
    AnalysisTable(
        "service_outcomes",
        "Major complications, primary efficacy and LTP within 12 months by centre, with the limits of a funnel.",
        {
            SESSIONS: ("complication_system", "complication_grade"),
            LESIONS: ("is_evaluable", "is_residual", "ltp", "ltpfs_days", "first_ablation_date"),
            "quality.lesion_followup": ("as_of_date",),
        },
    ),
    AnalysisTable(
        "service_followup",
        "How complete the follow-up of each centre is.",
        {
            PATIENTS: ("last_contact_date", "death_date"),
            "quality.lesion_followup": (
                *("is_first_exam_in_time", "n_exams_expected", "n_exams_in_window", "last_exam_date"),
                "first_ablation_date",
            ),
        },
    ),
)
"""About the service of the centres; made as registry.toml says (`service`), each an asset of its own in
assets/service.py."""

READS: dict[str, Columns] = {
    f"analysis.{table.name}": table.reads for table in (*ANALYSIS_TABLES, *QUALITY_ANALYSIS_TABLES, *SERVICE_TABLES)
}
"""analysis.<table> -> what it reads."""


def columns_read(table: str) -> tuple[str, ...]:
    """The columns that any table of the plan reads of `table` (schema.table), each once."""
    return tuple(dict.fromkeys(column for one in ANALYSIS_TABLES for column in one.reads.get(table, ())))
