"""What a cell for a complication's grade says: a grade, that there was none, or that it is unknown.

No scale calls "no complication" a grade, but sites fill the cell: none, 0, "-", keine, "no complications",
"Clavien-Dindo 0". Read as a grade it makes every uncomplicated session a complication. A word for not known ("n/a",
"?", 99) is neither. A grade loses the word "grade" and the name of its scale, and a Roman one gets its usual letters:
IIIA and "Grade IIIa" are IIIa, in one scale. Any other text is a complication of OTHER_GRADE. No scale is mapped to
another (docs/decisions/0006).
"""

from __future__ import annotations

import re
import unicodedata

NONE, UNKNOWN_GRADE, OTHER_GRADE = "none", "unknown", "other"
_PREFIX = re.compile(
    r"""^(?:(?:cirse|sir|ctc(?:ae)?|clavien(?:[ -]?dindo)?|dindo|c-?d|(?:19|20)\d\d|v[ ]?\d(?:\.\d)?
    |grade|grad|gr|stufe|typ|type|class|klasse|degree|complications?|komplikation(?:en)?)\b[ .:=-]*
    |(?:g|c-?d)[ .]?(?=\d))+(?=\S)""",
    re.VERBOSE,
)
_GRADE = re.compile(r"[1-6][a-e]?|(?:i{1,3}|iv)[ab]?d?|vd?|[a-f]|mild|moderate|severe|minor|major")
"""A grade of CIRSE (1 to 6), SIR (A to F; minor, major), CTCAE (1 to 5) or Clavien-Dindo (I to V, with a and b; a d for
disability)."""
_EXPLAINED = re.compile(
    r"""(\w+)(?:[ ]?\([^\d]*\)|[ ]?:[ ][^\d]+|[ ]-[ ][^\d]+
    |[ ](?:cirse|sir|ctcae|clavien[ -]?dindo)|(?<=\w\w\w)[ ]complications?)""",
    re.VERBOSE,
)
"""A grade followed by words that repeat it: '2 (moderate)', '3 - severe', 'major complication'."""
_SPACED = re.compile(r"^([1-6]|i{1,3}|iv)[ .-]([a-e])$")
_ROMAN = re.compile(r"(i{1,3}|iv|v)([abd]*)")
_EVENT = r"""(?:compl?(?:ications?|ic)?|kompl?(?:ikation(?:en)?|ik)?|complicaties?|complicanz[ae]|complicacion(?:es)?
    |complicacao|complicacoes|komplikasjon(?:er)?|komplikationer|komplikaatioita|komplikaci|powik[l\u0142]an|bivirkninger
    |adverse[ ]events?|side[ ]effects?|aes?|events?|ereignis(?:se)?|besonderheit(?:en)?|particularites?)\.?"""
_NO = r"""(?:no|non|not[ ]any|none|nil|nihil|zero|nothing|absent|absence(?:[ ]of)?|false|n|nope|keine?[rn]?|ohne|nein
    |nichts|without|w/o|free[ ]of|sans|aucune?|pas[ ]de|nessun[ao]?|senza|ningun[ao]?|sin|geen|zonder|ingen|ingenting
    |inga|uten|uden|utan|nej|nei|nee|brak|bez|zadn[ey]|nie|ne|ei|nao|sem|nenhum[a]?|net|\u043d\u0435\u0442|\u65e0|\u7121
    |\u306a\u3057)"""
_WHEN = r"""(?:(?:any|other|further|known|obvious|evident|apparent|early|acute|immediate|late|delayed
    |(?:minor|major)[ ](?:and|or|nor)[ ](?:minor|major)
    |(?:peri|post|intra)?[ -]?(?:procedur|operati|intervent)\w*|(?:procedure|treatment|ablation)[ -]related
    |(?:akut|fruh|spat)e[nr]?)[ ])*"""
_SEEN = r"""(?:[ ](?:was|were|is|are|has|have|been|wurden?))*(?:[ ](?:reported|observed|occurred|seen|known|noted
    |recorded|documented|detected|found|encountered|identified|present|apparent|evident|immediate|aufgetreten|beobachtet|bekannt
    |dokumentiert|opgetreden))?"""
