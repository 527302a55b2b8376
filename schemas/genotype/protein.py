"""Reads protein changes (p. notation) from tokens, checks them against the reference and writes them as HGVS."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from schemas.genotype.codon import ONE_LETTER, THREE_LETTER, translate
from schemas.genotype.codon import three_letter_text as full
from schemas.genotype.dictionary import PROTEIN_LENGTH, REFERENCE_CODONS
from schemas.genotype.reference import BRAF_INSERTED_AFTER, KRAS_4A_TAIL, KRAS_4B_TAIL, KRAS_SHARED_CODONS

_AA3 = "|".join(ONE_LETTER)
_AA = rf"(?:{_AA3}|[acdefghiklmnpqrstvwy*])"
_NAMES = re.compile(_AA3)
_PREFIX = re.compile(r"^p[ .:]{0,2}(?=[(\[ ]|[a-z*][a-z]{0,3}[ -]{0,2}\d|\d)|[(\[\])]")
_SHAPE = re.compile(
    rf"(?P<ref>{_AA})?[ -]*(?P<pos>\d{{1,4}})"
    rf"(?:_(?P<end_ref>{_AA})[ -]*(?P<end>\d{{1,4}}))?"
    rf"(?: *(?P<op>delins|ins|del|dup)(?P<seq>[a-z*]*)"
    rf"|[ ]*(?P<fs_alt>{_AA})?[ ]*(?P<fs>fs|frameshift)[ ]*(?:(?:\*|x|ter|stop)[ ]*(?P<fs_at>\d*))?.*"
    rf"|[ ]*(?P<same>=)"
    rf"|[ >-]*(?P<alt>{_AA}))?"
)


@dataclass(frozen=True, slots=True)
class ProteinChange:
    """A change of residues `start` to `end` (1-based, inclusive).

    kind: 'missense', 'stop', 'synonymous', 'frameshift', 'deletion', 'duplication', 'insertion' or 'delins';
    new: the new residues (one-letter); for a frameshift, the first of them or ''.
    """

    kind: str
    ref: str
    start: int
    new: str = ""
    end_ref: str = ""
    end: int = 0
    stop_after: str = ""

    @property
    def short(self) -> str:
        """Return the change with one-letter amino acids: 'p.G12D'."""
        return f"p.{self._text(str)}"

    @property
    def full(self) -> str:
        """Return the change with three-letter amino acids: 'p.Gly12Asp'."""
        return f"p.{self._text(full)}"

    @property
    def last(self) -> int:
        """Return the last residue that the change touches."""
        return self.end or self.start

    def _text(self, spell: Callable[[str], str]) -> str:
        place = f"{spell(self.ref)}{self.start}" + (f"_{spell(self.end_ref)}{self.end}" if self.end else "")
        if self.kind in {"missense", "stop"}:
            return place + spell(self.new)
        if self.kind == "synonymous":
            return place + "="
        if self.kind == "frameshift":
            tail = f"{spell('*')}{self.stop_after}" if self.stop_after else ""
            return place + spell(self.new) + "fs" + tail
        word = {"deletion": "del", "duplication": "dup", "insertion": "ins", "delins": "delins"}[self.kind]
        return place + word + spell(self.new)


def reference_residue(gene: str, position: int) -> str | None:
    """Return the reference's residue at this position, or None if the dictionary does not have the codon."""
    bases = REFERENCE_CODONS.get(gene, {}).get(position)
    return translate(bases) if bases else None


def fits_reference(gene: str, residue: str, position: int) -> bool:
    """Return False if the gene cannot have this residue at this position."""
    if position < 1 or position > PROTEIN_LENGTH.get(gene, 9999):
        return False
    if gene == "KRAS" and position > KRAS_SHARED_CODONS:
        either = (tail[position - KRAS_SHARED_CODONS - 1 :][:1] for tail in (KRAS_4A_TAIL, KRAS_4B_TAIL))
        return residue in either
    known = reference_residue(gene, position)
    return known is None or known == residue


def read_protein(gene: str, token: str, shift: int = 0) -> ProteinChange | None:
    """Return the change that a token spells, or None if this gene cannot have such a change.

    `shift` is the number of residues that the text's numbering is ahead of the reference (reference.py).

    >>> read_protein("KRAS", "p.(gly12asp)").short
    'p.G12D'
    >>> read_protein("KRAS", "12asp").full
    'p.Gly12Asp'
    >>> read_protein("KRAS", "a12d") is None  # residue 12 is Gly
    True
    """
    match = _SHAPE.fullmatch(_PREFIX.sub("", token).strip())
    if match is None:
        return None
    start, end = int(match["pos"]) - shift, max(int(match["end"] or 0) - shift, 0)
    if shift and start <= BRAF_INSERTED_AFTER:
        return None
    ref = _letter(match["ref"]) if match["ref"] else reference_residue(gene, start)
    if ref is None or not fits_reference(gene, ref, start):
        return None
    end_ref = _letter(match["end_ref"]) if match["end_ref"] else ""
    if end and (end <= start or not fits_reference(gene, end_ref, end)):
        return None
    if match["fs"]:
        new = _letter(match["fs_alt"]) if match["fs_alt"] else ""
        return ProteinChange("frameshift", ref, start, new, stop_after=match["fs_at"] or "")
    if match["same"]:
        return ProteinChange("synonymous", ref, start)
    if match["op"]:
        in_full = len(match["ref"] or "xxx") > 1
        return _span(ref, start, end_ref, end, match["op"], _letters(match["seq"], in_full))
    return simple_change(ref, start, _letter(match["alt"])) if match["alt"] and not end else None


def simple_change(ref: str, position: int, new: str) -> ProteinChange:
    """Return the replacement of one residue by another: missense, stop or synonymous."""
    if new == ref:
        return ProteinChange("synonymous", ref, position)
    return ProteinChange("stop" if new == "*" else "missense", ref, position, new)


def _span(ref: str, start: int, end_ref: str, end: int, word: str, new: str | None) -> ProteinChange | None:
    if new is None or (word in {"ins", "delins"}) != bool(new):
        return None
    if word == "ins" and end != start + 1:
        return None
    if word == "delins" and not end and len(new) == 1:
        return simple_change(ref, start, new)
    kind = {"del": "deletion", "dup": "duplication", "ins": "insertion", "delins": "delins"}[word]
    return ProteinChange(kind, ref, start, new, end_ref, end)


def _letter(name: str) -> str:
    return name.upper() if len(name) == 1 else ONE_LETTER[name]


def _letters(sequence: str, in_full: bool) -> str | None:
    """Return an inserted sequence as one-letter residues, read as three-letter names if `in_full`; None if invalid."""
    if not in_full:
        letters = sequence.upper()
        return letters if set(letters) <= set(THREE_LETTER) else None
    names = _NAMES.findall(sequence)
    return "".join(ONE_LETTER[name] for name in names) if "".join(names) == sequence else None
