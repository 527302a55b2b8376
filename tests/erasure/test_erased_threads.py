"""An erasure takes what was said about the patient's rows, and the patient's name from what was said about others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.days import today
from tests.quality.questions_asked import ask, handle
from tests.quality.site_at_work import SITE, Site
from warehouse.archive import thread_log
from warehouse.archive.arrivals import Arrival
from warehouse.erasure.erase_threads import erase_threads
from warehouse.queries.handle_question import Wish
from warehouse.readers.answered_sheet import read_kept
from warehouse.redaction.delivered_file import DeliveredFile
from warehouse.redaction.redact_file import rest_of

GONE, LEFT = "Zq-17", "P3"


def asked(root: Path) -> Site:
    """A site that was asked about two patients; the data manager names one of them in what is said of the other."""
    site = Site(root)
    site.sessions("2024-01-31.csv", f"{GONE},S1,2023-05-03,L2,220,5,60", f"{LEFT},S1,2023-05-04,L3,20,5,900")
    site.refresh()
    ask(site, -3)
    handle(site, "ABL-06", Wish(say=f"Was this {GONE}'s session?"))
    handle(site, "LES-03", Wish(say="Please look.", assign="B. Wong", due=today(3)))
    return site


@pytest.mark.long
def test_lines_about_the_patient_go_and_their_number_stays(tmp_path: Path) -> None:
    """Of each such line only time and site are left; others no longer name the patient; once is enough."""
    site = asked(tmp_path)
    before = thread_log.count(site.home)
    assert erase_threads(site.home, SITE, {GONE}, lambda ids: {GONE} & set(ids)) == 5
    text = thread_log.path_of(site.home).read_text(encoding="utf-8")
    assert GONE not in text and thread_log.count(site.home) == before
    left = thread_log.read(site.home)
    assert [(one.action, one.key) for one in left] == [("sent", "P3|S1|L3"), ("said", "P3|S1|L3")]
    assert left[1].text == "Was this (erased)'s session?"
    assert erase_threads(site.home, SITE, {GONE}, lambda ids: {GONE} & set(ids)) == 0
    site.refresh(full=True)


@pytest.mark.long
def test_comments_on_other_lines_no_longer_name_the_patient(tmp_path: Path) -> None:
    """The archive keeps the other lines of a sheet, without the name of the patient in their comments."""
    site = asked(tmp_path)
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22")
    sheet.answer("ABL-06", "reject", None, comment=f"Ask about {GONE}.")
    path = tmp_path / "sheet.xlsx"
    sheet.book.save(path)
    arrival = Arrival(9, SITE, "answers", path.name, path.name, "0" * 64, 1, "2024-02-01T00:00:00+00:00")
    file = DeliveredFile([arrival])
    rest = rest_of(None, path, file, lambda ids: {GONE} & set(ids), is_kept=False)  # type: ignore[arg-type]
    assert rest is not None and rest.path is not None
    assert [(line.key, line.comment) for line in read_kept(rest.path)] == [("P3|S1|L3", "Ask about (erased).")]
