"""Tests query sheets in the language of a site: what they say, and what is read when they come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from languages.known import ENGLISH, LANGUAGES
from languages.language import language
from schemas.codes import ANSWERS_KNOWN
from tests.days import today
from tests.quality.site_at_work import SITE, Sheet, Site
from tests.variants import quick
from warehouse.archive.archive import Archive
from warehouse.intake.configs_in_force import language_of
from warehouse.queries import flagged_rows
from warehouse.queries.open_entries import Terms, open_entries
from warehouse.queries.query_sheet import WIDTHS, query_book, write_sheet
from warehouse.queries.sheet_notes import INSTRUCTIONS, INSTRUCTIONS_SHEET, NOTES_COLUMNS, NOTES_SHEET
from warehouse.queries.site_notes import Note
from warehouse.readers.answered_sheet import COLUMNS, SHEET, read_sheet

TRANSLATED = [code for code in LANGUAGES if code != ENGLISH]
SHEETS = (SHEET, NOTES_SHEET, INSTRUCTIONS_SHEET, flagged_rows.SHEET)
LONGEST_SHEET_NAME, LONGEST_LIST, LONGEST_TITLE = 31, 255, 32
"""What Excel allows."""
NOTE = Note("Rejected", SITE, "patients", "patients/2024.csv", "The file is empty. Save it as CSV UTF-8.")


def asked(site: Site, code: str, terms: Terms | None = None) -> Path:
    """The site's query sheet in a language."""
    path = site.home.root / f"asked-{code}.xlsx"
    with site.build() as con:
        entries = open_entries(con, SITE, terms=terms, language=language(code))
        write_sheet(path, SITE, "a release", entries, [NOTE], language=language(code))
    return path


class Spoken(Sheet):
    """A query sheet in a language, in the hands of a site."""

    def __init__(self, path: Path, code: str):
        import openpyxl

        self.book = openpyxl.load_workbook(path)
        self.queries = self.book[language(code).word(SHEET)]


def test_a_german_sheet_is_german(site: Site) -> None:
    """Headings, sheets, what is wrong, days, notes and the list of answers are in the site's language; ids and names of
    exports, rules and columns are the same in every language.
    """
    sheet = Spoken(asked(site, "de", Terms(today(), None, 28)), "de")
    assert sheet.book.sheetnames == ["Lieferungen", "Rückfragen", "Anleitung"]
    named = {cell.value: n for n, cell in enumerate(sheet.queries[1], start=1)}
    assert list(named)[:3] == ["Eintrag", "Zentrum", "Export"] and list(named)[-1] == "Kommentar"
    line = {name: sheet.queries.cell(sheet.line("LES-03"), n).value for name, n in named.items()}
    assert line["was nicht stimmt"] == "max_diameter_mm liegt außerhalb von 2 bis 150 mm."
    assert (line["Export"], line["Spalte"]) == ("rfa_sessions", "max_diameter_mm")
    assert line["fällig am"] == f"{today(28):%d.%m.%Y}"
    assert sheet.queries.cell(2, named["beantwortet am"]).number_format == "dd.mm.yyyy"
    lists = {one.formula1 for one in sheet.queries.data_validations.dataValidation}
    assert '"korrigieren,bestätigen,verwerfen"' in lists or '"korrigieren,verwerfen"' in lists
    told = [cell.value for cell in sheet.book["Lieferungen"][2]]
    assert (told[0], told[3]) == ("Abgewiesen", language("de").say(NOTE.sentence))
    assert sheet.book["Anleitung"]["A3"].value.startswith("korrigieren: Der Wert war falsch.")


@pytest.mark.parametrize("code", quick(2, TRANSLATED))
def test_a_sheet_is_read_back_in_its_language(site: Site, code: str) -> None:
    """Answer, decimal number and day are read as the language writes them; the headings alone say which it is."""
    spoken = language(code)
    sheet = Spoken(asked(site, code), code)
    number = spoken.writing.number("22.5")
    sheet.answer("LES-03", spoken.word("correct"), number, answered_on=spoken.day("2024-02-01"))
    path = site.home.root / "back.xlsx"
    sheet.book.properties.language = None
    sheet.book.save(path)
    [line] = read_sheet(path, SITE)
    assert (line.answer, line.corrected, line.answered_on, line.unread) == ("correct", "22.5", "2024-02-01", "")


@pytest.mark.long
def test_an_answered_german_sheet_counts(site: Site) -> None:
    """A correction with a decimal comma reaches the tables as a number, and a rebuild repeats it."""
    sheet = Spoken(asked(site, "de"), "de")
    sheet.answer("LES-03", "Korrigieren", "22,5", answered_on="01.02.2024")
    site.hand_back(sheet, "2024-02-01.xlsx")
    site.refresh()
    assert [row[1:] for row in site.answers()] == [("correct", "applied", None)]
    assert site.ask("SELECT count(*) FROM clean.rfa_sessions WHERE max_diameter_mm = 22.5") == [(1,)]
    assert "LES-03" not in site.open_rules()
    before = site.ask("SELECT answered_on FROM quality.answers")
    site.refresh(full=True)
    assert site.ask("SELECT answered_on FROM quality.answers") == before


