"""Writes the clinical tables of a study, patients and samples, with the four rows that say what each column is.

Columns bear the names of the registry, in capitals, so that they are found again when the study is read as a source.
Endpoints without a competing event are there as pairs of STATUS and MONTHS, of which cBioPortal draws curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from interchange.outgoing import Outgoing
from interchange.text_lines import tab_separated, write_lines
from schemas.codes import GENE_RESULT

STRING, NUMBER = "STRING", "NUMBER"
NUMBERS = ("INTEGER", "BIGINT", "DOUBLE")
OF_PATIENT = (
    *("sex", "birth_year", "primary_site", "node_positive_primary", "clm_timing", "dfi_months", "cea_ng_ml"),
    *("n_clm_total", "extrahepatic_disease", "prior_hepatectomy", "prior_chemotherapy", "ecog", "death_cause"),
    *("n_lesions", "n_evaluable_lesions", "max_diameter_mm", "minimal_margin_mm", "ablation_year"),
    *("kras", "nras", "braf", "ras", "ras_extended", "braf_class"),
)
RENAMED = {"primary_site": "TUMOR_SITE"}
"""PRIMARY_SITE is an attribute of samples to cBioPortal, and of no other table."""
SURVIVAL = {
    "OS": ("1:DECEASED", "0:LIVING"),
    "DFS": ("1:Recurred/Progressed", "0:DiseaseFree"),
    **dict.fromkeys(("LTPFS", "IHPFS", "DDFS", "PFS"), ("1:Progressed or died", "0:Censored")),
}
"""Endpoint of patients -> what an event and a censoring are called; none of them has a competing event."""
STATES = {
    "MSI": ("MSI_STATUS", "result", "Microsatellite instability"),
    "MMR": ("MMR_STATUS", "result", "Mismatch repair"),
    "ERBB2": ("HER2_AMPLIFICATION", "result", "Whether HER2 (ERBB2) is amplified"),
    "TMB": ("TMB_PER_MB", "tmb_per_mb", "Tumour mutational burden per megabase"),
}
"""`gene` of the genotypes -> column of the samples, the column that it is taken from, and its meaning."""
SAMPLE_TYPE = """
    CASE g.specimen_site WHEN 'liver_metastasis' THEN 'Metastasis' WHEN 'other_metastasis' THEN 'Metastasis'
    WHEN 'primary' THEN 'Primary' WHEN 'ctdna' THEN 'ctDNA' ELSE 'Unknown' END
