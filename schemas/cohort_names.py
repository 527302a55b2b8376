"""Names the columns of the cohort views as a person says them: the only such list, for the report and for the page that
is clicked.

A column of dates is named by the event that it dates; time may run from it.
"""

from typing import NamedTuple


class Name(NamedTuple):
    """A column's name, and its unit; `is_number`: it counts things, so that its unit is their number."""

    name: str
    unit: str = ""
    is_number: bool = False

    @property
    def whole(self) -> str:
        """Return name and unit in one.

        >>> Name("CEA", "ng/mL").whole, Name("Lesions ablated", is_number=True).whole, Name("KRAS").whole
        ('CEA, ng/mL', 'Lesions ablated', 'KRAS')
        """
        return f"{self.name}, {self.unit}" if self.unit else self.name

    @property
    def counted(self) -> str:
        """Return the same, which says of a number that it is one.

        >>> Name("Lesions ablated", is_number=True).counted
        'Lesions ablated, number'
        """
        return f"{self.name}, number" if self.is_number else self.whole


NAMES = {
    "site": Name("Site"),
    "patient_id": Name("Patient"),
    "lesion_id": Name("Lesion"),
    "ablation_year": Name("Year of first ablation"),
    "n_lesions": Name("Lesions ablated", is_number=True),
    "n_sessions": Name("Sessions", is_number=True),
    "max_diameter_mm": Name("Largest diameter", "mm"),
    "diameter_ge_30": Name("Largest diameter"),
    "minimal_margin_mm": Name("Smallest margin", "mm"),
    "margin_class": Name("Margin", "mm"),
    "margin_method": Name("Margin measured by"),
    "margin_software": Name("Margin software"),
    "n_lesions_with_margin": Name("Lesions with a known margin", is_number=True),
    "zone_short_mm": Name("Short axis of the ablation zone", "mm"),
    "sector": Name("Sector of the liver"),
    "segment": Name("Segment"),
    "modality": Name("Modality"),
    "approach": Name("Approach"),
    "subcapsular": Name("Subcapsular"),
    "perivascular": Name("Perivascular"),
    "kras": Name("KRAS"),
    "nras": Name("NRAS"),
    "braf": Name("BRAF"),
    "ras": Name("RAS"),
    "ras_extended": Name("RAS, extended testing"),
    "braf_class": Name("BRAF class"),
    "tp53": Name("TP53"),
    "smad4": Name("SMAD4"),
    "pik3ca": Name("PIK3CA"),
    "apc": Name("APC"),
    "her2_amplification": Name("HER2 amplification"),
    "msi": Name("Microsatellite instability"),
    "mmr": Name("Mismatch repair"),
    "tmb_per_mb": Name("Tumour mutational burden", "mutations per Mb"),
    "sex": Name("Sex"),
    "birth_year": Name("Year of birth"),
    "age_at_ablation_years": Name("Age at first ablation", "years"),
    "primary_site": Name("Primary tumour"),
    "node_positive_primary": Name("Node-positive primary"),
    "clm_timing": Name("Timing of liver metastases"),
    "dfi_months": Name("Disease-free interval", "months"),
    "cea_ng_ml": Name("CEA", "ng/mL"),
    "n_clm_total": Name("Liver metastases", is_number=True),
    "extrahepatic_disease": Name("Extrahepatic disease"),
    "prior_hepatectomy": Name("Prior hepatectomy"),
    "prior_chemotherapy": Name("Prior chemotherapy"),
    "ecog": Name("ECOG performance status"),
    "has_lesions_set_aside": Name("Sessions set aside"),
    "n_evaluable_lesions": Name("Lesions evaluable for LTP", is_number=True),
    "is_evaluable": Name("Evaluable for LTP"),
    "is_residual": Name("Residual tumour"),
    "ltp": Name("LTP"),
    "ltpfs_days": Name("LTP-free time", "days"),
    "ltpfs_months": Name("LTP-free time", "months"),
    "vital_status": Name("Vital status"),
    "death_cause": Name("Cause of death"),
    "reason": Name("Why it counts as it does"),
}
"""Column -> its name, where it is not a date."""
EVENTS = {
    "first_ablation_date": "first ablation",
    "adequate_date": "first exam without viable tumour",
    "last_negative_date": "last exam without viable tumour",
    "ltp_date": "LTP",
    "last_followup_date": "last imaging follow-up",
    "last_contact_date": "last contact",
    "death_date": "death",
}
"""Column of dates -> the event that it dates."""
OF_VIEW = {
    "patients": {"diameter_ge_30": Name("Largest diameter, two classes"), "ltp": Name("LTP of any lesion")},
    "lesions": {"max_diameter_mm": Name("Diameter", "mm"), "diameter_ge_30": Name("Diameter, two classes")},
}
"""View -> names that hold for one of its rows and not for the other view's, or that stand beside a like one."""


def of_view(column: str, view: str) -> Name:
    """Return a column's name where all columns of cohort.<view> stand together; one that is not declared loses its
    underscores.

    >>> of_view("ltp", "patients").whole, of_view("ltp_date", "lesions").whole, of_view("n_lesions", "patients").whole
    ('LTP of any lesion', 'Date of LTP', 'Lesions ablated')
    """
    if column in EVENTS:
        return Name(f"Date of {EVENTS[column]}")
    return OF_VIEW.get(view, {}).get(column) or NAMES.get(column) or Name(column.replace("_", " ").capitalize())
