"""Reads places on SFTP servers, with asyncssh (docs/decisions/0084)."""

import asyncio
import contextlib
import posixpath
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from warehouse.pulls.api_token import sftp_secret_of
from warehouse.pulls.places.place import MOST_FILES, Listed, Place, too_many
from warehouse.pulls.places.server_words import (
    IS_LINK,
    MOST_DEPTH,
    NO_FILE,
    TWICE,
    changed,
    denied,
    gone,
    lost,
    no_folder,
    not_given,
    silent,
)
from warehouse.pulls.places.sftp_login import Login, asyncssh_library, logged_in
from warehouse.pulls.targets import Target
from warehouse.sources.place_address import Address
from warehouse.storage.errors import PlaceUnreachable, RegistryError
from warehouse.storage.home import Home
from warehouse.storage.packed_folder import IGNORED_PREFIXES

if TYPE_CHECKING:
    from asyncssh import SFTPAttrs, SFTPClient, SFTPClientFile, SSHClientConnection

T = TypeVar("T")
PORT = 22
ANSWER_SECONDS = 60
"""For each answer of the server: a part of a list, a part of a file."""
CLOSE_SECONDS = 5
READ_BYTES = 1 << 20
FROM_HOME = "/~"
"""A folder that begins so is counted from the folder in which the user is after the login."""


def open_place(home: Home, target: Target, address: Address) -> Place:
    """Return the place, connected. Raises RegistryError if it cannot be reached, or is not what it should be."""
    secret = sftp_secret_of(home, target.site, target.name)
    login = Login(address.host, address.port or PORT, address.user, target.source.host_key or "", secret)
    return SftpPlace(login, address.folder)


