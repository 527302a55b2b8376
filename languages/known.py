"""Names the languages that there are; no more is needed to check a setting."""

ENGLISH = "en"
LANGUAGES = {
    ENGLISH: "English",
    "de": "Deutsch",
    "fr": "français",
    "es": "español",
    "it": "italiano",
    "nl": "Nederlands",
    "zh": "中文",
}
"""Code -> the language's own name."""


def why_unknown(code: str) -> str:
    """Return a sentence that there is no catalogue for the language; '' if there is one.

    >>> why_unknown("pt")
    "There is no catalogue for 'pt'; these are: en, de, fr, es, it, nl, zh."
    """
    if code in LANGUAGES:
        return ""
    shown = "".join(letter for letter in code if letter.isalnum() or letter in "-_")[:20]
    return f"There is no catalogue for '{shown}'; these are: {', '.join(LANGUAGES)}."
