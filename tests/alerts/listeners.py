"""An SMTP server and an HTTP listener on loopback that keep what they were sent.

The SMTP server speaks only as much of RFC 5321 and AUTH PLAIN as smtplib needs.
"""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from orchestration.alerts.settings import FILE
from warehouse.storage.home import Home


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps mails, recipients and the names that logged in; `refuses` makes it answer every recipient with 550."""

    allow_reuse_address, daemon_threads, refuses = True, True, False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.logins: list[bytes] = []


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "EHLO":
                self._say("250-here\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                self.server.logins.append(base64.b64decode(line.split()[2]))
                self._say("235 known")
            elif word == "RCPT":
                self.server.recipients.append(line.split("<")[1].split(">")[0])
                self._say("550 nobody" if self.server.refuses else "250 good")
            elif word == "DATA":
                self._say("354 go on")
                content = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    content += part
                self.server.mails.append(message_from_bytes(content, policy=policy.default))
                self._say("250 kept")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 good")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class WebServer(ThreadingHTTPServer):
    """Keeps what was posted, with its headers; answers with `status`."""

    status = 204

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.posted: list[dict] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}/alerts"


class _Request(BaseHTTPRequestHandler):
    server: WebServer

    def do_POST(self) -> None:
        """Keep the request."""
        self.server.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.headers.append(dict(self.headers))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    """Run the server inside the block."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write(home: Home, mail: MailServer | None = None, web: WebServer | None = None, more: str = "") -> None:
    """Write an alerts.toml with these servers."""
    lines = [more]
    if mail is not None:
        lines += ["[email]", 'host = "127.0.0.1"', f"port = {mail.server_address[1]}", 'from = "registry@example.org"']
        lines += ['to = ["a@example.org", "b@example.org"]', 'user = "registry"', 'password_variable = "MAIL_WORD"']
    if web is not None:
        lines += ["[webhook]", f'url = "{web.url}"', 'authorization_variable = "HOOK_WORD"']
    (home.root / FILE).write_text("\n".join(lines), encoding="utf-8")
