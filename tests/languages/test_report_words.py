"""Tests that what a report's page can say is in its catalogues, as the code has it."""

import ast
import re

import pytest
from babel.messages.pofile import read_po

from languages.catalogue import LOCALE, REPORT, catalogue, template_of
from languages.known import ENGLISH, LANGUAGES
from languages.phrases import phrases
from tools.report_sentences import ABOUT, _texts, lacking, pieces_of, unsaid_of_page, words_of_page
from tools.site_sentences import as_text

TRANSLATED = [code for code in LANGUAGES if code != ENGLISH]


@pytest.mark.long
def test_every_piece_of_text_is_in_the_template() -> None:
    """Each sentence, label and heading in the code of the report and its figures is part of a text in
    languages/report.pot. Write a new one there as a whole, with its values in braces, and its translations in
    languages/locale/*/report.po.
    """
    assert lacking(phrases("de").knows) == {}


def test_the_search_finds_a_new_sentence() -> None:
    """The search itself bites: it finds constants, f-strings and choices, and leaves codes and messages of errors."""
    planted = """
def said(n, name):
    "Not this one."
    if name == "Nor this one":
        raise ValueError("nor this")
    return [Column("Nobody"), f"Nowhere {n} new words{'s, as nobody knows' if n else ''}.", row.get("a key here")]
"""
    found = [piece for text in _texts(ast.parse(planted)) for piece in pieces_of(text)]
    assert found == ["Nobody", "Nowhere", "new words", "s, as nobody knows"]


def test_the_page_itself_says_its_words() -> None:
    """No word stands in the page's own template without being said, and each is known."""
    assert unsaid_of_page() == ""
    assert [text for text in words_of_page() if not phrases("de").knows(text)] == []


def test_the_template_has_its_form() -> None:
    """languages/report.pot is written as Babel writes it; `make pot` brings it into that form."""
    with open(template_of(REPORT), "rb") as file:
        made = read_po(file)
    assert template_of(REPORT).read_bytes() == as_text(made, about=ABOUT)


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_is_whole(code: str) -> None:
    """Each catalogue says every text of the template, none as uncertain, and no other."""
    with open(template_of(REPORT), "rb") as file:
        wanted = [str(one.id) for one in read_po(file) if one.id]
    with open(LOCALE / code / f"{REPORT}.po", "rb") as file:
        held = read_po(file, locale=code)
    assert {one.id for one in held if one.id and (not one.string or one.fuzzy)} == set()
    assert sorted(catalogue(code, REPORT)) == sorted(wanted)


@pytest.mark.parametrize("code", TRANSLATED)
def test_numbers_in_a_translation_are_the_languages_own(code: str) -> None:
    """A decimal point in the English is a comma in the translation where the language writes one."""
    comma = phrases(code).say("1.5") == "1,5"
    said = catalogue(code, REPORT)
    points = {text for text, found in said.items() if re.search(r"\d\.\d", found) and re.search(r"\d\.\d", text)}
    assert comma is False or points == set()
