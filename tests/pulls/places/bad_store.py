"""An S3 store on loopback that lists what a test says, and answers as stores do when something is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote, urlsplit

ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>of a-key-id</Message></Error>"
OBJECT = "<Contents><Key>{key}</Key><Size>{size}</Size>{more}</Contents>"
ETAG = "<ETag>{name}</ETag>"  # without the quotes that come with the object, as some stores have it
TIME = "<LastModified>2026-03-01T12:00:00.000Z</LastModified>"
LIST = "<ListBucketResult><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>{objects}</ListBucketResult>"


SILENT = -1
"""As how many bytes come: a part of them, and then nothing for a while."""
SILENCE_SECONDS = 1


class BadStore:
    """Objects by key. `lists` is the answer to a request for the list where it is not the list; `gives` has for some
    keys status and code of an error, or how many bytes of the object come before the connection ends.
    """

    def __init__(self, address: str):
        self.address = address
        self.objects: dict[str, bytes] = {}
        self.lists: tuple[int, str] | None = None
        self.gives: dict[str, tuple[int, str] | int] = {}
        self.etags: dict[str, str] = {}
        self.has_etags = True
        self.asked: list[str] = []


@contextmanager
def bad_store() -> Iterator[BadStore]:
    """Serve on a free port until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    store = server.store = BadStore(f"http://127.0.0.1:{server.server_address[1]}")  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        store: BadStore = self.server.store  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        key = parts.path.removeprefix("/clinic").removeprefix("/")
        store.asked.append(key or "list")
        if not key:
            self._list(store)
            return
        name, given = key.removeprefix("exports/"), store.gives.get(key.removeprefix("exports/"))
        if isinstance(given, tuple):
            self._error(*given)
            return
        body = store.objects[name]
        self._send(200, body, {"ETag": f'"{store.etags.get(name, name)}"'}, given)

    def _list(self, store: BadStore) -> None:
        if store.lists is not None:
            self._error(*store.lists)
            return
        objects = "".join(
            OBJECT.format(
                key=quote(f"exports/{name}"), size=len(body), more=ETAG.format(name=name) if store.has_etags else TIME
            )
            for name, body in store.objects.items()
        )
        self._send(200, LIST.format(objects=objects).encode(), {"Content-Type": "application/xml"})

    def _error(self, status: int, code: str) -> None:
        body = ERROR.format(code=code) if code.isalpha() else code
        self._send(status, body.encode(), {"Location": "http://127.0.0.1:9/"} if status // 100 == 3 else {})

    def _send(self, status: int, body: bytes, headers: dict[str, str], cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut == SILENT:
            self.wfile.flush()
            time.sleep(SILENCE_SECONDS)
        self.close_connection = cut is not None

    def log_message(self, *_: object) -> None:
        """Say nothing."""
