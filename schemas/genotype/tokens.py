"""Cuts a cleaned cell into tokens: notations of variants, codons, exons, genes, words, separators.

Every pattern is bounded and can match a text in only one way, so that no text causes a long search. A token starts
only where another ended, so 'c.34_35delinsTT' or '12Asp' is never cut in the middle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from schemas.genotype import vocabulary

_AA3 = "ala|arg|asn|asp|cys|gln|glu|gly|his|ile|leu|lys|met|phe|pro|ser|thr|trp|tyr|val|ter|stop"
_AA1 = "[acdefghiklmnpqrstvwy*]"
_AA = rf"(?:{_AA3}|{_AA1})"
_BASE = "[acgtu]"
_END = r"(?=mut|[^a-z0-9]|$)"
_P = r"(?:p[ .:]{0,2})?[(\[]{0,2} ?"
_C = r"(?:c ?[.:] ?|c ?)?[(\[]{0,2} ?"
_C_SURE = r"c ?[.:] ?[(\[]{0,2} ?"
_GAP = "[ -]{0,2}"
_PLACE = rf"{_AA}{_GAP}\d{{1,4}}"
_POSITION = r"[*-]?\d{1,5}(?: ?[+-] ?\d{1,6})?"
_NOT_A_PLACE = r"(?![0-9a-z_%>.]| ?%| ?[acgtu]{1,3} ?>)"  # a percentage, or the position of a base
_ALSO = r"(?:,? ?(?:and/or|and|or|und|oder|et|ou|y|e|en|og|och|ja|i|to|bis|a)(?: |/)|,|/|&|\+|-|~|和|及|或|、)"
_NUMBERS = rf"(?: ?{_ALSO} ?第?\d{{1,4}}{_NOT_A_PLACE}|\.(?:12|13|59|61|117|146)(?![0-9.%]| ?%)){{0,30}}"
_OLD_NEW = rf"{_BASE}{{3}} ?(?:>|to|-|/) ?{_BASE}{{3}}"
_INDEL = rf"(?:del ?{_BASE}{{0,30}} ?ins|delins|ins|del|dup) ?{_BASE}{{0,60}}"
_RESIDUES = "[a-z*]{1,60}"
_NTH = "(?:位|号|th|st|nd|rd)?"
_CODON_WORD = r"(?:[ck]odon(?:\(s\)|s|es|eissa|issa|ie|ach|y|e|i|en)?|codon no\.?|cdn|cod\.?|cd\.?|密码子|コドン|residue|amino acid)"
_EXON_WORD = (
    r"(?:exon(?:\(s\)|s|es|en|er)?|e[ck]so[nm](?:er|i|ie|issa|eissa|it|ie)?|eson[ei]|ex|外显子|エクソン|エキソン)"
)

# (kind, pattern) in order of preference at any position of the text.
_NOTATIONS: tuple[tuple[str, str], ...] = (
    ("neg", r"(?:(?:vaf|maf|af|frequency) ?[:=]? ?)?(?<![\d.,])0(?:[.,]0+)? ?%|(?:vaf|maf|af) ?[:=]? ?0(?:[.,]0+)?(?![\d.,%])|[:=] ?0(?![\d.,%])"),
    ("neg", r"(?<![\d.,/])0 ?(?:/ ?\d+ ?)?(?:copies|copy|cop|reads?|mutant|molecules?|droplets?|partitions?)(?: ?/ ?ml)?(?![a-z])"),
    ("neg", r"(?<![\d.,/])0 ?/ ?\d{2,}|[:=] ?(?:n|f)(?= ?(?:$|[;,)]))"),
    ("mut", r"[:=] ?y(?= ?(?:$|[;,)]))"),
    ("unsure", r"< ?0[.,]\d+ ?%"),
    ("noise", r"(?:n[mpcrg]|x[mp])_[\d.]*(?: ?:)?|ens[tpg]\d+(?:\.\d+)?|lrg_\d+(?:[tp]\d+)?"),
    ("noise", r"cos[mv]\d+|rs\d+"),
    ("noise", r"(?:[<>~] ?)?\d{1,3}(?:[.,]\d{1,4})? ?%|(?:vaf|maf|af) ?[:=]? ?\d*[.,]?\d+"),
    ("noise", r"no[.:] ?\d+|chr[\dxy]{1,2}:[^\s;,/]{0,40}|[gmnr]\. ?[\d(*-][^\s;,/]{0,60}"),
    ("non", rf"(?:non[ -]?|非 ?)(?={_P}{_PLACE})"),
    ("mut", r"mut(?=\d{2,3}(?!\d))"),
    ("unchanged", rf"[cp] ?\. ?[(\[]?=[)\]]?{_END}"),
    # Coding changes
    ("coding", rf"{_C}{_POSITION} ?{_BASE} ?(?:>|to) ?{_BASE}{_END}"),
    ("coding", rf"{_C_SURE}{_BASE} ?\d{{1,5}} ?>? ?{_BASE}{_END}"),
    ("coding", rf"{_C}{_POSITION}_{_POSITION} ?{_BASE}{{0,30}} ?> ?{_BASE}{{1,30}}{_END}"),
    ("coding", rf"{_C_SURE}\d{{1,5}} ?{_BASE}{{2,30}} ?> ?{_BASE}{{2,30}}{_END}"),
    ("coding", rf"{_C}{_POSITION}_{_POSITION} ?{_INDEL}{_END}"),
    ("coding", rf"{_C_SURE}{_POSITION} ?{_INDEL}{_END}"),
    ("odd", r"c ?\. ?[(\[]{0,2}[\d*-][^\s;,/)\]]{0,60}"),
    # Laboratory shorthand: a codon and its new bases: '61aaa', 'c12 gat', 'mut 61 cga'
    ("new_triplet", rf"(?:{_CODON_WORD} ?|c)?(?:12|13|59|61|117|146)[ :=(]{{0,3}}(?:mut ?)?[acgt]{{3}}{_END}(?! ?[>/]| ?- ?[acgt]{{3}}{_END})"),
    # A codon with its triplets or its amino acids: 'codon 12 GGT>GAT', '12 GGT>GAT', 'GGT12GAT', 'GGT>GAT'
    ("triplet", rf"(?:{_CODON_WORD} ?|c)?\d{{1,4}}[位号]?(?:密码子)?[ :(=,-]{{0,3}}{_OLD_NEW}{_END}"),
    ("triplet", rf"{_BASE}{{3}} ?\d{{1,4}} ?{_BASE}{{3}}{_END}"),
    ("triplet", rf"{_BASE}{{3}} ?(?:>|to) ?{_BASE}{{3}}{_END}"),
    (
        "residue_change",
        rf"{_CODON_WORD} ?\d{{1,4}}[ :(-]{{0,3}}(?:(?:{_AA3}) ?(?:>|-|/|to) ?)?(?:{_AA3}){_END}",
    ),
    # Protein changes
    ("protein", rf"{_P}{_PLACE}_{_PLACE} ?(?:(?:delins|ins){_RESIDUES}|del|dup){_END}"),
    ("protein", rf"{_P}{_PLACE} ?(?:delins{_RESIDUES}|del|dup){_END}"),
    ("protein", rf"{_P}{_PLACE} ?{_AA}? ?(?:fs|frameshift)(?: ?(?:\*|x|ter|stop) ?[\d?]{{0,4}})?{_END}"),
    ("any_change", rf"{_P}{_PLACE} ?{_AA1}?[12]?(?: ?/ ?{_AA1}[12c]?){{1,8}}(?![a-z0-9.:_]| [\d(.])"),
    ("protein", rf"{_P}(?:{_AA3}){_GAP}\d{{1,4}}[ >-]{{0,3}}(?:{_AA3}){_END}"),
    ("protein", rf"{_P}{_AA1}{_GAP}\d{{1,4}}[ >-]{{0,3}}{_AA1}{_END}(?!\. ?[\d(*-])"),
    ("protein", rf"{_P}{_AA}\d{{1,4}}{_AA}{_END}"),
    ("protein", rf"{_P}{_PLACE} ?="),
    ("any_change", rf"{_P}{_PLACE} ?(?:x(?:aa)?|\?){_END}"),
    ("protein", rf"{_P}\d{{1,4}} ?(?:{_AA3}){_END}|{_P}\d{{1,4}}{_AA1}{_END}"),
    ("residue", rf"{_P}{_PLACE}(?:_{_PLACE})?{_END}"),
    # Places
    ("codon", rf"{_CODON_WORD} ?(?:no\.? ?|第)?\d{{1,4}}(?![0-9a-z_]){_NUMBERS}"),
    ("codon", rf"第?\d{{1,4}}(?:(?:, ?|/)\d{{1,4}}){{0,20}}{_NTH} ?{_CODON_WORD}(?![a-z])"),
    ("exon", rf"{_EXON_WORD}[ .]?(?:第|no\.? ?)?\d{{1,2}}(?![0-9a-z_]){_NUMBERS}"),
    ("exon", rf"第?\d{{1,2}}(?:(?:, ?|/)\d{{1,2}}){{0,20}}{_NTH} ?{_EXON_WORD}(?![a-z])"),
    ("short_codon", rf"c?\d{{2,3}}(?:(?:[/+,&.]| ?(?:/|\+|,|&|and|und|et) ?)\d{{2,3}}){{0,6}}{_END}(?![.,]\d| ?[%>_])"),
)  # fmt: skip

_SEPARATORS: tuple[tuple[str, str], ...] = (
    ("mut", r"(?<=ras)\+(?= [knb]-?ra[sf])|(?<=raf)\+(?= [knb]-?ra[sf])"),
    ("neg", r"(?<=ras)-(?= [knb]-?ra[sf] ?[+-])|(?<=raf)-(?= [knb]-?ra[sf] ?[+-])"),
    ("mut", r"\(\++\)|\++(?= ?(?:$|[;,)]))"),
    ("neg", r"\( ?- ?\)|(?<=[ a-z0-9])-+(?= ?(?:$|[;,)]))"),
    ("semicolon", r";|\.(?= |$)"),
    ("comma", r","),
    ("slash", r"/"),
    ("and", r"\+"),
    ("unsure", r"\?"),
)


# Hotspots that shorthand may name by their number alone.
_RAS = frozenset({12, 13, 59, 61, 117, 146})
_SHORT_CODONS = {"KRAS": _RAS, "NRAS": _RAS, "BRAF": frozenset({594, 600, 601})}


@dataclass(frozen=True, slots=True)
class Token:
    """A kind and the text it covers; for a gene, also the symbols that it stands for."""

    kind: str
    text: str
    genes: tuple[str, ...] = ()


# Greek, Cyrillic, Hebrew, Arabic, Indic, Thai, Hangul: letters of words that are not in the vocabulary
_OTHER_SCRIPTS = "[\u0370-\u052f\u0590-\u06ff\u0900-\u0e7f\uac00-\ud7a3]+"


def _compile() -> tuple[re.Pattern[str], dict[str, tuple[str, tuple[str, ...]]]]:
    """Compile all patterns into one alternation and map each group's name to its kind and genes."""
    rows: list[tuple[str, str, tuple[str, ...]]] = []
    rows += [(kind, pattern, ()) for kind, pattern in _NOTATIONS]
    rows += [("gene", pattern, genes) for genes, pattern in vocabulary.GENES]
    rows += [(kind, pattern, ()) for kind, pattern in vocabulary.CHINESE]
    rows += [(kind, rf"(?:{pattern})(?![a-z0-9])", ()) for kind, pattern in vocabulary.ENGLISH]
    rows += [(kind, pattern, ()) for kind, pattern in _SEPARATORS]
    rows += [
        ("word", "[a-z]+(?![0-9a-z])", ()),
        ("foreign", _OTHER_SCRIPTS, ()),
        ("junk", "[a-z0-9_]+", ()),
        ("mark", ".", ()),
    ]
    names = {f"t{i}": (kind, genes) for i, (kind, _, genes) in enumerate(rows)}
    pattern = "|".join(f"(?P<t{i}>{source})" for i, (_, source, _) in enumerate(rows))
    return re.compile(pattern, re.DOTALL), names


