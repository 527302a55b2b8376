"""Turns a change of the genome into one of the coding sequence of KRAS, NRAS or BRAF, where a file has nothing else.

All three genes are on the reverse strand. The exons are those with hotspots: 2 to 4 of KRAS and NRAS, 11 and 15 of BRAF
(NM_004985, NM_002524, NM_004333). GRCh38 is the same at a distance, which holds for these exons. A change whose
reference bases are not those of the sequence is of another build.
"""

from dataclasses import dataclass

from schemas.genotype.reference import CODING_SEQUENCE

GRCH37, GRCH38 = "GRCh37", "GRCh38"
BUILDS = {
    **dict.fromkeys(("grch37", "37", "hg19", "grch37-lite", "b37", "hs37d5", "g1k_v37", "37.0"), GRCH37),
    **dict.fromkeys(("grch38", "38", "hg38", "grch38.d1.vd1", "38.0"), GRCH38),
}
"""Names of a build, in lower case."""
COMPLEMENT = str.maketrans("ACGT", "TGCA")


@dataclass(frozen=True)
class Exon:
    """Coding bases `first` to `last`; `highest` is the position of `first` in GRCh37."""

    first: int
    last: int
    highest: int


CHROMOSOME = {"KRAS": "12", "NRAS": "1", "BRAF": "7"}
EXONS = {
    "KRAS": (Exon(1, 111, 25398318), Exon(112, 290, 25380346), Exon(291, 450, 25378707)),
    "NRAS": (Exon(1, 111, 115258781), Exon(112, 290, 115256599), Exon(291, 450, 115252349)),
    "BRAF": (Exon(1315, 1432, 140481493), Exon(1742, 1860, 140453193)),
}
TO_GRCH38 = {"KRAS": -152934, "NRAS": -542621, "BRAF": 300200}
SPANS = {"KRAS": (25357723, 25403870), "NRAS": (115247085, 115259515), "BRAF": (140419127, 140624564)}
"""The genes in GRCh37; in GRCh38 none of them overlaps with this."""


class OtherBuild(Exception):
    """A position or its reference bases are not those of the build that the file names."""


def build_named(text: str | None) -> str | None:
    """Return the build that a cell names, None if it is empty or unknown.

    >>> build_named("hg19"), build_named("38"), build_named("hg18")
    ('GRCh37', 'GRCh38', None)
    """
    return BUILDS.get((text or "").strip().lower())


def chromosome_named(text: str | None) -> str:
    """Return a chromosome without the letters that some files put before it."""
    return (text or "").strip().lower().removeprefix("chr")


def coding_change(gene: str, build: str, position: int, ref: str, alt: str) -> str | None:
    """Return the change of the coding sequence; None if it is not within an exon with hotspots.

    Raises OtherBuild if position or reference bases do not fit the build.

    >>> coding_change("KRAS", "GRCh37", 25398284, "C", "T"), coding_change("BRAF", "GRCh38", 140753336, "A", "T")
    ('c.35G>A', 'c.1799T>A')
    """
    is_anchored = ref.strip("-.") != ""
    ref, alt = ref.strip().upper().strip("-."), alt.strip().upper().strip("-.")
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0] and len(ref + alt) > 2:  # VCF has the base before a deletion or insertion
        position, ref, alt = position + 1, ref[1:], alt[1:]
    if not ref and is_anchored:
        position -= 1  # an insertion is between this base and the next
    shift = TO_GRCH38[gene] if build == GRCH38 else 0
    low, high = SPANS[gene]
    if not low + shift <= position <= high + shift:
        raise OtherBuild(gene)
    ends = (position + 1, position) if not ref else (position + len(ref) - 1, position)
    first, last = (_coding_base(gene, end - shift) for end in ends)
    if first is None or last is None or set(ref + alt) - set("ACGT"):
        return None
    if ref and CODING_SEQUENCE[gene][first - 1 : last] != ref.translate(COMPLEMENT)[::-1]:
        raise OtherBuild(gene)
    new = alt.translate(COMPLEMENT)[::-1]
    place = f"c.{first}" if first == last else f"c.{first}_{last}"
    if not ref:
        return f"{place}ins{new}"
    if not new:
        return f"{place}del"
    return f"{place}{CODING_SEQUENCE[gene][first - 1]}>{new}" if len(ref) == len(new) == 1 else f"{place}delins{new}"


def gene_at(chromosome: str, position: int, build: str | None) -> str:
    """Return the gene that has an exon with hotspots at a position of the build, or of either if it is None; or ''.

    >>> gene_at("chr12", 25245350, None), gene_at("12", 25245350, "GRCh37")
    ('KRAS', '')
    """
    for gene, place in CHROMOSOME.items():
        if place == chromosome_named(chromosome):
            for one in (GRCH37, GRCH38) if build is None else (build,):
                if _coding_base(gene, position - (TO_GRCH38[gene] if one == GRCH38 else 0)) is not None:
                    return gene
    return ""


def codon_positions(gene: str, codon: int, build: str = GRCH37) -> set[int]:
    """Return the positions of a codon's three bases, fewer if it is not in an exon with hotspots."""
    shift = TO_GRCH38[gene] if build == GRCH38 else 0
    bases = range(3 * codon - 2, 3 * codon + 1)
    return {
        exon.highest + shift - (base - exon.first)
        for exon in EXONS[gene]
        for base in bases
        if exon.first <= base <= exon.last
    }


def _coding_base(gene: str, position: int) -> int | None:
    for exon in EXONS[gene]:
        base = exon.first + exon.highest - position
        if exon.first <= base <= exon.last:
            return base
    return None
