"""How a page is built: the answer first, details in folds, a link at every table and figure, numbers with units."""

from __future__ import annotations

import base64
import csv
import io
import re

import pytest

from tests.analysis_report.elements import Element, tree
from tests.analysis_report.sample import sample_page

PARTED = re.compile(
    r"\d (?:%|mm|months?|patients?|lesions?|events?)(?![\w/])|\b[np] [=<] |\d \(\d|[Tt]able \d|Figure \d"
)


@pytest.fixture(scope="module")
def page() -> Element:
    """The sample's page as a tree."""
    return tree(sample_page())


def test_the_first_screen_is_answer_flow_and_what_changed(page: Element) -> None:
    """In this order, before the contents and every other section."""
    (main,) = page.all("main")
    found = [
        one.attributes.get("id") or one.classes[0]
        for one in main.walk()
        if (one.tag in ("section", "nav")) and (one.attributes.get("id") or one.classes)
    ]
    assert found[:5] == ["headlines", "flow", "changes", "contents", "characteristics"]


def test_the_contents_name_every_section_once(page: Element) -> None:
    """Each section has one link in the contents, in the order of the page."""
    (contents,) = page.all("nav")
    links = [(one.attributes["href"] or "")[1:] for one in contents.all("a")]
    sections = [one.attributes["id"] for one in page.all("section") if one.attributes.get("id")]
    assert links == sections


def test_tables_are_folded_and_scroll(page: Element) -> None:
    """Every table below the first screen is in a fold, and every table is in a container that scrolls by itself."""
    tables = page.all("table")
    (rest,) = page.all("div", "rest")
    assert len(tables) > 15
    for table in tables:
        above = list(table.above())
        assert "scroll" in above[0].classes and above[0].attributes["tabindex"] == "0"
        assert rest not in above or any(one.tag == "details" for one in above)


def test_a_fold_says_what_is_in_it(page: Element) -> None:
    """Each has a summary, first; where it holds one table, with the table's number, caption and count of rows."""
    folds = page.all("details")
    assert len(folds) > 15
    for fold in folds:
        summary = next(child for child in fold.children if isinstance(child, Element))
        assert summary.tag == "summary" and len(summary.text) > 5
        assert "open" not in fold.attributes
        tables = fold.all("table")
        if len(tables) == 1 and summary.text.startswith("Table"):
            assert tables[0].all("caption")[0].text in summary.text
            n = sum("group" not in row.classes for row in tables[0].all("tbody")[0].all("tr"))
            assert f"{n}\N{NO-BREAK SPACE}row" in summary.text


def test_every_table_and_every_figure_can_be_downloaded(page: Element) -> None:
    """Each has a link: to a file, or one that holds the printed table as CSV with the same lines."""
    for holder in page.all("div", "table"):
        (links,) = holder.all("p", "downloads")
        (link,) = links.all("a")
        address = link.attributes["href"] or ""
        if address.startswith("data:"):
            rows = list(csv.reader(io.StringIO(base64.b64decode(address.partition("base64,")[2]).decode())))
            body = holder.all("tbody")[0].all("tr")
            assert len(rows) == 1 + sum("group" not in row.classes for row in body)
            assert (link.attributes["download"] or "").endswith(".csv")
        else:
            assert re.fullmatch(r"tables/[a-z_]+\.csv", address)
    for figure in page.all("figure"):
        name = [link.attributes["href"] for link in figure.all("a")]
        assert [re.sub(r"figures/[a-z0-9-]+", "", address or "") for address in name] == [".svg", ".png"]


def test_no_number_parts_from_its_unit(page: Element) -> None:
    """Between a number and its unit, sign or interval, and in the number of a table, no line may end."""
    (main,) = page.all("main")
    kept = [one for one in main.walk() if one.tag in ("p", "td", "th", "dd", "figcaption", "summary", "span")]
    parted = {found[0]: one.text[:80] for one in kept for found in PARTED.finditer(one.text)}
    assert parted == {}


def test_what_is_copied_has_plain_spaces(page: Element) -> None:
    """A command has no no-break space, which a shell would not take for a space."""
    codes = page.all("code")
    assert codes and not any("\N{NO-BREAK SPACE}" in code.text for code in codes)
