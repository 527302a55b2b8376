"""Recognises which sentences an English text is made of, and the values that stand in them.

Tables hold sentences as English text, some of them written by earlier versions. A text is one sentence or several with
blanks in between; each is a template of the catalogue with its values filled in. Of several readings the one counts
that explains most letters by the templates themselves.
"""

import re
from collections.abc import Iterable, Mapping
from string import Formatter

Sentence = tuple[str, Mapping[str, str]]
"""A template and its values."""
ENDS = re.compile(r"(?<=[.?!:]) |$")
NUMBER = r"\d[\d,]*(?:\.\d+)?"


def fields_of(template: str) -> list[tuple[str, str | None, str]]:
    """Return (text, name of the value that follows it or None, its format) for each part of the template."""
    return [(text, name, spec or "") for text, name, spec, _ in Formatter().parse(template)]


class Templates:
    """The templates of a catalogue."""

    def __init__(self, templates: Iterable[str]):
        known = list(templates)
        self._plain = {one: len(one) for one in known if "{" not in one}
        self._filled = [_compiled(one) for one in known if "{" in one]

    def read(self, text: str) -> list[Sentence] | None:
        """Return the sentences that the text is made of, None if a part of it is no known sentence.

        >>> Templates(["{column} is empty.", "Correct it."]).read("ecog is empty. Correct it.")
        [('{column} is empty.', {'column': 'ecog'}), ('Correct it.', {})]
        """
        ends = [found.start() for found in ENDS.finditer(text)]
        best: dict[int, tuple[int, list[Sentence]] | None] = {len(text) + 1: (0, [])}
        for start in sorted({0, *(end + 1 for end in ends if end < len(text))}, reverse=True):
            best[start] = None
            for end in ends:
                rest = best.get(end + 1)
                if end <= start or rest is None or (found := self._sentence(text[start:end])) is None:
                    continue
                score, template, values = found
                total, so_far = score + rest[0], best[start]
                if so_far is None or total > so_far[0]:
                    best[start] = total, [(template, values), *rest[1]]
        found_all = best[0]
        return found_all[1] if found_all else None

    def _sentence(self, text: str) -> tuple[int, str, Mapping[str, str]] | None:
        """Return the one template that the whole text is, with its letters and values; None if it is none."""
        if text in self._plain:
            return self._plain[text], text, {}
        found = [
            (letters, template, match.groupdict())
            for prefix, letters, pattern, template in self._filled
            if text.startswith(prefix) and (match := pattern.fullmatch(text))
        ]
        return max(found, key=lambda one: (one[0], -len(one[2])), default=None)


def _compiled(template: str) -> tuple[str, int, re.Pattern[str], str]:
    """Return the text the template begins with, its number of letters, its pattern, and the template."""
    parts = fields_of(template)
    pattern, seen = "", set()
    for text, name, spec in parts:
        pattern += re.escape(text)
        if name:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>{NUMBER if spec else '.*?'})"
            seen.add(name)
    return parts[0][0], sum(len(text) for text, _, _ in parts), re.compile(pattern, re.DOTALL), template
