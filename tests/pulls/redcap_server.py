"""A server on loopback that behaves like REDCap's API, and can misbehave as servers do.

It answers content=metadata, exportFieldNames, record and version from a data dictionary and a flat export, both as
REDCap writes them. Records have the time of their last change on the server's clock, for dateRangeBegin.
"""

import csv
import io
import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

TOKEN = "C0FFEE00DEADBEEFC0FFEE00DEADBEEF"
"""The token that the server accepts: a canary, searched for in everything that is written."""
API_TITLES = {
    "Variable / Field Name": "field_name",
    "Form Name": "form_name",
    "Field Type": "field_type",
    "Field Label": "field_label",
    "Choices, Calculations, OR Slider Labels": "select_choices_or_calculations",
    "Text Validation Type OR Show Slider Number": "text_validation_type_or_show_slider_number",
    "Identifier?": "identifier",
}
"""Titles of a downloaded dictionary -> those that the API writes."""
NOT_LISTED = ("calc", "file", "descriptive")
"""Types of fields that exportFieldNames leaves out."""
OWN = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_data_access_group",
    "redcap_survey_identifier",
)
Form = dict[str, str]


@dataclass
class Answer:
    """What a server sends. `cut` sends only so many bytes of the body that Content-Length announces."""

    body: bytes
    status: int = 200
    content_type: str = "text/csv; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


Twist = Callable[[Form, Answer], Answer | None]
"""What a test makes of an answer; None closes the connection."""


class Redcap:
    """A project behind the API. `asked` has every request, `twist` changes answers, `changed` is when records did."""

    def __init__(self, dictionary: str, data: str):
        self.set_dictionary(dictionary)
        self.header, *self.rows = list(csv.reader(io.StringIO(data.lstrip("\ufeff"), newline="")))
        self.rows = [row for row in self.rows if row]
        self.changed: dict[str, str] = {}
        self.asked: list[Form] = []
        self.twist: Twist = lambda form, answer: answer
        self.hidden: set[str] = set()
        self.address = ""

    def set_dictionary(self, text: str) -> None:
        """Take a downloaded data dictionary as the project's."""
        rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")))
        self.dictionary = [[API_TITLES.get(title, title.lower()) for title in rows[0]], *(r for r in rows[1:] if r)]

    @property
    def fields(self) -> list[dict[str, str]]:
        """Return the fields of the data dictionary."""
        return [dict(zip(self.dictionary[0], row, strict=False)) for row in self.dictionary[1:]]

    @property
    def record_id(self) -> str:
        """Return the name of the record id."""
        return self.fields[0]["field_name"]

    def change(self, record: str, column: str, cell: str, at: str, row: int = 0) -> None:
        """Change a cell of a record's row, as somebody does at a time on the server's clock."""
        mine = [one for one in self.rows if one[0] == record]
        mine[row][self.header.index(column)] = cell
        self.changed[record] = at

    def delete(self, record: str, row: int | None = None, at: str = "") -> None:
        """Delete a record, or one of its rows."""
        mine = [one for one in self.rows if one[0] == record]
        gone = mine if row is None else [mine[row]]
        self.rows = [one for one in self.rows if not any(one is other for other in gone)]
        if at:
            self.changed[record] = at

    def contents(self) -> list[str]:
        """Return what was asked for, in order, with the number of records of a page."""
        said = []
        for form in self.asked:
            n = sum(key.startswith("records[") for key in form)
            since = " since" if "dateRangeBegin" in form else ""
            said.append(f"{form['content']}{f' {n}' if n else ''}{since}")
        return said

    def answer(self, form: Form) -> Answer:
        """Return what REDCap answers."""
        if form.get("token") != TOKEN:
            return Answer(b'{"error":"You do not have permissions to use the API"}', 403, "application/json")
        content = form.get("content")
        if content == "metadata" and form.get("format") == "json":
            return Answer(json.dumps(self.fields).encode(), content_type="application/json; charset=utf-8")
        if content == "metadata":
            return Answer(_csv(self.dictionary))
        if content == "exportFieldNames":
            return Answer(_csv([["original_field_name", "choice_value", "export_field_name"], *self._columns()]))
        if content == "version":
            return Answer(b"14.7.3", content_type="text/html; charset=utf-8")
        if content == "record" and form.get("type") == "flat" and form.get("format") == "csv":
            return Answer(self._records(form))
        return Answer(b'{"error":"The value of the parameter content is not valid"}', 400, "application/json")

    def _columns(self) -> Iterator[list[str]]:
        kinds = {one["field_name"]: one["field_type"] for one in self.fields}
        for name in self.header:
            stem, underscores, code = name.partition("___")
            of = stem if underscores and kinds.get(stem) == "checkbox" else name
            if name not in OWN and kinds.get(of) not in NOT_LISTED and name not in self.hidden:
                yield [of, code if of == stem and underscores else "", name]

    def _records(self, form: Form) -> bytes:
        def listed(key: str) -> list[str]:
            return [value for name, value in form.items() if name.startswith(f"{key}[")]

        fields, forms, records = set(listed("fields")), set(listed("forms")), listed("records")
        form_of = {one["field_name"]: one["form_name"] for one in self.fields}
        places = []
        for place, name in enumerate(self.header):
            stem = name.partition("___")[0]
            is_asked = not (fields or forms) or {name, stem} & fields or form_of.get(stem, form_of.get(name)) in forms
            is_asked = is_asked or name.removesuffix("_complete") in forms or name in OWN
            if name == "redcap_data_access_group" and form.get("exportDataAccessGroups") not in ("True", "true"):
                is_asked = False
            if is_asked and name not in self.hidden:
                places.append(place)
        since = form.get("dateRangeBegin", "")
        rows = [
            row
            for row in self.rows
            if (not records or row[0] in records) and (not since or self.changed.get(row[0], "") >= since)
        ]
        return _csv([[row[place] for place in places] for row in ([self.header, *rows] if rows else [])])


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@contextmanager
def serving(project: Redcap, tls=None) -> Iterator[Redcap]:
    """Serve the project's API on a port of loopback during the block; `tls` is an SSL context."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
            project.asked.append(form)
            answer = project.twist(form, project.answer(form))
            if answer is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut])
            if answer.cut is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    project.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/api/"
    try:
        yield project
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
