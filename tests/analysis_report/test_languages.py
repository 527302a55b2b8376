"""The page, its drawings and its manuscript in the registry's language."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from docx import Document

from analysis.figures.words import Speaker, spoken_by
from analysis.report import ReportContent, render
from analysis.report.output.manuscript import manuscript_sections
from analysis.report.output.render_html import arranged_sections_of, sections_of
from analysis.report.output.spoken import spoken
from analysis.report.output.word_document import to_docx
from analysis.report.own_plan import OwnPlan, PlannedItem
from languages.known import ENGLISH, LANGUAGES
from languages.phrases import Phrases, phrases
from schemas.own_plan import COX
from tests.analysis_report.page import Page
from tests.analysis_report.sample import content, sample_page
from tests.analysis_report.test_swimmer import treated
from tests.service.test_report import tables as service_tables
from tests.variants import quick

TRANSLATED = [code for code in LANGUAGES if code != ENGLISH]
LETTERS = re.compile(r"[^\W\d_]")
SINCE = "declared on 2026-01-31 after data had been released"
PLANNED = (
    PlannedItem("model", "primary", "", "LTPFS", "patient", COX, "kras + diameter_ge_30", "", "site", "", SINCE),
    PlannedItem("curves", "by_ras", "", "TTLTP", "lesion", "", "", "ras", "", "ecog <= 1", SINCE),
)
MADE_UP = {
    *("Liver metastasis ablation registry", "The file has no header line.", "a session row of the lesion is set aside"),
    *("cea_ng_ml is not above 0, or above 50000", "max_diameter_mm is outside 2..150"),
    *("Mean of observed times", "Odds ratio, logistic model", "Share of patients", "T test", "called HR"),
    *("reads like an odds ratio", "demo", "By ras", "\u2003MarginTool 3.2", "\u2003ZoneView 1.4"),
    "a crude share called actuarial: those followed for less than 12 months count as failures",
}
"""Sentences of the sample's own, as those of a registry's own rules: they stay."""


@pytest.fixture
def unsaid(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What was to be said and is not known, while the test runs."""
    found: set[str] = set()
    say = Phrases.say

    def noting(self: Phrases, text: str) -> str:
        if not self.is_english and LETTERS.search(text) and not self.knows(text):
            found.add(text)
        return say(self, text)

    monkeypatch.setattr(Phrases, "say", noting)
    return found


def with_removals(whole: ReportContent) -> pd.DataFrame:
    """The curves of incidence in a registry in which treated areas were removed."""
    curves = whole.tables["cumulative_incidence"]
    removals = [curves[curves["cause"] == 2].assign(cause=3, level=level) for level in ("patient", "lesion")]
    return pd.concat([curves, *removals], ignore_index=True)


def variants() -> dict[str, ReportContent]:
    """Reports of every kind that a release or a cohort makes from the sample."""
    whole = content()
    small = {name: table for name, table in whole.tables.items() if name in ("table_one", "ltp_rates")}
    return {
        "release": whole,
        "nothing": content(tables={}, flow=(), inputs=(), courses=whole.courses.head(0), n_courses=0),
        "some synthetic": replace(whole, tables=small, n_synthetic=2, n_deliveries=5, parent_release="r0"),
        "cohort": replace(whole, selection="SELECT 1", kind="Cohort report", tables=small),
        "treatments": content(tables={}, courses=treated(), n_courses=3),
        "removals": replace(whole, tables={**whole.tables, "cumulative_incidence": with_removals(whole)}),
        "service": content(tables=service_tables(6, operators=2, worst=4)),
        "service of one centre": content(tables=service_tables(1)),
        "own plan": content(tables={}, own_plan=OwnPlan("plan.toml", items=PLANNED)),
    }


@cache
def german() -> str:
    """The sample's page in German."""
    return render(content(language="de"))


@pytest.mark.long
@pytest.mark.parametrize("code", quick(1, TRANSLATED))
def test_no_text_of_a_page_stays_english(code: str, unsaid: set[str]) -> None:
    """Every heading, sentence, label, cell, footnote, download and word in a drawing is said, but for names and what
    the sample made up.
    """
    for report in variants().values():
        render(replace(report, language=code))
    assert unsaid - MADE_UP == set()


