"""Break text into lines for a drawing."""

from __future__ import annotations

import re

from analysis.figures.style import letters

_WORD = re.compile(r"(\s?)\s*((?:(?:(?![\u2e80-\u9fff\uff00-\uffef])\S)+|\S)[\u3001\u3002\uff0c\uff1a\uff1b\uff09]?)")
"""A word with the blank before it. A letter as wide as high is a word, with a sign that may not begin a line."""


def wrap(text: str, room: int) -> list[str]:
    """Break greedily at spaces, and beside letters as wide as high; a word longer than `room` letters is cut.

    >>> wrap("Not evaluable for LTP", 12), wrap("\u4e0d\u53ef\u8bc4\u4f30\u3002", 6)
    (['Not', 'evaluable', 'for LTP'], ['\u4e0d\u53ef\u8bc4', '\u4f30\u3002'])
    """
    lines: list[str] = []
    for blank, word in _WORD.findall(text):
        while len(word) > room:
            lines.append(word[:room])
            word = word[room:]
        more = f" {word}" if blank else word
        if lines and letters(lines[-1] + more) <= room:
            lines[-1] += more
        else:
            lines.append(word)
    return lines
