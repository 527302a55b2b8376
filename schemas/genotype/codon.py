"""Holds the genetic code and the amino-acid names, and converts between base and codon positions.

Positions are 1-based and count from the A of the start codon (HGVS c.) or from the first methionine (p.).
"""

from __future__ import annotations

BASES = "TCAG"
# The standard code (NCBI translation table 1), in the order TTT, TTC, TTA, TTG, TCT, ...
_AMINO_ACIDS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"

GENETIC_CODE: dict[str, str] = {
    first + second + third: _AMINO_ACIDS[16 * i + 4 * j + k]
    for i, first in enumerate(BASES)
    for j, second in enumerate(BASES)
    for k, third in enumerate(BASES)
}

THREE_LETTER: dict[str, str] = {
    "A": "Ala",
    "R": "Arg",
    "N": "Asn",
    "D": "Asp",
    "C": "Cys",
    "Q": "Gln",
    "E": "Glu",
    "G": "Gly",
    "H": "His",
    "I": "Ile",
    "L": "Leu",
    "K": "Lys",
    "M": "Met",
    "F": "Phe",
    "P": "Pro",
    "S": "Ser",
    "T": "Thr",
    "W": "Trp",
    "Y": "Tyr",
    "V": "Val",
    "*": "Ter",
}

ONE_LETTER: dict[str, str] = {name.lower(): letter for letter, name in THREE_LETTER.items()} | {"stop": "*"}


def translate(bases: str) -> str:
    """Return the one-letter amino acids of a coding sequence whose length is a multiple of three.

    Raises KeyError for a base other than A, C, G, T.

    >>> translate("GGTGGC")
    'GG'
    """
    return "".join(GENETIC_CODE[bases[i : i + 3]] for i in range(0, len(bases), 3))


def codon_of_base(position: int) -> int:
    """Return the codon that contains a coding base: ceil(position / 3).

    >>> codon_of_base(35), codon_of_base(36), codon_of_base(37)
    (12, 12, 13)
    """
    return (position + 2) // 3


def first_base_of_codon(codon: int) -> int:
    """Return the coding position of a codon's first base.

    >>> first_base_of_codon(12)
    34
    """
    return 3 * codon - 2


def three_letter_text(letters: str) -> str:
    """Return the amino acids with their three-letter HGVS names.

    >>> three_letter_text("GD")
    'GlyAsp'
    """
    return "".join(THREE_LETTER[letter] for letter in letters)
