"""Declares the derived tables: columns with type and description, keys, and the conditions that every row must meet.

The contract, the documentation and the lineage pages are made from these declarations; warehouse/sql/derived/ computes
the tables.
"""

import polars as pl

from schemas import codes, further_genotype
from schemas.table import Table, TableColumn

STATUS = ("mutant", "wild_type", "unknown")
BRAF_CLASS = ("V600E", "V600_other", "class2", "class3", "other_vus")
EVENT = (0, 1, 2, 3)
EVENT_STATUS = ("censored", "event", "competing_death", "competing_other")


def _c(name: str, kind: str, prose: str, nullable: bool = False, codes: tuple = ()) -> TableColumn:
    return TableColumn(name, kind, prose, nullable, codes)


SITE = _c("site", "VARCHAR", "The delivering site; identifiers are unique within it.")
PATIENT = _c("patient_id", "VARCHAR", "The site's pseudonym for the patient.")
LESION = _c("lesion_id", "VARCHAR", "The ablated lesion.")


def _gene_columns(gene: str) -> tuple[TableColumn, ...]:
    return (
        _c(f"{gene}_specimen_id", "VARCHAR", f"Specimen that decides {gene.upper()}.", True),
        _c(f"{gene}_variant", "VARCHAR", f"Canonical {gene.upper()} variant in that specimen.", True),
        _c(f"{gene}_flags", "VARCHAR[]", "non_hotspot, unparsed_variant, low_vaf (below 5 %), vus."),
    )


LESION_LTP = Table(
    "lesion_ltp",
    "Local tumour progression of each ablated lesion.",
    ("site", "patient_id", "lesion_id"),
    (
        SITE,
        PATIENT,
        LESION,
        _c("first_ablation_date", "DATE", "The lesion's earliest session."),
        _c("n_sessions", "INTEGER", "Sessions that treated the lesion."),
        _c("max_diameter_mm", "DOUBLE", "Largest diameter at the first session, mm."),
        _c("adequate_date", "DATE", "First qualifying day without viable tumour.", True),
        _c("adequate_exam_id", "VARCHAR", "Exam on the adequate date that shows no viable tumour.", True),
        _c("is_evaluable", "BOOLEAN", "Whether an adequate exam exists, so that LTP is not residual tumour."),
        _c("is_residual", "BOOLEAN", "Whether viable tumour was seen before the first adequate exam, or without one."),
        _c("ltp", "BOOLEAN", "Whether viable tumour was seen after the adequate exam; null if not evaluable.", True),
        _c("ltp_date", "DATE", "Day on which LTP was detected.", True),
        _c("ltp_exam_id", "VARCHAR", "Exam that detected LTP.", True),
        _c("last_negative_date", "DATE", "Last negative day before LTP.", True),
        _c("uncontrolled_ltp_date", "DATE", "Day of the LTP that was not re-ablated successfully.", True),
        _c("uncontrolled_ltp_exam_id", "VARCHAR", "Exam that detected that LTP.", True),
        _c("last_followup_date", "DATE", "Last qualifying day.", True),
        _c("last_followup_exam_id", "VARCHAR", "Exam that represents that day.", True),
        _c("ltpfs_days", "INTEGER", "Days from first ablation to LTP, else to the last qualifying day.", True),
        _c("ltpfs_months", "DOUBLE", "The same in months of 30.4375 days.", True),
        _c("reason", "VARCHAR", "Why the lesion counts as it does."),
        _c("deciding_delivery", "VARCHAR", "Delivery of the row that decided the reason."),
        _c("deciding_line", "BIGINT", "Line of that row in its delivery."),
    ),
    (
        ("ltp only where evaluable", pl.col("ltp").is_not_null() == pl.col("is_evaluable")),
        ("adequate date where evaluable", pl.col("adequate_date").is_not_null() == pl.col("is_evaluable")),
        ("ltp date where ltp", pl.col("ltp_date").is_not_null() == pl.col("ltp").fill_null(False)),
        ("uncontrolled ltp not before ltp", (pl.col("uncontrolled_ltp_date") >= pl.col("ltp_date")).fill_null(True)),
        ("ltp after adequate", (pl.col("ltp_date") > pl.col("adequate_date")).fill_null(True)),
        ("days not negative", (pl.col("ltpfs_days") > 0).fill_null(True)),
    ),
)

