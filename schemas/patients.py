"""Declares the patients export, one row per patient with covariates and survival: columns and row rules.

The whole export is optional. Rules that look at sessions or exams are in warehouse/sql/rules/.
"""

import polars as pl

from schemas import codes, lookalike, phi
from schemas.export import Column, Export, RowRule, between, code_rules, if_filled
from schemas.thresholds import CEA_MAX_NG_ML, CEA_UNIT_SLIP_NG_ML, DFI_MAX_MONTHS, EARLIEST_BIRTH_YEAR, N_CLM_MAX


def _flag(name: str, prose: str) -> Column:
    return Column(name, "flag", prose, codes=codes.FLAG, code_rule="PAT-03")


COLUMNS = (
    Column("patient_id", "identifier", "The site's pseudonym for the patient.", required=True),
    Column("sex", "code", "Sex as recorded.", codes=codes.SEX, code_rule="PAT-03"),
    Column("birth_year", "integer", "Year of birth."),
    Column("primary_site", "code", "Site of the primary.", codes=codes.PRIMARY_SITE, code_rule="PAT-03"),
    _flag("node_positive_primary", "Whether the primary had lymph-node metastases."),
    Column("clm_timing", "code", "Timing of the metastases.", codes=codes.CLM_TIMING, code_rule="PAT-03"),
    Column("dfi_months", "number", "Months from the resection of the primary to the liver metastases."),
    Column("cea_ng_ml", "number", "Carcinoembryonic antigen before the first ablation, ng/mL."),
    Column("n_clm_total", "integer", "Number of colorectal liver metastases at the first ablation."),
    _flag("extrahepatic_disease", "Whether there was extrahepatic disease at the first ablation."),
    _flag("prior_hepatectomy", "Whether there was a liver resection before the first ablation."),
    _flag("prior_chemotherapy", "Whether there was systemic therapy before the first ablation."),
    Column(
        "ecog",
        "code",
        "ECOG performance status, 0 to 4.",
        codes=codes.ECOG,
        code_rule="PAT-03",
        stored_as="integer",
    ),
    Column("vital_status", "code", "Vital status.", codes=codes.VITAL_STATUS, code_rule="PAT-03"),
    Column("death_date", "date", "Date of death."),
    Column("death_cause", "code", "Cause of death.", codes=codes.DEATH_CAUSE, code_rule="PAT-03"),
    Column("last_contact_date", "date", "Date on which the patient was last known to be alive."),
)

_extract_year = pl.col("extract_date").dt.year()
_is_dead = pl.col("vital_status") == "dead"
_death_is_coherent = pl.col("death_date").is_null() | _is_dead.fill_null(False)


def _not_after_extract(column: str) -> RowRule:
    return RowRule("PAT-09", column, if_filled(column, pl.col(column) <= pl.col("extract_date")))


ROW_RULES = (
    *phi.rules(COLUMNS),
    *lookalike.rules(COLUMNS),
    *code_rules(COLUMNS),
    RowRule(
        "PAT-04",
        "birth_year",
        if_filled("birth_year", pl.col("birth_year").is_between(EARLIEST_BIRTH_YEAR, _extract_year)),
    ),
    RowRule(
        "PAT-12",
        "cea_ng_ml",
        if_filled("cea_ng_ml", (pl.col("cea_ng_ml") > 0) & (pl.col("cea_ng_ml") <= CEA_MAX_NG_ML)),
    ),
    RowRule("PAT-12-W", "cea_ng_ml", if_filled("cea_ng_ml", pl.col("cea_ng_ml") <= CEA_UNIT_SLIP_NG_ML)),
    RowRule("PAT-13", "dfi_months", between("dfi_months", 0, DFI_MAX_MONTHS)),
    RowRule("PAT-13", "n_clm_total", between("n_clm_total", 1, N_CLM_MAX)),
    RowRule("PAT-06", "vital_status", _death_is_coherent),
    RowRule("PAT-06", "death_date", _death_is_coherent),
    RowRule("PAT-06-W", "death_date", ~_is_dead.fill_null(False) | pl.col("death_date").is_not_null()),
    RowRule(
        "PAT-08-W",
        "last_contact_date",
        ~(_is_dead & (pl.col("last_contact_date") > pl.col("death_date"))).fill_null(False),
    ),
    _not_after_extract("death_date"),
    _not_after_extract("last_contact_date"),
)

EXPORT = Export(
    name="patients",
    prose="One row per patient: covariates at the first ablation, vital status, last contact.",
    key=("patient_id",),
    columns=COLUMNS,
    row_rules=ROW_RULES,
)
