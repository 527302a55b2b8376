"""Counts the lines of comments above the header of a table."""

import codecs
from pathlib import Path

COMMENT = b"#"
MOST_COMMENTS = 20_000
"""Funcotator writes the header of its VCF above a MAF, with a line for each of GRCh38's thousands of contigs."""


def n_comment_lines(path: Path) -> int:
    """Return the number of lines that begin with # above the header."""
    n_comments = 0
    with open(path, "rb") as lines:
        for line in lines:
            if not line.removeprefix(codecs.BOM_UTF8).startswith(COMMENT) or n_comments == MOST_COMMENTS:
                break
            n_comments += 1
    return n_comments
