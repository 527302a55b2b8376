"""Tells the history of each question: found, asked, answered, closed, in sentences that can be translated.

What a person wrote and the value that a site gave are parts of a history, so it is shown to people alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from languages.language import IN_ENGLISH, Language
from schemas.said import Said
from warehouse.archive.thread_log import ACCEPTED, ASSIGNED, DUE, REOPENED, SENT, Event
from warehouse.archive.thread_log import SAID as WRITTEN
from warehouse.queries.threads import utc
from warehouse.storage.hashing import columns_of
from warehouse.storage.rule_table import book_of

FOUND = "Found in {delivery}, line {line}."
ASKED, ASKED_UNTIL = "Asked in {sheet}.", "Asked in {sheet}; an answer is due on {due}."
GIVEN_TO, GIVEN_BACK, DUE_ON = "Assigned to {name}.", "Assigned to nobody.", "An answer is due on {due}."
CLOSED_BY_HAND, REOPENED_BY_HAND = "Closed.", "Reopened."
SETTLED = "No longer open: the row was corrected or withdrawn, or the answer counts."
NO_RULE = "No longer open: the rule is no longer in force."
COUNTS, REPLACED = "Answered {answer}; the answer counts.", "Answered {answer}; a later answer replaces it."
REFUSED = "Answered {answer}; refused. {reason}"
UNREAD = "Answered something that is no answer; refused. {reason}"
LATE = "The answer came after it was due on {due}, and is judged like any other."
AGAIN = "Answered {answer} again, as before; this changes nothing."
TELLS_SITE = (WRITTEN, ACCEPTED, REOPENED)


@dataclass(frozen=True)
class Moment:
    """Something that happened to a question. `value` is the corrected value that a site gave, '' without one;
    `is_said` tells what was said from what was only done.
    """

    at: datetime
    by: str
    sentence: str
    is_said: bool = False
    value: str = ""

    @property
    def line(self) -> str:
        """Return day, person and sentence, without the value."""
        return self.told(IN_ENGLISH)

    def told(self, language: Language) -> str:
        """Return the same in a language; what a person wrote stays as it is."""
        by = f"{self.by}: " if self.by else ""
        return f"{language.day(self.at.date())} {by}{language.said(self.sentence)}"


Told = tuple[str, Moment]
"""A thread, and what happened to it."""


def histories(con: duckdb.DuckDBPyConnection, events: Sequence[Event], site: str) -> dict[str, list[Moment]]:
    """Return what happened to each question of the site, by thread, in order. Needs threads.with_threads."""
    told: dict[str, list[Moment]] = defaultdict(list)
    found, settled = _entries(con, site)
    for thread, moment in (*found, *_events(events, site), *_replies(con, events, site), *settled):
        told[thread].append(moment)
    for moments in told.values():
        moments.sort(key=lambda one: one.at)  # stable: what is of one second stays in this order
    return told


def _entries(con: duckdb.DuckDBPyConnection, site: str) -> tuple[list[Told], list[Told]]:
    """Return when the entries were found, and when they were no longer open."""
    book = book_of(con)
    rows = con.execute(
        """
        WITH entry AS (
            SELECT site, export, key, rule_id, column_name, "row", delivery, line, first_seen, NULL AS resolved_load_id
            FROM quality.quarantine
            UNION ALL
            SELECT site, export, key, rule_id, column_name, "row", delivery, line, first_seen, resolved_load_id
            FROM quality.resolved
        )
        SELECT thread_of_entry(e.site, e.export, e.key, e.rule_id, e.column_name, e."row"),
               e.rule_id, e.delivery, e.line,
               CAST(left(first_seen, 19) AS TIMESTAMP), CAST(left(d.arrived_at, 19) AS TIMESTAMP)
        FROM entry e
        LEFT JOIN (SELECT load_id, min(arrived_at) AS arrived_at FROM meta.deliveries GROUP BY load_id) d
               ON d.load_id = e.resolved_load_id
        WHERE e.site = $site ORDER BY ALL
        """,
        {"site": site},
    ).fetchall()
    found = [(row[0], Moment(row[4], "", Said(FOUND, delivery=row[2], line=row[3]))) for row in rows]
    gone = [(row[0], Moment(row[5], "", Said(SETTLED if row[1] in book else NO_RULE))) for row in rows if row[5]]
    return found, gone


def _events(events: Iterable[Event], site: str) -> Iterator[Told]:
    for one in events:
        if one.site == site:
            yield one.thread, Moment(utc(one.at), one.by, _sentence(one), one.action in TELLS_SITE)


def _sentence(one: Event) -> str:
    """Return what the event says; what a person wrote is that person's own."""
    if one.action == SENT:
        return Said(ASKED_UNTIL, sheet=one.sheet, due=one.due) if one.due else Said(ASKED, sheet=one.sheet)
    if one.action == ASSIGNED:
        return Said(GIVEN_TO, name=one.to) if one.to else Said(GIVEN_BACK)
    if one.action == DUE:
        return Said(DUE_ON, due=one.due)
    if one.action == ACCEPTED:
        return Said(CLOSED_BY_HAND)
    return Said(REOPENED_BY_HAND) if one.action == REOPENED else one.text


def _replies(con: duckdb.DuckDBPyConnection, events: Iterable[Event], site: str) -> Iterator[Told]:
    """Yield the site's answers and comments, each with what became of it, and whether it came late."""
    comment = "r.comment" if "comment" in dict(columns_of(con, "raw", "answers")) else "''"
    rows = con.execute(
        f"""
        SELECT thread_of(r.site, r.export, r.key, r.rule_id, r.column_name),
               CAST(left(d.arrived_at, 19) AS TIMESTAMP), r.answered_by, a.answer, a.status, a.reason, r.corrected,
               coalesce({comment}, '')
        FROM raw.answers r JOIN meta.deliveries d USING (load_no)
        LEFT JOIN quality.answers a ON a.site = d.site AND a.delivery = d.delivery AND a.line = r.line
        WHERE d.site = $site ORDER BY d.arrived_at, d.load_no, r.line
        """,  # noqa: S608 (own names)
        {"site": site},
    ).fetchall()
    dues: dict[str, list[tuple[datetime, date]]] = defaultdict(list)
    for one in events:
        if one.due:
            dues[one.thread].append((utc(one.at), date.fromisoformat(one.due)))
    told: set[tuple[str, str, str]] = set()
    for thread, at, by, answer, status, reason, corrected, said in rows:
        if status is not None:
            again = (thread, answer, corrected) in told and status == "applied"
            told.add((thread, answer, corrected))
            yield thread, Moment(at, by, _verdict(answer, status, reason, again), True, corrected or "")
            due = [day for since, day in dues[thread] if since <= at]
            if due and at.date() > due[-1]:
                yield thread, Moment(at, "", Said(LATE, due=due[-1].isoformat()), True)
        if said:
            yield thread, Moment(at, by, said, True)


def _verdict(answer: str | None, status: str, reason: str | None, again: bool) -> Said:
    if answer is None:
        return Said(UNREAD, reason=reason or "")
    if status == "refused":
        return Said(REFUSED, answer=answer, reason=reason or "")
    if again:
        return Said(AGAIN, answer=answer)
    return Said(COUNTS if status == "applied" else REPLACED, answer=answer)
