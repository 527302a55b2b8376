"""Tests what a query sheet says of its questions, and what it takes back: comments, and sheets of version 0.1."""

from __future__ import annotations

import pickle

import pytest

from schemas.said import Said
from tests.days import today
from tests.quality.questions_asked import BY, answer, ask, handle, history, thread_of
from tests.quality.site_at_work import SITE, Site
from warehouse.archive import thread_log
from warehouse.queries.handle_question import Wish
from warehouse.queries.open_entries import Terms
from warehouse.queries.sheet_notes import instructions
from warehouse.readers.answered_sheet import ANSWERED, COLUMNS, EARLIER_COLUMNS, read_sheet

NAME = "Zqname"
"""A word that a site writes into a comment."""


def cells(sheet, rule: str) -> dict[str, str]:
    """The cells of the line of that rule, by column."""
    row = sheet.line(rule)
    return {name: sheet.queries.cell(row, n).value for n, name in enumerate(COLUMNS, start=1)}


@pytest.mark.long
def test_a_line_says_when_it_was_asked_and_what_was_said(site: Site) -> None:
    """Question, first day, due day and what people said are on the line, locked; a draft asks nobody."""
    terms = Terms(today(), None, 28)
    first = cells(site.sheet(terms), "LES-03")
    assert (first["asked on"], first["due"], first["said before"]) == (str(today()), str(today(28)), None)
    assert first["thread"] == thread_of(site, "LES-03").thread
    assert cells(site.sheet(), "LES-03")["due"] is None and thread_log.count(site.home) == 0
    ask(site, -5)
    handle(site, "LES-03", Wish(say="Please look at the MR report."), -4)
    answer(site, "2024-02-01.xlsx", "LES-03", "correct", "22", answered_by="")
    again = cells(site.sheet(terms), "LES-03")
    assert (again["asked on"], again["due"]) == (str(today(-5)), str(today(23)))
    assert again["said before"].split("\n") == [
        f"{today(-4)} {BY}: Please look at the MR report.",
        f"{today()} Answered correct; refused. The answer is not signed: 'answered by' is empty. (22)",
    ]


@pytest.mark.long
@pytest.mark.parametrize("with_answer", [False, True])
def test_a_comment_reaches_the_registry_and_no_table(site: Site, with_answer: bool) -> None:
    """With or without an answer, a comment is in the question's history and nowhere in the tables that are released."""
    sheet = site.sheet()
    said = "reject" if with_answer else None
    sheet.answer("LES-03", said, None, comment=f"{NAME} was ill, ask me")
    site.hand_back(sheet, "2024-02-01.xlsx")
    site.refresh()
    assert [row[1:3] for row in site.answers()] == ([("reject", "applied")] if with_answer else [])
    said_by = [(one.by, one.sentence) for one in history(site, "LES-03") if one.is_said]
    assert said_by[-1] == ("Dr. A", f"{NAME} was ill, ask me")
    assert thread_of(site, "LES-03").state == ("answered" if with_answer else "opened")
    with site.build() as con:
        for schema in ("quality", "released", "meta", "clean"):
            for (table,) in con.execute(
                "SELECT table_name FROM duckdb_tables() WHERE schema_name = ?", [schema]
            ).fetchall():
                rows = con.execute(f"SELECT CAST(t AS VARCHAR) FROM {schema}.{table} t").fetchall()
                assert not [row for row in rows if NAME in row[0]], f"{schema}.{table}"


@pytest.mark.long
def test_a_sheet_of_an_earlier_version_is_read(site: Site) -> None:
    """A sheet without the new columns is taken as it was; one with columns in between is none."""
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22")
    for name in ("thread", "asked on", "due", "said before"):
        header = [cell.value for cell in sheet.queries[1]]
        sheet.queries.delete_cols(header.index(name) + 1)
    path = site.home.root / "partly.xlsx"
    sheet.book.save(path)
    with pytest.raises(Exception, match="columns are not those"):
        read_sheet(path, SITE)
    sheet.queries.delete_cols(sheet.queries.max_column)
    assert tuple(cell.value for cell in sheet.queries[1]) == EARLIER_COLUMNS
    site.hand_back(sheet, "2024-02-01.xlsx")
    site.refresh()
    assert [row[1:3] for row in site.answers()] == [("correct", "applied")]


def test_the_answer_columns_come_last() -> None:
    """Locked columns come before those that the site fills in, so that it writes in one place."""
    assert COLUMNS[-len(ANSWERED) :] == ANSWERED


def test_a_sentence_remembers_what_it_was_made_of() -> None:
    """It is its text, survives being pickled, and says which value its template lacks."""
    said = Said("Due on {day}.", day="2026-12-31")
    assert said == "Due on 2026-12-31." and isinstance(said, str)
    again = pickle.loads(pickle.dumps(said))
    assert (again, again.template, again.values) == (said, "Due on {day}.", {"day": "2026-12-31"})
    with pytest.raises(KeyError):
        Said("Due on {day}.")
    assert {one.template for one in instructions("north", "R")} > {"Made from release {release_id}."}
