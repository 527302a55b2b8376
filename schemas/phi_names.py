"""Recognises a person's name where an identifier should be: two words of letters, or a name in East Asian characters.

A pseudonym contains a digit or is a single word. The patterns are part of the rule PHI-01 (phi.py).
"""

import polars as pl

WORD = r"\p{L}[\p{L}\p{M}'’-]+"
PARTICLE = r"(?:(?:van|von|de|der|den|del|della|di|da|du|la|le|bin|al|el|zu|ter|dos)\s+)*"
DATED = r"[\s\d_.,/()*-]*"
"""A date of birth or a number before or after the name."""
BETWEEN = r"(?:\s*[,;/|*+]\s*|\s+-\s+|[\s_.]+)"
TWO_WORDS = (
    rf"^{DATED}{PARTICLE}{WORD}{BETWEEN}{PARTICLE}{WORD}(?:[\s_.]+{PARTICLE}{WORD}){{0,2}}"
    rf"(?:,?\s+(?i:Dr|Prof|jr|sr)\.?)*{DATED}$"
)
"""Hans Mueller, MUELLER HANS, mueller_hans, Mueller/Hans, Mueller, Hans 1950-03-04, van der Berg, Jan."""
WITH_INITIAL = (
    rf"^{PARTICLE}{WORD}(?:\s*,\s*\p{{Lu}}\.?|\s+\p{{Lu}}\.(?:\s*\p{{Lu}}\.)*){DATED}$"
    rf"|^(?:\p{{Lu}}\.\s*)+{PARTICLE}{WORD}{DATED}$"
)
"""Mueller, H or Mueller H. or H. Mueller."""
IN_COMMAS = rf"^{PARTICLE}\p{{Lu}}{WORD}\s*,\s*{PARTICLE}\p{{Lu}}{WORD}(?:[\s,]+\p{{Lu}}{WORD})?{DATED}$"
"""Mueller, Hans: the one form of a name that cannot be a lesion's label."""
ADDRESSED = r"^(?i:patient(?:in)?|pat|pt|proband(?:in)?|name)\b[.:]?\s+"
"""A prefix that does not make a name less of a name: Pat. Mueller Hans."""
OF_CHARACTERS = (
    r"^\p{Han}{2,4}$|^\p{Han}{1,6}[·・]\p{Han}{1,6}$"
    r"|^[\p{Katakana}ー]{2,}[·・][\p{Katakana}ー]{2,}$|^\p{Hangul}{2,4}$"
)
"""A name in Chinese, Japanese or Korean characters."""
LONG_ENOUGH = r"\p{L}{3}|\p{Lu}\p{Ll}"
"""One of the words has three letters or is capitalised like a name; two codes of two capitals are not a name."""

TRADE_WORDS = """
site centre center zentrum klinik clinic hospital ward station trial study studie cohort kohorte group gruppe arm
patient patientin patienten pat pt subject subj case fall proband participant person record number nummer test demo
dummy sample probe example synthetic anonymous anonym pseudonym control kontrolle screening session sitzung procedure
eingriff treatment therapie ablation rfa mwa repeat redo first second third last exam untersuchung visit visite
baseline follow followup verlauf nachsorge scan series serie month months monat week weeks woche day days year years
jahr pre post prior after before early late initial final new old neu alt ct mr mri mrt us ceus pet contrast native
nativ arterial portal venous phase abdomen chest thorax report liver leber foie hepatic hepatisch lesion lesions
laesion läsion met mets metastasis metastasen metastase tumor tumour node nodule herd herde segment seg segm lobe
lappen right left rechts links rechter linker dome kuppel caudate hilar hilum superior inferior anterior posterior
lateral medial dorsal ventral kranial kaudal cranial caudal central zentral peripheral subcapsular subkapsulär capsule
vein vene cava gallbladder large small big biopsy biopsie resection resektat resektion specimen block primary primaer
primär primarius colon kolon rectum rektum sigma blood blut plasma ctdna tissue gewebe slide ffpe frozen fresh dna rna
unknown unbekannt none not ii iii iv vi vii viii ix alpha beta gamma delta target index zone area no nr id
rezidiv recurrence hcc crc crlm clm ltp abscess abszess
"""
"""Words of medicine, of places and of trials. A text that contains one of them is not a name."""
_IS_TRADE = r"(?i)(?:^|[^\p{L}])(?:" + "|".join(sorted(set(TRADE_WORDS.split()))) + r")(?:[^\p{L}]|$)"

NAMED_FREELY = ("lesion_id",)
"""Columns whose identifiers are often words ("right lobe"): there, only a form with a comma counts as a name."""
NO_PERSONS = ("gene",)


def looks_like_a_name(column: str) -> pl.Expr:
    """Return an expression: true where the identifier is a name without any of TRADE_WORDS, null where it is empty."""
    cell = pl.col(column)
    if column in NO_PERSONS:
        return pl.lit(False)
    if column in NAMED_FREELY:
        return cell.str.contains(IN_COMMAS) & ~cell.str.contains(_IS_TRADE)
    cell = cell.str.replace(ADDRESSED, "")
    is_two_words = cell.str.contains(rf"{TWO_WORDS}|{WITH_INITIAL}") & cell.str.contains(LONG_ENOUGH)
    return cell.str.contains(OF_CHARACTERS) | (is_two_words & ~cell.str.contains(_IS_TRADE))
