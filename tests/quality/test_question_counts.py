"""Tests the counts of questions that a release holds, and the journal that they and the answers depend on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.days import today
from tests.quality.questions_asked import answer, ask, handle, thread_of
from tests.quality.site_at_work import SITE, Site
from tests.warehouse.release_kit import release_small, site_with_sessions
from warehouse.archive import thread_log
from warehouse.archive.archive import Archive
from warehouse.archive.thread_log import known_at
from warehouse.queries.handle_question import Wish
from warehouse.queries.question_counts import write_question_counts
from warehouse.refresh.check_archive import check_archive
from warehouse.refresh.rebuild import check_archive_holds, differing_tables, take_inputs
from warehouse.releases.query import open_release
from warehouse.storage.errors import ArchiveDamaged
from warehouse.storage.home import Home
from workflows.check_home import check_home


def counts(site: Site) -> dict[str, dict[str, object]]:
    """The site's counts by rule; those that are 0 or empty are left out."""
    with site.build() as con:
        write_question_counts(con, thread_log.read(site.home))
        cursor = con.execute("SELECT * FROM quality.question_counts WHERE site = ?", [SITE])
        names = [column[0] for column in cursor.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {str(row["rule_id"]): {n: v for n, v in row.items() if v and n not in ("site", "rule_id")} for row in rows}


@pytest.mark.long
def test_questions_are_counted_by_site_and_rule(tmp_path: Path) -> None:
    """Hand-counted: three questions of one rule, answered after 2 and 7 days, the later one too late; one never."""
    site = Site(tmp_path)
    rows = [f"P{n},S1,2023-05-0{n},L1,2{n}0,5,60" for n in (1, 2, 3)]
    site.sessions("2024-01-31.csv", *rows)
    site.refresh()
    ask(site, -7, today(-3))
    _answer_one(site, "2024-02-01.xlsx", "P1|S1|L1")
    _asked_later(site, 5)
    assert counts(site)["LES-03"] == {"n_questions": 3, "n_answered": 1, "n_sent": 2, "n_late": 2} | {
        "n_with_answer": 1,
        "n_without_answer": 2,
        "n_days_known": 1,
        "median_days_to_answer": 2.0,
    }
    site.sessions("2024-03-01.csv", "P3,S1,2023-05-03,L1,23,5,60")
    _answer_one(site, "2024-03-02.xlsx", "P2|S1|L1")
    assert counts(site)["LES-03"] == {
        "n_questions": 3,
        "n_answered": 2,
        "n_resolved": 1,
        "n_with_answer": 2,
        "n_without_answer": 1,
        "n_answered_late": 1,
        "n_days_known": 2,
        "median_days_to_answer": 4.5,
    }


def _answer_one(site: Site, name: str, key: str) -> None:
    sheet = site.sheet()
    (row,) = [cells[0].row for cells in sheet.queries.iter_rows(min_row=2) if cells[5].value == key]
    rule = sheet.queries.cell(row, 7).value
    others = [r for r in range(sheet.queries.max_row, 1, -1) if r != row]
    for number in others:
        sheet.queries.delete_rows(number)
    sheet.answer(rule, "correct", "22")
    site.hand_back(sheet, name)
    site.refresh()


def _asked_later(site: Site, days: int) -> None:
    """Have the first answer arrive so many days earlier than now."""
    log = site.home.archive / "arrivals.ndjson"
    text = log.read_text(encoding="utf-8").splitlines()
    log.write_text("\n".join([*text[:-1], text[-1].replace(str(today()), str(today(-days)))]) + "\n", encoding="utf-8")
    site.refresh(full=True)


@pytest.mark.long
def test_a_release_holds_counts_and_no_key(tmp_path: Path) -> None:
    """Asking makes no other content; a rebuild has the answers that were refused because a question was closed."""
    site = site_with_sessions(tmp_path / "home")
    site.refresh()
    before = release_small(site.home)
    ask(site, -3)
    handle(site, "LES-03", Wish(accepts=True), -1)
    journal = thread_log.path_of(site.home)
    kept = journal.read_bytes()
    journal.unlink()
    sheet = site.sheet()
    journal.write_bytes(kept)
    assert release_small(site.home).manifest["content_hash"] == before.manifest["content_hash"]
    sheet.answer("LES-03", "correct", "22")
    site.hand_back(sheet, "2024-02-01.xlsx")
    after = release_small(site.home)
    assert after.manifest["questions"] == thread_log.count(site.home) == 2
    with open_release(after) as con:
        assert con.execute("SELECT status FROM quality.answers").fetchall() == [("refused",)]
        names = {row[0] for row in con.execute("DESCRIBE quality.question_counts").fetchall()}
        assert names >= {"site", "rule_id", "n_accepted"} and not names & {"key", "thread", "assignee", "text"}
        assert con.execute("SELECT site, rule_id, n_accepted FROM quality.question_counts").fetchall() == [
            (SITE, "LES-03", 1)
        ]
    again = Home(tmp_path / "again")
    take_inputs(after, site.home, again)
    assert differing_tables(after, release_small(again)) == []
    assert thread_log.count(again) == 2


def test_a_lost_or_damaged_journal_is_noticed(site: Site) -> None:
    """Fewer lines than the release was made with, or one that cannot be read, stop the refresh and are named."""
    ask(site, -3)
    journal = thread_log.path_of(site.home)
    text = journal.read_text(encoding="utf-8")
    release = type("Made", (), {"manifest": {"inputs": [], "questions": thread_log.count(site.home)}})()
    check_archive_holds(Archive(site.home), release)
    journal.write_text(text[: text.rindex("\n", 0, -1) + 1], encoding="utf-8")
    with pytest.raises(ArchiveDamaged, match="threads.ndjson lacks lines"):
        check_archive_holds(Archive(site.home), release)
    journal.write_text(text + '{"at": "never"}\n', encoding="utf-8")
    with pytest.raises(ArchiveDamaged, match="Line 6 of archive/threads.ndjson"):
        thread_log.read(site.home)
    assert any("threads.ndjson" in sentence for sentence in check_archive(site.home).damaged)
    with pytest.raises(ArchiveDamaged):
        site.refresh()


def test_a_check_of_one_site_knows_what_was_closed(site: Site) -> None:
    """`registry check` judges an answer as the refresh would: its own home has the site's lines of the journal."""
    handle(site, "LES-03", Wish(accepts=True), -1)
    with check_home(site.home.landing / SITE, site.home) as own:
        assert [one.action for one in thread_log.read(own)] == ["accepted"]


@pytest.mark.long
def test_the_journal_of_then(site: Site) -> None:
    """A rebuild of an earlier release gets what had happened by then."""
    ask(site, -3)
    handle(site, "LES-03", Wish(assign="B. Wong"), -1)
    events = thread_log.read(site.home)
    assert {one.action for one in known_at(events, f"{today(-2)}T00:00:00+00:00")} == {"sent"}
    assert known_at(events, f"{today(1)}T00:00:00+00:00") == events


@pytest.mark.long
def test_the_build_of_an_earlier_version_asks_for_a_refresh(site: Site) -> None:
    """Without the tables of answers nothing is listed, and the cure is named."""
    answer(site, "2024-02-01.xlsx", "LES-03", "correct", "22")
    with site.build() as con:
        con.execute("DROP TABLE raw.answers")
    with pytest.raises(Exception, match="holds no entries yet. Run `registry refresh` first"):
        thread_of(site, "LES-03")
