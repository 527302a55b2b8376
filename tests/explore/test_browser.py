"""What a reader without a shell does, in a real browser: choose, look, save; by mouse, by keyboard, without scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration
from tests.explore.browser import COHORT, DESKTOP, PHONE, browser
from warehouse.cohorts.attrition import choose
from warehouse.cohorts.recipe import read_recipe

ANSWERS_WITHIN_MS = 60_000
PARTS = ("curves", "baseline", "model", "lesions", "save")
LOWEST_CONTRAST = 4.5
"""Of text on its background (WCAG 2.2, 1.4.3)."""
NAMELESS = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter((e) => e.checkVisibility() && e.tabIndex >= 0)
  .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
  .map((e) => e.outerHTML.slice(0, 120))"""
PALE = """(lowest) => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const channel = (v) => v / 255 <= .03928 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4;
  const light = (colour) => {
    const [r, g, b] = parts(colour).map(channel);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (parts(colour).length < 4 || parts(colour)[3] > .99) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const isText = (e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const found = new Set();
  for (const e of document.querySelectorAll("#app *")) {
    if (e.closest("svg") || !e.checkVisibility() || !isText(e)) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < lowest) found.add(`${e.className || e.tagName}: ${ratio.toFixed(2)}`);
  }
  return [...found];
}"""

pytestmark = pytest.mark.daemon


@pytest.mark.parametrize("has_scripts", [True, False])
def test_from_first_load_to_saved_recipe(
    address: str, demonstration: Demonstration, tmp_path: Path, has_scripts: bool
) -> None:
    """Criteria are clicked, a curve is asked for, and the saved recipe chooses the patients that the page shows, with
    and without scripts. Nothing is asked of another machine, and nothing goes wrong in the browser's console.
    """
    from playwright.sync_api import expect

    asked: set[str] = set()
    wrong: list[str] = []
    with browser() as opened:
        context = opened.new_context(viewport=DESKTOP, java_script_enabled=has_scripts, accept_downloads=True)
        context.set_default_timeout(ANSWERS_WITHIN_MS)
        page = context.new_page()
        page.on("request", lambda request: asked.add(request.url.split("/")[2]))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(address)
        page.locator("#patients-kras-1").check()
        if not has_scripts:
            page.locator("#patients-kras-apply").click()
        expect(page.locator(".steps")).to_contain_text("KRAS: Mutant")
        page.locator("#patients-max_diameter_mm-high").fill("30")
        page.locator("#patients-max_diameter_mm-high").press("Enter")
        expect(page.locator(".steps")).to_contain_text("under 30")
        page.get_by_label("Groups").select_option("ecog")
        if not has_scripts:
            page.get_by_role("button", name="Show").click()
        expect(page.locator("figure.curve")).to_contain_text("by ECOG performance status")
        page.get_by_role("link", name="Save and share").click()
        expect(page.locator("#recipe")).to_contain_text("max_diameter_mm < 30")
        with page.expect_download() as saved:
            page.get_by_role("link", name="Save the recipe").click()
        saved.value.save_as(tmp_path / "recipe.yaml")
        n_shown = int(page.locator("#n-patients").inner_text().replace(",", ""))
        link = page.locator("#share-link").input_value()
        page.goto(address.split("/?")[0] + "/" + link[link.index("?") :])
        expect(page.locator("#n-patients")).to_have_text(str(n_shown))
    recipe = read_recipe(tmp_path / "recipe.yaml")
    with demonstration.open() as con:
        assert choose(con, recipe.criteria).n_patients == n_shown
    assert [term.column for term in recipe.by] == ["ecog"]
    assert (asked, wrong) == ({address.split("/")[2]}, [])


def test_by_keyboard_alone(address: str) -> None:
    """The first stop skips to the results; a value is picked by space, and focus stays where it was; back undoes it."""
    from playwright.sync_api import expect

    with browser() as opened:
        page = opened.new_context(viewport=DESKTOP).new_page()
        page.set_default_timeout(ANSWERS_WITHIN_MS)
        page.goto(address)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.locator("#patients-kras-2").focus()
        page.keyboard.press("Space")
        expect(page.locator(".steps")).to_contain_text("KRAS: Wild-type")
        assert page.evaluate("document.activeElement.id") == "patients-kras-2"
        expect(page.locator("#said")).to_contain_text(re.compile(r"\d+ patients\."))
        page.go_back()
        expect(page.locator(".steps")).to_have_count(0)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_can_be_read(address: str, size: dict) -> None:
    """No page is wider than the window, every control has a name, and text stands out from its background."""
    at = address.split("/?")[0]
    links = [f"{COHORT}&part={part}" for part in PARTS]
    links += ["/?of=lesions&keep=lesions.ltp:true", "/?keep=patients.max_diameter_mm:900..", "/lesion?n=2"]
    links += ["/tables?q=margin", "/tables/clean.lesions", "/?release=none"]
    with browser() as opened:
        page = opened.new_context(viewport=size).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(ANSWERS_WITHIN_MS)
        page.goto(address)
        for link in links:
            page.goto(at + link)
            page.evaluate("document.querySelectorAll('details').forEach((e) => e.setAttribute('open', ''))")
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], link
            assert page.evaluate(NAMELESS) == [], link
            assert page.evaluate(PALE, LOWEST_CONTRAST) == [], link


def test_a_bar_of_a_histogram_picks_its_bin(address: str) -> None:
    """A click on a bar keeps those in it, one on another extends the range to it."""
    from playwright.sync_api import expect

    with browser() as opened:
        page = opened.new_context(viewport=DESKTOP).new_page()
        page.set_default_timeout(ANSWERS_WITHIN_MS)
        page.goto(address)
        bars = page.locator("#facet-patients-max_diameter_mm .bin")
        bars.nth(2).click()
        expect(page.locator(".steps")).to_contain_text("20 to under 25")
        bars.nth(4).click()
        expect(page.locator(".steps")).to_contain_text("20 to under 35")
