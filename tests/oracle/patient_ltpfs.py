"""The oracle's reading of derived.patient_ltpfs: the study's endpoint, patient by patient."""

from __future__ import annotations

from tests.oracle.rows import Row, days_between, months, patient_of

LARGE_DIAMETER_MM = 30
GENOTYPE_COLUMNS = ("kras", "nras", "braf", "ras", "ras_extended", "braf_class")
GENOTYPE_COLUMNS += ("tp53", "smad4", "pik3ca", "apc", "her2_amplification", "msi", "mmr", "tmb_per_mb")
COVARIATES = (
    "sex",
    "birth_year",
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
    "vital_status",
    "death_date",
    "death_cause",
    "last_contact_date",
)


def patient_ltpfs(
    lesions: list[Row], genotypes: list[Row], patients: list[Row], set_aside: set[tuple[str, str]]
) -> list[Row]:
    """One row per patient with a lesion.

    `lesions` and `genotypes` are the rows of `lesion_ltp` and `patient_genotype`, `patients` those of
    clean.patients; `set_aside` names the (site, patient_id) that have a session row in quarantine.
    """
    return [
        one_patient(
            [lesion for lesion in lesions if patient_of(lesion) == patient],
            next(row for row in genotypes if patient_of(row) == patient),
            next(row for row in patients if patient_of(row) == patient),
            patient in set_aside,
        )
        for patient in sorted({patient_of(lesion) for lesion in lesions})
    ]


def one_patient(lesions: list[Row], genotype: Row, patient: Row, has_lesions_set_aside: bool) -> Row:
    """The row of one patient, from the rows of the patient's lesions (at least one)."""
    evaluable = [lesion for lesion in lesions if lesion["is_evaluable"]]
    start = min(lesion["first_ablation_date"] for lesion in lesions)
    diameter_mm = max(lesion["max_diameter_mm"] for lesion in lesions)
    ltp_dates = [lesion["ltp_date"] for lesion in evaluable if lesion["ltp"]]
    ltp_date = min(ltp_dates) if ltp_dates else None
    last_followup_date = max(lesion["last_followup_date"] for lesion in evaluable) if evaluable else None
    ltpfs_days = days_between(start, ltp_date or last_followup_date)
    birth_year = patient["birth_year"]
    return {
        "site": patient["site"],
        "patient_id": patient["patient_id"],
        "first_ablation_date": start,
        "n_lesions": len(lesions),
        "n_evaluable_lesions": len(evaluable),
        "max_diameter_mm": diameter_mm,
        "diameter_ge_30": diameter_mm >= LARGE_DIAMETER_MM,
        "ltp": bool(ltp_dates) if evaluable else None,
        "ltp_date": ltp_date,
        "last_followup_date": last_followup_date,
        "ltpfs_days": ltpfs_days,
        "ltpfs_months": months(ltpfs_days),
        "has_lesions_set_aside": has_lesions_set_aside,
        "age_at_ablation_years": None if birth_year is None else start.year - birth_year,
        **{column: genotype[column] for column in GENOTYPE_COLUMNS},
        **{column: patient[column] for column in COVARIATES},
    }
