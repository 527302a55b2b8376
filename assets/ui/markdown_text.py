"""Escapes text from outside for Dagster's Markdown: a file's name must not become a link, a picture or HTML."""

import re

SPECIAL = re.compile(r"([\\`*\[\]|~!&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
ANGLES = {"<": "&lt;", ">": "&gt;"}


def escaped(text: str) -> str:
    """Return the text as Markdown that shows it literally, on one line.

    >>> print(escaped("[a](x) <b>.csv"))
    \\[a\\](x) &lt;b&gt;.csv
    """
    shown = SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return "".join(ANGLES.get(letter, letter) for letter in shown)