"""
PLACE = "CASE g.specimen_site WHEN 'liver_metastasis' THEN 'Liver' WHEN 'other_metastasis' THEN 'Other organ' END"
SPECIMENS = """(
    SELECT site, patient_id, specimen_id, any_value(specimen_site ORDER BY specimen_site) AS specimen_site,
           min(specimen_date) AS specimen_date FROM clean.genotypes GROUP BY ALL
)"""


@dataclass(frozen=True)
class Attribute:
    """A column: its name, meaning and datatype, and the SQL that makes it."""

    name: str
    prose: str
    kind: str
    sql: str

    @property
    def title(self) -> str:
        """Return its name as it is shown.

        >>> Attribute("MAX_DIAMETER_MM", "", "NUMBER", "").title
        'Max diameter mm'
        """
        return self.name.replace("_", " ").capitalize()


def write_patients(release: Outgoing, path: Path) -> int:
    """Write the patients; return how many there are."""
    view = release.tables["cohort.patients"]
    attributes = [
        Attribute("PATIENT_ID", "The patient", STRING, "p.id"),
        Attribute("CENTRE", "The site", STRING, "t.site"),
    ]
    if view.has("age_at_ablation_years"):
        attributes.append(Attribute("AGE", "Age at the first ablation", NUMBER, "t.age_at_ablation_years"))
    for column in view.columns:
        if column.name in OF_PATIENT:
            kind = NUMBER if column.kind in NUMBERS else STRING
            name = RENAMED.get(column.name, column.name.upper())
            attributes.append(Attribute(name, column.prose, kind, f"t.{column.name}"))
    joins = ["JOIN study_patients p USING (site, patient_id)"]
    for endpoint in _endpoints(release.con):
        event, censored = SURVIVAL[endpoint]
        name = f"e_{endpoint.lower()}"
        joins.append(
            f"LEFT JOIN (FROM derived.time_to_event WHERE endpoint = '{endpoint}' AND level = 'patient') {name} "
            f"USING (site, patient_id)"
        )
        status = f"CASE {name}.event WHEN 1 THEN '{event}' WHEN 0 THEN '{censored}' END"
        attributes.append(Attribute(f"{endpoint}_STATUS", f"{endpoint}: event or censored", STRING, status))
        months = f"round({name}.months, 4)"
        attributes.append(
            Attribute(f"{endpoint}_MONTHS", f"{endpoint}: months from the first ablation", NUMBER, months)
        )
    return _write(release.con, path, attributes, f"cohort.patients t {' '.join(joins)}")


def write_samples(release: Outgoing, path: Path) -> int:
    """Write the samples; return how many there are."""
    attributes = [
        Attribute("PATIENT_ID", "The patient", STRING, "s.patient"),
        Attribute("SAMPLE_ID", "The specimen", STRING, "s.id"),
        Attribute("CANCER_TYPE", "Cancer type", STRING, "'Colorectal Cancer'"),
        Attribute("CANCER_TYPE_DETAILED", "Cancer type in detail", STRING, "'Colorectal Adenocarcinoma'"),
        Attribute("SAMPLE_TYPE", "Primary or metastasis", STRING, SAMPLE_TYPE),
        Attribute("METASTATIC_SITE", "Organ of a metastasis", STRING, PLACE),
        Attribute("SPECIMEN_SITE", "Where the specimen is from, in the registry's words", STRING, "g.specimen_site"),
        Attribute("SPECIMEN_DATE", "Date of the specimen", STRING, "g.specimen_date"),
    ]
    joins = [f"LEFT JOIN {SPECIMENS} g USING (site, patient_id, specimen_id)"]
    has_tmb = release.tables["clean.genotypes"].has("tmb_per_mb")
    for gene, (name, column, prose) in STATES.items():
        if column == "tmb_per_mb" and not has_tmb:
            continue
        said = (
            f"SELECT site, patient_id, specimen_id, max({column}) AS said FROM clean.genotypes "  # noqa: S608
            f"WHERE gene = '{gene}' AND result NOT IN {GENE_RESULT} GROUP BY ALL"
        )
        joins.append(f"LEFT JOIN ({said}) {name.lower()} USING (site, patient_id, specimen_id)")
        kind = NUMBER if column == "tmb_per_mb" else STRING
        attributes.append(Attribute(name, prose, kind, f"{name.lower()}.said"))
    return _write(release.con, path, attributes, f"study_samples s {' '.join(joins)}")


def _endpoints(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute("SELECT DISTINCT endpoint FROM derived.time_to_event WHERE level = 'patient'").fetchall()
    return [name for name in SURVIVAL if (name,) in found]


def _write(con: duckdb.DuckDBPyConnection, path: Path, attributes: Sequence[Attribute], source: str) -> int:
    head = (
        [one.title for one in attributes],
        [one.prose for one in attributes],
        [one.kind for one in attributes],
        ["1"] * len(attributes),
    )
    rows = f"SELECT {tab_separated(one.sql for one in attributes)} FROM {source} ORDER BY ALL"  # noqa: S608 (own names)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for row in head:
            file.write("#" + "\t".join(row) + "\n")
        file.write("\t".join(one.name for one in attributes) + "\n")
        n = write_lines(con, rows, file)
        file.write("\n" if n else "")
    return n
