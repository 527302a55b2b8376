"""Put a noun in the singular or plural after its count."""


def counted(n: int, noun: str) -> str:
    """Return a count with its noun, thousands separated.

    >>> counted(1, "patient"), counted(1200, "row")
    ('1 patient', '1,200 rows')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