_MASTER, _NAMES = _compile()


def tokenize(cleaned: str, gene: str) -> list[Token]:
    """Return the tokens of a cleaned cell without marks and blanks. `gene` is the row's own gene, in upper case."""
    tokens: list[Token] = []
    for match in _MASTER.finditer(cleaned):
        name = match.lastgroup
        assert name is not None  # the last alternative takes any character
        kind, genes = _NAMES[name]
        if kind == "mark":
            continue
        if kind == "word" and len(match.group()) == 1:
            kind = "filler"
        text = match.group().strip()
        if kind in {"word", "junk"} and text.upper() == gene:
            kind, genes = "gene", (gene,)
        tokens.append(Token(kind, text, genes))
    return [_settled(gene, tokens, i) for i in range(len(tokens))]


def _settled(gene: str, tokens: list[Token], i: int) -> Token:
    """Make a bare number a codon if it is a hotspot beside the gene's name, a codon or 'mut'; otherwise junk."""
    token = tokens[i]
    if token.kind == "residue" and re.fullmatch(r"c\d{2,3}", token.text) and gene in ("KRAS", "NRAS"):
        token = replace(token, kind="short_codon")  # no hotspot of theirs is a cysteine: 'c61' is codon 61
    if token.kind != "short_codon":
        return token
    numbers = {int(number) for number in re.findall(r"\d+", token.text)}
    beside = {tokens[j].kind for j in (i - 1, i + 1) if 0 <= j < len(tokens)}
    is_codon = numbers <= _SHORT_CODONS.get(gene, frozenset()) and (
        token.text.startswith("c") or beside & {"gene", "mut", "codon"}
    )
    return replace(token, kind="codon" if is_codon else "junk")
