"""Derives the effect of a coding change on the protein from the whole coding sequence.

Substitutions, deletions, insertions and duplications in frame are named at their most 3' position (HGVS); a frameshift
by its first changed residue and the distance to the new stop.
"""

from __future__ import annotations

from functools import cache

from schemas.genotype.codon import codon_of_base, translate
from schemas.genotype.protein import ProteinChange, simple_change
from schemas.genotype.reference import CODING_SEQUENCE, codons_of


@cache
def reference_protein(gene: str) -> str:
    """Return the residues of the reference in one-letter code, with the final '*'."""
    return translate(CODING_SEQUENCE[gene])


def effect_of(gene: str, kind: str, first: int, last: int, new: str) -> ProteinChange | None:
    """Return the protein change caused by changing coding bases `first` to `last`, or None if it is unknown.

    It is unknown for other genes, for the start codon, and after the part that KRAS 4A and 4B share. `kind` is one of
    the kinds of coding.CodingChange.

    >>> effect_of("BRAF", "delins", 1798, 1799, "AA").short
    'p.V600K'
    """
    if gene not in CODING_SEQUENCE or first < 4 or codon_of_base(last) > max(codons_of(gene)):
        return None
    before = CODING_SEQUENCE[gene]
    if kind == "ins":
        after = before[:first] + new + before[first:]
    elif kind == "dup":
        after = before[:last] + before[first - 1 :]
    else:
        after = before[: first - 1] + new + before[last:]
    old_protein = reference_protein(gene)
    whole = after[: len(after) - len(after) % 3]
    new_protein = translate(whole)
    if len(after) % 3 != len(before) % 3:
        return _frameshift(old_protein, new_protein)
    if "*" in new_protein[:-1] or not new_protein.endswith("*"):
        return _early_stop(old_protein, new_protein)
    return _difference(old_protein, new_protein, codon_of_base(first), kind)


def same_protein(gene: str, one: ProteinChange, other: ProteinChange) -> bool:
    """Return whether two changes make the same protein, as 'p.T599_V600insT' and 'p.T599dup' do."""
    if one == other:
        return True
    if "synonymous" in (one.kind, other.kind):
        return False
    if one.kind == "frameshift" or other.kind == "frameshift":
        return one.kind == other.kind and one.start == other.start
    if gene not in CODING_SEQUENCE:
        return False
    made = _applied(reference_protein(gene), one)
    return made is not None and made == _applied(reference_protein(gene), other)


def _applied(protein: str, change: ProteinChange) -> str | None:
    first, last = change.start, change.last
    if change.kind == "synonymous":
        return protein
    if change.kind == "stop":
        return protein[: first - 1] + "*"
    if change.kind == "duplication":
        return protein[:last] + protein[first - 1 :]
    if change.kind == "insertion":
        return protein[:first] + change.new + protein[first:]
    return protein[: first - 1] + change.new + protein[last:]


def _frameshift(old: str, new: str) -> ProteinChange | None:
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), None)
    if start is None or old[start] == "*":
        return None
    if new[start] == "*":
        return simple_change(old[start], start + 1, "*")
    stop = new.find("*", start)
    return ProteinChange("frameshift", old[start], start + 1, stop_after=str(stop - start + 1) if stop > 0 else "")


def _early_stop(old: str, new: str) -> ProteinChange | None:
    start = next(i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    return simple_change(old[start], start + 1, "*") if new[start] == "*" else None


def _difference(old: str, new: str, codon: int, kind: str) -> ProteinChange:
    """Return the change that remains between the longest common beginning and the longest common end."""
    if old == new:
        return ProteinChange("synonymous", old[codon - 1], codon)
    start = next(i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    gone, come = old[start : len(old) - end], new[start : len(new) - end]
    if not gone and kind == "dup" and old[start - len(come) : start] == come:  # otherwise it is not aligned with codons
        return _span("duplication", old, start - len(come), start, "")
    if not gone:
        return ProteinChange("insertion", old[start - 1], start, come, old[start], start + 1)
    if len(gone) == len(come) == 1:
        return simple_change(gone, start + 1, come)
    return _span("delins" if come else "deletion", old, start, start + len(gone), come)


def _span(kind: str, old: str, start: int, end: int, new: str) -> ProteinChange:
    """Return the change of the residues old[start:end]."""
    end_ref, last = (old[end - 1], end) if end > start + 1 else ("", 0)
    return ProteinChange(kind, old[start], start + 1, new, end_ref, last)