@pytest.mark.long
def test_the_page_says_its_language() -> None:
    """Browsers and screen readers learn the language from the page; an English page is what it was."""
    assert '<html lang="de">' in german() and '<html lang="en">' in sample_page()
    assert render(content(language="pt")) == sample_page()


@pytest.mark.long
def test_addresses_and_files_stay() -> None:
    """Anchors are the same in each language, and so are the tables that a reader downloads: English, with points."""
    ids = re.compile(r'<(?:section|div|figure|caption)[^>]* id="([a-z0-9-]+)"')
    assert ids.findall(german()) == ids.findall(sample_page())
    found = re.compile(r'href="data:text/csv;charset=utf-8;base64,([^"]+)" download="([^"]+)"')
    assert found.findall(german()) == found.findall(sample_page())
    first = base64.b64decode(found.findall(german())[0][0]).decode()
    assert re.search(r"\d", first) and "Zeilen" not in first


@pytest.mark.long
def test_numbers_are_the_same_but_for_their_signs() -> None:
    """No figure moves: the German page has the numbers of the English one, with a decimal comma."""
    numbers = re.compile(r"\d[\d.,]*\d|\d")
    text, other = Page(german()).text, Page(sample_page()).text
    assert "3,97 (1,65–9,55)" in text and "3.97 (1.65–9.55)" in other
    there = [found for found in numbers.findall(other) if "." in found and len(found) > 4]
    assert len(there) > 200
    here = set(numbers.findall(text))
    assert [found for found in there if found.replace(".", ",") not in here and found not in here] == []


@pytest.mark.long
def test_a_drawing_has_the_words_of_its_page() -> None:
    """Axes, groups and marks are said in the drawing itself, before it is laid out; a page in English draws as ever."""
    assert "Unter Risiko" in german() and "At risk" not in Page(german()).text
    assert "At risk" in sample_page()


@pytest.mark.long
def test_words_that_no_font_has_stay_english_in_pixels() -> None:
    """A picture for Word shows English words where this machine has no font for the language's letters."""
    from analysis.figures import words
    from analysis.figures.render import pixels_of, to_svg
    from analysis.figures.style import new_figure

    made, plain = new_figure(1.0), new_figure(1.0)
    with spoken_by(Speaker("zh", phrases("zh").say)):
        shown = words.said("At risk")
    made.text(0.1, 0.5, shown)
    plain.text(0.1, 0.5, "At risk" if len(words.families()) == 1 else shown)
    assert shown == "在险人数" and shown in to_svg(made, "made", "")
    assert pixels_of(made, 40).tobytes() == pixels_of(plain, 40).tobytes()


@pytest.mark.long
@pytest.mark.parametrize("code", quick(1, ("de", "zh")))
def test_the_manuscript_is_in_the_language(code: str) -> None:
    """Headings, sentences and tables of the Word document are those of the page, its language is set for spelling."""
    report = content(language=code)
    own = spoken(manuscript_sections(sections_of(report), report), code)
    document = Document(io.BytesIO(to_docx(report, [one for one in own if one.anchor == "characteristics"], {})))
    heading = next(one.text for one in document.paragraphs if one.style.name == "Heading 2")
    assert heading == phrases(code).say("Characteristics of the patients")
    assert f'w:val="{code}"' in document.styles.element.xml
    assert "Missing" not in "".join(cell.text for row in document.tables[0].rows for cell in row.cells)


@pytest.mark.long
def test_the_count_of_p_values_is_the_same() -> None:
    """The section on multiple comparisons counts p-values in drawings too, whatever sign their decimals have."""
    assert _counted(content(language="de")) == _counted(content())


def _counted(report: ReportContent) -> list[str]:
    return [text for text in _paragraphs(report) if "p-values" in text]


def _paragraphs(report: ReportContent) -> Iterator[str]:
    for section in arranged_sections_of(report):
        yield from (block.text for block in section.blocks if block.kind == "paragraph")
