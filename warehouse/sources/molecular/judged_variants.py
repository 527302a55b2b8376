"""Writes each call as the column `variant` has it, and judges it by the registry's own reading (schemas/genotype).

The protein change is taken, else the coding change, else what the genomic position says. A call that can be read and is
no known mutation of KRAS, NRAS or BRAF is a `vus`, as the registry does not guess; one that says nothing at all is
`indeterminate`. In other genes, whose hotspots are not told apart, a call is `mutant`.
"""

import re
from dataclasses import dataclass, replace

from schemas.genotype import VariantSummary, describe
from schemas.genotype.dictionary import TRANSCRIPTS
from schemas.genotype.genes import gene_symbol
from schemas.genotype.reference import BRAF_LONG_NAMES
from warehouse.sources.molecular.effects import SPLICE

MUTANT, VUS, INDETERMINATE = "mutant", "vus", "indeterminate"
NOTHING = ("", "NA", "N/A", ".", "-", "?", "P.?", "P.=", "NULL", "P.NULL", "UNKNOWN", "NONE", "[NOT AVAILABLE]")
ENSEMBL = {
    "KRAS": ("ENST00000311936", "ENST00000256078"),
    "NRAS": ("ENST00000369535",),
    "BRAF": ("ENST00000646891", "ENST00000288602"),
}
"""Ensembl's names of the transcripts on which the registry numbers; KRAS 4A, whose first 150 codons are the same."""
LONG_BRAF = re.compile(BRAF_LONG_NAMES, re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """One call as delivered, with empty cells as ''."""

    gene: str
    protein: str = ""
    coding: str = ""
    annovar: str = ""
    transcript: str = ""
    consequence: str = ""


@dataclass(frozen=True)
class Judged:
    """A call's variant and result; `is_silent` if it changes no protein."""

    variant: str | None
    result: str
    is_silent: bool = False


def is_said(call: Call) -> bool:
    """Return whether the file names the change, so that its position is not needed."""
    return bool(_texts(call))


def judged(call: Call, position_says: str = "") -> Judged:
    """Return the variant and its result. `position_says` is the coding change that the genomic position gives.

    >>> judged(Call("KRAS", protein="p.G12D"))
    Judged(variant='p.G12D', result='mutant', is_silent=False)
    >>> judged(Call("BRAF", protein="p.V640E", transcript="ENST00000644969")).result
    'mutant'
    """
    texts = _texts(call) or ([position_says] if position_says else [])
    summaries = [(text, describe(call.gene, text)) for text in texts]
    text, summary = next(((t, s) for t, s in summaries if _is_read(s)), summaries[0] if summaries else (None, None))
    if summary is not None and summary.variant_class == "synonymous":
        return Judged(text, VUS, is_silent=True)
    if call.gene not in TRANSCRIPTS:
        return Judged(text, MUTANT if text or call.consequence else INDETERMINATE)
    if summary is not None and summary.is_pathogenic:
        return Judged(text, MUTANT)
    is_splice = call.consequence.lower() in SPLICE
    return Judged(text, VUS if is_splice or (summary is not None and _is_read(summary)) else INDETERMINATE)


def _is_read(summary: VariantSummary) -> bool:
    return summary.status in ("parsed", "codon_only") and not summary.has_unparsed_part


def _texts(call: Call) -> list[str]:
    """Return the notations of a call, the best first."""
    protein, coding = _said(call.protein), _said(call.coding)
    if protein.count(":") > 1:  # ANNOVAR's AAChange without the name of its transcript set
        return _texts(replace(call, protein="", annovar=protein))
    transcript, own_protein, own_coding = _of_annovar(call.gene, call.annovar)
    found = [
        _on(call, protein, call.transcript),
        _on(call, own_protein, transcript),
        _on(call, coding, call.transcript),
        _on(call, own_coding, transcript),
    ]
    return [text for text in found if text]


def _said(text: str) -> str:
    text = text.strip().replace("%3D", "=").replace("%3d", "=")
    return "" if text.upper() in NOTHING else text


def _on(call: Call, text: str, transcript: str) -> str:
    """Return a notation without its sequence's name, or with it where the sequence decides how it is numbered."""
    name, _, change = text.rpartition(":")
    transcript = name or transcript
    is_long = call.gene == "BRAF" and LONG_BRAF.search(transcript)
    return f"{transcript}:{change}" if is_long and change else change


def _of_annovar(gene: str, cell: str) -> tuple[str, str, str]:
    """Return transcript, protein and coding change of one entry of ANNOVAR's AAChange.

    The entry is that of the registry's own transcript, or else the first with a protein change.
    """
    entries = [one.strip().split(":") for one in re.split(r"[,;]", _said(cell)) if one.count(":") > 1]
    of_gene = [one for one in entries if gene_symbol(one[0]) == gene] or entries
    named = (TRANSCRIPTS.get(gene, ""), *ENSEMBL.get(gene, ()))
    own = [one for name in named if name for one in of_gene if one[1].startswith(name)]
    best = own or [one for one in of_gene if any(part.startswith("p.") for part in one)] or of_gene
    if not best:
        return "", "", ""
    protein, coding = (next((part for part in best[0] if part.startswith(f"{of}.")), "") for of in "pc")
    return best[0][1], protein, coding
