"""Refuses tables of variants that are no MAF by their names, with what makes one of them.

In both a call has a row for each transcript: VEP's default output ("Default VEP output", Ensembl), and the simple
somatic mutations of ICGC's portal.
"""

from collections.abc import Sequence
from pathlib import Path

from warehouse.sources.file_columns import plain
from warehouse.sources.molecular.comment_lines import n_comment_lines
from warehouse.storage.errors import DeliveryRejected

VCF, VEP = "##fileformat=vcf", "#uploaded_variation"
ICGC = "icgc_mutation_id"
MOST_CHARS = 1 << 16


def refuse_other_tables(header: Sequence[str]) -> None:
    """Raise DeliveryRejected if the header is that of ICGC's table of mutations."""
    if ICGC in map(plain, header):
        raise DeliveryRejected(
            "The file is ICGC's table of simple somatic mutations and no MAF: a call has a row for each transcript.",
            "Convert it to MAF, as icgcSimpleMutationToMAF of maftools does, and deliver that.",
        )


def refuse_commented_header(path: Path) -> None:
    """Raise DeliveryRejected if what is above the rows is the header of a VCF, or of VEP's own table."""
    with open(path, encoding="utf-8-sig", errors="replace") as lines:
        for number in range(n_comment_lines(path)):
            line = lines.readline(MOST_CHARS).lower()
            if number == 0 and line.startswith(VCF):
                raise DeliveryRejected(
                    "The file is a VCF and no MAF.", 'Write kind = "vcf" for this source into site.toml.'
                )
            if line.startswith(VEP):
                raise DeliveryRejected(
                    "The file is VEP's own table and no MAF: a call has a row for each transcript.",
                    "Let VEP write VCF (--vcf) for a source of kind vcf, or convert that to MAF with vcf2maf.",
                )
