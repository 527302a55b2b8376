"""Writes one dictionary entry in every way in which reports write a variant."""

from schemas.genotype.codon import THREE_LETTER
from schemas.genotype.dictionary import ENTRIES, REFERENCE_CODONS, TRANSCRIPTS

ALL_ENTRIES = [
    (gene, short, coding) for gene in ENTRIES for short, codings in ENTRIES[gene].items() for coding in codings
]


def protein_dresses(gene: str, short: str) -> dict[str, str]:
    """Name of the dress -> text, for a protein change such as 'G12D'."""
    ref, position, new = THREE_LETTER[short[0]], short[1:-1], THREE_LETTER[short[-1]]
    full = f"{ref}{position}{new}"
    return {
        "full": f"p.{full}",
        "predicted": f"p.({full})",
        "short": f"p.{short}",
        "bare short": short,
        "bare full": full,
        "without reference": f"{position}{new}",
        "reference sequence": f"NP_004976.2:p.({full})",
        "reference left out": f"NP_…:p.({full})",
        "lower case": f"p.{short.lower()}",
        "upper case": f"P.{full.upper()}",
        "spaces": f" p. {ref} {position} {new} ",
        "full width": "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in f"p.({full})"),
        "gene in front": f"{gene} {short}",
        "gene stuck to it": f"{gene}{short}",
        "gene and word": f"{gene} mutation ({short})",
        "Chinese": f"{short}突变",
        "share of reads": f"p.{short}, 12.5 %",
        "codon and residue": f"codon {position} {ref}>{new}",
    }


def coding_dresses(gene: str, coding: str) -> dict[str, str]:
    """Name of the dress -> text, for a coding substitution such as '35G>A'."""
    position, old, new = int(coding[:-3]), coding[-3], coding[-1]
    codon = (position + 2) // 3
    before = REFERENCE_CODONS[gene][codon]
    i = (position - 1) % 3
    after = before[:i] + new + before[i + 1 :]
    return {
        "plain": f"c.{coding}",
        "bare": coding,
        "reference sequence": f"{TRANSCRIPTS[gene]}.5:c.{coding}",
        "reference sequence and gene": f"{TRANSCRIPTS[gene]}.5({gene}):c.{coding}",
        "dashed arrow": f"{position}{old}->{new}",
        "drawn arrow": f"c.{position}{old}→{new}",
        "spaces": f"c. {position} {old} > {new}",
        "lower case": f"c.{coding.lower()}",
        "full width": f"ｃ．{position}{old}＞{new}",
        "web entity": f"c.{position}{old}&gt;{new}",
        "annotation program": f"{gene}:{TRANSCRIPTS[gene]}:exon2:c.{old}{position}{new}",
        "triplets": f"codon {codon} {before}>{after}",
        "triplets, number between": f"{before}{codon}{after}",
        "triplets, Chinese": f"第{codon}密码子突变（{before}→{after}）",
    }
