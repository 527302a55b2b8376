"""A question is answered and closed in a browser, on a desk and on a telephone, without a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.interface import chromium
from tests.explore.browser import DESKTOP, PHONE, browser, explored
from tests.quality.questions_asked import ask, thread_of
from tests.quality.site_at_work import SITE, Site
from tests.warehouse.release_kit import release_small


@pytest.mark.daemon
@pytest.mark.skipif(chromium() is None, reason="chromium is not installed (apt-get install chromium)")
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_question_is_answered_and_closed(tmp_path: Path, size: dict[str, int]) -> None:
    """From the list to the answer and back; every field has a name, and no page is wider than the window."""
    site = Site(tmp_path / "home")
    site.sessions("2024-01-31.csv", "P2,S1,2023-05-03,L2,220,5,60", "P3,S1,2023-05-04,L3,20,5,900")
    release_small(site.home)
    ask(site, -3)
    with explored(site.home.root, "questions", SITE, "--page") as address, browser() as opened:
        page = opened.new_context(viewport=size, java_script_enabled=False).new_page()  # type: ignore[arg-type]
        page.goto(address)
        page.get_by_role("link", name="P2|S1|L2").click()
        fits = page.locator("html").bounding_box()
        assert fits is not None and fits["width"] <= size["width"]
        page.get_by_label("Correct: the value was wrong").check()
        page.get_by_label("Corrected value").fill("22")
        page.get_by_label("Answered by").fill("Dr. A")
        page.get_by_role("button", name="Answer").click()
        assert page.get_by_text("The answer waits in landing/").is_visible()
        page.get_by_role("link", name="Questions").click()
        page.get_by_role("link", name="P3|S1|L3").click()
        assert page.get_by_label("Your name").input_value() == "Dr. A"
        page.get_by_label("Say to the site").fill("Please look at the log.")
        page.get_by_role("button", name="Record and close").click()
        assert page.get_by_text("Please look at the log.").is_visible()
        assert page.get_by_role("button", name="Record and reopen").is_visible()
    site.refresh()
    assert [row[1:3] for row in site.answers()] == [("correct", "applied")]
    assert thread_of(site, "ABL-06").state == "accepted"
