"""The page as a whole: self-contained, escaped, accessible, the same every time."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from analysis.report import FlowStep, Problem, render
from tests.analysis_report.page import Page
from tests.analysis_report.sample import RELEASE, content, sample_page

OWN = r"#|tables/\w+\.csv$|figures/[\w-]+\.(svg|png)$|data:text/csv;charset=utf-8;base64,"
HOSTILE = "<script>alert('x')</script> & \"quoted\" $a_b$"


@pytest.fixture(scope="module")
def html() -> str:
    """The sample's page."""
    return sample_page()


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    """The sample's page, parsed."""
    return Page(html)


def test_nothing_is_loaded_from_outside(html: str, page: Page) -> None:
    """The page has no script, no image, no linked style, no address; a reference stays inside it, leads to a file of
    its own folder, or holds a table.
    """
    for tag in ("script", "link", "img", "iframe", "object", "embed", "base"):
        assert page.count(tag) == 0, tag
    references = page.values("href") + page.values("xlink:href")
    assert references and all(re.match(OWN, reference) for reference in references)
    assert page.values("src") == []
    assert "http:" not in html and "https:" not in html and "@import" not in html
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", html))


def test_every_reference_has_its_target_and_identifiers_are_unique(html: str, page: Page) -> None:
    """Links, clip paths and markers point at exactly one element, although eleven drawings share the page."""
    identifiers = page.values("id")
    assert len(identifiers) == len(set(identifiers))
    wanted = {reference[1:] for reference in page.values("href") if reference.startswith("#")}
    wanted |= {target[1:] for target in re.findall(r"url\(([^)]*)\)", html)} | set(page.values("aria-labelledby"))
    assert wanted <= set(identifiers)


def test_elements_are_nested_properly(page: Page) -> None:
    """Every element that opens closes, innermost first."""
    assert page.is_well_nested and page.open == []


def test_headings_do_not_skip_a_level(page: Page) -> None:
    """One h1; no heading is more than one level below the one before it."""
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_table_has_a_caption_and_every_drawing_an_alternative(page: Page) -> None:
    """Tables carry a caption and scoped headers; drawings are images with a text of their own."""
    assert page.count("table") == page.count("caption") > 5
    assert all("scope" in attributes for tag, attributes in page.elements if tag == "th")
    drawings = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert len(drawings) == page.count("figure") > 8
    assert all(drawing["role"] == "img" and len(drawing["aria-label"] or "") > 40 for drawing in drawings)
    assert len({drawing["aria-label"] for drawing in drawings}) == len(drawings)


@pytest.mark.long
def test_the_same_content_gives_the_same_page(html: str) -> None:
    """No clock, no random number: two renderings are equal byte for byte."""
    assert render(content()) == html


@pytest.mark.long
def test_synthetic_data_are_labelled_and_only_they(page: Page) -> None:
    """The ribbon is shown if all sites are made up, and not if they are real."""
    assert "Synthetic data" in page.text and "made up" in page.text
    assert "ynthetic" not in Page(render(content(is_synthetic=False))).text


def test_values_are_escaped_everywhere() -> None:
    """Markup in a title, a label, a reason, a stratum or a note is shown as text and never becomes an
    element.
    """
    usual = content()
    tables = dict(usual.tables)
    tables["table_one"] = tables["table_one"].assign(variable=HOSTILE)
    tables["ltp_rates"] = tables["ltp_rates"].assign(note=HOSTILE, level=HOSTILE)
    tables["km_curve"] = tables["km_curve"].replace({"stratum": {"mutant": HOSTILE}})
    tables["cumulative_incidence"] = tables["cumulative_incidence"].replace({"stratum": {"mutant": HOSTILE}})
    tables["cox"] = tables["cox"].assign(term=HOSTILE)
    tables["replication"] = tables["replication"].assign(published=HOSTILE)
    html = render(
        content(
            title=HOSTILE,
            code_version=HOSTILE,
            tables=tables,
            flow=[FlowStep(HOSTILE, 1, 1, HOSTILE), FlowStep(HOSTILE, 1, 1, HOSTILE, True)],
            problems=[Problem(HOSTILE, HOSTILE, HOSTILE, HOSTILE)],
            quality_rules=pd.DataFrame({"rule_id": [HOSTILE], "sentence": [HOSTILE], "rows": [1], "values": [0]}),
        )
    )
    page = Page(html)
    assert page.count("script") == 0 and page.is_well_nested
    assert "<script" not in html.lower()
    assert page.text.count("<script>alert('x')</script>") > 8


def test_the_release_is_named_and_asked_by_name(page: Page) -> None:
    """The masthead, the citation and the query carry the release id and the time in words."""
    assert page.text.count(RELEASE) >= 4
    assert "23 November 2025, 04:01 UTC" in page.text
    assert f"--release {RELEASE}" in page.text


def test_the_page_is_of_a_size_that_can_be_mailed(html: str) -> None:
    """A release of the study's size stays below a megabyte."""
    assert len(html.encode()) < 1_000_000
