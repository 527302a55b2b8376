"""Declares the views that cohorts are chosen from: cohort.patients and cohort.lesions, one row each.

warehouse/sql/cohort/ holds their SELECTs. A column that is known only after the ablation is an outcome: a cohort chosen
by one is not a cohort of which an endpoint can be estimated, and every product says so.
"""

from schemas.derived import LESION, LESION_LTP, PATIENT, PATIENT_LTPFS, SITE
from schemas.exports import EXPORTS
from schemas.further_genotype import STATUSES
from schemas.table import Table, TableColumn

_OF_PATIENT = {column.name: column for column in PATIENT_LTPFS.columns}
_OF_LESION = {column.name: column for column in LESION_LTP.columns}
_OF_SESSION = {column.name: column for column in EXPORTS["rfa_sessions"].columns}
_YEAR = "Year of that ablation."

OUTCOMES = frozenset(
    {
        *("n_evaluable_lesions", "is_evaluable", "is_residual", "adequate_date", "reason"),
        *("ltp", "ltp_date", "last_negative_date", "last_followup_date", "ltpfs_days", "ltpfs_months"),
        *("vital_status", "death_date", "death_cause", "last_contact_date", "n_sessions"),
    }
)
"""Columns known only after the first ablation: LTP, death, follow-up, and how often a lesion was treated."""
OUTCOME_TABLES = frozenset(
    {
        *("clean.imaging_followups", "clean.treatments", "derived.patient_progression", "derived.patient_treatments"),
        "derived.last_known_alive",
        *("quality.lesion_followup", "quality.lesion_imaging", "quality.patient_imaging"),
    }
)
"""Tables whose rows say what came after the ablation: who is in them has follow-up. Of treatments some came before, but
nobody knows that from who is in the table."""
MARGIN = "Smallest ablation margin at the first session, mm; negative if the lesion is not covered."
MARGIN_CLASS = "Class of that margin, mm: below 0 the lesion is not covered; 0 is covered with nothing to spare."


def _first_session(name: str) -> TableColumn:
    column = _OF_SESSION[name]
    return TableColumn(name, "VARCHAR", f"{column.prose} At the first session.", True, column.codes)


def _patient(*names: str) -> tuple[TableColumn, ...]:
    return tuple(_OF_PATIENT[name] for name in names)


def _lesion(*names: str) -> tuple[TableColumn, ...]:
    return tuple(_OF_LESION[name] for name in names)


_GENOTYPE = _patient("kras", "nras", "braf", "ras", "ras_extended", "braf_class") + STATUSES
_COVARIATES = _patient(
    *("sex", "birth_year", "age_at_ablation_years", "primary_site", "node_positive_primary", "clm_timing"),
    *("dfi_months", "cea_ng_ml", "n_clm_total", "extrahepatic_disease", "prior_hepatectomy", "prior_chemotherapy"),
    "ecog",
)

PATIENTS = Table(
    "patients",
    "Patients with an ablated lesion, as cohorts are chosen from them.",
    ("site", "patient_id"),
    (
        SITE,
        PATIENT,
        *_patient("first_ablation_date"),
        TableColumn("ablation_year", "INTEGER", _YEAR),
        *_patient("n_lesions", "n_evaluable_lesions", "max_diameter_mm", "diameter_ge_30"),
        TableColumn("minimal_margin_mm", "DOUBLE", f"{MARGIN} The smallest over the patient's lesions.", True),
        TableColumn("n_lesions_with_margin", "INTEGER", "Lesions whose margin is known."),
        *_GENOTYPE,
        *_COVARIATES,
        *_patient("has_lesions_set_aside", "ltp", "ltp_date", "last_followup_date", "ltpfs_days", "ltpfs_months"),
        *_patient("vital_status", "death_date", "death_cause", "last_contact_date"),
    ),
    (),
)

LESIONS = Table(
    "lesions",
    "Ablated lesions with technique, LTP and the patient's genotype, as cohorts are chosen from them.",
    ("site", "patient_id", "lesion_id"),
    (
        SITE,
        PATIENT,
        LESION,
        *_lesion("first_ablation_date"),
        TableColumn("ablation_year", "INTEGER", _YEAR),
        *_lesion("n_sessions", "max_diameter_mm"),
        TableColumn("diameter_ge_30", "BOOLEAN", "Whether the lesion's diameter is 30 mm or more."),
        *(_first_session(name) for name in ("segment", "modality", "approach", "subcapsular", "perivascular")),
        TableColumn("minimal_margin_mm", "DOUBLE", MARGIN, True),
        TableColumn("margin_class", "VARCHAR", MARGIN_CLASS, True),
        *(_first_session(name) for name in ("margin_method", "margin_software")),
        *_patient("n_lesions"),
        *_GENOTYPE,
        *_COVARIATES,
        *_lesion("is_evaluable", "is_residual", "adequate_date", "ltp", "ltp_date", "last_negative_date"),
        *_lesion("last_followup_date", "ltpfs_days", "ltpfs_months", "reason"),
    ),
    (),
)

COHORT: dict[str, Table] = {table.name: table for table in (PATIENTS, LESIONS)}
GENOTYPE = frozenset(column.name for column in _GENOTYPE)
"""Columns of both views that say what the tumour's genes are."""
COVARIATES = frozenset(column.name for column in _COVARIATES)
"""Columns of both views that say who the patient is, and the disease before the ablation."""