class SftpPlace:
    """A folder on an SFTP server. Links are not followed: what they lead to may be outside the folder.

    What cannot be fetched (a link, a folder that may not be read) is listed all the same, so that a pull that asks for
    it says why it has nothing.
    """

    writes_whole = False

    def __init__(self, login: Login, folder: str, answer_seconds: float = ANSWER_SECONDS):
        self._asyncssh = asyncssh_library()
        self._host, self._user, self._folder = login.host, login.user, folder
        self._answer_seconds = answer_seconds
        self._paths: dict[str, str] = {}
        self._refused: dict[str, RegistryError] = {}
        self._connection: SSHClientConnection | None = None
        self._heard = 0.0
        self._runner = asyncio.Runner()
        try:
            self._client = self._runner.run(self._opened(login))
        except BaseException:
            self.close()
            raise

    def listed(self) -> list[Listed]:
        """Return the files of the folder and its subfolders. Raises RegistryError unless the list is complete."""
        return self._runner.run(self._listed())

    def fetch(self, one: Listed, to: Path) -> None:
        """Write the file's bytes to `to`. Raises RegistryError unless it is as it was listed, before and after."""
        self._runner.run(self._fetch(one, to))

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(Exception):
            if self._connection is not None:
                self._connection.abort()
                self._runner.run(asyncio.wait_for(self._connection.wait_closed(), CLOSE_SECONDS))
        with contextlib.suppress(Exception):
            self._runner.close()

    async def _opened(self, login: Login) -> "SFTPClient":
        self._connection = await logged_in(login)
        try:
            # Names are bytes: one that is no UTF-8 must not hide the others.
            opening = self._connection.start_sftp_client(path_encoding="utf-8", path_errors="surrogateescape")
            return await self._in_time(asyncio.ensure_future(opening))
        except (self._asyncssh.Error, OSError):
            raise PlaceUnreachable(
                f"{login.host} let {login.user} in, but offers no SFTP.", "Let its server have the subsystem sftp."
            ) from None

    async def _listed(self) -> list[Listed]:
        self._paths.clear()
        self._refused.clear()
        found: list[Listed] = []
        root = self._folder
        if root == FROM_HOME or root.startswith(f"{FROM_HOME}/"):
            root = f".{root.removeprefix(FROM_HOME)}"
        waiting = [("", root)]
        n_names = 0
        while waiting:
            below, path = waiting.pop()
            try:
                entries = await self._ask(partial(self._entries, path), path)
            except PlaceUnreachable:
                raise
            except RegistryError as error:
                if not below:
                    raise
                found.append(self._refuse(below, error))
                continue
            n_names += len(entries)
            if n_names > MOST_FILES:
                raise too_many()
            for raw, attrs in entries:
                name = posixpath.join(below, text_of(raw))
                one = await self._one(name, posixpath.join(path, raw), attrs)
                if one is not None:
                    found.append(one)
                elif name.count("/") < MOST_DEPTH and not text_of(raw).startswith(IGNORED_PREFIXES):
                    waiting.append((name, posixpath.join(path, raw)))
        return found

    async def _one(self, name: str, path: str, attrs: "SFTPAttrs") -> Listed | None:
        """Return what is listed for an entry, None for a folder."""
        types = self._asyncssh
        if attrs.type == types.FILEXFER_TYPE_UNKNOWN or attrs.size is None or attrs.mtime is None:
            attrs = await self._ask(lambda: self._client.lstat(path))
        if attrs.type == types.FILEXFER_TYPE_DIRECTORY:
            return None
        if attrs.type == types.FILEXFER_TYPE_SYMLINK:
            return self._refuse(name, IS_LINK)
        if attrs.type != types.FILEXFER_TYPE_REGULAR or attrs.size is None:
            return self._refuse(name, NO_FILE)
        if name in self._paths:
            return self._refuse(name, TWICE)
        self._paths[name] = path
        return Listed(name, attrs.size, _stamp(attrs))

    async def _entries(self, path: str) -> list[tuple[str, "SFTPAttrs"]]:
        """Return names and attributes of what is in a folder, in any order."""
        found = []
        async for entry in self._client.scandir(path):
            self._heard = asyncio.get_running_loop().time()
            name = str(entry.filename)
            if name in (".", ".."):
                continue
            if "/" in name or not name:
                raise PlaceUnreachable(f"{self._host} lists names that are none.", "Let its server be checked.")
            found.append((name, entry.attrs))
            if len(found) > MOST_FILES:
                break  # the caller says so
        return found

    async def _fetch(self, one: Listed, to: Path) -> None:
        if one.name in self._refused:
            refused = self._refused[one.name]
            raise RegistryError(refused.message, refused.cure)
        path = self._paths.get(one.name, "")
        if not path:
            raise gone()
        await self._check(one, path)
        file = await self._ask(lambda: self._client.open(path, "rb"))
        try:
            n_bytes = 0
            with open(to, "wb") as copy:
                while n_bytes <= one.size:
                    chunk = await self._ask(partial(_part, file, n_bytes))
                    if not chunk:
                        break
                    copy.write(chunk)
                    n_bytes += len(chunk)
            # An end of file is no proof of a whole file, and by now the name may lead to another one (_check).
            if n_bytes != one.size or not _is_same(one, await self._ask(file.stat)):
                raise changed()
        finally:
            with contextlib.suppress(RegistryError):
                await self._ask(file.close)
        await self._check(one, path)

    async def _check(self, one: Listed, path: str) -> None:
        """Raise RegistryError unless the file is what was listed."""
        attrs = await self._ask(lambda: self._client.lstat(path))
        if attrs.type != self._asyncssh.FILEXFER_TYPE_REGULAR or not _is_same(one, attrs):
            raise changed()

    async def _ask(self, ask: Callable[[], Awaitable[T]], folder: str = "") -> T:
        """Return the server's answer, about a file or the `folder`. The server's own words are never repeated: they
        are whatever it likes.
        """
        library = self._asyncssh
        shown = f"{text_of(folder)} on {self._host}" if folder else ""
        try:
            return await self._in_time(asyncio.ensure_future(ask()))
        except (library.SFTPConnectionLost, library.SFTPNoConnection):
            raise self._lost() from None
        except (library.SFTPNoSuchFile, library.SFTPNoSuchPath, library.SFTPNotADirectory):
            raise (no_folder(shown) if folder else gone()) from None
        except library.SFTPPermissionDenied:
            raise denied(self._user, shown) from None
        except library.SFTPError as error:
            raise not_given(self._host, f"SFTP's code {error.code}", shown) from None
        except (library.Error, OSError):
            raise self._lost() from None

    async def _in_time(self, task: "asyncio.Future[T]") -> T:
        """Return what the task returns. If the server is silent for too long, end the connection: a task that is only
        cancelled would still ask the server to close what it has opened, and wait for that.
        """
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        while not task.done():
            seconds = self._heard + self._answer_seconds - loop.time()
            if seconds <= 0:
                if self._connection is not None:
                    self._connection.abort()
                await asyncio.wait({task}, timeout=CLOSE_SECONDS)
                task.cancel()
                raise silent(self._host, self._answer_seconds)
            await asyncio.wait({task}, timeout=seconds)
        return task.result()

    def _refuse(self, name: str, why: RegistryError) -> Listed:
        self._refused[name] = why
        return Listed(name, 0, "")

    def _lost(self) -> PlaceUnreachable:
        return lost(self._host)


def text_of(name: str) -> str:
    """Return a name with the bytes that are no UTF-8 as in an address.

    >>> text_of(b"M\\xfcller.csv".decode("utf-8", "surrogateescape"))
    'M%FCller.csv'
    """
    return "".join(f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else c for c in name)


async def _part(file: "SFTPClientFile", offset: int) -> bytes:
    return await file.read(READ_BYTES, offset)


def _stamp(attrs: "SFTPAttrs") -> str:
    """Return the time of a file's last change: seconds, and what is below if the server says so."""
    return f"{attrs.mtime}.{attrs.mtime_ns or 0:09d}"


def _is_same(one: Listed, attrs: "SFTPAttrs") -> bool:
    return attrs.size == one.size and _stamp(attrs) == one.stamp
