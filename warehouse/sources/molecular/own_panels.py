"""Says in the description of a gene panel how its genes were tested, and reads that from a panel of our own.

A panel file of cBioPortal lists genes and no exons, so that of another's panel it is not known how extensively a gene
was tested. A study that the registry exported says it in words of its own (docs/exports-out.md); nobody else's panel is
taken for one, since every gene of the list has to be in the sentence and no other.
"""

from collections.abc import Collection, Mapping

from schemas.codes import PANEL

BEGIN = "Genes with a result in the ablation registry by panel: "


def described(words: Mapping[str, str]) -> str:
    """Return the description of a panel of which each gene has a word of the column `panel`.

    >>> described({"BRAF": "unknown", "KRAS": "ngs", "NRAS": "ngs"})
    'Genes with a result in the ablation registry by panel: ngs KRAS NRAS; unknown BRAF'
    """
    by_word = {word: [gene for gene, own in words.items() if own == word] for word in PANEL}
    return BEGIN + "; ".join(" ".join((word, *genes)) for word, genes in by_word.items() if genes)


def words_in(description: str, genes: Collection[str]) -> dict[str, str]:
    """Return gene -> word of the column `panel` if the registry wrote the description of these genes, else nothing.

    >>> words_in("Genes with a result in the ablation registry by panel: ngs KRAS; unknown BRAF", ("BRAF", "KRAS"))
    {'KRAS': 'ngs', 'BRAF': 'unknown'}
    >>> words_in("Our panel: ngs KRAS", ("KRAS",))
    {}
    """
    if not description.startswith(BEGIN):
        return {}
    found: dict[str, str] = {}
    for group in description.removeprefix(BEGIN).split(";"):
        word, *own = group.split()
        found |= dict.fromkeys(own, word)
    return found if found.keys() == set(genes) and set(found.values()) <= set(PANEL) else {}
