"""Asks questions of the site of these tests at chosen times, and reads what became of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

from tests.days import today
from tests.quality.site_at_work import SITE, Site
from warehouse.archive import thread_log
from warehouse.archive.archive import Archive
from warehouse.archive.thread_log import Event
from warehouse.intake.landing import land
from warehouse.queries.asked_questions import record_sent
from warehouse.queries.handle_question import Wish, events_for
from warehouse.queries.open_entries import Terms, open_entries
from warehouse.queries.thread_history import Moment, histories
from warehouse.queries.threads import Thread, read_threads

BY = "A. Miller"


def moved(event: Event, days: int) -> Event:
    """The event as it would be if it had happened so many days from now."""
    return replace(event, at=(datetime.fromisoformat(event.at) + timedelta(days=days)).isoformat(timespec="seconds"))


def ask(site: Site, days: int = 0, due: date | None = None, sheet: str = "asked.xlsx") -> None:
    """Record that the site was sent its open questions so many days from now; answers are due 28 days later."""
    with site.build() as con:
        terms = Terms(today(days), due, 28)
        entries = open_entries(con, SITE, events=thread_log.read(site.home), terms=terms)
    before = thread_log.count(site.home)
    record_sent(site.home, BY, sheet, entries)
    _move_last(site, before, days)


def handle(site: Site, rule: str, wish: Wish, days: int = 0) -> None:
    """Do what is wished about the question of that rule, so many days from now."""
    thread = thread_of(site, rule)
    with site.build() as con:
        events = events_for(con, thread, wish, BY, today())
    thread_log.append(site.home, [moved(event, days) for event in events])


def _move_last(site: Site, before: int, days: int) -> None:
    events = thread_log.read(site.home)
    lines = [one.as_line for one in (*events[:before], *(moved(one, days) for one in events[before:]))]
    thread_log.path_of(site.home).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def threads(site: Site, as_of: date | None = None) -> list[Thread]:
    """All questions to the site."""
    with site.build() as con:
        return read_threads(con, thread_log.read(site.home), as_of or today(), SITE)


def thread_of(site: Site, rule: str) -> Thread:
    """The only question of that rule."""
    (found,) = [one for one in threads(site) if one.rule_id == rule]
    return found


def history(site: Site, rule: str) -> list[Moment]:
    """What happened to the question of that rule."""
    thread = thread_of(site, rule)
    with site.build() as con:
        read_threads(con, thread_log.read(site.home), today(), SITE)
        return histories(con, thread_log.read(site.home), SITE)[thread.thread]


def answer(site: Site, name: str, rule: str, said: str, corrected: object = None, **cells: object) -> None:
    """Hand in a sheet with one answer, and refresh."""
    sheet = site.sheet()
    sheet.answer(rule, said, corrected, **cells)
    site.hand_back(sheet, name)
    site.refresh()


def arrives(site: Site, days: int) -> None:
    """Land what waits, as if it arrived so many days from now."""
    archive = Archive(site.home)
    known = len(archive.arrivals)
    land(site.home, archive)
    log = site.home.archive / "arrivals.ndjson"
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    for line in lines[known:]:
        line["arrived_at"] = f"{today(days)}T12:00:00+00:00"
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
