"""Judges what Castor's API answered: a CSV with semicolons, a page of a list, or why there is none.

Nothing of an answer's body is ever quoted: it may hold patients' values.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.pulls.replies import ASK_AGAIN, LATER, LONGEST_WAIT_SECONDS, OK, REDIRECTS, NoAnswer, Reply

RATE_WINDOW_SECONDS = 600
"""Castor counts requests in fixed windows of ten minutes."""
CREDENTIALS = "Check the client id and secret in Castor's account settings, and write them to the token file."
RIGHTS = "Check that the account has the right to export, that the study's id is right and on this server."
ROLE = "Take an account without a role in the study: Castor gives the export only to one without."
DELIMITER = ";"


@dataclass(frozen=True)
class ListPage:
    """One page of a list. `n_items` counts those of all pages, None if the server does not say."""

    items: Sequence[Mapping]
    n_pages: int
    n_items: int | None


def check_status(reply: Reply, is_login: bool = False) -> None:
    """Raise NoAnswer unless the request was answered with what was asked for."""
    status = reply.status
    if status == OK:
        return
    if status in REDIRECTS:
        raise NoAnswer(
            f"The server sends the request on to another address ({status}); nothing is sent there.",
            "Write the address that it leads to as api in site.toml, if it is the right one.",
            is_final=True,
        )
    if is_login and status in (400, 401, 403):
        raise NoAnswer(f"The server refuses the client id and secret ({status}).", CREDENTIALS, is_final=True)
    if status == 401:
        raise NoAnswer("The server refuses the token (401).", CREDENTIALS, is_final=True)
    if status == 400:
        raise NoAnswer("The server refuses the export (400).", ROLE, is_final=True)
    if status == 403:
        raise NoAnswer("The server denies access to the study (403).", RIGHTS, is_final=True)
    if status == 404:
        raise NoAnswer("The server has no such study (404).", "Correct api in site.toml.", is_final=True)
    if status in ASK_AGAIN:
        what = "asks for fewer requests" if status == 429 else "fails"
        most = RATE_WINDOW_SECONDS if status == 429 else LONGEST_WAIT_SECONDS
        wait = min(float(reply.retry_after), most) if reply.retry_after.isdecimal() else 0
        raise NoAnswer(f"The server {what} ({status}).", LATER, wait=wait)
    raise NoAnswer(f"The server refuses the request ({status}).", RIGHTS, is_final=True)


def check_text(start: bytes) -> None:
    """Raise NoAnswer if an answer that begins so is no CSV."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if text == b"<":
        raise NoAnswer("The server answers with a web page instead of data.", f"Check the address. {LATER}")
    if text == b"{":
        raise NoAnswer("The server answers with a message instead of data.", LATER)


def check_table(path: Path) -> None:
    """Raise NoAnswer if the CSV at `path` has no header, is not UTF-8, or a row of it is cut off."""
    n_cells = 0
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file, delimiter=DELIMITER, strict=True):
                if row and n_cells not in (0, len(row)):
                    raise NoAnswer("The server's answer ends in the middle of a row.", LATER)
                n_cells = n_cells or len(row)
    except UnicodeDecodeError:
        raise NoAnswer("The server's answer is not UTF-8 text.", LATER) from None
    except csv.Error:
        raise NoAnswer("The server's answer ends in the middle of a row.", LATER) from None
    if n_cells < 2:
        raise NoAnswer("The server answers with nothing where a table was asked for.", LATER)


def page_of(body: bytes, number: int) -> ListPage:
    """Return the page with this number. Raises NoAnswer if the body is another page or none."""
    try:
        content = json.loads(body)
        lists = [one for one in content["_embedded"].values() if isinstance(one, list)]
        page, n_pages = int(content.get("page", number)), int(content.get("page_count", 1))
        n_items = None if content.get("total_items") is None else int(content["total_items"])
        items = lists[0] if lists else []
    except (ValueError, KeyError, TypeError, AttributeError):
        if body.lstrip().startswith(b"<"):
            check_text(body)
        raise NoAnswer("The server's answer is no page of a list.", LATER) from None
    if not all(isinstance(one, dict) for one in items):
        raise NoAnswer("The server's answer is no page of a list.", LATER)
    if page != number:
        raise NoAnswer(f"The server answers with page {page} where page {number} was asked for.", LATER)
    return ListPage(items, n_pages, n_items)
