"""The clicks that docs/cohorts.md describes lead to the links that it prints, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest

from explore.state import state_of
from tests.explore.browser import DESKTOP, browser
from tests.explore.test_questions import QUESTIONS
from tests.variants import quick

if TYPE_CHECKING:
    from playwright.sync_api import Page

ANSWERS_WITHIN_MS = 60_000

pytestmark = pytest.mark.daemon


def margin(page: Page) -> None:
    """The radiologist's first question."""
    page.get_by_label("Criteria over").get_by_role("link", name="Lesions").click()
    leave_out(page, "lesions", "minimal_margin_mm", "No value")
    page.get_by_label("Endpoint").select_option("Time to LTP, death competing, per lesion")
    settle(page)
    page.get_by_label("Groups").select_option("Smallest margin, mm")
    settle(page)
    page.get_by_label("Cut at").fill("5")
    page.get_by_label("Cut at").press("Enter")
    settle(page)
    add(page, "Smallest margin, mm", "classes from", "5")
    add(page, "Diameter, mm", "per", "5")


def large(page: Page) -> None:
    """The radiologist's second question."""
    page.get_by_label("Criteria over").get_by_role("link", name="Lesions").click()
    facet(page, "lesions", "approach").get_by_text("Percutaneous", exact=True).first.click()
    settle(page)
    page.get_by_label("Endpoint").select_option("Time to LTP, death competing, per lesion")
    settle(page)
    page.get_by_label("Groups").select_option("Diameter, mm")
    settle(page)
    page.get_by_label("Cut at").fill("20, 30")
    page.get_by_label("Cut at").press("Enter")
    settle(page)
    add(page, "Diameter, mm", "classes from", "20, 30")
    add(page, "Perivascular")
    add(page, "Subcapsular")


def later(page: Page) -> None:
    """The statistician's second question."""
    page.get_by_label("Endpoint").select_option("Time to LTP, death competing, per lesion")
    settle(page)
    page.get_by_label("Groups").select_option("KRAS")
    settle(page)
    page.get_by_label("Time from").select_option("first exam without viable tumour")
    settle(page)
    add(page, "KRAS")
    add(page, "Diameter, mm", "per", "5")


def adjusted(page: Page) -> None:
    """The statistician's first question."""
    facet(page, "patients", "kras").get_by_text("Mutant").click()
    settle(page)
    facet(page, "patients", "kras").get_by_text("Wild-type").click()
    settle(page)
    leave_out(page, "patients", "extrahepatic_disease", "Yes")
    page.get_by_label("Groups").select_option("KRAS")
    settle(page)
    add(page, "KRAS")
    add(page, "Largest diameter, mm", "per", "5")
    add(page, "CEA, ng/mL", "per doubling")
    page.get_by_label("Compare within each").select_option("Site")
    settle(page)


def feasible(page: Page) -> None:
    """The data manager's question."""
    facet(page, "patients", "n_lesions").get_by_text("1", exact=True).first.click()
    settle(page)
    high = facet(page, "patients", "max_diameter_mm").get_by_label("to under")
    high.fill("30")
    high.press("Enter")
    settle(page)
    for value in ("0", "1"):
        facet(page, "patients", "ecog").get_by_text(value, exact=True).first.click()
        settle(page)
    leave_out(page, "patients", "ras", "Unknown")
    leave_out(page, "patients", "extrahepatic_disease", "Yes")
    page.get_by_label("Endpoint").select_option("LTP-free survival (LTP or death), per patient")
    settle(page)


CLICKS = {
    "margin": margin,
    "large-lesions": large,
    "kras-adjusted": adjusted,
    "from-first-clear-exam": later,
    "feasibility": feasible,
}


def facet(page: Page, view: str, column: str):
    """A column's facet, opened."""
    found = page.locator(f"#facet-{view}-{column}")
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    return found


def leave_out(page: Page, view: str, column: str, value: str) -> None:
    """Say that what is ticked is left out, and tick a value."""
    facet(page, view, column).get_by_label("leave out").check()
    facet(page, view, column).get_by_text(value, exact=True).first.click()
    settle(page)


def add(page: Page, label: str, how: str = "", value: str = "") -> None:
    """Add a covariate to the model, and say how it enters."""
    page.get_by_role("link", name="Model", exact=True).click()
    settle(page)
    page.get_by_label("Add a covariate").select_option(label)
    settle(page)
    row = page.get_by_role("form", name=f"How {label} enters")
    if how and not value:
        row.get_by_label(how, exact=True).check()
    elif how:
        row.get_by_label(how, exact=True).fill(value)
        row.get_by_label(how, exact=True).press("Enter")
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page answers a click."""
    page.wait_for_selector("body:not(.busy)")


@pytest.mark.parametrize("question", quick(2, QUESTIONS), ids=lambda one: one.recipe.stem)
def test_the_clicks_lead_to_the_link(address: str, question) -> None:
    """What is clicked in the page's words is what the printed link shows, and nothing goes wrong in the console."""
    wrong: list[str] = []
    with browser() as opened:
        page = opened.new_context(viewport=DESKTOP).new_page()
        page.set_default_timeout(ANSWERS_WITHIN_MS)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(address)
        CLICKS[question.recipe.stem](page)
        clicked = state_of(parse_qsl(page.url.partition("?")[2]))
    assert (clicked, wrong) == (state_of(parse_qsl(question.link.removeprefix("/?"))), [])
