"""Rewrites older and unusual notations of a cleaned cell into the one that the tokens know.

A notation that the reference contradicts is left unchanged.
"""

from __future__ import annotations

import re

from schemas.genotype.codon import ONE_LETTER, codon_of_base
from schemas.genotype.phrases import without_loose_phrases
from schemas.genotype.reference import BRAF_INSERTED_RESIDUES, BRAF_LONG_NAMES, CODING_SEQUENCE, codons_of

_AA3 = "|".join(ONE_LETTER)
_AA1 = "[acdefghiklmnpqrstvwy*]"
_PLACE = rf"(?<![a-z0-9.])(?:(?:{_AA3})|{_AA1})\d{{1,4}}|(?<=p\.)(?:(?:{_AA3})|{_AA1})\d{{1,4}}"
_LONG = re.compile(BRAF_LONG_NAMES)

# Old COSMIC: 'v600_k601>e', 't599_v600>ik', 'v600>ym' are delins; 'm484_n486delmln' repeats what is deleted.
_GREATER = re.compile(rf"((?:{_PLACE})_(?:(?:{_AA3})|{_AA1})\d{{1,4}}) ?> ?([a-z*]{{1,60}})(?![a-z0-9>])")
_GREATER_ONE = re.compile(rf"({_PLACE}) ?> ?(?!(?:{_AA3})(?![a-z]))({_AA1}{{2,60}})(?![a-z0-9>])")
_DELETED = re.compile(rf"((?:{_PLACE})(?:_(?:(?:{_AA3})|{_AA1})\d{{1,4}})?) ?del[a-z]{{1,60}}?(ins[a-z*]+)(?![a-z0-9])")
_DELETED_ONLY = re.compile(
    rf"((?:{_PLACE})(?:_(?:(?:{_AA3})|{_AA1})\d{{1,4}})?) ?del(?!ins|eted|etion)[a-z]{{1,60}}(?![a-z0-9])"
)
# MAF files of older callers: 'p.12_13gg>dd', 'p.gq60gk'; and positions without residues: 'p.10_11insg'
_MAF_RANGE = re.compile(rf"p\. ?(\d{{1,4}})_(\d{{1,4}})({_AA1}{{2,20}}) ?> ?({_AA1}{{1,20}})(?![a-z0-9])")
_MAF_BLOCK = re.compile(rf"p\. ?(?!(?:{_AA3})\d)({_AA1}{{2,20}})(\d{{1,4}})({_AA1}{{2,20}})(?![a-z0-9])")
_BARE_RANGE = re.compile(r"p\. ?[(\[]?(\d{1,4})_(\d{1,4}) ?(?=ins|del|dup)")
# Several bases of one codon on one allele: 'c.[34g>t;35g>t]'
_ALLELE = re.compile(r"c\. ?\[ ?((?:\d{1,5}[acgt]>[acgt] ?[;,] ?){1,2}\d{1,5}[acgt]>[acgt]) ?\]")
_EXCHANGE = re.compile(r"(\d{1,5})([acgt])>([acgt])")
# Assays: 'v600e/v600k' names one place twice; 'v600/e' and 'v600e2' are v600e (by another codon); so is 'v600ec'
_SAME_PLACE = re.compile(
    rf"({_PLACE})({_AA1}[12]?(?:/{_AA1}[12]?){{0,6}}) ?(?:/|\b(?:or|oder|ou|of|eller|tai|lub|o|vs\.?)\b|或) ?(?:p\.)?"
    rf"\1({_AA1}[12]?)(?![a-z0-9])"
)
_SLASH = re.compile(rf"(?<![/a-z0-9])({_PLACE})/({_AA1})(?![a-z0-9/])")
_CODING_NUMBER = re.compile(rf"({_PLACE})((?!x){_AA1})(?:[12]|(?<=v600e)c)(?![a-z0-9./]| ?/)")


# 'ggt(gly)>gat(asp)', 'gly > asp at codon 12'
_TRIPLET_NAME = re.compile(rf"(?<![a-z])([acgt]{{3}}) ?\((?:{_AA3})\)")
_THEN_CODON = re.compile(
    rf"(?<![a-z])({_AA3}) ?(?:>|to) ?({_AA3}),? (?:at |in |of )?(?:codon|position|residue) (\d{{1,4}})(?!\d)"
)


# 'KRAS_G12V'; VEP's EXON '2/6' is the second of six; BRAF 'T1799A' is beyond the last residue
_UNDERSCORE = re.compile(r"(?<=ra[sf])_")
_EXON_OF = re.compile(r"((?:exon|ex)[ .:=]{0,2}\d{1,2})/(?:[5-7]|1[89])(?![\d/]| ?%)")
_BARE_BASE = re.compile(r"(?<![a-z0-9.:>])([acgt])(\d{3,4})([acgt])(?![a-z0-9>])")
# An ambiguity code whose bases all make the same protein, and a length instead of bases: 'c.183a>y', 'c.1457_1471del15'
_ANY_BASE = re.compile(r"(?<![a-z0-9])c\. ?(\d{1,5})([acgt])>([rykmswbdhv])(?![a-z0-9])")
_DELETED_LENGTH = re.compile(r"(?<![a-z0-9])(c\. ?(\d{1,5})_(\d{1,5}) ?(?:del|dup))(\d{1,2})(?![a-z0-9])")
_STANDS_FOR = dict(r="ag", y="ct", k="gt", m="ac", s="cg", w="at", b="cgt", d="agt", h="act", v="acg")


