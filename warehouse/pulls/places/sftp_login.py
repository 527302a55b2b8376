"""Opens a connection to an SFTP server. The key that the server shows is compared before any secret is sent."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from warehouse.pulls.api_token import SftpSecret
from warehouse.pulls.places.server_words import LATER, silent
from warehouse.storage.errors import PlaceUnreachable, RegistryError

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection, SSHKey

CONNECT_SECONDS = 60
"""From the first packet to the end of the login, for each attempt."""
KEY_ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2": ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
"""How the name of a kind of key begins -> the algorithms by which a server proves that it has such a key."""


@dataclass(frozen=True)
class Login:
    """Whom to ask, as whom, and the fingerprint of the key that the server has to have."""

    host: str
    port: int
    user: str
    host_key: str
    secret: SftpSecret = field(repr=False)
    connect_seconds: float = CONNECT_SECONDS


def asyncssh_library():
    """Return asyncssh, imported only where a place of SFTP is opened. Raises RegistryError without it."""
    try:
        import asyncssh
    except ImportError:
        raise RegistryError(
            "Places of SFTP need the package asyncssh, which is not installed.",
            "Install it with `pip install '.[places]'` in the registry's environment.",
        ) from None
    return asyncssh


async def logged_in(login: Login) -> "SSHClientConnection":
    """Return a connection that is logged in. Raises RegistryError, without a secret, if there is none.

    A server has a key of each of several kinds and shows one. If it is not the expected one, the server is asked for
    its keys of the other kinds, since the fingerprint that was written down may be of one of them.
    """
    keys = _client_keys(login)
    every = tuple(algorithm for algorithms in KEY_ALGORITHMS.values() for algorithm in algorithms)
    shown: dict[str, str] = {}
    connection = await _connected(login, keys, every, shown)
    for kind, algorithms in KEY_ALGORITHMS.items():
        if connection is None and not any(name.startswith(kind) for name in shown):
            connection = await _connected(login, keys, algorithms, shown, is_first=False)
    if connection is not None:
        return connection
    found = " and ".join(f"{fingerprint} ({kind})" for kind, fingerprint in sorted(shown.items()))
    raise RegistryError(
        f"{login.host} did not show the key that site.toml names, so no password was sent. It showed {found}.",
        "Another machine may answer in its place: ask those who run the server for the fingerprint of its key. Only if "
        "they name the same one, write it to site.toml as host_key.",
    )


async def _connected(
    login: Login, keys: list["SSHKey"], algorithms: tuple[str, ...], shown: dict[str, str], is_first: bool = True
) -> "SSHClientConnection | None":
    """Return a connection, or None if the server showed another key, which is noted in `shown`, or, not asked first,
    has none of that kind.
    """
    import asyncssh

    class Pinned(asyncssh.SSHClient):
        """Trusts one key."""

        def validate_host_public_key(self, host: str, addr: str, port: int, key: "SSHKey") -> bool:
            fingerprint = key.get_fingerprint("sha256")
            if fingerprint == login.host_key.rstrip("="):
                return True
            shown[key.get_algorithm()] = fingerprint
            return False

    try:
        return await asyncssh.connect(
            login.host,
            login.port,
            username=login.user,
            password=login.secret.password or None,
            client_keys=keys or None,
            preferred_auth=("publickey",) if keys else ("password", "keyboard-interactive"),
            client_factory=Pinned,
            known_hosts=([], [], []),
            x509_trusted_certs=None,
            server_host_key_algs=algorithms,
            # Nothing of the user that the registry runs as: no ssh_config, no agent, no Kerberos.
            config=None,
            agent_path=None,
            gss_host=None,
            connect_timeout=login.connect_seconds,
            login_timeout=login.connect_seconds,
        )
    except asyncssh.HostKeyNotVerifiable:
        return None
    except asyncssh.PermissionDenied:
        what = "private key" if keys else "password"
        raise PlaceUnreachable(
            f"{login.host} let {login.user} not in with the {what} that the registry has.",
            f"Check the user and the {what}; it stands in a file of tokens/ or in the environment.",
        ) from None
    except asyncssh.Error as error:
        if not is_first:
            return None
        if not isinstance(error, asyncssh.KeyExchangeFailed):
            raise PlaceUnreachable(f"{login.host} ended the connection before the login was done.", LATER) from None
        raise PlaceUnreachable(
            f"{login.host} offers only ways of encryption that are no longer safe.", "Let its server be renewed."
        ) from None
    except TimeoutError:
        raise silent(login.host, login.connect_seconds) from None
    except OSError:
        if not is_first:  # a server may hang up on who asks for a kind of key that it has not
            return None
        raise PlaceUnreachable(f"{login.host} cannot be reached at port {login.port}.", LATER) from None
    finally:
        await asyncio.sleep(0)  # lets a refused connection close


def _client_keys(login: Login) -> list["SSHKey"]:
    """Return the private key in a list, none for a password. Raises RegistryError if the text is no usable key."""
    if not login.secret.private_key:
        return []
    cure = "Make one with ssh-keygen -t ed25519 -N '', and give its .pub file to those who run the server."
    asyncssh, text = asyncssh_library(), login.secret.private_key
    with contextlib.suppress(ValueError):
        return [asyncssh.import_private_key(text)]
    try:
        asyncssh.import_private_key(text, passphrase="any")
    except asyncssh.KeyEncryptionError:
        raise RegistryError("The private key has a passphrase, which nobody is there to type.", cure) from None
    except ValueError:
        pass
    raise RegistryError("The private key cannot be read.", cure)
