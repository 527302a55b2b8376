"""Logs in at an SMB server: versions 2 and 3 alone, always signed, encrypted where the server can, never as a guest."""

import contextlib
import logging
from dataclasses import dataclass, field
from typing import Any

from warehouse.pulls.places.server_words import LATER, lost, silent
from warehouse.pulls.places.watch import Watch
from warehouse.storage.errors import PlaceUnreachable, RegistryError

CONNECT_SECONDS = 20
LOGIN_CURE = "Check the user, the domain and the password; it stands in a file of tokens/ or in the environment."
REASONS = {
    "STATUS_ACCOUNT_LOCKED_OUT": "the account is locked",
    "STATUS_ACCOUNT_DISABLED": "the account is disabled",
    "STATUS_ACCOUNT_EXPIRED": "the account has expired",
    "STATUS_PASSWORD_EXPIRED": "the password has expired",
    "STATUS_PASSWORD_MUST_CHANGE": "the password has to be changed",
}
"""Name of a status -> why a server lets nobody in, where it is not the password or the name."""


@dataclass(frozen=True)
class Login:
    """Whom to ask, and as whom."""

    host: str
    port: int
    user: str
    domain: str = ""
    password: str = field(default="", repr=False)
    connect_seconds: float = CONNECT_SECONDS

    @property
    def full_user(self) -> str:
        """Return the user with the domain, as Windows writes them."""
        return f"{self.domain}\\{self.user}" if self.domain else self.user


def smb_library() -> Any:
    """Return smbclient, of the package smbprotocol, imported only where a place of SMB is opened. Raises RegistryError
    without it.
    """
    try:
        import smbclient
    except ImportError:
        raise RegistryError(
            "Places of SMB need the package smbprotocol, which is not installed.",
            "Install it with `pip install '.[places]'` in the registry's environment.",
        ) from None
    # It writes the errors of its receiving thread, which may quote a server, with a traceback: they are raised as well.
    log = logging.getLogger("smbprotocol")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return smbclient


def hang_up(connections: dict[str, Any]) -> None:
    """End the connections without a word to their servers, which may be silent."""
    for connection in list(connections.values()):
        with contextlib.suppress(Exception):
            connection.disconnect(close=False)
    connections.clear()


def log_in(login: Login, connections: dict[str, Any], watch: Watch) -> None:
    """Log in, and note the connection in `connections`, which other calls of smbclient take. Raises RegistryError,
    without the password, if the server lets the user not in.
    """
    try:
        _log_in(login, connections, watch, is_encrypted=True)
    except _NoEncryption:
        hang_up(connections)
        _log_in(login, connections, watch, is_encrypted=False)


class _NoEncryption(Exception):
    """The server speaks no version of SMB that encrypts."""


def _log_in(login: Login, connections: dict[str, Any], watch: Watch, is_encrypted: bool) -> None:
    from smbprotocol.exceptions import SMBAuthenticationError, SMBConnectionClosed, SMBResponseException

    try:
        with watch.on():
            smb_library().register_session(
                login.host,
                username=login.full_user,
                password=login.password,
                port=login.port,
                encrypt=is_encrypted or None,
                connection_timeout=login.connect_seconds,
                connection_cache=connections,
                require_signing=True,
            )
    except SMBResponseException as error:
        raise _not_in(login, error.status) from None
    except SMBAuthenticationError:
        raise _not_in(login, 0) from None
    except Exception as error:  # the library hands on whatever its receiving thread met
        if watch.is_over:
            raise silent(login.host, watch.seconds) from None
        connection = next(iter(connections.values()), None)
        if connection is None:
            raise _not_reached(login, error) from None
        if isinstance(error, SMBConnectionClosed):
            raise lost(login.host) from None
        if is_encrypted and not connection.supports_encryption:
            raise _NoEncryption from None
        raise PlaceUnreachable(
            f"{login.host} lets {login.user} in only as a guest, or unsigned, so nothing was fetched.",
            "Check the user, and let those who run the server let it in by its password, with signing.",
        ) from None


def _not_in(login: Login, status: int) -> PlaceUnreachable:
    """Return the refusal of a user, with the server's reason if it is another than name or password."""
    from smbprotocol.header import NtStatus

    reason = next((why for name, why in REASONS.items() if getattr(NtStatus, name, None) == status), "")
    return PlaceUnreachable(
        f"{login.host} let {login.user} not in with the password that the registry has{reason and f': {reason}'}.",
        LOGIN_CURE,
    )


def _not_reached(login: Login, error: Exception) -> PlaceUnreachable:
    """Return the refusal of a server with which no version of SMB was agreed on."""
    if isinstance(error, ValueError):  # so smbprotocol says that a port or a name does not answer
        return PlaceUnreachable(f"{login.host} cannot be reached at port {login.port}.", LATER)
    return PlaceUnreachable(
        f"{login.host} speaks no SMB 2 or 3 at port {login.port}, or did not answer in {login.connect_seconds:g} "
        "seconds.",
        "SMB 1 is not spoken, since it proves nothing. " + LATER,
    )