def shifts_of(gene: str, cleaned: str) -> tuple[int, ...]:
    """Return how many residues the cell's numbering may be ahead of the reference, the likeliest number first.

    >>> shifts_of("BRAF", "nm_001374258.1:c.1919t>a"), shifts_of("BRAF", "v640e"), shifts_of("KRAS", "g12d")
    ((40, 0), (0, 40), (0,))
    """
    if gene != "BRAF":
        return (0,)
    return (BRAF_INSERTED_RESIDUES, 0) if _LONG.search(cleaned) else (0, BRAF_INSERTED_RESIDUES)


def rewritten(gene: str, cleaned: str) -> str:
    """Return the cell with each known older notation in its current form.

    >>> rewritten("BRAF", "p.t599_v600>ik"), rewritten("KRAS", "c.[34g>t;35g>t]")
    ('p.t599_v600delinsik', 'c.34_35delinstt')
    """
    text = cleaned.replace("%3d", "=")
    text = _ALLELE.sub(lambda match: _one_allele(gene, match), text)
    if gene in CODING_SEQUENCE:
        text = _MAF_RANGE.sub(lambda match: _exchanges(gene, match, int(match[1]), match[3], match[4]), text)
        text = _MAF_BLOCK.sub(lambda match: _exchanges(gene, match, int(match[2]), match[1], match[3]), text)
        text = _BARE_RANGE.sub(lambda match: _with_residues(gene, match), text)
    text = _ANY_BASE.sub(lambda match: _one_protein(gene, match), text)
    text = _DELETED_LENGTH.sub(lambda m: m[1] if int(m[3]) - int(m[2]) + 1 == int(m[4]) else m[0], text)
    text = _UNDERSCORE.sub(" ", _EXON_OF.sub(r"\1", text))
    text = _BARE_BASE.sub(lambda match: _beyond_the_protein(gene, match), text)
    text = without_loose_phrases(text)
    text = _TRIPLET_NAME.sub(r"\1", text)
    text = _THEN_CODON.sub(r"\1\3\2", text)
    text = _GREATER.sub(r"\1delins\2", text)
    text = _GREATER_ONE.sub(r"\1delins\2", text)
    text = _DELETED.sub(lambda match: match[1] + "del" + match[2], text)
    text = _DELETED_ONLY.sub(r"\1del", text)
    for _ in range(3):
        text = _SAME_PLACE.sub(r"\1\2/\3", text)
    text = _SLASH.sub(r"\1\2", text)
    return _CODING_NUMBER.sub(r"\1\2", text)


def _one_protein(gene: str, match: re.Match[str]) -> str:
    """Return the protein change if every base that the letter stands for causes the same one; otherwise the match."""
    from schemas.genotype.consequence import effect_of

    at, sequence = int(match[1]), CODING_SEQUENCE.get(gene, "").lower()
    if at > len(sequence) or sequence[at - 1] != match[2]:
        return match[0]
    bases = [base for base in _STANDS_FOR[match[3]] if base != match[2]]
    effects = {effect.short if (effect := effect_of(gene, "delins", at, at, base.upper())) else "" for base in bases}
    return effects.pop().lower() if len(effects) == 1 and "" not in effects else match[0]


def _beyond_the_protein(gene: str, match: re.Match[str]) -> str:
    """Return 'T1799A' as c. notation if no residue has such a number; otherwise the match unchanged."""
    length = len(CODING_SEQUENCE.get(gene, ""))
    return f"c.{match[2]}{match[1]}>{match[3]}" if length // 3 < int(match[2]) <= length else match[0]


def _one_allele(gene: str, match: re.Match[str]) -> str:
    """Return one delins if all substitutions are in one codon; otherwise the match unchanged."""
    exchanges = [(int(at), old, new) for at, old, new in _EXCHANGE.findall(match[1])]
    first, last = min(e[0] for e in exchanges), max(e[0] for e in exchanges)
    sequence = CODING_SEQUENCE.get(gene, "").lower()
    if codon_of_base(first) != codon_of_base(last) or last > len(sequence):
        return match[0]
    bases = list(sequence[first - 1 : last])
    for at, old, new in exchanges:
        if sequence[at - 1] != old:
            return match[0]
        bases[at - first] = new
    return f"c.{first}_{last}delins{''.join(bases)}"


def _residue(gene: str, codon: int) -> str:
    from schemas.genotype.codon import translate

    bases = codons_of(gene).get(codon)
    return translate(bases).lower() if bases else ""


def _exchanges(gene: str, match: re.Match[str], start: int, old: str, new: str) -> str:
    """Return single changes if old and new have the same length, otherwise one delins.

    The match is returned unchanged if it differs from the reference.
    """
    if any(_residue(gene, start + i) != residue for i, residue in enumerate(old)):
        return match[0]
    if len(old) == len(new):
        changed = [f"p.{a}{start + i}{b}" for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
        return ";".join(changed) or f"p.{old[0]}{start}="
    return f"p.{old[0]}{start}_{old[-1]}{start + len(old) - 1}delins{new}"


def _with_residues(gene: str, match: re.Match[str]) -> str:
    first, last = _residue(gene, int(match[1])), _residue(gene, int(match[2]))
    return f"p.{first}{match[1]}_{last}{match[2]}" if first and last else match[0]
