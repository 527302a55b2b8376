"""`registry question`: show one question and what happened to it; assign, comment, close or reopen it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import typer

from orchestration.cli.accept import user
from warehouse.archive import thread_log
from warehouse.queries.handle_question import Wish, events_for
from warehouse.queries.thread_history import Moment, histories
from warehouse.queries.threads import Thread, find_thread, read_threads
from warehouse.storage.connection import read_build
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format


def question(home: Home, named: str, wish: Wish, by: str | None) -> None:
    """Record what is wished and print the question with its history, without values."""
    check_format(home)
    today = datetime.now(UTC).date()
    with read_build(home) as con:
        events = thread_log.read(home)
        thread = find_thread(read_threads(con, events, today), named)
        new = events_for(con, thread, wish, by or user(), today)
        thread_log.append(home, new)
        if new:
            events += new
            thread = find_thread(read_threads(con, events, today), thread.thread)
        moments = histories(con, events, thread.site).get(thread.thread, [])
    _print(thread, moments)


def _print(thread: Thread, moments: Sequence[Moment]) -> None:
    about = f"{thread.export} {thread.key}{f' {thread.column_name}' if thread.column_name else ''}"
    typer.echo(f"{thread.thread}  {thread.site}  {thread.rule_id}  {about}")
    typer.echo(described(thread))
    typer.echo("")
    for moment in moments:
        first, *more = moment.line.split("\n")
        typer.echo("\n".join([first, *(f"           {line}" for line in more)]))


def described(thread: Thread) -> str:
    """Return state, due date and assignee in one line."""
    due = (
        f"; the answer {'was' if thread.is_late else 'is'} due on {thread.due}" if thread.is_open and thread.due else ""
    )
    return f"{thread.state}{due}; assigned to {thread.assignee or 'nobody'}"
