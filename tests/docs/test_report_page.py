"""The report in a real browser: on a phone nothing is wider than the screen, links open their fold, paper shows all."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.analysis_report.elements import tree
from tests.docs.interface import chromium
from tests.e2e.demonstration import Demonstration

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PHONE = {"width": 390, "height": 844}
LONGEST_ON_PHONE_PX, LONGEST_ON_DESK_PX = 20_000, 14_000
"""Closed, the page of the demonstration was 55,900 and 35,700 pixels long before its details were folded."""
MOST_PAGES_OF_A_MANUSCRIPT = 12
TOO_WIDE = """() => [...document.querySelectorAll('body *')]
    .filter(e => !e.closest('svg') && !e.closest('.scroll') && !e.closest('pre') && !e.matches('.said, .unseen'))
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
    .map(e => e.tagName + '.' + e.className)"""
CLIPPED = """() => [...document.querySelectorAll('svg text')].filter(e => {
    const own = e.getBoundingClientRect(), frame = e.closest('svg').getBoundingClientRect();
    return own.width && (own.right > frame.right + 1 || own.left < frame.left - 1) }).map(e => e.textContent)"""
FONTS = ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", "OpenSymbol", "no such font")
UNFOLD = "document.querySelectorAll('details').forEach(one => one.open = true)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    if chromium() is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.daemon
def test_nothing_is_wider_than_a_phone(browser: Browser, demonstration: Demonstration) -> None:
    """Closed and unfolded, only what stands in a container that scrolls by itself reaches over 390 pixels."""
    page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    page.goto(demonstration.release.report.as_uri())
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("document.documentElement.scrollHeight") < LONGEST_ON_PHONE_PX
    page.evaluate(UNFOLD)
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.daemon
def test_a_desk_sees_the_answer_without_scrolling(browser: Browser, demonstration: Demonstration) -> None:
    """At 1280 by 900 the main figures, the flow's drawing and what changed stand on the first screen."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(demonstration.release.report.as_uri())
    for seen in (".headlines", "#flow svg", "#changes"):
        box = page.locator(seen).bounding_box()
        assert box and box["y"] + box["height"] < 900, seen
    assert page.evaluate("document.documentElement.scrollHeight") < LONGEST_ON_DESK_PX


@pytest.mark.daemon
def test_a_link_opens_its_fold(browser: Browser, demonstration: Demonstration) -> None:
    """An address that ends in a folded table's or figure's anchor opens that fold, and no other."""
    page = browser.new_page()
    for anchor in ("table-4", "table-12", "figure-9"):
        page.goto("about:blank")
        page.goto(f"{demonstration.release.report.as_uri()}#{anchor}")
        page.wait_for_function(f"document.getElementById('{anchor}').checkVisibility()")
        assert page.locator("details[open]").count() == 1
        assert page.locator(f"details[open] #{anchor}").count() == 1


@pytest.mark.daemon
def test_text_stays_inside_its_drawing_in_any_font(browser: Browser, demonstration: Demonstration) -> None:
    """Whatever font stands in for the drawings' own, no text reaches over the edge of its drawing."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(demonstration.release.report.as_uri())
    page.evaluate(UNFOLD)
    for font in FONTS:
        page.add_style_tag(content=f'figure svg text {{ font-family: "{font}" !important; }}')
        assert page.evaluate(CLIPPED) == [], font


@pytest.mark.daemon
def test_paper_shows_what_is_folded(browser: Browser, demonstration: Demonstration) -> None:
    """In print every table is visible although its fold is closed."""
    page = browser.new_page()
    page.goto(demonstration.release.report.as_uri())
    page.emulate_media(media="print")
    heights = page.evaluate("[...document.querySelectorAll('table')].map(one => one.getBoundingClientRect().height)")
    assert len(heights) > 15 and min(heights) > 20
    assert page.locator("details[open]").count() == 0


def test_every_link_leads_to_a_file(demonstration: Demonstration) -> None:
    """Each relative address on the page is a file of the release, and each table of it can be taken."""
    folder = demonstration.release.folder
    html = tree(demonstration.release.report.read_text(encoding="utf-8"))
    addresses = [unquote(one.attributes["href"] or "") for one in html.all("a")]
    files = [address for address in addresses if not address.startswith(("#", "data:"))]
    assert len(files) > 30
    assert [address for address in files if not (folder / address).is_file()] == []


@pytest.mark.daemon
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice Writer is not installed")
def test_a_manuscript_has_at_most_twelve_pages(demonstration: Demonstration, tmp_path: Path) -> None:
    """As LibreOffice sets it, the demonstration's manuscript.docx."""
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    source = demonstration.release.folder / "manuscript.docx"
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=240, env={**os.environ})
    made = (tmp_path / "manuscript.pdf").read_bytes()
    n_pages = made.count(b"/Type/Page") - made.count(b"/Type/Pages")
    assert 5 <= n_pages <= MOST_PAGES_OF_A_MANUSCRIPT
