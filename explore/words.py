"""The page's words for columns and values of the cohort views."""

from analysis.report import labels

COLUMNS = {
    "site": "Site",
    "first_ablation_date": "First ablation",
    "ablation_year": "Year of ablation",
    "n_lesions": "Ablated lesions",
    "n_evaluable_lesions": "Evaluable lesions",
    "max_diameter_mm": "Diameter, mm",
    "diameter_ge_30": "Diameter of 30 mm or more",
    "minimal_margin_mm": "Minimal margin, mm",
    "n_lesions_with_margin": "Lesions with a known margin",
    "n_sessions": "Ablation sessions",
    "segment": "Segment",
    "modality": "Technique",
    "approach": "Approach",
    "subcapsular": "Subcapsular",
    "perivascular": "Perivascular",
    "kras": "KRAS",
    "nras": "NRAS",
    "braf": "BRAF",
    "ras": "RAS",
    "ras_extended": "RAS, extended testing",
    "braf_class": "BRAF class",
    "sex": "Sex",
    "birth_year": "Year of birth",
    "age_at_ablation_years": "Age at ablation, years",
    "primary_site": "Primary tumour",
    "node_positive_primary": "Node-positive primary",
    "clm_timing": "Timing of metastases",
    "dfi_months": "Disease-free interval, months",
    "cea_ng_ml": "CEA, ng/mL",
    "n_clm_total": "Liver metastases",
    "extrahepatic_disease": "Extrahepatic disease",
    "prior_hepatectomy": "Earlier liver resection",
    "prior_chemotherapy": "Earlier chemotherapy",
    "ecog": "ECOG status",
    "has_lesions_set_aside": "Has rows set aside",
    "ltp": "Local tumour progression (LTP)",
    "ltp_date": "Date of LTP",
    "last_followup_date": "Last qualifying exam",
    "ltpfs_days": "LTP-free time, days",
    "ltpfs_months": "LTP-free time, months",
    "vital_status": "Vital status",
    "death_date": "Date of death",
    "death_cause": "Cause of death",
    "last_contact_date": "Last contact",
    "is_evaluable": "Evaluable for LTP",
    "is_residual": "Residual tumour",
    "adequate_date": "First adequate exam",
    "last_negative_date": "Last exam without LTP",
    "reason": "Why it counts as it does",
    "patient_id": "Patient",
    "lesion_id": "Lesion",
}
OF_PATIENTS = {"max_diameter_mm": "Largest diameter, mm", "ltp": "LTP in any lesion", "ltp_date": "Earliest LTP"}
YES_NO = {"true": "Yes", "false": "No"}
TECHNIQUES = {"rfa": "Radiofrequency", "mwa": "Microwave"}
NO_VALUE = "No value"
"""How a missing value is called, as opposed to the code `unknown`, which a site wrote."""
DIAMETER_CLASSES = {"true": "30 mm or more", "false": "Under 30 mm"}


def column(name: str, view: str = "") -> str:
    """Return a column's name as a person says it; one without words of its own loses its underscores."""
    own = OF_PATIENTS.get(name) if view == "patients" else None
    plain = name.replace("_", " ")
    return own or COLUMNS.get(name) or plain[:1].upper() + plain[1:]


def value(column_name: str, code: str | None) -> str:
    """Return a value's name: a code in words, true and false as yes and no, a missing value as such."""
    if code is None:
        return NO_VALUE
    if column_name == "diameter_ge_30" and code in DIAMETER_CLASSES:
        return DIAMETER_CLASSES[code]
    if column_name in ("reason", "site"):
        return code
    if column_name == "braf_class":
        return code.replace("_", " ")
    return YES_NO.get(code) or TECHNIQUES.get(code) or labels.stratum(column_name, code)


def counted(number: int, noun: str) -> str:
    """Return '1 patient', '1,200 patients'.

    >>> counted(1, "patient"), counted(1200, "lesion")
    ('1 patient', '1,200 lesions')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