PATIENT_GENOTYPE = Table(
    "patient_genotype",
    "KRAS, NRAS, BRAF, further genes, MSI, MMR and TMB of each patient, from the best specimen.",
    ("site", "patient_id"),
    (
        SITE,
        PATIENT,
        _c("kras", "VARCHAR", "KRAS status.", codes=STATUS),
        _c("nras", "VARCHAR", "NRAS status.", codes=STATUS),
        _c("braf", "VARCHAR", "BRAF status.", codes=STATUS),
        _c("ras", "VARCHAR", "Mutant if KRAS or NRAS is; wild type if both are; otherwise unknown.", codes=STATUS),
        _c("ras_extended", "VARCHAR", "As ras, but wild type only if both genes had extended testing.", codes=STATUS),
        _c("braf_class", "VARCHAR", "Class of the BRAF mutation.", True, BRAF_CLASS),
        _c("is_discordant", "BOOLEAN", "Whether another conclusive specimen disagrees on some gene."),
        *_gene_columns("kras"),
        *_gene_columns("nras"),
        *_gene_columns("braf"),
        *further_genotype.STATUSES,
        *further_genotype.ORIGINS,
    ),
    (),
)

PATIENT_LTPFS = Table(
    "patient_ltpfs",
    "LTP and LTPFS of each patient, with genotype and covariates.",
    ("site", "patient_id"),
    (
        SITE,
        PATIENT,
        _c("first_ablation_date", "DATE", "The patient's first ablation."),
        _c("n_lesions", "INTEGER", "Number of ablated lesions."),
        _c("n_evaluable_lesions", "INTEGER", "Number of lesions evaluable for LTP."),
        _c("max_diameter_mm", "DOUBLE", "Largest diameter over the lesions, mm."),
        _c("diameter_ge_30", "BOOLEAN", "Whether that diameter is 30 mm or more."),
        _c("ltp", "BOOLEAN", "Whether any evaluable lesion had LTP; null if none is evaluable.", True),
        _c("ltp_date", "DATE", "Earliest LTP.", True),
        _c("last_followup_date", "DATE", "Latest qualifying day of the evaluable lesions.", True),
        _c("ltpfs_days", "INTEGER", "Days from first ablation to LTP, else to last_followup_date.", True),
        _c("ltpfs_months", "DOUBLE", "The same in months of 30.4375 days.", True),
        *PATIENT_GENOTYPE.columns[2:8],
        _c("has_lesions_set_aside", "BOOLEAN", "Whether any session row of the patient is in quarantine."),
        _c("sex", "VARCHAR", "Sex.", True, codes.SEX),
        _c("birth_year", "INTEGER", "Year of birth.", True),
        _c("age_at_ablation_years", "BIGINT", "Year of first ablation minus year of birth.", True),
        _c("primary_site", "VARCHAR", "Site of the primary.", True, codes.PRIMARY_SITE),
        _c("node_positive_primary", "VARCHAR", "Whether the primary had lymph-node metastases.", True, codes.FLAG),
        _c("clm_timing", "VARCHAR", "Synchronous or metachronous metastases.", True, codes.CLM_TIMING),
        _c("dfi_months", "DOUBLE", "Disease-free interval, months.", True),
        _c("cea_ng_ml", "DOUBLE", "Carcinoembryonic antigen, ng/mL.", True),
        _c("n_clm_total", "INTEGER", "Number of colorectal liver metastases at the first ablation.", True),
        _c("extrahepatic_disease", "VARCHAR", "Extrahepatic disease.", True, codes.FLAG),
        _c("prior_hepatectomy", "VARCHAR", "Earlier liver resection.", True, codes.FLAG),
        _c("prior_chemotherapy", "VARCHAR", "Earlier systemic therapy.", True, codes.FLAG),
        _c("ecog", "INTEGER", "ECOG performance status.", True),
        _c("vital_status", "VARCHAR", "Vital status.", True, codes.VITAL_STATUS),
        _c("death_date", "DATE", "Date of death.", True),
        _c("death_cause", "VARCHAR", "Cause of death.", True, codes.DEATH_CAUSE),
        _c("last_contact_date", "DATE", "Date of the last contact.", True),
        *further_genotype.STATUSES,
    ),
    (
        ("ltp where evaluable", pl.col("ltp").is_not_null() == (pl.col("n_evaluable_lesions") > 0)),
        ("ltp date where ltp", pl.col("ltp_date").is_not_null() == pl.col("ltp").fill_null(False)),
        ("evaluable at most all", pl.col("n_evaluable_lesions") <= pl.col("n_lesions")),
        ("days not negative", (pl.col("ltpfs_days") > 0).fill_null(True)),
    ),
)


def _day_and_key(name: str, prose: str, table: str = "imaging_followups") -> tuple[TableColumn, ...]:
    return (
        _c(f"{name}_date", "DATE", f"{prose}.", True),
        _c(f"{name}_key", "VARCHAR", f"Key of the row in clean.{table} that shows it.", True),
    )


