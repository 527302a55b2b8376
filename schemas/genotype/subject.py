"""Selects the words of a cell that are about the row's own gene, if the cell names several genes."""

from __future__ import annotations

from dataclasses import replace

from schemas.genotype.tokens import Token

NAMING = frozenset(
    {"protein", "coding", "triplet", "new_triplet", "residue_change", "any_change", "residue", "codon", "exon"}
)
SEPARATORS = frozenset({"semicolon", "comma", "slash", "and", "or", "but"})
# A denial of what follows: 'no NRAS mutation', '未检出NRAS突变'; 'negative' denies what follows only before 'for'.
FORWARD = frozenset(
    {
        "no",
        "not",
        "without",
        "absence of",
        "absence",
        "keine",
        "keinen",
        "keiner",
        "ohne",
        "sans",
        "nessuna",
        "ninguna",
        "nenhuma",
        "brak",
        "inga",
        "inget",
        "kein",
        "aucune",
        "aucun",
        "geen",
        "ingen",
        "sin",
        "无",
        "没有",
    }
)


def speaks_of(gene: str, tokens: list[Token]) -> list[Token]:
    """Drop the tokens after the name of another gene, up to the next name of a gene.

    A list of names counts as one name ('KRAS/NRAS wild type' is about both); a denial that refers to another gene is
    dropped with it ('G12D, no NRAS mutation').
    """
    kept: list[Token] = []
    named: tuple[str, ...] = ()
    own_from = 0
    for token in _lists_as_one_name(_groups_by_member(tokens, gene)):
        if token.kind == "gene":
            named = token.genes
            if gene not in named:
                _drop_forward_denial(kept, own_from)
            else:
                own_from = len(kept)
        elif token.kind in SEPARATORS or not named or gene in named:
            kept.append(token)
    return kept


def _lists_as_one_name(tokens: list[Token]) -> list[Token]:
    merged: list[Token] = []
    last_name: int | None = None
    for token in tokens:
        if token.kind == "gene" and last_name is not None:
            merged[last_name:] = [replace(merged[last_name], genes=merged[last_name].genes + token.genes)]
            continue
        merged.append(token)
        if token.kind == "gene":
            last_name = len(merged) - 1
        elif token.kind not in SEPARATORS:
            last_name = None
    return merged


def _groups_by_member(tokens: list[Token], gene: str) -> list[Token]:
    """Narrow a family's name to the member that the cell names: 'RAS mutant (NRAS)' is about NRAS alone."""
    members = {name for token in tokens if token.kind == "gene" and len(token.genes) == 1 for name in token.genes}
    family = {name for token in tokens if token.kind == "gene" and len(token.genes) > 1 for name in token.genes}
    named = members & family
    if not named or gene in named or gene not in family:
        return tokens
    return [replace(token, genes=tuple(sorted(named))) if len(token.genes) > 1 else token for token in tokens]


def _drop_forward_denial(kept: list[Token], own_from: int) -> None:
    start = len(kept)
    while start > own_from and kept[start - 1].kind not in SEPARATORS | NAMING:
        start -= 1
    for i in range(start, len(kept)):
        text = kept[i].text
        before_for = i + 1 < len(kept) and kept[i + 1].text == "for"
        if kept[i].kind == "neg" and (text in FORWARD or text.startswith("未") or before_for):
            del kept[i:]
            return
