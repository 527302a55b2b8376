"""Reads each notation in a cell's clauses as a change or a place, together with the laboratory's opinion of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from schemas.genotype.coding import CodingChange, read_coding, read_triplet, triplet_change
from schemas.genotype.codon import ONE_LETTER
from schemas.genotype.dictionary import PROTEIN_LENGTH, REFERENCE_CODONS, TRANSCRIPTS
from schemas.genotype.opinion import Opinion, opinion_of
from schemas.genotype.protein import (
    ProteinChange,
    fits_reference,
    read_protein,
    reference_residue,
    simple_change,
)
from schemas.genotype.sentence import Clause
from schemas.genotype.tokens import Token

_WHERE_BRAF_CHANGES = range(580, 611)  # the activation segment, where nearly every BRAF variant lies
_NUMBER = re.compile(r"\d+")
_RANGE = re.compile(r"(\d{1,2}) ?- ?(\d{1,2})$")
_PLACE = re.compile(rf"({'|'.join(ONE_LETTER)}|[a-z*])[ -]{{0,2}}(\d{{1,4}})")
_LOOKALIKE = re.compile(r"p?(?:[a-z]|[a-z]{3})\d{1,4}(?:[a-z]|[a-z]{3})")
_AMINO_ACID = re.compile("|".join(ONE_LETTER))


@dataclass(frozen=True, slots=True)
class NameMention:
    """A change in one notation; `change` is None if the notation contradicts the reference."""

    is_coding: bool
    change: ProteinChange | CodingChange | None
    separator: str
    clause: int
    place_disagrees: bool
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A codon or an exon that is named without a change."""

    number: int
    is_exon: bool
    opinion: Opinion


UNREADABLE: Final = "unreadable"
Mention = NameMention | PlaceMention | Literal["unreadable"]


def read_clauses(gene: str, spoken: list[Clause], shifts: tuple[int, ...] = (0,)) -> list[Mention]:
    """Return what the clauses name and do not deny, in order; UNREADABLE for what only looks like a variant.

    `shifts` are the numberings that the text may use, the likeliest first (rewriting.shifts_of).
    """
    said = (_read(gene, i, clause, shifts) for i, clause in enumerate(spoken) if not clause.is_denied)
    return [mention for mentions in said for mention in mentions]


def _read(gene: str, index: int, clause: Clause, shifts: tuple[int, ...]) -> Iterator[Mention]:
    opinion = opinion_of(clause)
    places = [mention for token in clause.tokens for mention in _places(gene, token, opinion)]
    codons = [place.number for place in places if not place.is_exon]
    changes = [found for token in clause.tokens if (found := _change(gene, token, codons, clause, shifts)) is not None]
    readable = any(change for _, change in changes)
    lookalike = bool(changes) or any(_looks_like_variant(token) for token in clause.tokens)
    if lookalike and not readable and not places:
        yield UNREADABLE
    separator = clause.separator
    for is_coding, change in changes:
        if not readable:
            break
        first = change.start if isinstance(change, ProteinChange) else change.codon if change else None
        disagrees = len(codons) == 1 and first is not None and first not in codons
        yield NameMention(is_coding, change, separator, index, disagrees, opinion)
        separator = "space"
    if not readable:
        yield from places


def _looks_like_variant(token: Token) -> bool:
    return token.kind in {"triplet", "odd"} or (token.kind == "junk" and _LOOKALIKE.fullmatch(token.text) is not None)


def _change(
    gene: str, token: Token, codons: list[int], clause: Clause, shifts: tuple[int, ...]
) -> tuple[bool, ProteinChange | CodingChange | None] | None:
    """Return (whether it is c. notation, the change), or None for a token that names no change."""
    if token.kind == "protein" or (token.kind == "any_change" and _is_old_stop(gene, token.text)):
        text = token.text.replace("x", "*")
        change = next((found for shift in shifts if (found := read_protein(gene, text, shift))), None)
        guess = change is None and token.text[0].isdigit()  # '3d' may be anything
        return None if guess else (False, change)
    if token.kind == "coding":
        if len(shifts) > 1 and shifts[0] == 0 and _could_count_longer(gene, token.text, shifts[1]):
            return True, None
        return True, next((coding for shift in shifts if (coding := read_coding(gene, token.text, shift))), None)
    if token.kind == "residue_change":
        number = int(_NUMBER.findall(token.text)[0])
        names = _AMINO_ACID.findall(token.text.split(str(number), 1)[1])
        ref = ONE_LETTER[names[0]] if len(names) > 1 else reference_residue(gene, number)
        fits = ref is not None and fits_reference(gene, ref, number)
        return False, simple_change(ref, number, ONE_LETTER[names[-1]]) if fits and ref else None
    if token.kind == "new_triplet":
        number, new = int(_NUMBER.findall(token.text)[0]), token.text[-3:].upper()
        known = REFERENCE_CODONS.get(gene, {}).get(number)
        return (True, triplet_change(gene, number, known, new)) if known else None
    if token.kind == "triplet" and (triplet := read_triplet(token.text)):
        number_or_none, old, new = triplet
        beside = [c.start for t in clause.tokens if t.kind == "protein" and (c := read_protein(gene, t.text))]
        candidates = [number_or_none] if number_or_none else codons or beside
        read = (triplet_change(gene, codon, old, new) for codon in candidates)
        return (True, next((c for c in read if c), None)) if candidates else None
    return None


def _could_count_longer(gene: str, text: str, shift: int) -> bool:
    """Return whether the position could also count on the longer transcript.

    'c.1918_1919delinsAA' names no reference base: it is p.V600K on NM_001374258, p.Y640N on NM_004333.
    """
    shorter, longer = read_coding(gene, text), read_coding(gene, text, shift)
    if shorter is None or longer is None or shorter.kind == ">" or re.search("del ?[acgt]|[acgt]>|dup ?[acgt]", text):
        return False
    return longer.codon is not None and longer.codon in _WHERE_BRAF_CHANGES


def _is_old_stop(gene: str, text: str) -> bool:
    """Return whether X means a stop: 'R213X' does in other genes; in reports on these three, 'G12X' is any change."""
    return gene not in TRANSCRIPTS and text.endswith("x")


def _places(gene: str, token: Token, opinion: Opinion) -> Iterator[PlaceMention]:
    if token.kind in {"codon", "exon"}:
        span = _RANGE.search(token.text) if token.kind == "exon" else None
        numbers = [int(number) for number in _NUMBER.findall(token.text)]
        if span and int(span[1]) < int(span[2]):
            numbers = list(range(int(span[1]), int(span[2]) + 1))
        for number in numbers:
            if 0 < number <= PROTEIN_LENGTH.get(gene, number):
                yield PlaceMention(number, token.kind == "exon", opinion)
    if token.kind == "any_change" and _is_old_stop(gene, token.text):
        return
    if token.kind in {"any_change", "residue"}:
        written = _PLACE.findall(token.text)
        for letter, digits in written if token.kind == "residue" else written[:1]:
            number = int(digits)
            ref = letter.upper() if len(letter) == 1 else ONE_LETTER.get(letter, "?")
            certain = reference_residue(gene, number) is not None or token.kind == "any_change"
            if certain and fits_reference(gene, ref, number):
                yield PlaceMention(number, False, opinion)
