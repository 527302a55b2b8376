"""Keeps the list of erased patients in home/erasure/ as keyed hashes only, so that it does not reveal them.

`key` is a random secret of the home (mode 0600); `erased.ndjson` has one line per patient {site, hmac, key_id, reason,
when}, where hmac is HMAC-SHA256 of site and patient_id; `length` is the number of its lines, so that a truncated list
is not mistaken for a shorter one; `pending.json` exists while an erasure is in progress, so that the next command can
finish one that died.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from warehouse.storage.durable_files import atomic_write, fsync
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FOLDER, Home
from warehouse.storage.journal import NOT_A_LINE, damaged, read_lines
from warehouse.storage.lock import is_held

KEY, LIST, PENDING, LENGTH = "key", "erased.ndjson", "pending.json", "length"
KEY_BYTES = 32
SEPARATOR = "\x1f"
SHORT = 3
"""An identifier with fewer characters occurs in many words, so only a separate word names the patient."""


@dataclass(frozen=True)
class Erasure:
    """One line of the list. `key_id` identifies the key that made the hash, without revealing the key."""

    site: str
    hmac: str
    key_id: str
    reason: str
    when: str


class ErasedList:
    """The list of one home, read once. Raises RegistryError if its key is lost, since the list is then unreadable."""

    def __init__(self, home: Home):
        self._home = home
        self._folder = home.erasure
        self.erasures = self._read_list()
        self._key = self._read_key()
        if any(e.key_id != self._key_id for e in self.erasures):
            raise RegistryError(
                "The key of the list of erased patients is missing or does not match the list.",
                "Restore erasure/key from the home's backup; without it erased patients would come back.",
            )
        self._hashes = {e.hmac for e in self.erasures}
        self.sites = {e.site for e in self.erasures}

    def _read_list(self) -> list[Erasure]:
        """Return the list. Raises ArchiveDamaged if a line is damaged or lost: erased patients would come back."""
        path = self._folder / LIST
        listed = read_lines(path, lambda line: Erasure(**json.loads(line)))
        with suppress(FileNotFoundError, ValueError):
            if len(listed) < int((self._folder / LENGTH).read_text(encoding="ascii")):
                raise damaged(path, len(listed) + 1)
        return listed

    @property
    def _key_id(self) -> str:
        return hashlib.sha256(b"key id" + self._key).hexdigest()[:16] if self._key else ""

    def _read_key(self) -> bytes:
        path = self._folder / KEY
        try:
            return bytes.fromhex(path.read_text(encoding="ascii")) if path.exists() else b""
        except ValueError:  # damaged: the hashes on the list were made with another key
            return b""

    def hash_of(self, site: str, patient_id: str) -> str:
        """Return the patient's keyed hash."""
        return hmac.digest(self._key, f"{site}{SEPARATOR}{patient_id}".encode(), "sha256").hex()

    def among(self, site: str, patient_ids: Iterable[str]) -> set[str]:
        """Return those of the site's patient ids that are on the list."""
        if site not in self.sites:
            return set()
        return {p for p in patient_ids if any(self.hash_of(site, form) in self._hashes for form in _forms(p))}

    def of(self, site: str, patient_id: str) -> Erasure | None:
        """Return the patient's line, or None if the patient is not on the list."""
        if site not in self.sites:
            return None
        wanted = self.hash_of(site, patient_id)
        return next((e for e in self.erasures if e.hmac == wanted), None)

    def begin(self, site: str, patient_id: str, reason: str) -> Erasure:
        """Record that this erasure is in progress and return its line for the list, which `add` puts on it."""
        self._folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        if not self._key:
            atomic_write(self._folder / KEY, f"{secrets.token_hex(KEY_BYTES)}\n".encode())
            self._key = self._read_key()
        erasure = self.of(site, patient_id) or Erasure(
            site, self.hash_of(site, patient_id), self._key_id, reason, datetime.now(UTC).isoformat(timespec="seconds")
        )
        pending = json.dumps(asdict(erasure), ensure_ascii=False)
        atomic_write(self._folder / PENDING, pending.encode("utf-8", "replace"))
        return erasure

    def add(self, erasure: Erasure) -> None:
        """Put the erasure on the list unless it is there already; the file is replaced as a whole."""
        if erasure.hmac not in self._hashes:
            self.erasures.append(erasure)
            self._hashes.add(erasure.hmac)
            self.sites.add(erasure.site)
        lines = "".join(json.dumps(asdict(e), ensure_ascii=False) + "\n" for e in self.erasures)
        atomic_write(self._folder / LIST, lines.encode("utf-8", "replace"))
        atomic_write(self._folder / LENGTH, f"{len(self.erasures)}\n".encode())

    @property
    def pending(self) -> Erasure | None:
        """Return the erasure that is in progress or died, or None."""
        return _pending(self._home)

    def end(self) -> None:
        """Record that the erasure is complete."""
        (self._folder / PENDING).unlink(missing_ok=True)
        fsync(self._folder)


def _forms(patient_id: str) -> tuple[str, ...]:
    """Return the identifier, and how earlier versions read it: a whole number with its point, and a number that a
    workbook shows with leading zeros (001017) without them.
    """
    if not patient_id.isdecimal():
        return (patient_id,)
    plain = patient_id.lstrip("0") or "0"
    return tuple(dict.fromkeys((patient_id, f"{patient_id}.0", plain, f"{plain}.0")))


def written_as(patient_id: str, candidates: Iterable[str]) -> set[str]:
    """Return those of the identifiers that an erasure of the patient also covers."""
    return {one for one in candidates if patient_id in _forms(one)}


def is_pending(home: Home) -> bool:
    """Return whether an erasure is in progress or died."""
    return (home.erasure / PENDING).exists()


def unfinished(home: Home) -> str:
    """Return a sentence about an erasure that is in progress or died, or ''. It names only the patient's site."""
    if not is_pending(home):
        return ""
    try:
        erasure = _pending(home)
    except RegistryError as error:
        return str(error)
    if erasure is None:  # it has ended in the meantime
        return ""
    what = f"The erasure of a patient of {erasure.site}, begun on {erasure.when[:16]}"
    if is_held(home):
        return f"{what}, is under way: releases may still hold the patient until it ends."
    return f"{what}, is unfinished: releases may still hold the patient. `registry refresh` finishes it."


def _pending(home: Home) -> Erasure | None:
    path = home.erasure / PENDING
    try:
        return Erasure(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
    except NOT_A_LINE:
        raise damaged(path, 1) from None


def prefixes(keys: Iterable[str]) -> set[str]:
    """Return what may be the patient id at the start of a row's key: everything before any of its bars, or all."""
    found = set()
    for key in keys:
        found.add(key)
        place = key.find("|")
        while place >= 0:
            found.add(key[:place])
            place = key.find("|", place + 1)
    return found


def check_reason(reason: str, patient_id: str) -> str:
    """Return the reason, trimmed. Raises RegistryError if it is empty or names the patient."""
    reason = " ".join(reason.split())
    if not reason:
        raise RegistryError("The reason is empty.", "Say why the patient is erased, for example: consent withdrawn.")
    name = re.escape(patient_id)
    if re.search(name if len(patient_id) >= SHORT else rf"(?<!\w){name}(?!\w)", reason, re.I):
        raise RegistryError("The reason names the patient.", "Give it without the identifier; the reason is kept.")
    return reason