PATIENT_PROGRESSION = Table(
    "patient_progression",
    "The days that can end a patient's endpoints, each with the row that shows it.",
    ("site", "patient_id"),
    (
        SITE,
        PATIENT,
        _c("first_ablation_date", "DATE", "The patient's first ablation."),
        _c("is_evaluable", "BOOLEAN", "Whether any lesion is evaluable for LTP."),
        *_day_and_key("ltp", "Earliest LTP of an evaluable lesion"),
        *_day_and_key("uncontrolled_ltp", "Earliest LTP that was not re-ablated successfully"),
        *_day_and_key("all_assessed_until", "Earliest, over the evaluable lesions, of their last qualifying days"),
        *_day_and_key("last_followup", "Latest qualifying day of the evaluable lesions"),
        *_day_and_key("new_liver", "First new liver lesion"),
        *_day_and_key("extrahepatic", "First extrahepatic progression"),
        *_day_and_key("last_liver_exam", "Last contrast-enhanced CT or MR after the first ablation"),
        *_day_and_key("last_body_exam", "Last CT, MR or PET-CT after the first ablation"),
        _c("death_date", "DATE", "Date of death.", True),
        _c("death_cause", "VARCHAR", "Cause of death.", True, codes.DEATH_CAUSE),
    ),
    (
        (
            "assessed where evaluable",
            pl.col("all_assessed_until_date").is_not_null() == pl.col("is_evaluable"),
        ),
        ("ltp only where evaluable", pl.col("ltp_date").is_null() | pl.col("is_evaluable")),
        (
            "uncontrolled ltp not before ltp",
            (pl.col("uncontrolled_ltp_date") >= pl.col("ltp_date")).fill_null(
                pl.col("uncontrolled_ltp_date").is_null()
            ),
        ),
        *(
            (f"key where {name} date", pl.col(f"{name}_date").is_null() == pl.col(f"{name}_key").is_null())
            for name in ("ltp", "new_liver", "extrahepatic", "last_liver_exam", "last_body_exam")
        ),
    ),
)

PATIENT_TREATMENTS = Table(
    "patient_treatments",
    "What treatments beside the ablations say of each patient, at sites that deliver them.",
    ("site", "patient_id"),
    (
        SITE,
        PATIENT,
        _c("n_treatments", "INTEGER", "Accepted treatments, before and after the first ablation."),
        _c("is_on_systemic", "BOOLEAN", "Whether systemic therapy was running on the day of the first ablation."),
        *_day_and_key("systemic", "First start of systemic therapy after the first ablation", "treatments"),
        *_day_and_key("untreatable", "First palliative treatment on or after the first progression", "treatments"),
        *_day_and_key("removed", "Day on which the last evaluable lesion's area was removed", "treatments"),
        _c("disease_free_date", "DATE", "Day on which the first course had left no disease, if it did.", True),
    ),
    tuple(
        (f"key where {name} date", pl.col(f"{name}_date").is_null() == pl.col(f"{name}_key").is_null())
        for name in ("systemic", "untreatable", "removed")
    ),
)

LAST_KNOWN_ALIVE = Table(
    "last_known_alive",
    "Last date on which each patient is known to have been alive.",
    ("site", "patient_id"),
    (
        SITE,
        PATIENT,
        _c("last_known_alive_date", "DATE", "Latest of last contact, exams and sessions."),
        _c("source_table", "VARCHAR", "Table of the row that shows it."),
        _c("source_key", "VARCHAR", "Key of that row."),
    ),
    (),
)

TIME_TO_EVENT = Table(
    "time_to_event",
    "Every endpoint of every subject: start, end, event, and the row from which the end comes.",
    ("endpoint", "level", "site", "patient_id", "lesion_id"),
    (
        SITE,
        _c("endpoint", "VARCHAR", "Name of the endpoint."),
        _c("level", "VARCHAR", "Unit of analysis.", codes=("lesion", "patient")),
        PATIENT,
        _c("lesion_id", "VARCHAR", "The lesion; empty at patient level.", True),
        _c("start_date", "DATE", "Start of the clock."),
        _c("end_date", "DATE", "Event or censoring."),
        _c("days", "INTEGER", "Days from start to end: AVAL of CDISC's ADTTE."),
        _c("months", "DOUBLE", "The same in months of 30.4375 days."),
        _c("event", "INTEGER", "0 censored, 1 event, 2 death as competing risk, 3 other competing event.", codes=EVENT),
        _c("status", "VARCHAR", "The same in words; CNSR of CDISC's ADTTE is 0 for event, else 1.", codes=EVENT_STATUS),
        _c("event_description", "VARCHAR", "The event or the censoring in words: EVNTDESC of CDISC's ADTTE."),
        _c("source_table", "VARCHAR", "Table from which the end comes."),
        _c("source_key", "VARCHAR", "Key of the row in that table."),
        _c("definition", "VARCHAR", "Name and version of the endpoint's definition."),
    ),
    (("days not negative", pl.col("days") >= 0),),
)

DERIVED: dict[str, Table] = {
    t.name: t
    for t in (
        LESION_LTP,
        PATIENT_GENOTYPE,
        PATIENT_LTPFS,
        PATIENT_PROGRESSION,
        PATIENT_TREATMENTS,
        LAST_KNOWN_ALIVE,
        TIME_TO_EVENT,
    )
}
