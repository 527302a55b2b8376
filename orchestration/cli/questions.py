"""`registry questions`: list the questions to sites, by key and never by value."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import typer

from orchestration.cli.wording import counted
from warehouse.archive import thread_log
from warehouse.queries.open_entries import check_site
from warehouse.queries.threads import CLOSED, STATES, Thread, read_threads
from warehouse.storage.connection import read_build
from warehouse.storage.home import Home


def questions(home: Home, site: str, is_late: bool, assignee: str | None, with_closed: bool) -> None:
    """Print a line for each question, and how many there are in each state."""
    with read_build(home) as con:
        if site:
            check_site(con, site)
        threads = read_threads(con, thread_log.read(home), datetime.now(UTC).date(), site)
    shown = [
        one
        for one in threads
        if (with_closed or one.state not in CLOSED)
        and (one.is_late or not is_late)
        and assignee in (None, one.assignee)
    ]
    for line in _lines(shown):
        typer.echo(line)
    typer.echo(summary(threads, site))


def _lines(threads: Sequence[Thread]) -> list[str]:
    """Return the questions as a table, heading first; nothing without any."""
    rows = [("question", "state", "due", "assigned to", "site", "rule", "about")]
    rows += [
        (
            one.thread,
            f"{one.state}, late" if one.is_late else one.state,
            str(one.due or "") if one.is_open else "",
            one.assignee or "",
            one.site,
            one.rule_id,
            f"{one.export} {one.key}{f' {one.column_name}' if one.column_name else ''}",
        )
        for one in threads
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*lines, ""] if threads else []


def summary(threads: Sequence[Thread], site: str) -> str:
    """Return how many questions there are in each state, and how many are late."""
    if not threads:
        return f"{site or 'No site'} has {'no' if site else 'any'} questions."
    by_state = Counter(one.state for one in threads)
    parts = [f"{by_state[state]:,} {state}" for state in STATES if by_state[state]]
    n_late = sum(one.is_late for one in threads)
    return f"{counted(len(threads), 'question')}: {', '.join(parts)}{f'; {n_late:,} late' if n_late else ''}."
