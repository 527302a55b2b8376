"""Reads places in shared folders of Windows or Samba (SMB 2 and 3), with smbprotocol (docs/decisions/0084)."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from warehouse.pulls.api_token import server_password_of
from warehouse.pulls.places.place import MOST_FILES, Listed, Place, too_many
from warehouse.pulls.places.server_words import (
    IS_LINK,
    MOST_DEPTH,
    changed,
    denied,
    gone,
    lost,
    no_folder,
    not_given,
    silent,
)
from warehouse.pulls.places.smb_login import Login, hang_up, log_in, smb_library
from warehouse.pulls.places.watch import Watch
from warehouse.pulls.targets import Target
from warehouse.sources.place_address import Address
from warehouse.storage.errors import PlaceUnreachable, RegistryError
from warehouse.storage.home import Home
from warehouse.storage.packed_folder import IGNORED_PREFIXES

T = TypeVar("T")
PORT = 445
ANSWER_SECONDS = 60
"""For each answer of the server: a part of a list, a part of a file."""
READ_BYTES = 1 << 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SHARED_WITH_ALL = "rwd"
"""While the registry reads a file, others may read, write and delete it: a clinic's program must not be stopped."""
FILE_LOCK_CONFLICT = 0xC0000054
"""A status that smbprotocol has no name for: another program has locked a part of the file."""
HELD = RegistryError("Another program has it open and lets nobody read it.", "The next pull tries again.")

ELSEWHERE = RegistryError(
    "The place leads to another server (DFS), to which no password is sent.", "Name that server in site.toml."
)


def open_place(home: Home, target: Target, address: Address) -> Place:
    """Return the place, connected. Raises RegistryError if it cannot be reached."""
    password = server_password_of(home, target.site, target.name)
    return SmbPlace(Login(address.host, address.port or PORT, address.user, address.domain, password), address.folder)


