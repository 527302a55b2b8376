"""Finds the patients whom a release's note names, since it may mention one who has left the tables.

A note names a patient as `site / patient`, or at the start of a cell with a row's key in a line that names the site.
"""

import re
from collections.abc import Iterable

ESCAPED = re.compile(r"\\(.)")


def in_note(text: str, site: str, patient_ids: Iterable[str]) -> set[str]:
    """Return those of the site's patient ids that the note, a Markdown text, names."""
    lines = [ESCAPED.sub(r"\1", line) for line in text.splitlines()]
    whose = _word(site)
    of_site = [line for line in lines if whose.search(line)]
    return {p for p in patient_ids if any(_naming(site, p).search(line) for line in of_site)}


def _naming(site: str, patient_id: str) -> re.Pattern[str]:
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in patient_id)
    patient = re.escape(" ".join(shown.split()))
    return re.compile(rf"(?<![\w-]){re.escape(site)} / {patient}(?![\w-])|(?<=\| ){patient}\|")


def _word(site: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(site)}(?![\w-])")
