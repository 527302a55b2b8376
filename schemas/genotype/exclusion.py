"""What a cell leaves out by its words: 'non-V600E', 'a mutation other than G12C', 'not V600E but another'.

Belongs here: the rewriting of such tokens. What does not: denial (sentence.py). A variant that is left out is not
named; that there is another one is a statement of a mutation without a name.
"""

from __future__ import annotations

from schemas.genotype.subject import NAMING
from schemas.genotype.tokens import Token

MUTATED = Token("mut", "mutated")
_LISTS = frozenset({"comma", "slash", "or", "and"})


def without_excluded(tokens: list[Token]) -> list[Token]:
    """The tokens, with what 'non-' and 'other than' leave out taken away and the mutation stated that stays.

    After a denial 'other than' is a 'but': 'no mutation other than G12D' names G12D.
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
    """The end of the list of names that begins at `start`; words of the list ('the', 'mutation') go with it."""
    end = i = start
    while i < len(tokens) and (tokens[i].kind in NAMING | _LISTS | {"filler", "gene"}):
        i += 1
        if tokens[i - 1].kind in NAMING:
            end = i
    return end
