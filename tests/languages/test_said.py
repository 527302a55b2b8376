"""Tests how texts are said in a language."""

import subprocess
import sys

import pytest

from languages.language import language
from languages.templates import Templates
from schemas.said import Said

REFUSED = (
    "The header lacks the required columns: session_date. It has: a, b, 3 more, a column whose name looks like "
    "personal data. Required are: patient_id, session_date. Nearest: 'sesion_date' may be session_date. Rename them in "
    "the file's header and deliver it under the same name."
)
AUF_DEUTSCH = (
    "In der Kopfzeile fehlen die Pflichtspalten: session_date. Sie hat: a, b, 3 weitere, eine Spalte, deren Name nach "
    "Personendaten aussieht. Verlangt sind: patient_id, session_date. Am ähnlichsten: 'sesion_date' ist vielleicht "
    "session_date. Benennen Sie sie in der Kopfzeile der Datei um und liefern Sie sie unter demselben Namen."
)


@pytest.mark.parametrize(
    ("text", "said"),
    {
        "several sentences": (REFUSED, AUF_DEUTSCH),
        "a number": (
            "The file has 12,345 rows, of which 9 could be read.",
            "Die Datei hat 12.345 Datensätze, von denen 9 lesbar waren.",
        ),
        "a name with a stop and a blank": (
            "The file has no column Nr. 1; the nearest is nr_1.",
            "Die Datei hat keine Spalte Nr. 1; am ähnlichsten ist nr_1.",
        ),
        "the rest of a sentence": (
            "The file has no column x: all of it is one column, and its cells may be separated by semicolons.",
            "Die Datei hat keine Spalte x: Alles steht in einer Spalte, und die Zellen sind wohl durch Semikolons "
            "getrennt.",
        ),
        "a sentence within another": (
            "GEN-03 cannot be confirmed: the cell has no usable value.",
            "GEN-03 kann nicht bestätigt werden: die Zelle hat keinen verwendbaren Wert.",
        ),
        "a day": (Said("Closed on {day}.", day="2026-12-31"), "Closed on 2026-12-31."),
        "what no catalogue holds": ("power_w is too low. The file is empty.", "power_w is too low. The file is empty."),
    }.values(),
)
def test_a_stored_text_is_said_in_german(text: str, said: str) -> None:
    """A text from a table is said sentence by sentence, its names unchanged, its numbers as the language writes them;
    if a part of it is unknown, as a registry's own rule may be, all of it stays as it was written.
    """
    assert language("de").say(text) == said


def test_the_reading_that_explains_most_counts() -> None:
    """Where a text can be two sentences, the one with more letters of its own counts."""
    known = Templates(["{a} is empty.", "The file {a} is empty.", "{a}"])
    assert known.read("The file x is empty.") == [("The file {a} is empty.", {"a": "x"})]


def test_chinese_sentences_follow_without_a_blank() -> None:
    """Chinese puts no blank between two sentences."""
    said = language("zh").say("The file is empty. Save it as CSV UTF-8.")
    assert said == language("zh").say("The file is empty.") + language("zh").say("Save it as CSV UTF-8.")


def test_english_costs_nothing() -> None:
    """An English text is said without Babel, which is not even imported."""
    code = (
        "import sys; from languages.language import language; from languages.known import why_unknown; "
        "assert language('en').say('The file is empty.') == 'The file is empty.'; "
        "assert language('en').day('2026-01-31') == '2026-01-31'; "
        "assert why_unknown('pt'); assert 'babel' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_language_without_a_catalogue_is_english() -> None:
    """A language that there is no catalogue for is answered in English."""
    assert language("pt").is_english
