"""Declare the commands about questions to sites: parameters and help texts."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of
from warehouse.storage.errors import RegistryError

DAY = ["%Y-%m-%d"]
ByOption = Annotated[str | None, typer.Option(help='Who does it, e.g. "A. Miller"; default: your user name')]


def queries(
    site: Annotated[str, typer.Argument(help="The site, e.g. index-study")],
    home: HomeOption = None,
    out: Annotated[Path | None, typer.Option(help="The .xlsx workbook to write, e.g. queries.xlsx")] = None,
    release: Annotated[
        str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T; default: the current one")
    ] = None,
    due: Annotated[
        datetime | None,
        typer.Option(formats=DAY, help="Day by which to answer, e.g. 2027-01-31; default: query_days of registry.toml"),
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Do not record the questions as sent")] = False,
    by: ByOption = None,
) -> None:
    """Write a workbook in which a site answers its open entries. Each question is recorded as sent, with a due date.

    A question that is asked again keeps its due date, unless you give another.
    """
    from orchestration.cli import queries as command

    command.queries(home_of(home).require(), site, out, release, due.date() if due else None, draft, by)


def questions(
    site: Annotated[str | None, typer.Argument(help="Only this site, e.g. index-study; default: all")] = None,
    home: HomeOption = None,
    late: Annotated[bool, typer.Option("--late", help="Only those whose answer is overdue")] = False,
    assignee: Annotated[str | None, typer.Option(help='Only those of this person, e.g. "A. Miller"')] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also those that are closed")] = False,
    page: Annotated[bool, typer.Option("--page", help="Answer and handle the site's questions on a page")] = False,
    port: Annotated[int, typer.Option(help="Port of the page on this machine, e.g. 3002", min=1, max=65535)] = 3002,
    browser: Annotated[bool, typer.Option("--browser", help="Open the page in the browser")] = False,
) -> None:
    """List the questions to sites: each with its state, when it was asked, when an answer is due, and who looks after
    it. With --page, a page on loopback shows them, for those who sit beside the registry.
    """
    if page:
        from orchestration.cli import questions_page

        if site is None:
            raise RegistryError("The page shows the questions of one site.", "Name the site.")
        questions_page.serve(home_of(home).require(), site, port, browser)
        return
    from orchestration.cli import questions as command

    command.questions(home_of(home).require(), site or "", late, assignee, all_)


def question(
    id: Annotated[str, typer.Argument(help="The question's id or the start of it, e.g. 3f2a91")],
    home: HomeOption = None,
    assign: Annotated[str | None, typer.Option(help='Who is to look after it, e.g. "A. Miller"; "" for nobody')] = None,
    due: Annotated[
        datetime | None, typer.Option(formats=DAY, help="Day by which the site is to answer, e.g. 2027-01-31")
    ] = None,
    say: Annotated[
        str | None, typer.Option(help='What the site reads in its next sheet, e.g. "Please look at the MR report"')
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Close it: later answers to it are refused")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Ask it again in the next sheet")] = False,
    by: ByOption = None,
) -> None:
    """Show what happened to a question, and assign, comment, close or reopen it. Everything is recorded."""
    from orchestration.cli import question as command

    wish = command.Wish(assign, due.date() if due else None, say, accept, reopen)
    command.question(home_of(home).require(), id, wish, by)


COMMANDS: dict[str, Callable[..., None]] = {"queries": queries, "questions": questions, "question": question}
"""In the order of --help."""
