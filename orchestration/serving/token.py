"""Reads the token that clients must give, from the environment or a private file, never from the command line."""

import os
import stat
from pathlib import Path

from warehouse.storage.errors import RegistryError

VARIABLE = "REGISTRY_SERVE_TOKEN"
SHORTEST = 20
MAKE_ONE = "Make one with `(umask 077; openssl rand -hex 32 > token)`."


def read_token(file: Path | None) -> str:
    """Return the token in `file`, else the one in REGISTRY_SERVE_TOKEN.

    RegistryError if there is none, if others than the file's owner can read it, or if it is short or not plain text.
    """
    token = os.environ.get(VARIABLE, "") if file is None else _in_file(file)
    where = VARIABLE if file is None else str(file)
    if not token:
        raise RegistryError("There is no token for clients.", f"{MAKE_ONE} Then name it with --token-file.")
    if len(token) < SHORTEST:
        raise RegistryError(f"The token in {where} has fewer than {SHORTEST} characters.", MAKE_ONE)
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise RegistryError(f"The token in {where} is not one line of letters, digits and signs.", MAKE_ONE)
    return token


def _in_file(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as text:
            mode = stat.S_IMODE(os.fstat(text.fileno()).st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise RegistryError(f"Others than its owner have access to {file}.", f"Run `chmod 600 {file}`.")
            return text.read().strip()
    except OSError as error:
        raise RegistryError(
            f"The token file {file} cannot be read ({error.strerror}).", "Name another with --token-file."
        ) from None
