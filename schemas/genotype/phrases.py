"""Rewrites phrases of a cleaned cell that would be misread word by word, so that the tokens say what is meant."""

from __future__ import annotations

import re

_CHANGE = r"(?:p\. ?)?[a-z]\d{2,4}[a-z]"
_ANSWERED = re.compile(r"\? ?(?=(?:yes|no|ja|nein|nej|nee|oui|non|si|pos|neg|y|n)(?![a-z]))")  # "detected? Yes"
# 'no' and 'na' are 'in the' in Portuguese: 'mutação no códon 12'
_PORTUGUESE = re.compile(r"mutac(?:ao|oes)|selvagem|alteracao|(?<![a-z])codao")
_IN_THE = re.compile(
    r"(?<![a-z])n[oa]s? (?=codon|codao|exon|exao|gen|posicao|regiao|protein|amostra|tumor|tecido|local)"
)
# The dot of an abbreviation does not end a sentence
_SHORTENED = re.compile(r"(?<![a-z])(mut|mutat|ex|cod|cd|kod|susp|het|hom)\. (?=[a-z0-9])")
# 'assay does not distinguish V600E and V600K', 'V600 (non-E)', 'not V600E (V600K)', '除V600E外的突变'
_NOT_TOLD_APART = re.compile(
    r"(?:(?:does|do|can|could|did|cannot|can)? ?(?:not|nt)|unable to|cannot|nicht|ne) (?:be )?"
    r"(?:distinguish|discriminat|differentiat|unterscheid|distingu)\w*[^;.)]{0,90}"
)
_NOT_THIS_RESIDUE = re.compile(r"((?<![a-z0-9])[a-z]\d{2,4}),? ?\(?(?:non|not)[ -][a-z*](?![a-z0-9])\)?")
_BUT_THAT = re.compile(
    r"((?:not|non|no|nicht|keine?|pas|geen|other than|autres? que|except|excluding)[ -]"
    rf"{_CHANGE}) ?\((?={_CHANGE}\))"
)
_CHINESE_EXCEPT = re.compile(r"除了?([^,;]{1,30}?)(?:以|之)?外,?(?=的|有|存在|另|还)")
# What an assay can detect is not a finding: 'tested for G12A, G12C, G12D: G12C detected'
_NAME = rf"{_CHANGE}(?:/[a-z](?![a-z]))*"
_TESTED_LIST = re.compile(
    r"(?:tested|tests?|testing|screen(?:ed|s|ing)?|interrogate[sd]?|interrogating|covers?|covered|covering|detects"
    r"|able to detect|designed to detect|assay|panel|targets?|targeted|analy[sz]ed|examined|probes?"
    r"|getestet|untersucht|gepruft|recherchees?|analizadas?|ricercate?)"
    r"(?: (?:for|the|following|variants?|mutations?|auf|are|were|includes?|of|only)| ?:)*[ (]*"
    rf"{_NAME}(?:(?:, ?(?:and |or )?|/| and | or | und | et | y | e | ){_NAME})+\)?(?= ?[.;:]| - | ?\()"
)


def without_loose_phrases(text: str) -> str:
    """Return the cell with such phrases rewritten in plain words.

    >>> without_loose_phrases("tested for g12c, g12d: g12d detected")
    'tested : g12d detected'
    >>> without_loose_phrases("mutacao no codon 12"), without_loose_phrases("v600 (non-e)")
    ('mutacao em codon 12', 'v600')
    """
    if _PORTUGUESE.search(text):
        text = _IN_THE.sub("em ", text)
    text = _ANSWERED.sub(": ", text)
    text = _SHORTENED.sub(r"\1 ", text)
    text = _NOT_THIS_RESIDUE.sub(r"\1", _NOT_TOLD_APART.sub(" ", text))
    text = _CHINESE_EXCEPT.sub(r"other than \1 ", _BUT_THAT.sub(r"\1; ", text))
    return _without_tested_list(text)


def _without_tested_list(text: str) -> str:
    """Drop a list of what was tested if the cell says something else after it."""
    match = _TESTED_LIST.search(text)
    if match is None or not re.search("[a-z]{2}", text[match.end() :]):
        return text
    return text[: match.start()] + "tested " + text[match.end() :]
