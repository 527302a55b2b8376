"""Every exchange of one to three bases in and around the hotspots, against a translation of the tests' own.

The pieces of the coding sequences are written down here a second time, so that one slip of the pen shows.
"""

from itertools import product

import pytest

from schemas.genotype import describe
from tests.variants import quick

# First codon, bases
PIECES = {
    ("KRAS", 9): "GTTGGAGCTGGTGGCGTAGGC",
    ("KRAS", 57): "GACACAGCAGGTCAAGAGGAG",
    ("KRAS", 116): "AATAAATGT",
    ("KRAS", 145): "TCAGCAAAG",
    ("NRAS", 10): "GGAGCAGGTGGTGTTGGG",
    ("NRAS", 57): "GATACAGCTGGACAAGAAGAG",
    ("BRAF", 464): "GGATCTGGATCATTTGGA",
    ("BRAF", 592): "ATAGGTGATTTTGGTCTAGCTACAGTGAAATCTCGATGGAGT",
}
BASES = "TCAG"
LETTERS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
CODE = {"".join(codon): letter for codon, letter in zip(product(BASES, repeat=3), LETTERS, strict=True)}


def translated(bases: str) -> str:
    """One letter a codon."""
    return "".join(CODE[bases[i : i + 3]] for i in range(0, len(bases), 3))


def named(first: int, old: str, new: str, touched: int) -> str | None:
    """The protein change between two pieces of one length; None where a stop makes the name another kind."""
    if old == new:
        return f"p.{old[touched]}{first + touched}="
    start = next(i for i in range(len(old)) if old[i] != new[i])
    end = max(i for i in range(len(old)) if old[i] != new[i])
    if start == end:
        return f"p.{old[start]}{first + start}{new[start]}"
    if "*" in new:
        return None
    return f"p.{old[start]}{first + start}_{old[end]}{first + end}delins{new[start : end + 1]}"


@pytest.mark.parametrize(("gene", "first"), PIECES, ids=lambda part: str(part))
@pytest.mark.parametrize("length", quick(1, [2, 1, 3]))
def test_every_exchange_of_bases(gene: str, first: int, length: int) -> None:
    """Each exchange has the name that the tests' own translation gives it, as '>', 'delins' and 'del..ins'."""
    piece = PIECES[gene, first]
    for at in range(len(piece) - length + 1):
        old, start = piece[at : at + length], 3 * first - 2 + at
        for new in map("".join, product(BASES, repeat=length)):
            if new[0] == old[0] or new[-1] == old[-1]:
                continue
            changed = piece[:at] + new + piece[at + length :]
            wanted = named(first, translated(piece), translated(changed), at // 3)
            place = f"{start}_{start + length - 1}"
            forms = [f"c.{start}{old}>{new}"] if length == 1 else [f"c.{place}{old}>{new}", f"c.{place}delins{new}"]
            for text in forms if wanted else []:
                assert describe(gene, text).canonical == wanted, text


@pytest.mark.parametrize(
    ("gene", "text", "canonical"),
    [
        ("KRAS", "c.53_55dup", "p.A18_L19insS"),
        ("KRAS", "c.34_36dup", "p.G13dup"),
        ("KRAS", "c.60_62dup", "p.T20_I21insM"),
        ("BRAF", "c.1794_1799dup", "p.T599_V600dup"),
        ("BRAF", "c.1457_1471del15", "p.N486_P490del"),
        ("NRAS", "c.183A>Y", "p.Q61H"),
        ("BRAF", "NM_001374258.1:c.1918_1919delinsAA", "p.V600K"),
        ("BRAF", "c.1918_1919delinsAA", None),
        ("BRAF", "T1799A", "p.V600E"),
    ],
)
def test_what_the_sequence_decides(gene: str, text: str, canonical: str | None) -> None:
    """A duplication out of the codons' frame is an insertion; what fits two numberings alike is not read."""
    assert describe(gene, text).canonical == canonical
