"""Reads what a site is asked: its open entries, and those of questions that were reopened."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

from languages.language import IN_ENGLISH, Language
from schemas.exports import EXPORTS
from schemas.said import Said
from warehouse.archive.thread_log import Event
from warehouse.queries.entry_id import answers_possible
from warehouse.queries.thread_history import Moment, histories
from warehouse.queries.threads import REOPENED, Thread, read_threads
from warehouse.raw.aliases import IN_ROW
from warehouse.storage.errors import RegistryError
from warehouse.storage.hashing import columns_of
from warehouse.storage.sql_files import sql_text

NOT_MAPPED: Mapping[tuple[str, str, int], str] = {}
"""No row has another form than the canonical one."""
IN_FILE, IN_BLOCK = "In the file: column {source_column}.", "Block: {block}."
PLACES = ((IN_FILE, "source_column"), (IN_BLOCK, "block"))
AS_DELIVERED = "{row} | As delivered: {own}"
FOLLOW = ("ORPHAN-01", "PARENT-01")
"""Rules whose entries mostly resolve by themselves when another entry is answered, so they come last."""


@dataclass(frozen=True)
class Terms:
    """When a sheet is sent, and by when it is to be answered: on `due`, otherwise as said before or `days` later."""

    today: date
    due: date | None = None
    days: int = 0

    def due_of(self, thread: Thread) -> date:
        """Return the day by which the question is to be answered: one that stands is kept."""
        return self.due or thread.due or self.today + timedelta(days=self.days)


@dataclass(frozen=True)
class Entry:
    """One open entry as the sheet shows it; `answers` are the possible answers. `due` is None in a draft."""

    cells: tuple[str, ...]
    answers: tuple[str, ...]
    thread: Thread
    due: date | None = None


def open_entries(
    con: duckdb.DuckDBPyConnection,
    site: str,
    as_delivered: Mapping[tuple[str, str, int], str] = NOT_MAPPED,
    events: Sequence[Event] = (),
    terms: Terms | None = None,
    language: Language = IN_ENGLISH,
) -> list[Entry]:
    """Return what the site is asked, from the build database; without `terms`, as a draft that nobody is sent.

    `events` are those of archive/threads.ndjson. What the registry says is said in `language`. Raises RegistryError if
    the registry has no such site, or was last refreshed before query sheets existed.
    """
    check_site(con, site)
    today = terms.today if terms else datetime.now(UTC).date()
    threads = {one.thread: one for one in read_threads(con, events, today, site)}
    told = histories(con, events, site)
    entries = []
    for *cells, row, thread_id in _rows(con, site, threads):
        export, delivery, line, rule_id, column = cells[2], cells[3], cells[4], cells[6], cells[7]
        cells[8] = language.say(cells[8])
        shown = readable(row)
        if own := as_delivered.get((export, delivery, line)):
            shown = language.say(Said(AS_DELIVERED, row=shown, own=own))
        thread = threads[thread_id]
        due = terms.due_of(thread) if terms else None
        days = (language.day(_asked_on(thread, terms)), language.day(str(due or "")))
        about = (thread_id, *days, said_before(told.get(thread_id, ()), language))
        possible = answers_possible(EXPORTS[export], rule_id, column)
        entries.append(Entry((*map(str, cells), shown, *about), possible, thread, due))
    return entries


def check_site(con: duckdb.DuckDBPyConnection, site: str) -> None:
    """Raise RegistryError if the build database holds no entries yet, or the registry has no such site."""
    names = {name for name, _ in columns_of(con, "quality", "quarantine")}
    if "entry_id" not in names or not columns_of(con, "meta", "loads"):  # an erasure leaves no loads until a refresh
        raise RegistryError("The registry holds no entries yet.", "Run `registry refresh` first.")
    sites = [name for (name,) in con.execute("SELECT DISTINCT site FROM meta.loads ORDER BY site").fetchall()]
    if site not in sites:
        raise RegistryError("The registry has no such site.", f"Its sites are: {', '.join(sites)}.")


def _rows(con: duckdb.DuckDBPyConnection, site: str, threads: Mapping[str, Thread]) -> Iterator[tuple]:
    """Yield the cells of the entries that the site is asked about, each with its row and thread.

    A question that was reopened after its entry was settled is asked with the entry that it was last asked with.
    """
    shown = f"""
        thread_of_entry(site, export, key, rule_id, column_name, "row") AS thread,
        entry_id, site, export, delivery, line, key_as_delivered(key, "row") AS key, rule_id,
        coalesce(column_name, '') AS column_name, {_said(con)} AS said, "row"
    """
    rows = con.execute(
        f"""
        WITH entry AS (
            SELECT {shown}, answer, first_seen, true AS is_open FROM quality.quarantine
            UNION ALL
            SELECT {shown}, answer, first_seen, false FROM quality.resolved WHERE entry_id IS NOT NULL
        )
        SELECT * EXCLUDE (thread, answer, first_seen, is_open), thread, is_open, answer
        FROM entry WHERE site = $site
        QUALIFY is_open OR row_number() OVER (PARTITION BY thread, is_open ORDER BY first_seen DESC, line) = 1
        ORDER BY list_contains($follow, rule_id), export, delivery, line, rule_id, column_name
        """,  # noqa: S608 (own names)
        {"site": site, "follow": list(FOLLOW)},
    ).fetchall()
    still_open = {row[-3] for row in rows if row[-2]}
    for *cells, thread_id, is_open, answer in rows:
        thread = threads[thread_id]
        is_asked = is_open and answer is None if thread.has_open_entry else is_open or thread_id not in still_open
        if thread.is_open and is_asked:
            yield (*cells, thread_id)


def _said(con: duckdb.DuckDBPyConnection) -> str:
    """Return SQL of what is wrong, with the column and the block of the site's own file where there is a mapping."""
    if "block" not in {name for name, _ in columns_of(con, "quality", "quarantine")}:
        return "reason"
    told = (f"replace({sql_text(f' {text}')}, '{{{name}}}', {name})" for text, name in PLACES)
    return "reason || " + " || ".join(f"coalesce({one}, '')" for one in told)


def readable(row: str) -> str:
    """Return the raw row's filled cells as `name: value; name: value`, a merged number with what it is read as."""
    cells = json.loads(row)
    if number := cells.pop(IN_ROW, None):
        cells["patient_id"] = f"{number} (read as {cells['patient_id']})"
    return "; ".join(f"{name}: {value}" for name, value in cells.items() if value is not None)


def _asked_on(thread: Thread, terms: Terms | None) -> str:
    """Return the day on which the question was first asked: today, if this sheet is the first that asks it."""
    if thread.sent_at is not None and thread.state != REOPENED:
        return thread.sent_at.date().isoformat()
    return terms.today.isoformat() if terms else ""


def said_before(moments: Sequence[Moment], language: Language = IN_ENGLISH) -> str:
    """Return what people said about the question, line by line."""
    return "\n".join(f"{one.told(language)}{f' ({one.value})' if one.value else ''}" for one in moments if one.is_said)
