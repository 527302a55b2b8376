"""Writes one study as a cBioPortal study of its calls, beside a database of everything else."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from schemas.exports import EXPORTS
from tests.sources.calls_kit import call, maf
from tests.sources.study_files import EXTRACT, Study
from tests.sources.study_kit import FILES, zip_of_study

Rows = Sequence[Mapping[str, str]]
GENES = ("KRAS", "NRAS", "BRAF")
PROTEINS = {"KRAS": "p.G12D", "NRAS": "p.Q61R", "BRAF": "p.V600E"}
SPECIMENS = {
    "primary": ("Primary", ""),
    "liver_metastasis": ("Metastasis", "Liver"),
    "other_metastasis": ("Metastasis", "Lung"),
    "ctdna": ("cfDNA", ""),
}
OF_SAMPLES = ("SPECIMEN_DATE", "REPORT_DATE")
SITE_TOML = """
[sources.lab]
kind = "cbioportal"
genes = ["KRAS", "NRAS", "BRAF"]

[exports.genotypes]
source = "lab"
[exports.genotypes.columns]
specimen_date = "SPECIMEN_DATE"
report_date = "REPORT_DATE"

[sources.ehr]
kind = "sql"
database = "sqlite"
connection = "{file}"
"""


def of_one_laboratory(study: Study) -> dict[str, Rows]:
    """The study as a cBioPortal study can hold it: of each specimen one report, on one panel that covers three genes,
    and of each call its protein change.
    """
    specimens = defaultdict(list)
    for row in study["genotypes"]:
        specimens[row["patient_id"], row["specimen_id"]].append(row)
    rows = [row for found in specimens.values() for row in _report(found)]
    return {**study, "genotypes": rows}


def _report(rows: Rows) -> list[dict[str, str]]:
    panel = next((row["panel"] for row in rows if row["panel"] in ("extended", "ngs")), "ngs")
    one = {name: max(row[name] for row in rows) for name in ("specimen_date", "report_date")}
    one |= {"panel": panel, "assay": panel}
    mutant = {row["gene"] for row in rows if row["result"] == "mutant"}
    reported = []
    for gene in GENES:
        found = {"result": "mutant", "variant": PROTEINS[gene], "vaf_percent": "30"}
        empty = {"result": "wild_type", "variant": "", "vaf_percent": ""}
        reported.append({**rows[0], **one, "gene": gene, **(found if gene in mutant else empty)})
    return reported


def write_calls_and_database(folder: Path, study: Study) -> str:
    """Write the ZIP of the cBioPortal study, and a database outside the site's folder; return the site.toml."""
    (folder / "lab").mkdir(parents=True)
    zip_of_study(folder / "lab" / f"{EXTRACT}.zip", _study_of_calls(study["genotypes"]))
    file = folder.parent.parent / "ehr.sqlite"
    said = [SITE_TOML.format(file=file)]
    with closing(sqlite3.connect(file)) as con:
        for export, rows in study.items():
            if export != "genotypes":
                names = EXPORTS[export].column_names
                con.execute(f"CREATE TABLE {export} ({', '.join(names)})")
                cells = [[row[name] or None for name in names] for row in rows]
                con.executemany(f"INSERT INTO {export} VALUES ({', '.join('?' * len(names))})", cells)
                said.append(
                    f'[exports.{export}]\nsource = "ehr"\nmode = "snapshot"\nquery = "SELECT * FROM {export}"\n'
                )
        con.commit()
    return "\n".join(said)


def _study_of_calls(genotypes: Rows) -> dict[str, str]:
    samples = {row["specimen_id"]: row for row in genotypes}
    calls = [
        call(gene=row["gene"], protein=row["variant"], sample=row["specimen_id"])
        for row in genotypes
        if row["result"] == "mutant"
    ]
    header = ("PATIENT_ID", "SAMPLE_ID", "SAMPLE_TYPE", "METASTATIC_SITE", *OF_SAMPLES)
    lines = [
        (row["patient_id"], sample, *SPECIMENS[row["specimen_site"]], row["specimen_date"], row["report_date"])
        for sample, row in samples.items()
    ]
    files = {name: text for name, text in FILES.items() if not name.startswith(("data_", "meta_timeline"))}
    files["data_clinical_patient.txt"] = _table(("PATIENT_ID",), {(row["patient_id"],) for row in genotypes})
    files["data_clinical_sample.txt"] = _table(header, lines)
    files["data_mutations.txt"] = maf(*calls)
    matrix = [(sample, row["panel"]) for sample, row in samples.items()]
    files["data_gene_panel_matrix.txt"] = "SAMPLE_ID\tmutations\n" + "".join(f"{s}\t{p}\n" for s, p in matrix)
    listed = "\t".join(GENES)
    files |= {f"data_gene_panel_{p}.txt": f"stable_id: {p}\ngene_list: {listed}\n" for _, p in matrix}
    files["case_lists/cases_sequenced.txt"] = f"stable_id: own_sequenced\ncase_list_ids: {chr(9).join(samples)}\n"
    return files


def _table(header: Sequence[str], rows: Sequence[Sequence[str]] | set[tuple[str]]) -> str:
    """A clinical table with the four lines that cBioPortal has above the header."""
    above = [header, header, ["STRING"] * len(header), ["1"] * len(header)]
    lines = [f"#{chr(9).join(line)}" for line in above] + ["\t".join(line) for line in (header, *sorted(rows))]
    return "".join(f"{line}\n" for line in lines)