@pytest.mark.long
@pytest.mark.parametrize(
    ("code", "answer", "corrected", "reason"),
    [
        ("de", "korrigieren", "1.234", "can be read as two numbers"),
        ("en", "correct", "22,5", None),
        ("de", "vielleicht", None, "none of those in the list"),
        ("en", "bestätigen", None, ""),
        ("de", "confirm", None, ""),
    ],
)
def test_what_a_sheet_means_is_never_guessed(
    site: Site, code: str, answer: str, corrected: str | None, reason: str | None
) -> None:
    """A number with two meanings is refused with its reason, and no decimal comma is read in an English sheet: the rule
    sets it aside again. An answer counts in the words of any language.
    """
    sheet = Spoken(asked(site, code), code)
    sheet.answer("LES-03", answer, corrected)
    site.hand_back(sheet, "2024-02-01.xlsx")
    site.refresh()
    [(_, _, status, told)] = site.answers()
    if reason:
        assert status == "refused" and reason in told
    elif reason is None:
        assert status == "applied" and "TYPE-01" in site.open_rules()
    else:
        assert status == "applied" or "cannot be confirmed" in told


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_language_fits_into_a_workbook(code: str) -> None:
    """No sheet or column has the name of another, lists and titles keep within Excel's limits, an answer has no comma;
    the instructions name sheets, columns and answers as the workbook does.
    """
    word = language(code).word
    assert len({word(name) for name in SHEETS}) == len(SHEETS)
    assert all(len(word(name)) <= LONGEST_SHEET_NAME and not set(word(name)) & set("[]:*?/\\") for name in SHEETS)
    for columns in (COLUMNS, flagged_rows.COLUMNS, NOTES_COLUMNS):
        assert len({word(name).casefold() for name in columns}) == len(columns)
    assert not any("," in word(answer) for answer in ANSWERS_KNOWN)
    assert len({word(answer).casefold() for answer in ANSWERS_KNOWN}) == len(ANSWERS_KNOWN)
    assert len(",".join(map(word, ANSWERS_KNOWN))) + 2 <= LONGEST_LIST and len(word("Answer")) <= LONGEST_TITLE
    for text in INSTRUCTIONS:
        said = language(code).word(text)
        for name in (*SHEETS, *COLUMNS):
            assert f"'{name}'" not in text or word(name) in said, (text, name)
        if (answer := text.partition(":")[0]) in ANSWERS_KNOWN:
            assert said.startswith(word(answer))


def test_no_answer_means_another_in_another_language() -> None:
    """A word that is an answer in two languages is the same answer in both."""
    meant: dict[str, set[str]] = {}
    for code in LANGUAGES:
        for answer in ANSWERS_KNOWN:
            meant.setdefault(language(code).word(answer).casefold(), set()).add(answer)
    assert {word: several for word, several in meant.items() if len(several) > 1} == {}


def test_each_language_has_headings_of_its_own() -> None:
    """The headings tell the language, so no two languages have the same."""
    headings = [tuple(language(code).word(name).casefold() for name in COLUMNS) for code in LANGUAGES]
    assert len(set(headings)) == len(LANGUAGES)
    assert set(WIDTHS) == set(COLUMNS)


@pytest.mark.long
@pytest.mark.parametrize(("code", "is_english"), [("de", False), ("DE", False), ("pt", True), ("", True)])
def test_the_site_says_its_language(site: Site, code: str, is_english: bool) -> None:
    """site.toml names the language; one without a catalogue is said in one sentence, and the sheet is in English."""
    (site.home.landing / SITE / "site.toml").write_text(f'language = "{code}"\n', encoding="utf-8")
    site.refresh()
    assert language_of(Archive(site.home), SITE).is_english == is_english
    told = site.ask("SELECT place, sentence FROM meta.landing_problems")
    assert [place for place, _ in told] == ([f"landing/{SITE}/site.toml"] if is_english else [])
    assert all(sentence.startswith("There is no catalogue for '") for _, sentence in told)


@pytest.mark.long
def test_an_english_sheet_loads_no_catalogue(site: Site) -> None:
    """Writing and reading an English sheet imports no Babel."""
    import subprocess
    import sys

    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22")
    path = site.home.root / "back.xlsx"
    sheet.book.save(path)
    code = (
        "import sys; from pathlib import Path; from warehouse.readers.answered_sheet import read_sheet; "
        "from warehouse.queries.query_sheet import query_book; query_book('s', 'r', []); "
        f"[line] = read_sheet(Path({str(path)!r}), {SITE!r}); assert line.corrected == '22'; "
        "assert 'babel' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert query_book(SITE, "r", []).properties.language == ENGLISH
