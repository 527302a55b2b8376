"""Says in one text what people have decided about deliveries and corrected, so that a refresh knows what it followed.

The text is kept with the watermark of landing and in the snapshot of landing/. Without corrections it is that of the
decisions alone, as earlier versions wrote it.
"""

from warehouse.archive import corrections, decisions
from warehouse.storage.home import Home

BETWEEN = ";"


def fingerprint(home: Home) -> str:
    """Return a text that changes with every decision and every correction, or '' if there has never been one."""
    decided, corrected = decisions.fingerprint(home), corrections.fingerprint(home)
    return f"{decided}{BETWEEN}{corrected}" if corrected else decided


def parts(text: str) -> tuple[str, str]:
    """Return the part of the decisions and that of the corrections."""
    decided, _, corrected = text.partition(BETWEEN)
    return decided, corrected


def n_lines(text: str) -> tuple[int, int]:
    """Return how many decisions and how many corrections the text covers."""
    decided, corrected = (int(part.split()[0]) if part else 0 for part in parts(text))
    return decided, corrected