_DENIED = re.compile(
    rf"""-*0+(?:[.,]0+)?-*|-+|[\u00f8\u2205\u2300]|{_NO}{_SEEN}|{_NO}[ ]{_WHEN}{_EVENT}{_SEEN}
    |{_EVENT}[ ]?[:=-]?[ ]?(?:{_NO}|0)|uncomplicated(?:[ ]\w+)?|uneventful(?:[ ]\w+)?|unremarkable
    |komplikationslos(?:er[ ]verlauf)?|unkompliziert(?:er[ ]verlauf)?|unauffallig(?:er[ ]verlauf)?|o\.?[ ]?b
    |r\.?a\.?s""",
    re.VERBOSE,
)
_NOT_KNOWN = re.compile(
    rf"""unknown|unk|unbekannt|inconnue?|onbekend|ukjent|sconosciut[ao]|desconocid[ao]|unclear|unsure|pending|missing
    |n/?a|n\.a\.?|\#n/?[abdv]|\#[a-z]\S*|nan|nat|null|undefined
    |leer|blank|empty|vide|leeg|vuoto|discrepancy|o\.?[ ]?a\.?|nk|nd|n/d|k\.?[ ]?a\.?|[?./]+|-?9+(?:\.0+)?
    |not[ ](?:applicable|available|known|recorded|reported|stated|documented|assessed|graded|given|evaluated)
    |no[ ](?:data|information|report|grade)|keine[ ]angaben?|entfallt
    |nicht[ ](?:bekannt|angegeben|dokumentiert|erfasst|zutreffend|beurteilbar)
    |{_NO}[ ](?:clinically[ ])?(?:major|significant|serious|severe|relevant\w*|wesentliche\w*|schwere\w*)
    (?:[ ]{_EVENT}{_SEEN})?""",
    re.VERBOSE,
)
"""It is unknown; or there was no major one, which leaves minor ones open."""
_BETWEEN = re.compile(r"[\s]*[(),;/=:|][\s]*|\s+-\s+")


def grade(text: str) -> str:
    """Return NONE, UNKNOWN_GRADE, OTHER_GRADE, or the grade itself; an empty text is NONE, since its scale was named.

    >>> [grade(text) for text in ("none", "0", "Keine Komplikationen", "-", "Clavien-Dindo 0", "0 (none)")]
    ['none', 'none', 'none', 'none', 'none', 'none']
    >>> [grade(text) for text in ("Grade 2", "IIIA", "clavien-dindo iva", "C", "2.0", "no complication, but pain")]
    ['2', 'IIIa', 'IVa', 'C', '2', 'other']
    >>> [grade(text) for text in ("n/a", "not recorded", "99", "?")]
    ['unknown', 'unknown', 'unknown', 'unknown']
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub("[\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}\N{HYPHEN}]", "-", plain).replace("\N{DEGREE SIGN}", "")
    plain = re.sub(r"\s+", " ", plain).strip(" .!") if plain.strip(" .!") else plain.strip()
    if not plain or _is_denied(plain):
        return NONE
    if _NOT_KNOWN.fullmatch(plain.strip("[](){}<>'\"")):  # [Not Available], <NA>, (blank)
        return UNKNOWN_GRADE
    bare = _bare(plain)
    if _is_denied(bare):
        return NONE
    if _NOT_KNOWN.fullmatch(bare):
        return UNKNOWN_GRADE
    return _as_written(bare) if _GRADE.fullmatch(bare) else OTHER_GRADE


def _bare(plain: str) -> str:
    """Return the grade alone, if there is one: 'clavien-dindo iii a' becomes 'iiia', '02' and '2,0' become '2'."""
    bare = re.sub(r"^0*([1-6])(?:[.,]0+)?$", r"\1", _PREFIX.sub("", plain))
    bare = _SPACED.sub(r"\1\2", bare)
    explained = _EXPLAINED.fullmatch(bare)
    return explained[1] if explained and _GRADE.fullmatch(explained[1]) else bare


def _is_denied(text: str) -> bool:
    """Return whether the text, or each of its parts, says that there was none: '0 (none)', 'none / keine'."""
    if _DENIED.fullmatch(text):
        return True
    parts = [_PREFIX.sub("", part) for part in _BETWEEN.split(text) if part]
    return len(parts) > 1 and all(_DENIED.fullmatch(part) for part in parts)


def _as_written(bare: str) -> str:
    """Return the usual letters: Roman numerals and SIR's letters in capitals, a and b after a numeral in lower case."""
    if roman := _ROMAN.fullmatch(bare):
        return roman[1].upper() + roman[2]
    return bare.upper() if len(bare) == 1 else bare
