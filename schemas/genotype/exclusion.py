"""Handles variants that a cell excludes: 'non-V600E', 'a mutation other than G12C', 'not V600E but another'.

An excluded variant does not count as named; that there is another one states a mutation without naming it.
"""

from __future__ import annotations

from schemas.genotype.subject import NAMING
from schemas.genotype.tokens import Token

MUTATED = Token("mut", "mutated")
_LISTS = frozenset({"comma", "slash", "or", "and"})


def without_excluded(tokens: list[Token]) -> list[Token]:
    """Replace each variant excluded by 'non-' or 'other than' with the statement that there is a mutation.

    After a denial, 'other than' means 'but': 'no mutation other than G12D' names G12D.
    """
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        i += 1
        if token.kind == "non":
            if i < len(tokens) and tokens[i].kind in NAMING:
                kept.append(MUTATED)
                i += 1
        elif token.kind == "other_than":
            if any(before.kind == "neg" for before in _clause_before(kept)):
                kept.append(Token("but", token.text))
                continue
            end = _end_of_names(tokens, i)
            if end > i:
                kept.append(MUTATED)
                i = end
        else:
            kept.append(token)
    return kept


def _clause_before(kept: list[Token]) -> list[Token]:
    start = len(kept)
    while start and kept[start - 1].kind not in {"semicolon", "comma", "but"}:
        start -= 1
    return kept[start:]


def _end_of_names(tokens: list[Token], start: int) -> int:
    """Return the end of the list of names that begins at `start`; words in it ('the', 'gene') are part of the list."""
    end = i = start
    while i < len(tokens) and (tokens[i].kind in NAMING | _LISTS | {"filler", "gene"}):
        i += 1
        if tokens[i - 1].kind in NAMING:
            end = i
    return end
