"""Asks the API of Castor EDC, with patience, and writes what it answers into files.

A client of our own on httpx: the package castoredc-api does not import on Python 3.11. Endpoints since release 2022.4,
which are called participant and repeating-data-instance; those of record and report ended with 2024.3 ("Deprecated API
endpoints", castor.helpjuice.com, read 2026-11-29). A token is valid for five hours, and 600 requests in ten minutes are
answered ("Castor EDC/CDMS API Rate Limiting", helpdesk.castoredc.com, read 2026-11-29).
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from warehouse.pulls.castor_replies import ListPage, check_status, check_table, check_text, page_of
from warehouse.pulls.replies import LATER, NoAnswer, Reply
from warehouse.storage.durable_files import fsync
from warehouse.storage.errors import RegistryError

T = TypeVar("T")
PAGE_ITEMS = 1_000
MOST_PAGES = 10_000
CONNECT_SECONDS, READ_SECONDS = 10, 300
WAITS_SECONDS = (1, 2, 4, 8, 16, 32)
"""Between the attempts of one request."""
CHUNK_BYTES = 1 << 20
MOST_BYTES = 8 << 30
MOST_PAGE_BYTES = 64 << 20
CERTIFICATE = "Let the server have a certificate of a known authority, or name its authority's file in SSL_CERT_FILE."


@dataclass(frozen=True)
class Credentials:
    """A client's id and secret, made in Castor's account settings. Neither is shown when this is printed."""

    client_id: str = field(repr=False)
    secret: str = field(repr=False)


class CastorApi:
    """One study's API, at an address like https://uk.castoredc.com/api/study/<id>/.

    Every method raises RegistryError, without secret, token or values, if the server does not answer.
    """

    def __init__(self, address: str, credentials: Credentials, sleep: Callable[[float], None] = time.sleep):
        import httpx  # imported only where something is pulled

        parts = urlsplit(address)
        self._server = f"{parts.scheme}://{parts.netloc}"
        self._study = address.rstrip("/")
        self._credentials, self._sleep = credentials, sleep
        self._token = ""
        self._httpx = httpx
        self._client = httpx.Client(
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS), follow_redirects=False, verify=True
        )

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def export(self, name: str, target: Path) -> None:
        """Write one of the study's exports (data, structure, optiongroups) to `target`, a CSV with semicolons."""

        def take() -> None:
            asked = {"archived": "false"} if name == "data" else None
            with self._asked(f"{self._study}/export/{name}", asked) as response, open(target, "wb") as file:
                check_status(_reply(response))
                n_bytes = 0
                for chunk in response.iter_bytes(CHUNK_BYTES):
                    if not n_bytes:
                        check_text(chunk)
                    n_bytes += len(chunk)
                    if n_bytes > MOST_BYTES:
                        raise NoAnswer("The server's answer does not end.", LATER, is_final=True)
                    file.write(chunk)
            check_table(target)

        self._ask(f"the export of {name}", take)
        fsync(target)

    def items(self, endpoint: str) -> Iterator[Mapping]:
        """Yield the items of a list (participant, repeating-data-instance), page by page; none where it has none."""
        n_found, number, n_pages = 0, 1, 1
        while number <= n_pages:
            page = self._ask(f"page {number} of {endpoint}", partial(self._page, endpoint, number))
            if page is None:
                return
            if page.n_pages > MOST_PAGES or (number > 1 and page.n_pages != n_pages):
                raise RegistryError("The number of pages changes from page to page.", LATER)
            n_pages = page.n_pages
            n_found += len(page.items)
            if number == n_pages and page.n_items is not None and n_found != page.n_items:
                raise RegistryError(
                    f"The server's list of {endpoint} has {n_found:,} of {page.n_items:,} items.",
                    "It may have changed meanwhile. " + LATER,
                )
            yield from page.items
            number += 1

    def _page(self, endpoint: str, number: int) -> ListPage | None:
        """Return a page of a list, None where the study has no item of it."""
        params = {"page": str(number), "page_size": str(PAGE_ITEMS)}
        with self._asked(f"{self._study}/{endpoint}", params) as response:
            if response.status_code == 404 and number == 1:
                return None  # so Castor answers where a study has none
            body = _body(response)
            check_status(Reply(response.status_code, "", body))
        return page_of(body, number)

    @contextmanager
    def _asked(self, address: str, params: Mapping[str, str] | None = None):
        if not self._token:
            self._token = self._new_token()
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/csv, application/hal+json, */*"}
        with self._client.stream("GET", address, params=params, headers=headers) as response:
            if response.status_code == 401:
                self._token = ""  # it may have expired: the next attempt asks for another
            yield response

    def _new_token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.secret,
        }
        with self._client.stream("POST", f"{self._server}/oauth/token", data=form) as response:
            body = _body(response)
            check_status(Reply(response.status_code, _reply(response).retry_after, body), is_login=True)
        try:
            token = json.loads(body)["access_token"]
        except (ValueError, KeyError, TypeError):
            token = None
        if not isinstance(token, str) or not token:
            raise NoAnswer("The server gave no token.", LATER)
        return token

    def _ask(self, what: str, take: Callable[[], T]) -> T:
        """Return what `take` returns; ask again after a pause where that may help."""
        n_refused = 0
        for wait in (*WAITS_SECONDS, None):
            answer, problem = self._once(take)
            if problem is None:
                return answer  # type: ignore[return-value]  # set where there is no problem
            n_refused += problem.is_final
            may_have_expired = problem.is_final and n_refused == 1 and not self._token
            if (problem.is_final and not may_have_expired) or wait is None:
                break
            if not may_have_expired:
                self._sleep(max(wait, problem.wait))
        assert problem is not None
        again = "" if problem.is_final else f" Asked {len(WAITS_SECONDS) + 1} times for {what}."
        raise RegistryError(f"{problem.sentence}{again}", problem.cure)

    def _once(self, take: Callable[[], T]) -> tuple[T | None, NoAnswer | None]:
        """Return the answer, or why there is none. No exception of a library leaves: it could lead to the token."""
        try:
            return take(), None
        except NoAnswer as problem:
            return None, NoAnswer(problem.sentence, problem.cure, problem.is_final, problem.wait)
        except self._httpx.HTTPError as error:
            return None, self._without_answer(error)

    def _without_answer(self, error: Exception) -> NoAnswer:
        httpx = self._httpx
        if "CERTIFICATE_VERIFY_FAILED" in str(error) or "SSL" in str(error):
            return NoAnswer("The server's certificate cannot be verified, so nothing was sent.", CERTIFICATE, True)
        if isinstance(error, httpx.TimeoutException):
            return NoAnswer("The server did not answer in time.", LATER)
        if isinstance(error, httpx.ConnectError):
            return NoAnswer("The server cannot be reached.", f"Check the address and the network. {LATER}")
        if isinstance(error, httpx.TransportError):
            return NoAnswer("The connection ended in the middle of the server's answer.", LATER)
        return NoAnswer(f"The request failed ({type(error).__name__}).", LATER)


def _reply(response) -> Reply:
    """Return status and wait of an answer whose body has not been read."""
    names = ("Retry-After", "X-RateLimit-Retry-After", "X-Rate-Limit-Retry-After")
    waits = [response.headers[name] for name in names if name in response.headers]
    return Reply(response.status_code, waits[0] if waits else "", b"")


def _body(response) -> bytes:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MOST_PAGE_BYTES:
            raise NoAnswer("The server's answer does not end.", LATER, is_final=True)
    return body
