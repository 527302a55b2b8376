"""Tests how texts that are put together from phrases are said."""

import pytest

from languages.phrases import phrases

IN_GERMAN = {
    "a number in a sentence": ("28 of 120 patients had LTP.", "28 von 120 Patienten: mit LTP."),
    "sentences one after the other": (
        "Patients ablated. Unknown: shaded above 10 %.",
        "Abladierte Patienten. Unbekannt: schattiert über 10 %.",
    ),
    "parts and brackets": (
        "LTP-free survival (LTP or death), per patient; all patients (n = 1,200, 28 events)",
        "LTP-freies Überleben (LTP oder Tod), je Patient; alle Patienten (n = 1.200, 28 Ereignisse)",
    ),
    "an interval": ("3.97 (1.65–9.55) [40]", "3,97 (1,65–9,55) [40]"),
    "numbers in a row": ("12.0 [3.0, 27.5]", "12,0 [3,0; 27,5]"),
    "a version, which is no number": ("numpy 2.3.1", "numpy 2.3.1"),
    "a name that somebody gave": ("Site: north", "Zentrum: north"),
    "a label at the beginning": ("Mutant", "Mutiert"),
    "a label within a sentence": ("KRAS wild-type", "KRAS Wildtyp"),
    "a day": ("north, imaging as of 2026-01-31", "north, Bildgebung bis 31.01.2026"),
    "what a person wrote": ("Our own rule is broken. All patients are made up.", None),
}


@pytest.mark.parametrize(("text", "said"), IN_GERMAN.values(), ids=IN_GERMAN)
def test_a_text_is_said_in_german(text: str, said: str | None) -> None:
    """A text is said if all of it is known, however it is put together; otherwise it stays English as a whole."""
    assert phrases("de").say(text) == (said or text)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("fr", "Suivi, % (IC à 95\N{NO-BREAK SPACE}%)"),
        ("it", "Follow-up, % (IC 95%)"),
        ("nl", "Follow-up, % (95%-BI)"),
        ("zh", "随访，%（95% 置信区间）"),
    ],
)
def test_signs_are_those_of_the_language(code: str, said: str) -> None:
    """Per cent, brackets and commas stand as the language writes them."""
    assert phrases(code).say("Follow-up, % (95 % CI)").replace("95 %", "95\N{NO-BREAK SPACE}%") == said


def test_a_long_unknown_text_costs_little() -> None:
    """The search gives up: a text of a hundred unknown words and of every sign between parts ends at once."""
    text = "; ".join(f"word{n} of {n} with other (12 of {n}), and by word: {n} % at {n} months" for n in range(60))
    assert phrases("de").say(text) == text


def test_english_stays_as_it_is() -> None:
    """English, and a language without a catalogue, say everything as it is."""
    assert [phrases(code).say("All patients are made up.") for code in ("en", "pt")] == [
        "All patients are made up."
    ] * 2
