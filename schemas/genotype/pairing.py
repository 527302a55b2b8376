"""Joins p. and c. notations of one variant, and finds those that contradict each other (rule GEN-02).

First, every c. is joined to a p. that it explains. Of the rest, a p. and a c. beside each other contradict each other,
unless a '+' or 'and' makes them two variants. Written together ('p.G12D (c.38G>A)', 'p.G12D/c.38G>A') they are one
variant, named by the protein notation. In a list ('p.G12D, c.38G>A') both stay, since two variants may be meant.
"""

from __future__ import annotations

from schemas.genotype.classify import PATHOGENIC_CLASSES, braf_class, variant_class
from schemas.genotype.coding import CodingChange, protein_effect
from schemas.genotype.consequence import same_protein
from schemas.genotype.dictionary import coding_changes, exon_of_codon
from schemas.genotype.mentions import NameMention
from schemas.genotype.protein import ProteinChange
from schemas.genotype.records import ParsedVariant

# What each kind of coding change can do to the protein, if its codon is not known.
_EXCHANGES = frozenset({"missense", "synonymous", "stop"})
_LENGTHENS = frozenset({"frameshift", "duplication", "insertion", "delins", "stop"})
_MAKES = {
    ">": _EXCHANGES,
    "del": frozenset({"frameshift", "deletion", "delins", "stop"}),
    "dup": _LENGTHENS,
    "ins": _LENGTHENS,
    "delins": _EXCHANGES | _LENGTHENS | {"deletion"},
}
_LISTED = frozenset({"comma", "semicolon", "or"})


def named_variants(gene: str, mentions: list[NameMention]) -> list[ParsedVariant]:
    """Return one record per variant, in order of first mention."""
    mentions = _each_once(mentions)
    partner: dict[int, int] = {}
    contradicting: set[int] = set()
    coding = [i for i, mention in enumerate(mentions) if mention.is_coding]
    protein = [i for i, mention in enumerate(mentions) if not mention.is_coding]
    for c in coding:
        agreeing = [p for p in protein if _agree(gene, mentions[p], mentions[c])]
        if agreeing:
            nearest = min((p in partner, abs(p - c), p) for p in agreeing)[-1]
            partner[c] = nearest
            partner.setdefault(nearest, c)
    for c in coding:
        for p in (c - 1, c + 1):
            if c in partner or p in partner or p not in protein:
                continue
            separator = mentions[max(c, p)].separator
            if separator in {"space", "slash"}:
                partner[c], partner[p] = p, c
            if separator in {"space", "slash"} or (separator in _LISTED and _translates(gene, mentions[c])):
                contradicting |= {c, p}
    found = []
    for i, mention in enumerate(mentions):
        other = partner.get(i)
        if other is not None and (other < i or partner[other] != i):
            continue  # recorded together with its partner
        pair = [mention] + ([mentions[other]] if other is not None else [])
        variant = _variant(gene, pair, i in contradicting)
        found += [variant] if variant else []
    return found


def _each_once(mentions: list[NameMention]) -> list[NameMention]:
    """Drop mentions that repeat a change in the same notation with the same opinion."""
    seen: dict[object, NameMention] = {}
    for mention in mentions:
        seen.setdefault((mention.is_coding, mention.change, mention.opinion, mention.place_disagrees), mention)
    return list(seen.values())


def _agree(gene: str, protein: NameMention, coding: NameMention) -> bool:
    """Return whether the c. change causes the p. change, or, if it cannot be translated, at least touches its codon."""
    p, c = protein.change, coding.change
    if not isinstance(p, ProteinChange) or not isinstance(c, CodingChange):
        return False
    effect = protein_effect(gene, c)
    if effect is not None:
        return same_protein(gene, effect, p)
    if c.codon is None:  # an intron: only a change in the same clause can be meant
        return protein.clause == coding.clause
    if p.kind not in _MAKES[c.kind]:
        return False
    slack = 0 if p.kind in {"missense", "synonymous", "stop"} else 1
    return p.start - slack <= c.codon <= p.last + slack


def _translates(gene: str, coding: NameMention) -> bool:
    """Return whether the protein effect of the c. change is known."""
    return isinstance(coding.change, CodingChange) and protein_effect(gene, coding.change) is not None


def _variant(gene: str, pair: list[NameMention], contradicting: bool) -> ParsedVariant | None:
    """Return the record of one variant from its one or two notations, or None if neither is possible in this gene."""
    changes = [mention.change for mention in pair]
    written_p = next((change for change in changes if isinstance(change, ProteinChange)), None)
    written_c = next((change for change in changes if isinstance(change, CodingChange)), None)
    if written_p is None and written_c is None:
        return None
    protein = written_p or (protein_effect(gene, written_c) if written_c else None)
    name_c = written_c.name if written_c else None
    if written_c is None and protein is not None:
        known = coding_changes(gene, protein.short.removeprefix("p."))
        name_c = f"c.{known[0]}" if len(known) == 1 else None
    codon = protein.start if protein else written_c.codon if written_c else None
    judged, accused = _judgement(gene, protein, pair)
    return ParsedVariant(
        gene,
        "parsed",
        hgvs_c=name_c,
        hgvs_p_3letter=protein.full if protein else None,
        hgvs_p_short=protein.short if protein else None,
        codon=codon,
        exon=exon_of_codon(gene, codon),
        variant_class=judged,
        braf_class=braf_class(gene, protein),
        notations_disagree=contradicting or any(mention.place_disagrees for mention in pair),
        is_pathogenic=accused,
    )


def _judgement(gene: str, protein: ProteinChange | None, pair: list[NameMention]) -> tuple[str, bool]:
    """Return the class and whether it is pathogenic. The laboratory's word counts only if the tables have no entry."""
    judged = variant_class(gene, protein)
    if judged == "vus":
        said = [mention.opinion.variant_class for mention in pair if mention.opinion.variant_class]
        judged = said[0] if said else judged
    unsure = any(mention.opinion.unsure for mention in pair)
    return judged, judged in PATHOGENIC_CLASSES and not unsure
