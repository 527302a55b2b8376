"""Finds the columns of a table of variant calls: MAF's, and those that VEP, Funcotator, Oncotator and ANNOVAR add.

Names as in GDC's MAF specification, cBioPortal's File-Formats, vcf2maf 1.6 and ANNOVAR's *_multianno.txt.
"""

from collections.abc import Sequence

from warehouse.sources.file_columns import plain

SAMPLE, GENE, CLASS, REGION, STATUS = "sample", "gene", "class", "region", "status"
PROTEIN, CODING, ANNOVAR, TRANSCRIPT = "protein", "coding", "annovar", "transcript"
CHROMOSOME, START, REF, ALT, ALT1, BUILD = "chromosome", "start", "ref", "alt", "alt1", "build"
N_ALT, N_REF, DEPTH, SHARE = "n_alt", "n_ref", "depth", "share"
FILTER, PANEL_ID, ENTREZ = "filter", "panel_id", "entrez"
OWN_RESULT, OWN_VARIANT, OWN_VAF = "own_result", "own_variant", "own_vaf"
OWN_NAMES = {
    OWN_RESULT: "ablation_registry.result",
    OWN_VARIANT: "ablation_registry.variant",
    OWN_VAF: "ablation_registry.vaf_percent",
}
"""Columns of the MAF in a study that the registry exported: what the release says, and so nothing is judged again."""
NAMES: dict[str, tuple[str, ...]] = {
    SAMPLE: ("tumor_sample_barcode", "tumor_sample_id", "tumor_sample_uuid", "sample_id", "sampleid", "sample"),
    GENE: ("hugo_symbol", "symbol", "gene_symbol", "gene_name", "gene.", "gene", "entrez_gene_id"),
    ENTREZ: ("entrez_gene_id",),
    CLASS: ("variant_classification", "consequence", "exonicfunc."),
    REGION: ("func.",),
    STATUS: ("mutation_status",),
    PROTEIN: (
        *("hgvsp_short", "protein_change", "amino_acid_change", "proteinchange", "hgvs.p", "hgvs_p", "hgvsp"),
        *("aachange", "aa_change", "amino_acids_change"),
    ),
    CODING: ("hgvsc", "cdna_change", "hgvs.c", "hgvs_c", "coding_change", "cdnachange"),
    ANNOVAR: ("aachange.",),
    TRANSCRIPT: ("transcript_id", "annotation_transcript", "feature", "refseq", "transcript"),
    CHROMOSOME: ("chromosome", "chrom", "chr"),
    START: ("start_position", "start_pos", "start", "pos"),
    REF: ("reference_allele", "ref"),
    ALT: ("tumor_seq_allele2", "alt", "variant_allele"),
    ALT1: ("tumor_seq_allele1",),
    BUILD: ("ncbi_build", "build"),
    N_ALT: ("t_alt_count", "tumor_alt_count", "tumor_var_count"),
    N_REF: ("t_ref_count", "tumor_ref_count"),
    DEPTH: ("t_depth",),
    SHARE: ("tumor_f",),
    FILTER: ("vcf filter",),
    PANEL_ID: ("seq_assay_id", "gene_panel"),
    **{what: (name,) for what, name in OWN_NAMES.items()},
}
"""What a column holds -> its names in lower case, of which the first that the file has counts. A name that ends with a
point has the name of a transcript set behind it, such as Gene.refGene, of which TRANSCRIPT_SETS has the order."""
TRANSCRIPT_SETS = ("refgenewithver", "refgene", "ensgene", "knowngene")
OF_ONE_CALL = (
    *(GENE, CLASS, REGION, STATUS, PROTEIN, CODING, ANNOVAR, TRANSCRIPT),
    *(CHROMOSOME, START, REF, ALT, ALT1, N_ALT, N_REF, DEPTH, SHARE, ENTREZ),
    *(OWN_RESULT, OWN_VARIANT, OWN_VAF),
)
"""What a column holds that says something of one variant, and nothing of the sample."""


def call_columns(header: Sequence[str]) -> dict[str, int]:
    """Return the position of what was found in the header, by what it holds.

    >>> call_columns(["Hugo_Symbol", "HGVSp_Short", "Tumor_Sample_Barcode"])
    {'sample': 2, 'gene': 0, 'protein': 1}
    """
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(plain(name), place)
    found = {}
    for what, names in NAMES.items():
        known = [one for name in names for one in _spelled(name)]
        at = next((places[name] for name in known if name in places), None)
        if at is not None:
            found[what] = at
    return found


def further_columns(header: Sequence[str]) -> dict[str, list[int]]:
    """Return the positions of further columns of protein and coding change, which say it where the first is empty.

    >>> further_columns(["HGVSp_Short", "Hugo_Symbol", "Protein_Change"])
    {'protein': [2], 'coding': []}
    """
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(plain(name), place)
    return {what: [places[name] for name in NAMES[what] if name in places][1:] for what in (PROTEIN, CODING)}


def _spelled(name: str) -> list[str]:
    return [f"{name}{of}" for of in TRANSCRIPT_SETS] if name.endswith(".") else [name]