class SmbPlace:
    """A shared folder, or one in it. Links are not followed; those that the server follows itself, as Samba may, look
    like files.

    What cannot be fetched (a link, a folder that may not be read) is listed all the same, so that a pull that asks for
    it says why it has nothing.
    """

    writes_whole = False

    def __init__(self, login: Login, folder: str, answer_seconds: float = ANSWER_SECONDS):
        self._library = smb_library()
        self._login = login
        self._root = "\\".join([f"\\\\{login.host}", *folder.split("/")])
        self._connections: dict[str, Any] = {}
        self._refused: dict[str, RegistryError] = {}
        self._watch = Watch(answer_seconds, lambda: hang_up(self._connections))
        try:
            log_in(login, self._connections, self._watch)
            (self._connection,) = self._connections.values()
        except BaseException:
            self.close()
            raise

    def listed(self) -> list[Listed]:
        """Return the files of the folder and its subfolders. Raises RegistryError unless the list is complete."""
        self._refused.clear()
        found: list[Listed] = []
        waiting = [""]
        n_names = 0
        while waiting:
            below = waiting.pop()
            try:
                entries = self._entries(below)
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
            for name, info, is_link in entries:
                if info.file_attributes & self._hidden:
                    continue
                if is_link:
                    found.append(self._refuse(name, IS_LINK))
                elif not info.file_attributes & self._folders:
                    found.append(Listed(name, info.end_of_file, _stamp(info.last_write_time)))
                elif name.count("/") < MOST_DEPTH and not name.rpartition("/")[2].startswith(IGNORED_PREFIXES):
                    waiting.append(name)
        return found

    def fetch(self, one: Listed, to: Path) -> None:
        """Write the file's bytes to `to`. Raises RegistryError unless it is as it was listed, before and after."""
        if one.name in self._refused:
            refused = self._refused[one.name]
            raise RegistryError(refused.message, refused.cure)
        self._check(one)
        n_bytes = 0
        with self._opened(one.name) as file, open(to, "wb") as copy:
            while n_bytes <= one.size:
                with self._asking():
                    chunk = file.read(READ_BYTES)
                if not chunk:
                    break
                copy.write(chunk)
                n_bytes += len(chunk)
        if n_bytes != one.size:
            raise changed()
        self._check(one)

    def close(self) -> None:
        """End the connection."""
        self._watch.stop()
        hang_up(self._connections)

    @property
    def _folders(self) -> int:
        from smbprotocol.file_info import FileAttributes

        return FileAttributes.FILE_ATTRIBUTE_DIRECTORY

    @property
    def _hidden(self) -> int:
        """Return the marks of what Windows does not show: Thumbs.db, desktop.ini, what it keeps of a deleted file."""
        from smbprotocol.file_info import FileAttributes

        return FileAttributes.FILE_ATTRIBUTE_HIDDEN | FileAttributes.FILE_ATTRIBUTE_SYSTEM

    def _path(self, name: str) -> str:
        return "\\".join([self._root, *name.split("/")]) if name else self._root

    def _entries(self, below: str) -> list[tuple[str, Any, bool]]:
        """Return name, attributes, and whether it is a link, of what is in a folder of the place."""
        from smbprotocol.file_info import FileAttributes

        found = []
        path = self._path(below)
        with self._asking(path), self._library.scandir(path, **self._common) as entries:
            for entry in entries:
                self._watch.heard()
                attributes = entry.smb_info.file_attributes
                is_other = bool(attributes & FileAttributes.FILE_ATTRIBUTE_REPARSE_POINT)
                # A folder that stands for another one is no link by its name, but is one. Files may be kept elsewhere.
                is_link = is_other and (bool(attributes & self._folders) or entry.is_symlink())
                found.append((f"{below}/{entry.name}" if below else entry.name, entry.smb_info, is_link))
                if len(found) > MOST_FILES:
                    break  # the caller says so
        return found

    @contextmanager
    def _opened(self, name: str) -> Iterator[Any]:
        with self._asking():
            file = self._library.open_file(
                self._path(name), "rb", buffering=0, share_access=SHARED_WITH_ALL, **self._common
            )
        try:
            yield file
        finally:
            with contextlib.suppress(Exception), self._watch.on():
                file.close()

    def _check(self, one: Listed) -> None:
        """Raise RegistryError unless the file is what was listed."""
        with self._asking():
            about = self._library.stat(self._path(one.name), follow_symlinks=False, **self._common)
        if about.st_size != one.size or str(about.st_mtime_ns // 1000) != one.stamp:
            raise changed()

    @property
    def _common(self) -> dict[str, Any]:
        """Return what each call is given. No password: a server that sends elsewhere (DFS) is not followed with it."""
        return {
            "username": self._login.full_user,
            "port": self._login.port,
            "connection_cache": self._connections,
            "connection_timeout": self._login.connect_seconds,
            "require_signing": True,
        }

    @contextmanager
    def _asking(self, folder: str = "") -> Iterator[None]:
        """Watch a request about a file or a folder, and say in words what went wrong."""
        from smbprotocol.exceptions import SMBAuthenticationError, SMBOSError, SMBResponseException

        host = self._login.host
        if self._watch.is_over:
            raise silent(host, self._watch.seconds)
        try:
            with self._watch.on():
                yield
        except (SMBOSError, SMBResponseException) as error:
            status = error.ntstatus if isinstance(error, SMBOSError) else error.status
            raise self._in_words(status, folder) from None
        except RegistryError:
            raise
        except SMBAuthenticationError:  # smbclient went to another server, or to this one anew: without the password
            is_lost = self._connection not in self._connections.values()
            raise (lost(host) if is_lost else RegistryError(ELSEWHERE.message, ELSEWHERE.cure)) from None
        except Exception:  # the library hands on whatever its receiving thread met
            raise (silent(host, self._watch.seconds) if self._watch.is_over else lost(host)) from None

    def _in_words(self, status: int, folder: str) -> RegistryError:
        from smbprotocol.header import NtStatus as Status

        host = self._login.host
        if status == Status.STATUS_ACCESS_DENIED:
            return denied(self._login.user, folder)
        if status in (Status.STATUS_SHARING_VIOLATION, FILE_LOCK_CONFLICT):
            return RegistryError(HELD.message, HELD.cure)
        if status in (
            Status.STATUS_OBJECT_NAME_NOT_FOUND,
            Status.STATUS_OBJECT_PATH_NOT_FOUND,
            Status.STATUS_NOT_FOUND,
            Status.STATUS_BAD_NETWORK_NAME,
            Status.STATUS_NOT_A_DIRECTORY,
            Status.STATUS_NO_SUCH_FILE,
        ):
            return no_folder(folder) if folder else gone()
        return not_given(host, f"SMB's status {status:#010x}", folder)

    def _refuse(self, name: str, why: RegistryError) -> Listed:
        self._refused[name] = why
        return Listed(name, 0, "")


def _stamp(changed_at: datetime) -> str:
    """Return the time of a file's last change in microseconds."""
    return str((changed_at.replace(tzinfo=UTC) - EPOCH) // MICROSECOND)
