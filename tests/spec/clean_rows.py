"""Complete clean rows from drawn ones, and their way into a DuckDB database."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from schemas import genotype
from tests.spec.drawing import Drawn

Row = dict[str, Any]
Clean = dict[str, list[Row]]

EXPORTS = ("patients", "rfa_sessions", "genotypes", "imaging_followups", "treatments")
SET_ASIDE = "set_aside_sessions"  # work.set_aside_sessions: session rows in quarantine
TOLD = "with_treatments"  # work.with_treatments: patients of sites that deliver treatments
DAY_OF_ABLATION = date(2020, 1, 1)

COLUMNS = {
    "patients": (
        "sex birth_year primary_site node_positive_primary clm_timing dfi_months cea_ng_ml n_clm_total "
        "extrahepatic_disease prior_hepatectomy prior_chemotherapy ecog vital_status death_date death_cause "
        "last_contact_date origin"
    ),
    "rfa_sessions": "session_id session_date lesion_id max_diameter_mm",
    "genotypes": (
        "specimen_id specimen_site specimen_date gene result variant panel vaf_percent tmb_per_mb assay "
        "variant_canonical variant_status variant_class codon braf_class"
    ),
    "imaging_followups": (
        "exam_id exam_date modality contrast_enhanced lesion_id lesion_status distance_to_zone_mm "
        "new_liver_lesion extrahepatic_progression"
    ),
    "treatments": "treatment_id kind start_date stop_date regimen therapy_line lesion_id intent",
    "set_aside_sessions": "lesion_id",
    "with_treatments": "",
}
DEFAULTS: dict[str, Row] = {
    "patients": {"origin": "export"},
    "rfa_sessions": {"session_date": DAY_OF_ABLATION, "lesion_id": "L1", "max_diameter_mm": 20.0},
    "genotypes": {"specimen_id": "T1", "specimen_site": "liver_metastasis", "gene": "KRAS"},
    "imaging_followups": {
        "modality": "ct",
        "contrast_enhanced": "yes",
        "lesion_id": "L1",
        "lesion_status": "no_viable",
    },
    "treatments": {"kind": "systemic"},
    "set_aside_sessions": {},
    "with_treatments": {},
}
NUMBERED = {
    "rfa_sessions": ("session_id", "S"),
    "imaging_followups": ("exam_id", "E"),
    "treatments": ("treatment_id", "T"),
}
WHOLE_NUMBERS = {"birth_year", "n_clm_total", "ecog", "line", "codon", "therapy_line"}
NUMBERS = {"max_diameter_mm", "distance_to_zone_mm", "vaf_percent", "tmb_per_mb", "dfi_months", "cea_ng_ml"}


def value_of(column: str, cell: str) -> Any:
    """A drawn cell as the value of its column: None where empty."""
    if cell == "":
        return None
    if column.endswith("_date"):
        return date.fromisoformat(cell)
    if column in WHOLE_NUMBERS:
        return int(cell)
    return float(cell) if column in NUMBERS else cell


def complete(export: str, shown: Row, line: int) -> Row:
    """The whole clean row: what is shown, else what goes without saying, else None; variants are parsed."""
    row: Row = {"site": "a", "patient_id": "P1", "delivery": f"{export}.csv", "line": line}
    row |= dict.fromkeys(COLUMNS[export].split())
    row |= DEFAULTS[export]
    if export in NUMBERED:
        column, letter = NUMBERED[export]
        row[column] = f"{letter}{line}"
    row |= shown
    if export == "genotypes":
        row |= parsed_variant(row["gene"], row["variant"])
    return row


def parsed_variant(gene: str, variant: str | None) -> Row:
    """The columns that clean.genotypes adds to a variant as it was written."""
    told = genotype.describe(gene, variant)
    return {
        "variant_canonical": told.canonical,
        "variant_status": told.status,
        "variant_class": told.variant_class,
        "codon": told.codon,
        "braf_class": told.braf_class,
    }


def clean_from(tables: list[Drawn]) -> Clean:
    """Clean rows of all exports from the drawn tables of a case."""
    clean: Clean = {name: [] for name in (*EXPORTS, SET_ASIDE, TOLD)}
    for table in tables:
        for line, cells in enumerate(table.rows, start=1):
            shown = {column: value_of(column, cell) for column, cell in zip(table.columns, cells, strict=True)}
            clean[table.name].append(complete(table.name, shown, line))
    if not any(table.name == "rfa_sessions" for table in tables):
        clean["rfa_sessions"].append(complete("rfa_sessions", {}, 1))
    return with_told(with_patients_of_sessions(clean))


def with_told(clean: Clean) -> Clean:
    """Add the patients with sessions at the sites of which a treatment is shown: those sites deliver treatments."""
    sites = {row["site"] for row in clean["treatments"]}
    told = {(row["site"], row["patient_id"]) for row in clean["rfa_sessions"] if row["site"] in sites}
    told -= {(row["site"], row["patient_id"]) for row in clean[TOLD]}
    clean[TOLD] += [complete(TOLD, {"site": site, "patient_id": patient}, 0) for site, patient in sorted(told)]
    return clean


def with_patients_of_sessions(clean: Clean) -> Clean:
    """Add the row that a patient gets who has sessions but no row of the patients export."""
    known = {(row["site"], row["patient_id"]) for row in clean["patients"]}
    for site, patient_id in sorted({(row["site"], row["patient_id"]) for row in clean["rfa_sessions"]} - known):
        told = {"site": site, "patient_id": patient_id, "origin": "sessions", "delivery": None, "line": None}
        clean["patients"].append(complete("patients", told, 0))
    return clean


def insert(con: duckdb.DuckDBPyConnection, clean: Clean) -> None:
    """Insert clean rows by the names of their columns; columns that a row does not have stay NULL."""
    for export in EXPORTS:
        if clean[export]:
            con.register("drawn_rows", pa.Table.from_pylist(clean[export]))
            con.execute(f"INSERT INTO clean.{export} BY NAME SELECT * FROM drawn_rows")
            con.unregister("drawn_rows")
    for row in clean[SET_ASIDE]:
        lesion = [row["site"], row["patient_id"], row["lesion_id"]]
        con.execute("INSERT INTO work.set_aside_sessions (site, patient_id, lesion_id) VALUES (?, ?, ?)", lesion)
    for row in clean[TOLD]:
        con.execute("INSERT INTO work.with_treatments VALUES (?, ?)", [row["site"], row["patient_id"]])
