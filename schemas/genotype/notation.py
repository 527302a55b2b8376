"""Reads a cell of the column `variant`: the public functions `parse_variants` and `parse_variant`.

No text raises an error; text longer than cleaning.MAX_TEXT_LENGTH is not read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from schemas.genotype.classify import is_hotspot_codon
from schemas.genotype.cleaning import MAX_TEXT_LENGTH, clean
from schemas.genotype.dictionary import exon_of_codon
from schemas.genotype.genes import gene_symbol
from schemas.genotype.mentions import UNREADABLE, Mention, NameMention, PlaceMention, read_clauses
from schemas.genotype.opinion import opinion_of
from schemas.genotype.pairing import named_variants
from schemas.genotype.records import ParsedVariant
from schemas.genotype.rewriting import rewritten, shifts_of
from schemas.genotype.sentence import Clause, clauses
from schemas.genotype.tokens import tokenize

CACHE_SIZE = 65_536  # a registry has millions of rows but only a few hundred distinct texts
_PLACEHOLDERS = frozenset("-.,;:/\\_?()[] ")
_CHECKBOX = re.compile(r"\[ ?\](?!;)|[□☐]")
_MAX_GENE_LENGTH = 50
_WITHOUT_CHANGE = frozenset({"nos", "exon_only", "codon_only"})


def parse_variants(gene: str, text: str | None) -> list[ParsedVariant]:
    """Return the variants that a cell lists, in order; at least one record, even if it only says 'empty' or 'negative'.

    `gene` may be in any case; variants of genes other than KRAS, NRAS and BRAF are read and count as VUS.
    A variant in two notations is one record. A place ('exon 2') is left out if a variant in it is named.

    >>> [v.hgvs_p_short for v in parse_variants("kras", "G12D/c.35G>A; p.Gly13Asp")]
    ['p.G12D', 'p.G13D']
    >>> parse_variants("KRAS", "no mutation in codons 12/13")[0].parse_status
    'negative'
    """
    symbol = gene_symbol(str(gene or "")[:_MAX_GENE_LENGTH])
    if text is None or text != text:
        return [ParsedVariant(symbol, "empty")]
    trimmed = str(text).strip()
    if len(trimmed) > MAX_TEXT_LENGTH:
        return [ParsedVariant(symbol, "unparsed")]
    return list(_parse(symbol, trimmed))


def parse_variant(gene: str, text: str | None) -> ParsedVariant:
    """Return the variant of a cell; if it lists several, the first pathogenic one, otherwise the first.

    >>> parse_variant("BRAF", "c.1799T>A").hgvs_p_3letter
    'p.Val600Glu'
    """
    found = parse_variants(gene, text)
    return next((variant for variant in found if variant.is_pathogenic), found[0])


@lru_cache(maxsize=CACHE_SIZE)
def _parse(gene: str, text: str) -> tuple[ParsedVariant, ...]:
    cleaned = clean(text)
    if cleaned is None:
        return (ParsedVariant(gene, "unparsed"),)
    if all(character in _PLACEHOLDERS for character in cleaned):
        return (ParsedVariant(gene, "empty"),)
    if _CHECKBOX.search(cleaned):  # a form: it is unclear which box belongs to which name
        return (ParsedVariant(gene, "unparsed"),)
    cleaned = rewritten(gene, cleaned)
    spoken = clauses(tokenize(cleaned, gene), gene)
    read = read_clauses(gene, spoken, shifts_of(gene, cleaned))
    named = named_variants(gene, [mention for mention in read if isinstance(mention, NameMention)])
    places = [
        _place(gene, mention)
        for mention in read
        if isinstance(mention, PlaceMention) and not _only_tested(mention, read)
    ]
    found = _without_the_obvious(_merged(named + places))
    found += _unnamed(gene, spoken) if not found else []
    stated = any(variant.parse_status in _WITHOUT_CHANGE for variant in found)
    apart = any(clause.has("word") and not clause.named for clause in spoken)
    if stated and apart:
        found = [_unaccusing(variant) if variant.parse_status in _WITHOUT_CHANGE else variant for variant in found]
    half_read = any(isinstance(mention, NameMention) and mention.change is None for mention in read)
    half_read = half_read and not any(variant.notations_disagree for variant in found)
    if (
        UNREADABLE in read
        or half_read
        or (stated and (apart or any(opinion_of(clause).is_doubtful for clause in spoken)))
    ):
        found.append(ParsedVariant(gene, "unparsed"))
    return tuple(found) or (ParsedVariant(gene, _status_without_variant(spoken)),)


def _only_tested(mention: PlaceMention, read: list[Mention]) -> bool:
    """Return whether the place was only tested and another is mutated: 'codons 12, 13 tested; codon 12 mutated'."""
    if not mention.opinion.tested or mention.opinion.says_mutated:
        return False
    return any(not isinstance(other, str) and other.opinion.says_mutated for other in read)


def _place(gene: str, mention: PlaceMention) -> ParsedVariant:
    """Make the record of a place: a hotspot codon counts as pathogenic by itself, any other only if called mutated."""
    opinion = mention.opinion
    states_mutation = opinion.says_mutated and not opinion.weakens
    if mention.is_exon:
        return ParsedVariant(gene, "exon_only", exon=mention.number, is_pathogenic=states_mutation)
    hotspot = is_hotspot_codon(gene, mention.number)
    only_tested = opinion.tested and not opinion.says_mutated
    return ParsedVariant(
        gene,
        "codon_only",
        codon=mention.number,
        exon=exon_of_codon(gene, mention.number),
        variant_class="hotspot" if hotspot else opinion.weak_class,
        is_pathogenic=states_mutation or (hotspot and not only_tested and not opinion.weakens),
    )


def _unaccusing(variant: ParsedVariant) -> ParsedVariant:
    """Return the variant as not pathogenic: unknown words beside it may deny it."""
    return replace(variant, is_pathogenic=False)


def _merged(found: list[ParsedVariant]) -> list[ParsedVariant]:
    """Merge to one record per canonical name, in order of first mention; a flag of any record is kept."""
    merged: dict[str | None, ParsedVariant] = {}
    for variant in found:
        known = merged.setdefault(variant.canonical, variant)
        merged[variant.canonical] = replace(
            known,
            hgvs_c=known.hgvs_c or variant.hgvs_c,
            notations_disagree=known.notations_disagree or variant.notations_disagree,
            is_pathogenic=known.is_pathogenic or variant.is_pathogenic,
        )
    return list(merged.values())


def _without_the_obvious(found: list[ParsedVariant]) -> list[ParsedVariant]:
    """Drop 'codon 12' beside p.G12D, and 'exon 2' beside either."""
    codons = {variant.codon for variant in found if variant.parse_status == "parsed"}
    exons = {variant.exon for variant in found if variant.parse_status in {"parsed", "codon_only"}}
    return [
        variant
        for variant in found
        if not (variant.parse_status == "codon_only" and variant.codon in codons)
        and not (variant.parse_status == "exon_only" and variant.exon in exons)
    ]


def _unnamed(gene: str, spoken: list[Clause]) -> list[ParsedVariant]:
    """Return a record for a mutation that is stated without a name, if there is one."""
    for clause in spoken:
        opinion = opinion_of(clause)
        if opinion.says_mutated or (opinion.variant_class and not clause.is_denied):
            return [
                ParsedVariant(
                    gene,
                    "nos",
                    variant_class=opinion.weak_class,
                    is_pathogenic=opinion.says_mutated and not opinion.weakens,
                )
            ]
    return []


def _status_without_variant(spoken: list[Clause]) -> str:
    if any(clause.has("neg", "unchanged") for clause in spoken):
        return "negative"
    if any(clause.has("empty", "unsure") for clause in spoken):
        return "empty"
    return "unparsed"
