"""ADSL: one record for each patient with an ablated lesion, with what was known at the first ablation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from interchange.adam.variables import KEYS, TREATMENT, YES_NO, Dataset, Kind, Variable, flag, truth
from interchange.outgoing import Described

SEXES = {"F": "Female", "M": "Male", "U": "Unknown, or other"}
TREATED = {"RFA": "Radiofrequency", "MWA": "Microwave", "OTHER": "Other, or several at the first session"}
VIEW = "cohort.patients"
COLUMNS = re.compile(r"\bt\.(\w+)")
READS = """
    cohort.patients t LEFT JOIN derived.last_known_alive a USING (site, patient_id) LEFT JOIN (
        SELECT site, patient_id, CASE WHEN count(DISTINCT modality) = 1 THEN upper(any_value(modality)) ELSE 'OTHER' END
            AS modality
        FROM (
            SELECT site, patient_id, modality, first_ablation_date, min(first_ablation_date) OVER (
                PARTITION BY site, patient_id) AS first_date
            FROM cohort.lesions
        ) WHERE first_ablation_date = first_date GROUP BY ALL
    ) m USING (site, patient_id)
"""


def _of(column: str, name: str, label: str, kind: Kind = "text") -> Variable:
    """Return a variable that is a column as it stands; its codes are the column's own."""
    return Variable(name, label, kind, f"t.{column}", column)


def _flag(column: str, name: str, label: str) -> Variable:
    return Variable(name, label, "text", flag(f"t.{column}"), column, YES_NO)


VARIABLES = (
    *KEYS,
    Variable("AGE", "Age", "integer", "t.age_at_ablation_years", "year of the first ablation less birth_year"),
    Variable("AGEU", "Age Units", "text", "'YEARS'", codes={"YEARS": "Years"}, is_filled=True),
    Variable("SEX", "Sex", "text", "CASE t.sex WHEN 'female' THEN 'F' WHEN 'male' THEN 'M' ELSE 'U' END", "sex", SEXES),
    Variable("RACE", "Race", "text", "'UNKNOWN'", "not collected", {"UNKNOWN": "Unknown"}, True),
    Variable("ARM", "Description of Planned Arm", "text", f"'{TREATMENT}'", "one arm", is_filled=True),
    Variable("TRT01P", "Planned Treatment for Period 01", "text", f"'{TREATMENT}'", "one arm", is_filled=True),
    Variable(
        "TRT01A", "Actual Treatment for Period 01", "text", "m.modality", "modality at the first session", TREATED
    ),
    Variable("TRTSDT", "Date of First Exposure to Treatment", "date", "t.first_ablation_date", "first_ablation_date"),
    Variable(
        "EVLTPFL", "Evaluable for LTP Flag", "text", truth("(t.n_evaluable_lesions > 0)"), "n_evaluable_lesions", YES_NO
    ),
    Variable(
        "DTHFL",
        "Subject Death Flag",
        "text",
        "CASE WHEN t.death_date IS NOT NULL THEN 'Y' END",
        "death_date",
        {"Y": "Yes"},
    ),
    Variable("DTHDT", "Date of Death", "date", "t.death_date", "death_date"),
    _of("death_cause", "DTHCAUS", "Cause of Death"),
    Variable("LSTALVDT", "Date Last Known Alive", "date", "a.last_known_alive_date", "last_known_alive_date"),
    _of("n_lesions", "NLES", "Ablated Lesions", "integer"),
    _of("n_evaluable_lesions", "NLESEV", "Lesions Evaluable for LTP", "integer"),
    _of("max_diameter_mm", "DIAMMX", "Largest Lesion Diameter (mm)", "float"),
    _of("minimal_margin_mm", "MARGMIN", "Smallest Minimal Margin (mm)", "float"),
    _of("kras", "KRAS", "KRAS Status"),
    _of("nras", "NRAS", "NRAS Status"),
    _of("braf", "BRAF", "BRAF Status"),
    _of("ras", "RAS", "RAS Status"),
    _of("ras_extended", "RASEXT", "RAS Status by Extended Testing"),
    _of("braf_class", "BRAFCL", "Functional Class of the BRAF Variant"),
    _of("tp53", "TP53", "TP53 Status"),
    _of("smad4", "SMAD4", "SMAD4 Status"),
    _of("pik3ca", "PIK3CA", "PIK3CA Status"),
    _of("apc", "APC", "APC Status"),
    _of("her2_amplification", "HER2", "HER2 Amplification"),
    _of("msi", "MSI", "Microsatellite Instability"),
    _of("mmr", "MMR", "Mismatch Repair"),
    _of("tmb_per_mb", "TMB", "Tumour Mutational Burden (per Mb)", "float"),
    _of("primary_site", "PRIMSITE", "Site of the Primary"),
    _flag("node_positive_primary", "NODEFL", "Node-Positive Primary Flag"),
    _of("clm_timing", "CLMTIM", "Timing of Liver Metastases"),
    _of("dfi_months", "DFI", "Disease-Free Interval (months)", "float"),
    _of("cea_ng_ml", "CEA", "CEA before Ablation (ng/mL)", "float"),
    _of("n_clm_total", "NCLM", "Liver Metastases in All", "integer"),
    _flag("extrahepatic_disease", "EHDFL", "Extrahepatic Disease Flag"),
    _flag("prior_hepatectomy", "HEPFL", "Earlier Liver Resection Flag"),
    _flag("prior_chemotherapy", "CHEMFL", "Earlier Systemic Therapy Flag"),
    _of("ecog", "ECOG", "ECOG Performance Status", "integer"),
)


def adsl(tables: Mapping[str, Described]) -> Dataset:
    """Return ADSL with those of its variables whose columns the release has."""
    view = tables[VIEW]
    codes = {column.name: {str(code): str(code).replace("_", " ") for code in column.codes} for column in view.columns}
    there = tuple(
        replace(one, codes=codes[one.derived]) if one.sql == f"t.{one.derived}" else one
        for one in VARIABLES
        if all(view.has(name) for name in COLUMNS.findall(one.sql))
    )
    return Dataset(
        "ADSL", "Subject-Level Analysis Dataset", "SUBJECT LEVEL ANALYSIS DATASET", there, READS, ("USUBJID",)
    )
