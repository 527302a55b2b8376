"""Lists the common RAS and BRAF variants, how often they occur and how a pathologist may write them.

Source: docs/sources.md. schemas/genotype/ reads the notations back.
"""

from __future__ import annotations

# short name -> (three-letter protein, coding change, codon with base triplets)
KRAS_VARIANTS: dict[str, tuple[str, str, str]] = {
    "G12D": ("Gly12Asp", "c.35G>A", "codon 12 GGT>GAT"),
    "G12V": ("Gly12Val", "c.35G>T", "codon 12 GGT>GTT"),
    "G12A": ("Gly12Ala", "c.35G>C", "codon 12 GGT>GCT"),
    "G12C": ("Gly12Cys", "c.34G>T", "codon 12 GGT>TGT"),
    "G12S": ("Gly12Ser", "c.34G>A", "codon 12 GGT>AGT"),
    "G13D": ("Gly13Asp", "c.38G>A", "codon 13 GGC>GAC"),
    "Q61H": ("Gln61His", "c.183A>C", "codon 61 CAA>CAC"),
    "A146T": ("Ala146Thr", "c.436G>A", "codon 146 GCA>ACA"),
}
NRAS_VARIANTS: dict[str, tuple[str, str, str]] = {
    "Q61K": ("Gln61Lys", "c.181C>A", "codon 61 CAA>AAA"),
    "Q61R": ("Gln61Arg", "c.182A>G", "codon 61 CAA>CGA"),
    "G12D": ("Gly12Asp", "c.35G>A", "codon 12 GGT>GAT"),
}
BRAF_VARIANTS: dict[str, tuple[str, str, str]] = {
    "V600E": ("Val600Glu", "c.1799T>A", "codon 600 GTG>GAG"),
    "K601E": ("Lys601Glu", "c.1801A>G", "codon 601 AAA>GAA"),
    "D594G": ("Asp594Gly", "c.1781A>G", "codon 594 GAT>GGT"),
}
VARIANTS = {"KRAS": KRAS_VARIANTS, "NRAS": NRAS_VARIANTS, "BRAF": BRAF_VARIANTS}

# Shares among the mutants of a gene, in the order above (docs/sources.md; rounded).
SHARES: dict[str, tuple[float, ...]] = {
    "KRAS": (0.33, 0.22, 0.06, 0.08, 0.05, 0.18, 0.03, 0.05),
    "NRAS": (0.45, 0.35, 0.20),
    "BRAF": (0.86, 0.06, 0.08),
}
REFERENCE_SEQUENCE = {"KRAS": "NM_004985.5", "NRAS": "NM_002524.5", "BRAF": "NM_004333.6"}


def notations(gene: str, short: str) -> list[str]:
    """Return all ways to write one variant, e.g. KRAS G12D: 'p.Gly12Asp', 'p.(Gly12Asp)', 'p.G12D', 'G12D', ...

    Raises KeyError for a variant that is not in the lists above.
    """
    three, coding, codon = VARIANTS[gene][short]
    return [
        f"p.{three}",
        f"p.({three})",
        f"p.{short}",
        short,
        coding,
        f"{REFERENCE_SEQUENCE[gene]}:{coding}",
        codon,
        f"{coding} p.{short}",
    ]
