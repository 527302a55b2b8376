"""Reads coding changes (c. notation and codon triplets), checks them against the reference and translates them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.genotype.codon import codon_of_base, first_base_of_codon
from schemas.genotype.consequence import effect_of
from schemas.genotype.dictionary import PROTEIN_LENGTH, REFERENCE_CODONS
from schemas.genotype.protein import ProteinChange
from schemas.genotype.reference import BRAF_INSERTED_AFTER

_POSITION = r"([*-]?\d{1,5})(?: ?([+-]) ?(\d{1,6}))?"
_SHAPE = re.compile(
    rf"{_POSITION}(?:_{_POSITION})? ?(?:([acgt]*) ?(?:>|to) ?([acgt]+)"
    rf"|(del) ?([acgt]*) ?(?:(ins) ?([acgt]+))?|(ins) ?([acgt]+)|(dup) ?[acgt]*)"
)
_REVERSED = re.compile(r"([acgt]) ?(\d{1,5}) ?>? ?([acgt])")  # c.G35A, as annotation programs write it
_PREFIX = re.compile(r"^c ?[.:]? ?|[(\[\])]")
_URACIL = re.compile(r"(?<!d)u")  # but not the u of 'dup'
_TRIPLET = re.compile(r"(?:.*?(\d{1,4}))?[^acgt\d]*([acgt]{3})(?: ?(\d{1,4}))?[ >/to-]*([acgt]{3})")


@dataclass(frozen=True, slots=True)
class CodingChange:
    """A change of coding bases `start` to `end` (texts, since they may be '*5' or '111+1').

    kind: '>', 'del', 'dup', 'ins' or 'delins'; old: the bases that are replaced, if written; new: the new bases.
    """

    kind: str
    start: str
    end: str
    old: str = ""
    new: str = ""

    @property
    def name(self) -> str:
        """Return the change in HGVS notation: 'c.35G>A', 'c.34_35delinsTT', 'c.111+1G>A'."""
        place = self.start if self.start == self.end else f"{self.start}_{self.end}"
        return f"c.{place}{self.old}>{self.new}" if self.kind == ">" else f"c.{place}{self.kind}{self.new}"

    @property
    def bases(self) -> tuple[int, int] | None:
        """Return the first and last coding base, or None in introns and untranslated regions."""
        if self.start.isdigit() and self.end.isdigit():
            return int(self.start), int(self.end)
        return None

    @property
    def codon(self) -> int | None:
        """Return the first codon that the change touches, or None in introns and untranslated regions."""
        return codon_of_base(self.bases[0]) if self.bases else None


def read_coding(gene: str, token: str, shift: int = 0) -> CodingChange | None:
    """Return the change that a token spells, or None if this gene cannot have such a change.

    `shift` is the number of residues that the text's numbering is ahead of the reference (reference.py).

    >>> read_coding("KRAS", "c.34_35ggintt") is None
    True
    >>> read_coding("KRAS", "c.34_35gg>tt").name
    'c.34_35delinsTT'
    """
    text = _URACIL.sub("t", _PREFIX.sub("", token).strip())
    shifted = _shifted(text, shift) if shift else text
    if shifted is None:
        return None
    text = shifted
    reverse = _REVERSED.fullmatch(text)
    if reverse:
        old, position, new = reverse.groups()
        return _checked(gene, CodingChange(">", str(int(position)), str(int(position)), old.upper(), new.upper()))
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    start = _position(*match.group(1, 2, 3))
    end = _position(*match.group(4, 5, 6)) if match[4] else start
    old, new = (match[7] or match[10] or "").upper(), (match[8] or match[12] or match[14] or "").upper()
    if match[8] and len(old) > 1 and not match[4] and start.isdigit():
        end = str(int(start) + len(old) - 1)
    if match[8] and len(old) == len(new) == 1 and start == end:
        return _checked(gene, CodingChange(">", start, end, old, new))
    kind = "delins" if match[8] or match[11] else match[9] or match[13] or match[15]
    return _checked(gene, CodingChange(kind, start, end, old if kind == "delins" else "", new))


def read_triplet(token: str) -> tuple[int | None, str, str] | None:
    """Return codon number (None if not written), old and new triplet of 'codon 12 GGT>GAT', 'GGT12GAT' or 'GGT>GAT'."""
    match = _TRIPLET.fullmatch(token.replace("u", "t"))
    if match is None:
        return None
    number = match[1] or match[3]
    return (int(number) if number else None), match[2].upper(), match[4].upper()


def triplet_change(gene: str, codon: int, old: str, new: str) -> CodingChange | None:
    """Return the shortest coding change between two triplets of a codon, or None if there is none."""
    known = REFERENCE_CODONS.get(gene, {}).get(codon)
    if old == new or codon < 1 or (known is not None and known != old):
        return None
    differing = [i for i in range(3) if old[i] != new[i]]
    first, last = differing[0], differing[-1]
    base = first_base_of_codon(codon)
    kind = ">" if first == last else "delins"
    gone, come = old[first : last + 1], new[first : last + 1]
    return _checked(gene, CodingChange(kind, str(base + first), str(base + last), gone if kind == ">" else "", come))


def protein_effect(gene: str, change: CodingChange) -> ProteinChange | None:
    """Return what the change does to the protein, or None if the sequence cannot tell."""
    if change.bases is None:
        return None
    return effect_of(gene, change.kind, *change.bases, change.new)


def _shifted(text: str, shift: int) -> str | None:
    """Convert the positions to the reference's numbering; return None if one lies before the extra residues."""
    numbers = [int(number) for number in re.findall(r"(?<![+\-\d])\d+", text)]
    if not numbers or min(numbers) - 3 * shift <= 3 * BRAF_INSERTED_AFTER:
        return None
    return re.sub(r"(?<![+\-\d])\d+", lambda match: str(int(match[0]) - 3 * shift), text)


def _position(number: str, sign: str | None, offset: str | None) -> str:
    whole = number if number[0] in "*-" else str(int(number))
    return f"{whole}{sign}{int(offset)}" if sign and offset else whole


def _checked(gene: str, change: CodingChange) -> CodingChange | None:
    """Return the change, or None if it lies outside the gene or the bases it replaces differ from the reference."""
    if change.bases is None:
        return change
    first, last = change.bases
    length = 3 * PROTEIN_LENGTH.get(gene, 9999) + 3
    if first < 1 or last < first or last > length or (change.kind == ">" and change.old == change.new):
        return None
    if change.kind == "ins" and last != first + 1:
        return None
    if change.old and len(change.old) != last - first + 1:
        return None
    for i, base in enumerate(change.old):
        codon = codon_of_base(first + i)
        known = REFERENCE_CODONS.get(gene, {}).get(codon)
        if known is not None and known[first + i - first_base_of_codon(codon)] != base:
            return None
    if change.kind == ">":
        return change
    return CodingChange(change.kind, change.start, change.end, "", change.new)
