"""Finds the token of a source's API, the password of its database, or what opens the place of its files: in the
environment, or in a file that only the registry's user can read.

A token is as good as the project: it is never logged, stored, or put into an error.
"""

import os
import re
from dataclasses import dataclass, field

from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.private_text import private_text

VARIABLE = "REGISTRY_TOKEN"
FOLDER = "tokens"
TOKEN = re.compile(r"[0-9A-Fa-f]{32}")
"""A token of a REDCap project."""
CLIENT = re.compile(r"([^\s:]+)\s*[\s:]\s*(\S+)")
"""A client of Castor's API: its id and its secret, with a colon or a line end between them."""
ONE_LINE = re.compile(r"[^\x00-\x1f\x7f]+")
"""A password of a database or a server of files."""
KEY_BEGINS = ("-----BEGIN ", "PuTTY-User-Key-File")
"""How the text of a private key begins; PuTTY's is refused with a cure, and not sent as a password."""
PUBLIC_BEGINS = ("ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "---- BEGIN SSH2 PUBLIC KEY")
"""How the text of a public key begins, which opens nothing, and must not be sent as a password."""
MOST_KEY_BYTES = 32 << 10
"""A private key is longer than a token: RSA of 4096 bits has 3,400 bytes."""


@dataclass(frozen=True)
class SftpSecret:
    """What opens an SFTP server: a password, or the text of a private key. Neither is shown when this is printed."""

    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)


def variable_of(site: str, source: str) -> str:
    """Return the name of the environment variable for a source's token.

    >>> variable_of("clinic-a", "redcap")
    'REGISTRY_TOKEN_CLINIC_A_REDCAP'
    """
    return re.sub(r"[^A-Z0-9]", "_", f"{VARIABLE}_{site}_{source}".upper())


def token_of(home: Home, site: str, source: str) -> str:
    """Return the token. Raises RegistryError if there is none, it is no token, or others could read its file."""
    text, where = _found(home, site, source)
    if not TOKEN.fullmatch(text):
        raise RegistryError(
            f"{where} does not hold a token of a REDCap project.", "A token is 32 digits and letters from a to f."
        )
    return text


def client_of(home: Home, site: str, source: str) -> tuple[str, str]:
    """Return id and secret of a client of Castor's API. Raises RegistryError like token_of."""
    text, where = _found(home, site, source)
    found = CLIENT.fullmatch(text)
    if not found:
        raise RegistryError(
            f"{where} does not hold a client of Castor's API.",
            "Write its id and its secret with a colon between them; both are in Castor's account settings.",
        )
    return found[1], found[2]


def store_key_of(home: Home, site: str, source: str) -> tuple[str, str]:
    """Return id and secret of the key of an S3 store. Raises RegistryError like token_of."""
    text, where = _found(home, site, source, "key")
    found = CLIENT.fullmatch(text)
    if not found:
        raise RegistryError(
            f"{where} does not hold the key of a store.", "Write its id and its secret with a colon between them."
        )
    return found[1], found[2]


def password_of(home: Home, site: str, source: str) -> str:
    """Return the password of a database, '' if there is none: it may let its user in without. Raises RegistryError
    like token_of.
    """
    text, where = _kept(home, site, source)
    if text and not ONE_LINE.fullmatch(text):
        raise RegistryError(f"{where} does not hold a password.", "Write it alone, on one line.")
    return text


def server_password_of(home: Home, site: str, source: str) -> str:
    """Return the password of a server of files. Raises RegistryError like token_of."""
    text, where = _found(home, site, source, "password")
    if not ONE_LINE.fullmatch(text):
        raise RegistryError(f"{where} does not hold a password.", "Write it alone, on one line.")
    return text


def sftp_secret_of(home: Home, site: str, source: str) -> SftpSecret:
    """Return the password or private key of an SFTP server. Raises RegistryError like token_of.

    That a key is one is checked where it is used.
    """
    text, where = _found(home, site, source, "password or private key")
    if text.startswith(KEY_BEGINS):
        return SftpSecret(private_key=f"{text}\n")
    if text.startswith(PUBLIC_BEGINS) and " " in text:
        raise RegistryError(
            f"{where} holds a public key, which opens nothing.",
            "Write the private one: the whole text of the file of that name without .pub.",
        )
    if not ONE_LINE.fullmatch(text):
        raise RegistryError(
            f"{where} holds neither a password nor a private key.",
            "Write the password alone, on one line, or the whole text of the key file that ssh-keygen wrote.",
        )
    return SftpSecret(password=text)


def place_of(site: str, source: str) -> str:
    """Return in words where a token or password is looked for."""
    return f"{FOLDER}/{site}/{source} or {variable_of(site, source)}"


def _found(home: Home, site: str, source: str, what: str = "token") -> tuple[str, str]:
    """Return the text that is kept for a source, and where it was found. Raises RegistryError if there is none."""
    text, where = _kept(home, site, source)
    if not text:
        raise RegistryError(
            f"There is no {what} for {site}/{source}.",
            f"Write it to {FOLDER}/{site}/{source} in the home (chmod 600), or set {variable_of(site, source)}.",
        )
    return text, where


def _kept(home: Home, site: str, source: str) -> tuple[str, str]:
    """Return the text that is kept for a source, '' if none, and where it was found."""
    variable, place = variable_of(site, source), f"{FOLDER}/{site}/{source}"
    if text := os.environ.get(variable, "").strip():
        return text, f"The environment variable {variable}"
    cure = "ask for a new token if others have used this machine"
    text = private_text(home.root / place, f"{place} in the home", "token", cure, MOST_KEY_BYTES)
    return text, f"The file {place} in the home"
