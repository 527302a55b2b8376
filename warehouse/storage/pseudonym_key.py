"""Finds the key of the registry's pseudonyms, and makes with it what only its holder can: pseudonyms, shifted dates.

The key is 32 random bytes as 64 hexadecimal digits: in the environment (REGISTRY_PSEUDONYM_KEY), in the file that
REGISTRY_PSEUDONYM_KEY_FILE names, or in pseudonyms/key in the home; a file has mode 0600. A pseudonym is HMAC-SHA-256
of what is named, the site and the identifier. A patient's dates stand a whole number of weeks, from 1 to 52, before the
true ones, by HMAC-SHA-256 of site and pseudonym. SQL does the same (sql/terms.sql), with the padded keys as variables
of the connection, which are nowhere on disk.
"""

import hmac
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.private_text import private_text

VARIABLE, FILE_VARIABLE = "REGISTRY_PSEUDONYM_KEY", "REGISTRY_PSEUDONYM_KEY_FILE"
KEY_FILE = "key"
HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")
BLOCK_BYTES = 64
INNER, OUTER, UNUSED = "pseudonym_inner", "pseudonym_outer", "pseudonyms_unused"
SEPARATOR = "\x1f"
HEX, LETTERS = "0123456789abcdef", "ghijkmnpqrabcdef"
"""Pseudonyms have letters for digits, so that none reads as a number of any kind."""
LENGTH = 24
"""Letters of a pseudonym, four bits each: of ten million, two are equal once in 10^15 registries."""
MOST_WEEKS = 52
DAYS = "days"
NEVER = "2200-01-01"
"""What a date becomes that is after the extract date, so that it is after any."""
CURE = "Write 64 hexadecimal digits, as `openssl rand -hex 32` prints them."


@dataclass(frozen=True)
class PseudonymKey:
    """The secret of one registry."""

    secret: bytes

    @cached_property
    def key_id(self) -> str:
        """Return what tells this key from others, without revealing it."""
        return hmac.digest(self.secret, b"key id", "sha256").hex()[:16]

    @cached_property
    def sealing(self) -> bytes:
        """Return the key by which identifiers and files as delivered are encrypted."""
        return hmac.digest(self.secret, b"sealing", "sha256")

    @cached_property
    def pads(self) -> dict[str, bytes]:
        """Return the padded keys of HMAC-SHA-256 by the names of their variables."""
        padded = self.secret.ljust(BLOCK_BYTES, b"\0")
        return {INNER: bytes(b ^ 0x36 for b in padded), OUTER: bytes(b ^ 0x5C for b in padded)}

    def pseudonym(self, letter: str, site: str, identifier: str) -> str:
        """Return the pseudonym of an identifier of the site; `letter` says what it names, such as P for a patient."""
        digits = self._digest(letter, site, identifier)[:LENGTH]
        return f"{letter}-{digits.translate(str.maketrans(HEX, LETTERS))}"

    def days_back(self, site: str, patient: str) -> int:
        """Return by how many days the dates of a patient, by pseudonym, stand before the true ones."""
        return 7 * (1 + int(self._digest(DAYS, site, patient)[:8], 16) % MOST_WEEKS)

    def _digest(self, *parts: str) -> str:
        return hmac.digest(self.secret, SEPARATOR.join(parts).encode(), "sha256").hex()


_in_use: list[PseudonymKey | None] = [None]
"""The key of the home that this process works on, for connections to its tables."""


def find_key(home: Home) -> PseudonymKey | None:
    """Return the key, None if there is none. Raises RegistryError if it is no key, or others can read it."""
    text, where = os.environ.get(VARIABLE, "").strip(), f"The environment variable {VARIABLE}"
    if not text:
        elsewhere = os.environ.get(FILE_VARIABLE, "").strip()
        path = Path(elsewhere) if elsewhere else home.pseudonyms / KEY_FILE
        place = f"of {FILE_VARIABLE}" if elsewhere else f"{home.pseudonyms.name}/{KEY_FILE} in the home"
        text = private_text(path, place, "key", "make a new key with `registry rotate-key` if others have read it")
        where = f"The file {place}"
        if elsewhere and not text:
            raise RegistryError(f"The file that {FILE_VARIABLE} names is missing or empty.", CURE)
    if not text:
        return None
    return key_of_text(text, where)


def lies_in_home(home: Home) -> bool:
    """Return whether the key is that of the home's own file."""
    return not (os.environ.get(VARIABLE) or os.environ.get(FILE_VARIABLE)) and (home.pseudonyms / KEY_FILE).exists()


def key_of_text(text: str, where: str) -> PseudonymKey:
    """Return the key that a text says. Raises RegistryError, which names `where` it stood, if it says none."""
    if not HEX_KEY.fullmatch(text):
        raise RegistryError(f"{where} does not hold a key for pseudonyms.", CURE)
    return PseudonymKey(bytes.fromhex(text))


def use_key(home: Home) -> PseudonymKey | None:
    """Make the home's key that of the connections which this process opens from now on, and return it."""
    _in_use[0] = find_key(home)
    return _in_use[0]


def days_between(site: str, old: str, new: str) -> int:
    """Return by how many days more the dates of one patient are shifted than those of another; 0 without a key."""
    key = _in_use[0]
    return key.days_back(site, old) - key.days_back(site, new) if key else 0


def for_another_process() -> dict[str, str]:
    """Return the environment by which a process that this one starts has the same key."""
    key = _in_use[0]
    return {VARIABLE: key.secret.hex()} if key else {}


def set_variables(con: duckdb.DuckDBPyConnection, key: PseudonymKey | None = None) -> None:
    """Give the connection the key that sql/terms.sql makes pseudonyms and true dates with: this one, or that in use."""
    key = key or _in_use[0]
    if key is None or con.execute(f"SELECT getvariable('{UNUSED}')").fetchone() != (None,):
        return
    for name, pad in key.pads.items():
        con.execute(f"SET VARIABLE {name} = ?", [pad])


def leave_dates(con: duckdb.DuckDBPyConnection) -> None:
    """Have the connection take all dates as true ones: for rows that were never shifted, such as planted ones."""
    con.execute(f"SET VARIABLE {UNUSED} = true")
    for name in (INNER, OUTER):
        con.execute(f"RESET VARIABLE {name}")
