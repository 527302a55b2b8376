"""Counts in sentences of the command line. Here: the right number of a noun. Not here: any sentence."""


def counted(n: int, noun: str) -> str:
    """A count with its noun, thousands separated.

    >>> counted(1, "patient"), counted(1200, "row")
    ('1 patient', '1,200 rows')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
