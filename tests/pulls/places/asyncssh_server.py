"""Runs an SFTP server of asyncssh on loopback that takes passwords, and ends, hangs or lies as a test wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse.pulls.api_token import SftpSecret
from warehouse.pulls.places.sftp_login import Login

PASSWORD = "it's a {secret}"
USER = "registry"
PART_BYTES = 1 << 20
"""What a server that misbehaves gives of a file."""


@dataclass
class Server:
    """A running server. `way` is how it behaves; `passwords` are those that it was sent."""

    folder: Path
    port: int = 0
    fingerprint: str = ""
    way: str = ""
    passwords: list[str] = field(default_factory=list)
    opened: list[Any] = field(default_factory=list)

    def login(self, **changed) -> Login:
        """Who may log in, or what is `changed` of it."""
        given = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "host_key": self.fingerprint,
            "secret": SftpSecret(password=PASSWORD),
        }
        return Login(**(given | changed))


@contextmanager
def serving_passwords(folder: Path) -> Iterator[Server]:
    """A server of the folder, which it takes for its root."""
    server = Server(folder)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    listening = run(_listen(server))
    try:
        server.port = listening.get_port()
        yield server
    finally:
        run(_end(listening))
        for file in server.opened:
            file.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _listen(server: Server):
    import asyncssh

    class Doors(asyncssh.SSHServer):
        """Asks for a password, by itself or as a question."""

        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return server.way != "asks questions"

        def validate_password(self, username: str, password: str) -> bool:
            server.passwords.append(password)
            return (username, password) == (USER, PASSWORD)

        def kbdint_auth_supported(self) -> bool:
            return server.way == "asks questions"

        def get_kbdint_challenge(self, username: str, lang: str, submethods: str):
            return "", "", "", [("Password: ", False)]

        def validate_kbdint_response(self, username: str, responses) -> bool:
            return self.validate_password(username, responses[0])

    class Files(asyncssh.SFTPServer):
        """Gives files, as far as its way goes."""

        def __init__(self, channel):
            super().__init__(channel, chroot=bytes(server.folder))
            self._connection = channel.get_connection()

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            file = super().open(path, pflags, attrs)
            server.opened.append(file)
            return file

        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
            async for name in super().scandir(path):
                if server.way == "hangs in a list":
                    await asyncio.sleep(60)
                if server.way == "lists other folders" and name.filename not in (b".", b".."):
                    yield asyncssh.SFTPName(b"../" + name.filename, b"", name.attrs)
                elif server.way == "lists names alone":
                    yield asyncssh.SFTPName(name.filename, b"", asyncssh.SFTPAttrs())
                else:
                    yield name

        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            if offset >= PART_BYTES:
                if server.way == "ends a file early":
                    return b""
                if server.way == "ends the connection":
                    self._connection.abort()
                if server.way == "fails":
                    raise asyncssh.SFTPFailure("Anna is not to be read by you")
                if server.way == "hangs in a file":
                    await asyncio.sleep(60)
            return super().read(file_obj, offset, size)  # type: ignore[return-value]

    key = asyncssh.generate_private_key("ssh-ed25519")
    server.fingerprint = key.get_fingerprint()
    return await asyncssh.listen("127.0.0.1", 0, server_factory=Doors, server_host_keys=[key], sftp_factory=Files)


async def _end(listening) -> None:
    listening.close()
    await listening.wait_closed()
    here = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not here]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
