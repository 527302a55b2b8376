"""Writes codebook.csv: every variable of every file with its whole meaning and its codes, which packages cut."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from interchange.statistics.wide import Wide

CODEBOOK = "codebook.csv"


def write_codebook(folder: Path, files: Mapping[str, Wide]) -> int:
    """Write the codebook of these files; return its rows."""
    n = 0
    with open(folder / CODEBOOK, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("file", "variable", "meaning", "codes"))
        for name, table in files.items():
            for one in table.variables:
                codes = "; ".join(f"{number} {label}" for number, label in sorted(one.labels.items()))
                writer.writerow((name, one.name, one.prose, codes))
                n += 1
    return n


def shortened(text: str, most: int) -> str:
    """Return a text of at most `most` letters, cut behind a word.

    >>> shortened("Largest diameter over the lesions, mm.", 20)
    'Largest diameter ...'
    """
    if len(text) <= most:
        return text
    return text[: most - 3].rsplit(" ", 1)[0].rstrip(",;:") + " ..."
