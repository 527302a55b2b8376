"""Writes mutations, and what was tested: case list, gene panels, and which sample was tested with which panel.

No row is no wild type: a gene counts as tested in a specimen if it has a result, mutant, wild_type or vus, there. A
panel is the set of tested genes, each with its word of the column `panel`, by which it is named.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from interchange.cbioportal.identifiers import FORBIDDEN
from interchange.text_lines import tab_separated, write_lines
from schemas.codes import PANEL
from warehouse.sources.molecular.call_columns import OWN_NAMES, OWN_RESULT, OWN_VAF, OWN_VARIANT
from warehouse.sources.molecular.own_panels import described

STATES = ("MSI", "MMR", "TMB")
"""What genotypes calls a gene and is none; an amplification is a result of its own, and no mutation."""
ENTREZ = {"KRAS": 3845, "NRAS": 4893, "BRAF": 673, "TP53": 7157, "SMAD4": 4089, "PIK3CA": 5290, "APC": 324}
"""NCBI's identifier of each gene of which the registry's tables have a column."""
SWISSPROT = {
    "KRAS": "RASK",
    "NRAS": "RASN",
    "BRAF": "BRAF",
    "TP53": "P53",
    "SMAD4": "SMAD4",
    "PIK3CA": "PK3CA",
    "APC": "APC",
}
MUTATED = "MUTATED"
"""What cBioPortal itself calls a mutation that nobody named."""
EXTENT = ("exon2_only", "unknown", "extended", "ngs")
"""Words of the column `panel`, by how much of a gene can be called wild type."""
LONGEST = 100
"""Letters of a panel's name, of which a file's name is made."""
NAMED = ", ".join(f"'{word}_' || string_agg(gene, '_' ORDER BY gene) FILTER (word = '{word}')" for word in PANEL)
TESTED = f"""
    CREATE TEMP TABLE study_tested AS
    WITH tests AS (
        SELECT site, patient_id, specimen_id, gene, result, list_position({list(EXTENT)}, coalesce(panel, 'unknown'))
            AS extent
        FROM clean.genotypes WHERE result IN ('mutant', 'wild_type', 'vus') AND gene NOT IN {STATES}
    ), genes AS (
        SELECT site, patient_id, specimen_id, gene,
               {list(EXTENT)}[coalesce(max(extent) FILTER (result <> 'mutant'), max(extent))] AS word
        FROM tests GROUP BY ALL
    ), by_specimen AS (
        SELECT site, patient_id, specimen_id, list(gene ORDER BY gene) AS genes, list(word ORDER BY gene) AS words,
               concat_ws('_', {NAMED}) AS name
        FROM genes GROUP BY ALL
    )
    SELECT s.id, s.patient, genes, words, CASE
        WHEN regexp_matches(name, '{FORBIDDEN}') OR length(name) > {LONGEST}
        THEN regexp_replace(name[:{LONGEST}], '{FORBIDDEN}', '_', 'g') || '_' || md5(name)[:8] ELSE name END AS panel
    FROM by_specimen JOIN study_samples s USING (site, patient_id, specimen_id) ORDER BY s.id
"""  # noqa: S608 (own text)
CALLS = f"""
    SELECT s.id, g.gene, CASE WHEN part IN ('', 'mutated') THEN '{MUTATED}' ELSE part END AS change, g.variant,
           g.vaf_percent
    FROM (
        SELECT *, trim(unnest(string_split(coalesce(variant_canonical, ''), ';'))) AS part FROM clean.genotypes
        WHERE result = 'mutant' AND gene NOT IN {STATES}
    ) g JOIN study_samples s USING (site, patient_id, specimen_id)
"""  # noqa: S608 (own text)
CLASS = """
    CASE WHEN change LIKE '%fs%' THEN CASE WHEN variant LIKE '%del%' THEN 'Frame_Shift_Del' ELSE 'Frame_Shift_Ins' END
    WHEN regexp_matches(change, 'del') THEN 'In_Frame_Del' WHEN regexp_matches(change, 'ins|dup') THEN 'In_Frame_Ins'
    WHEN regexp_matches(change, '(\\*|Ter|X)$') AND NOT change LIKE 'codon%' THEN 'Nonsense_Mutation'
    WHEN regexp_matches(change, '^p\\.[A-Z][0-9]+[A-Z]$') THEN 'Missense_Mutation'
    WHEN change ILIKE '%splice%' THEN 'Splice_Site' ELSE 'Unknown' END
"""
COLUMNS = {
    "Hugo_Symbol": "gene",
    "Entrez_Gene_Id": f"MAP {ENTREZ}[gene]",
    "Variant_Classification": CLASS,
    "Tumor_Sample_Barcode": "id",
    "HGVSp_Short": "change",
    "SWISSPROT": f"MAP {SWISSPROT}[gene] || '_HUMAN'",
    OWN_NAMES[OWN_RESULT]: "'mutant'",
    OWN_NAMES[OWN_VARIANT]: "variant",
    OWN_NAMES[OWN_VAF]: "vaf_percent",
}


def make_tested(con: duckdb.DuckDBPyConnection) -> int:
    """Make the temporary table study_tested of sequenced samples; return how many there are."""
    con.execute(TESTED)
    row = con.execute("SELECT count(*) FROM study_tested").fetchone()
    return int(row[0]) if row else 0


def write_mutations(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Write the mutations as a MAF without positions, which the registry does not have; return how many there are."""
    rows = f"SELECT {tab_separated(COLUMNS.values())} FROM ({CALLS}) ORDER BY id, gene, change, variant"  # noqa: S608
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write("\t".join(COLUMNS) + "\n")
        n = write_lines(con, rows, file)
        file.write("\n" if n else "")
    return n


def n_unclear(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many results are of unclear significance, which a MAF cannot say."""
    row = con.execute("SELECT count(*) FROM clean.genotypes WHERE result = 'vus'").fetchone()
    return int(row[0]) if row else 0


def write_panels(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write gene_panel_<panel>.txt for each panel; return the number of genes by file."""
    found = {}
    rows = con.execute("SELECT DISTINCT panel, genes, words FROM study_tested ORDER BY panel").fetchall()
    for panel, genes, words in rows:
        name = f"gene_panel_{panel}.txt"
        what = described(dict(zip(genes, words, strict=True)))
        said = f"stable_id: {panel}\ndescription: {what}\ngene_list: {chr(9).join(genes)}\n"
        (folder / name).write_text(said, encoding="utf-8")
        found[name] = len(genes)
    return found


def write_matrix(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Write which sample was tested with which panel, NA for none; return the number of samples."""
    rows = (
        "SELECT s.id || chr(9) || coalesce(t.panel, 'NA') FROM study_samples s LEFT JOIN study_tested t ON t.id = s.id "
        "ORDER BY s.id"
    )
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write("SAMPLE_ID\tmutations\n")
        n = write_lines(con, rows, file)
        file.write("\n" if n else "")
    return n


def sequenced(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the samples in which anything was tested."""
    return [one for (one,) in con.execute("SELECT id FROM study_tested ORDER BY id").fetchall()]
