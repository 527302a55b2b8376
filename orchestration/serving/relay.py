"""Passes clients' requests on to the process that serves the current release, and explains what went wrong.

It keeps the port while processes come and go. A request is one POST to /quack from a DuckDB client of the server's own
minor version, which every client names in User-Agent. Answers go back as they come, except quack's own short errors
that say too little; they get words. The relay reads nothing of a request but its head.
"""

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field

HEAD_END, HEAD_BYTES, BODY_BYTES = b"\r\n\r\n", 1 << 14, 1 << 20
"""A body is a SELECT; a megabyte of it is more than anybody writes."""
ARRIVES_WITHIN_SECONDS = 30
AT_ONCE = 64
"""Requests that are passed on at the same time; others wait."""
PIECE_BYTES = 1 << 18
CLIENT = re.compile(r"\bduckdb/v(\d+\.\d+)[^\s(]*")
ERROR_HEAD = b"\x01\x00d\x03\x00" + b"\xff" * 9 + b"\x01\xff\xff\x01\x00"
"""A message of type 100 (error) without a query's number, up to the text; DuckDB serialises it so in version 1.5."""
ERROR_END = b"\xff\xff"

AGAIN = "DETACH the server, ATTACH it again and repeat the query."
WORDS = {
    "Invalid connection id": f"The server process of this connection has ended, as when a release is new. {AGAIN}",
    "Authentication failed": "The server does not know this token. Ask who runs it for the current one.",
    "Authorization failed": "The registry serves one SELECT at a time and nothing else: no other statement, and no "
    "table function that reaches beyond the release.",
}
"""Quack's own error -> what a client is told."""
SHORT_BYTES = 128
"""No answer with one of these errors is longer."""
NOT_SERVED = f"The registry is not being served at the moment. Wait a few seconds. {AGAIN}"


@dataclass
class Upstream:
    """A process that serves: its port, and the requests that it has not answered yet."""

    port: int
    ended_because: str = NOT_SERVED
    """What clients are told whose request it did not answer."""
    began: dict[object, float] = field(default_factory=dict)
    """Request -> when it was passed on (time.monotonic). It stays until it is answered, even if its client is gone."""

    def longest(self) -> float:
        """Return for how many seconds the oldest of these requests has waited; 0 if there is none."""
        return max((time.monotonic() - at for at in list(self.began.values())), default=0.0)


class Relay:
    """Answers connections of clients; `upstream` is exchanged when a release is new."""

    def __init__(self, host: str, version: str):
        self.host, self.version = host, version
        self.upstream: Upstream | None = None
        self._places = asyncio.Semaphore(AT_ONCE)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the one request of a connection and close it."""
        try:
            async with asyncio.timeout(ARRIVES_WITHIN_SECONDS):
                request = Request(await reader.readuntil(HEAD_END))
                # read even if refused: closing a connection with bytes unread would take the answer away
                body = await reader.readexactly(min(request.length, BODY_BYTES))
            if refused := request.refused(self.version):
                writer.write(refused)
            else:
                async with self._places:
                    await self._pass_on(body, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass  # the client is gone, or sends what is no request
        finally:
            with suppress(ConnectionError):
                writer.close()
                await writer.wait_closed()

    async def _pass_on(self, body: bytes, writer: asyncio.StreamWriter) -> None:
        upstream = self.upstream
        if upstream is None:
            writer.write(error_response(NOT_SERVED))
            return
        this = object()
        upstream.began[this] = time.monotonic()
        server = None
        try:
            try:
                reader, server = await asyncio.open_connection(self.host, upstream.port, limit=BODY_BYTES)
                server.write(for_server(body))
                await server.drain()
                begun = await _beginning(reader)
            except (OSError, asyncio.IncompleteReadError):
                writer.write(error_response(upstream.ended_because))
                return
            writer.write(begun)
            while piece := await reader.read(PIECE_BYTES):  # if it breaks off, the client misses bytes and says so
                writer.write(piece)
                await writer.drain()
        finally:
            del upstream.began[this]
            if server is not None:
                server.close()


async def _beginning(reader: asyncio.StreamReader) -> bytes:
    """Return the head of the server's answer, or the whole of a short one, with words if it is a short error.

    IncompleteReadError if the server gives no answer.
    """
    head = await reader.readuntil(HEAD_END)
    length = _length_in(head.decode("latin-1"))
    if length is None or length > SHORT_BYTES:
        return head
    body = await reader.readexactly(length)
    words = WORDS.get(error_in(body))
    return error_response(words) if words else head + body


class Request:
    """The head of a request: one line, and fields by name in lower case."""

    def __init__(self, head: bytes):
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.path = [*first.split(" "), "", ""][:2]
        self.fields = {n.strip().lower(): v.strip() for n, colon, v in (line.partition(":") for line in lines) if colon}
        self.length = _length_in(head.decode("latin-1")) or 0

    def refused(self, version: str) -> bytes:
        """Return the answer that refuses the request; b"" if it may be passed on to a server of that version (1.5)."""
        if (self.method, self.path) != ("POST", "/quack"):
            return plain_response("404 Not Found", "This is a DuckDB server: attach it with ATTACH 'quack:HOST'.")
        if "origin" in self.fields or "transfer-encoding" in self.fields:
            return plain_response("403 Forbidden", "Pages in a browser are not served.")
        if self.length > BODY_BYTES:
            return error_response("The query is longer than a megabyte of text.")
        client = CLIENT.search(self.fields.get("user-agent", ""))
        if client is None:
            return plain_response("403 Forbidden", f"Only DuckDB clients of version {version} are served.")
        if client[1] != version:
            named = client[0].removeprefix("duckdb/v")
            return error_response(
                f"This server speaks the Quack protocol of DuckDB {version}, and the client is DuckDB {named}. "
                f"Use a client of version {version}, e.g. pip install 'duckdb=={version}.*'."
            )
        return b""


def for_server(body: bytes) -> bytes:
    """Return the request for the server, which closes the connection after its answer."""
    head = f"Host: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: {len(body)}"
    return f"POST /quack HTTP/1.1\r\n{head}\r\nConnection: close\r\n\r\n".encode() + body


def error_response(text: str) -> bytes:
    """Return an answer that a client of DuckDB 1.5 raises as an error with this text."""
    said = text.encode()
    body = ERROR_HEAD + _leb128(len(said)) + said + ERROR_END
    return _response("200 OK", "application/vnd.duckdb", body)


def plain_response(status: str, text: str) -> bytes:
    """Return an answer for whoever is not a DuckDB client."""
    return _response(status, "text/plain", f"{text}\n".encode())


def error_in(body: bytes) -> str:
    """Return the text of an error of quack shorter than 128 bytes; '' if the body is anything else."""
    start = len(ERROR_HEAD) + 1
    if not (body.startswith(ERROR_HEAD) and body.endswith(ERROR_END) and len(body) == start + body[start - 1] + 2):
        return ""
    return body[start:-2].decode(errors="replace")


def _response(status: str, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def _length_in(head: str) -> int | None:
    found = re.search(r"\r\ncontent-length:\s*(\d{1,12})\s*\r\n", head, re.IGNORECASE)
    return int(found[1]) if found else None


def _leb128(number: int) -> bytes:
    parts = []
    while True:
        number, low = number >> 7, number & 0x7F
        parts.append(low | (0x80 if number else 0))
        if not number:
            return bytes(parts)
