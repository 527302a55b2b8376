"""Asks a REDCap project's API through PyCap, with patience, and returns CSV as the server wrote it.

PyCap makes the requests. It does not look at an answer's status, guesses its encoding, and takes a web page for CSV, so
the answer itself is taken from requests' response hook, which PyCap's Project accepts, and judged here.
"""

import ssl
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from warehouse.pulls.pages import Page, check_page, read_page
from warehouse.pulls.replies import LATER, NoAnswer, Reply, text_of
from warehouse.storage.errors import RegistryError

T = TypeVar("T")
TIMEOUTS_SECONDS = (10, 300)
"""To connect, and between two bytes of the answer."""
WAITS_SECONDS = (1, 2, 4, 8, 16, 32)
"""Between the attempts of one request."""
CERTIFICATE = (
    "Let the server have a certificate of a known authority, or name the file of its authority in REQUESTS_CA_BUNDLE."
)


class RedcapApi:
    """One project's API. Every method raises RegistryError, without token or values, if the server does not answer."""

    def __init__(self, address: str, token: str, sleep: Callable[[float], None] = time.sleep):
        from redcap import Project  # PyCap; imported only where something is pulled

        self._sleep = sleep
        self._reply: Reply | None = None
        self._ends_with_line_end: bool | None = None
        self._project = Project(
            address, token, timeout=TIMEOUTS_SECONDS, allow_redirects=False, hooks={"response": self._keep}
        )

    def dictionary(self) -> str:
        """Return the data dictionary as CSV."""

        def judged(text: str) -> str:
            if not read_page(text).rows:
                raise NoAnswer("The project's data dictionary is empty.", LATER)
            self._ends_with_line_end = text.endswith("\n")
            return text

        return self._ask("the data dictionary", lambda: self._project.export_metadata(format_type="csv"), judged)

    def export_columns(self) -> dict[str, str]:
        """Return the field of each column that an export may have. REDCap lists no calculations, files and headings."""

        def judged(text: str) -> dict[str, str]:
            page = read_page(text)
            if not {"original_field_name", "export_field_name"} <= set(page.header):
                raise NoAnswer("The server's list of columns is not one.", LATER)
            column, field = page.header.index("export_field_name"), page.header.index("original_field_name")
            return {row[column]: row[field] for row in page.rows}

        return self._ask("the list of columns", lambda: self._project.export_field_names(format_type="csv"), judged)

    def record_ids(self, record_id: str, since: datetime | None = None) -> list[str]:
        """Return the records, in the server's order: all, or those that changed since a time on the server's clock."""

        def judged(text: str) -> list[str]:
            self._check_end(text)
            page = read_page(text)
            if page.header and record_id not in page.header:
                raise NoAnswer("The server's list of records lacks the column of the record id.", LATER)
            return [one for one in page.records(record_id) if one] if page.header else []

        return self._ask(
            "the list of records",
            lambda: self._project.export_records(format_type="csv", fields=[record_id], date_begin=since),
            judged,
        )

    def page(
        self, records: Sequence[str], record_id: str, forms: Sequence[str], header: Sequence[str] | None
    ) -> tuple[str, Page]:
        """Return all rows of these records, as text and read. `header` is that of the first page, if there was one.

        Fields are asked for by form: a request that names each of several hundred fields, as PyCap's does if nothing is
        named, can be longer than PHP's limit of 1,000 variables, and PHP drops the rest without a word.
        """

        def judged(text: str) -> tuple[str, Page]:
            page = read_page(text)
            check_page(page, record_id, records, header)
            self._check_end(text)
            return text, page

        return self._ask(
            "a page of records",
            lambda: self._project.export_records(
                format_type="csv",
                records=list(records),
                fields=[record_id],
                forms=list(forms),
                raw_or_label="raw",
                raw_or_label_headers="raw",
                event_name="unique",
                export_data_access_groups=True,
            ),
            judged,
        )

    def _check_end(self, text: str) -> None:
        """Raise NoAnswer if the text ends otherwise than the server's data dictionary: within its last cell."""
        if text.strip() and self._ends_with_line_end is not None and text.endswith("\n") != self._ends_with_line_end:
            raise NoAnswer("The server's answer is cut off.", LATER)

    def _keep(self, response, *_, **__) -> None:
        response.encoding = "utf-8"  # else requests guesses, which takes long, or takes Latin-1
        self._reply = Reply(response.status_code, response.headers.get("Retry-After", ""), response.content)

    def _ask(self, what: str, request: Callable[[], object], judge: Callable[[str], T]) -> T:
        """Return what `judge` makes of the answer; ask again after a pause where that may help."""
        for wait in (*WAITS_SECONDS, None):
            answer, problem = self._once(request, judge)
            if problem is None:
                return answer  # type: ignore[return-value]  # set where there is no problem
            if problem.is_final or wait is None:
                break
            self._sleep(max(wait, problem.wait))
        assert problem is not None
        again = "" if problem.is_final else f" Asked {len(WAITS_SECONDS) + 1} times for {what}."
        raise RegistryError(f"{problem.sentence}{again}", problem.cure)

    def _once(self, request: Callable[[], object], judge: Callable[[str], T]) -> tuple[T | None, NoAnswer | None]:
        """Return the answer, or why there is none. No exception leaves: a library's could lead to the token."""
        self._reply = None
        failure: BaseException | None = None
        try:
            request()
        except Exception as error:
            failure = error
        try:
            if self._reply is None:
                return None, _without_reply(failure)
            text = text_of(self._reply)
            return (judge(text), None) if failure is None else (None, _without_reply(failure))
        except NoAnswer as problem:
            return None, NoAnswer(problem.sentence, problem.cure, problem.is_final, problem.wait)


def _without_reply(failure: BaseException | None) -> NoAnswer:
    """Return why a request has no answer at all."""
    from requests import ConnectionError, RequestException, Timeout
    from requests.exceptions import ChunkedEncodingError, SSLError

    if isinstance(failure, SSLError | ssl.SSLError):
        return NoAnswer("The server's certificate cannot be verified, so nothing was sent.", CERTIFICATE, is_final=True)
    if isinstance(failure, Timeout):
        return NoAnswer("The server did not answer in time.", LATER)
    if isinstance(failure, ChunkedEncodingError):
        return NoAnswer("The connection ended in the middle of the server's answer.", LATER)
    if isinstance(failure, ConnectionError):
        return NoAnswer("The server cannot be reached.", f"Check the address and the network. {LATER}")
    if isinstance(failure, RequestException):
        return NoAnswer(f"The request failed ({type(failure).__name__}).", LATER)
    return NoAnswer(f"The request failed ({type(failure).__name__}).", "Check api in site.toml.", is_final=True)
