"""Cuts the tokens of a cell into clauses and decides whether each clause affirms or denies the variants in it.

If the words leave a doubt, the reading that states less is taken: a variant in a clause that says 'not' is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from schemas.genotype.exclusion import without_excluded
from schemas.genotype.subject import FORWARD, NAMING, SEPARATORS, speaks_of
from schemas.genotype.tokens import Token

_POLARITY = frozenset({"mut", "neg", "empty"})
_JUDGEMENTS = _POLARITY | {"vus", "benign", "pathogenic", "synonymous", "unsure"}
_SILENT = frozenset({"filler", "tested", "noise"})
_CHANGES = NAMING - {"codon", "exon", "residue"}
_BLANKS = frozenset({"na", "n/a", "nan", "null"})
_LIST_SEPARATORS = frozenset({"comma", "slash", "or", "and"})


@dataclass(slots=True)
class Clause:
    """Tokens between two separators, and the separator before them ('start' for the first)."""

    separator: str
    tokens: list[Token] = field(default_factory=list)

    def has(self, *kinds: str) -> bool:
        """Return whether the clause contains a token of one of the kinds."""
        return any(token.kind in kinds for token in self.tokens)

    @property
    def named(self) -> list[Token]:
        """Return the tokens that name a variant or a place in the gene."""
        return [token for token in self.tokens if token.kind in NAMING]

    @property
    def kinds_named(self) -> frozenset[str]:
        """Return the kinds of what the clause names: 'change', 'codon', 'exon', 'residue'."""
        return frozenset("change" if token.kind in _CHANGES else token.kind for token in self.named)

    @property
    def is_bare_list_item(self) -> bool:
        """Return whether it names something and says nothing about it, as an item in the middle of a list does."""
        return bool(self.named) and not self.has("mut", "neg", "empty", "other")

    @property
    def is_denied(self) -> bool:
        """Return whether it says that what it names was not found or not tested."""
        return self.has("neg", "empty")


def clauses(tokens: list[Token], gene: str) -> list[Clause]:
    """Return the clauses about `gene` (upper case), each with the denial that it inherits from its neighbours."""
    own = without_excluded(speaks_of(gene, tokens))
    found = [part for clause in _with_afterthoughts(_cut(own)) for part in _parts(clause)]
    found = [clause for clause in map(_without_rest_of_gene, found) if clause.tokens]
    _spread(found)
    return found


def _cut(tokens: list[Token]) -> list[Clause]:
    """Cut at separators; of several separators in a row the first counts, except that ', but' is a 'but'."""
    cut = [Clause("start")]
    for token in tokens:
        if token.kind not in SEPARATORS:
            cut[-1].tokens.append(token)
        elif cut[-1].tokens:
            cut.append(Clause(token.kind))
        elif token.kind == "but" and len(cut) > 1:
            cut[-1].separator = "but"
    return [clause for clause in cut if clause.tokens]


def _with_afterthoughts(cut: list[Clause]) -> list[Clause]:
    """Join a clause that only judges to the bare name before it: 'G12D, not detected'."""
    joined: list[Clause] = []
    for clause in cut:
        judges = all(token.kind in _JUDGEMENTS | _SILENT for token in clause.tokens) and clause.has(*_JUDGEMENTS)
        blank = all(token.text in _BLANKS for token in clause.tokens)  # 'p.G12D;NA;NA': empty columns of a table
        apart = clause.separator not in {"comma", "semicolon"} or blank
        if joined and judges and not apart and joined[-1].is_bare_list_item:
            joined[-1].tokens.extend(clause.tokens)
        else:
            joined.append(clause)
    return joined


def _parts(clause: Clause) -> Iterator[Clause]:
    """Cut 'G12D positive G13D negative' before G13D: after a name and its polarity, at the next name."""
    if not clause.is_denied:
        yield clause
        return
    part = Clause(clause.separator)
    named = judged = False
    for token in clause.tokens:
        if token.kind in NAMING:
            if named and judged:
                forward = [part.tokens.pop()] if _denies_twice(part) else _denial_before(part, token)
                yield part
                part, judged = Clause("space", forward), False
            named = True
        elif token.kind in _POLARITY and named:
            judged = True
        part.tokens.append(token)
    yield part


def _denial_before(part: Clause, name: Token) -> list[Token]:
    """Return the denial that also applies to the next name.

    'exon 15: no mutation V600E': the word denies the place before it and the change after it.
    """
    place = max(i for i, token in enumerate(part.tokens) if token.kind in NAMING)
    tail = [token for token in part.tokens[place + 1 :] if token.kind != "filler"]
    forward = [
        token for token in tail if token.kind == "neg" and (token.text in FORWARD or token.text[0] in "未不无没")
    ]
    alone = len(forward) == 1 and tail[0] is forward[0] and {token.kind for token in tail} <= {"neg", "mut"}
    return forward if alone and name.kind in _CHANGES and part.kinds_named <= {"codon", "exon"} else []


def _denies_twice(part: Clause) -> bool:
    """Return whether the last word denies what comes next and another one what precedes it: 'neither G12C nor'."""
    judging = [token for token in part.tokens if token.kind in _POLARITY]
    return len(judging) > 1 and part.tokens[-1] is judging[-1] and judging[-1].kind == "neg"


def _without_rest_of_gene(clause: Clause) -> Clause:
    """Drop what is said about the rest of the gene after a name: 'G12D, no other mutation' does not deny G12D."""
    kinds = [token.kind for token in clause.tokens]
    if "other" not in kinds:
        return clause
    first_name = next((i for i, kind in enumerate(kinds) if kind in NAMING), len(kinds))
    first_rest = min(i for i, kind in enumerate(kinds) if kind in {"other", "neg"})
    if first_name < first_rest:
        return replace(clause, tokens=clause.tokens[:first_rest])
    return clause


def _spread(found: list[Clause]) -> None:
    """Spread a denial at either end of a list to all its items: 'no G12D, G13D', 'G12D, G13D not detected'."""
    for i, clause in enumerate(found):
        if not (clause.is_denied and clause.named) or clause.has("other"):
            continue
        denial = next(token for token in clause.tokens if token.kind in {"neg", "empty"})
        comes_first = clause.tokens.index(denial) < clause.tokens.index(clause.named[0])
        step = 1 if comes_first else -1
        j = i + step
        while 0 <= j < len(found) and found[j].is_bare_list_item and found[j].kinds_named == clause.kinds_named:
            if found[max(j, j - step)].separator not in _LIST_SEPARATORS:
                break
            found[j].tokens.append(denial)
            j += step
