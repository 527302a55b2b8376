"""Reads exceptions.toml, the signed-off notes that let a row break a rule for a time, and appends to it.

A person may edit the file; one note reads

    [[exception]]
    rule = "LES-03"
    site = "index-study"            # left out: every site
    key = "P-17|S-1|L-2"            # left out: every row; needs a site
    reason = "Confirmed on the MR of 3 May."
    until = 2027-06-30
    by = "A. Data-Manager"

A note holds up to and including the day `until`, held against the newest extract date of the site's deliveries.
"""

import fcntl
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from schemas.rules import RULES
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FILE, SITE_NAME, Home
from warehouse.storage.toml_text import NotToml, read_toml

FILE_NAME = "exceptions.toml"
FIELDS = ("rule", "site", "key", "reason", "until", "by")
HEADER = "# Signed-off exceptions: what `registry accept` writes; edit freely.\n"

NO_USABLE_VALUE = "the cell holds nothing that can be used"
NOT_IN_A_LIST = "no table knows a code outside the list"
NOT_ACCEPTABLE = {
    "TYPE-01": NO_USABLE_VALUE,
    "REQ-01": NO_USABLE_VALUE,
    "KEY-01": "it would be unclear which of the rows counts",
    "ORPHAN-01": "the row has no parent row to belong to",
    "PARENT-01": "the row follows its session, which has an entry of its own",
    "PAT-03": NOT_IN_A_LIST,
    "LES-05": NOT_IN_A_LIST,
    "ABL-11": NOT_IN_A_LIST,
    "IMG-02": NOT_IN_A_LIST,
    "GEN-01": NOT_IN_A_LIST,
    "PAT-07": "survival would be negative, which a gate refuses",
    "PAT-08": "survival would end before the follow-up does, which a gate refuses",
}
"""Rules whose violation makes the row or value unusable, and why."""
ONE_ROW_ONLY = "PHI-01"
"""What looks like a person's name may be none, but nobody can know that of rows still to come."""


@dataclass(frozen=True)
class Note:
    """One signed-off exception."""

    rule_id: str
    reason: str
    until: date
    site: str | None = None
    key: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Notes:
    """What exceptions.toml says: its notes, its SHA-256 (None without a file), and what is wrong with it."""

    notes: tuple[Note, ...] = ()
    sha256: str | None = None
    problem: str | None = None


def path_of(home: Home) -> Path:
    """The home's exceptions.toml."""
    return home.root / FILE_NAME


def why_not(rule_id: str) -> str | None:
    """Why findings of the rule cannot be accepted, as half a sentence; None where they can."""
    rule = RULES[rule_id]
    if rule.severity == "gate":
        return "it is a gate"
    if not isinstance(rule.phase, int):
        return "it reports on the registry as a whole and sets nothing aside"
    return NOT_ACCEPTABLE.get(rule_id)


def read(home: Home) -> Notes:
    """The notes; empty without a file. RegistryError with one sentence where the file does not hold."""
    try:
        content = path_of(home).read_bytes()
    except FileNotFoundError:
        return Notes()
    return Notes(parse(content), hashlib.sha256(content).hexdigest())


def read_or_problem(home: Home) -> Notes:
    """As read; a file that does not hold gives no notes and its problem, so that a refresh goes on without it."""
    try:
        return read(home)
    except (RegistryError, OSError) as error:
        words = str(error) if isinstance(error, RegistryError) else f"{FILE_NAME} cannot be read ({error.strerror})."
        return Notes(problem=f"{words} Until then, no exception applies.")


def parse(content: bytes) -> tuple[Note, ...]:
    """The notes in the file's bytes; RegistryError where they do not hold."""
    try:
        tables = read_toml(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RegistryError(f"{FILE_NAME} is not UTF-8.", "Save it as UTF-8 text.") from None
    except NotToml as error:
        where = f" (at {error.where})" if error.where else ""
        raise RegistryError(f"{FILE_NAME} is not TOML{where}.", "Correct the file.") from None
    listed = tables.pop("exception", [])
    if tables or not isinstance(listed, list) or not all(isinstance(note, dict) for note in listed):
        raise RegistryError(f"{FILE_NAME} contains something other than [[exception]] notes.", "Correct the file.")
    return tuple(_note(note, number) for number, note in enumerate(listed, start=1))


def _note(note: dict, number: int) -> Note:
    def wrong(what: str) -> RegistryError:
        return RegistryError(f"{FILE_NAME}, exception {number}: {what}.", "Correct the file.")

    if unknown := sorted(set(note) - set(FIELDS)):
        raise wrong(f"unknown field {unknown[0]!r} (known: {', '.join(FIELDS)})")
    for name in ("rule", "reason", "until"):
        if not note.get(name):
            raise wrong(f"{name} is missing")
    for name in set(note) - {"until"}:
        if not isinstance(note[name], str):
            raise wrong(f"{name} is not text")
    until = note["until"]
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            raise wrong("until is not a date (YYYY-MM-DD)") from None
    if type(until) is not date:
        raise wrong("until is not a date (YYYY-MM-DD)")
    return checked(
        Note(note["rule"], note["reason"], until, note.get("site"), note.get("key"), note.get("by")),
        f"{FILE_NAME}, exception {number}: ",
    )


def checked(note: Note, place: str = "") -> Note:
    """The note, with its rule id as the catalogue writes it; RegistryError where it cannot hold."""
    rule_id = note.rule_id.strip().upper()
    if rule_id not in RULES:
        raise RegistryError(f"{place}there is no rule {note.rule_id!r}.", "docs/rules.md lists them.")
    if reason := why_not(rule_id):
        raise RegistryError(f"{place}{rule_id} cannot be accepted: {reason}.", "Have the site correct the data.")
    if rule_id == ONE_ROW_ONLY and note.key is None:
        raise RegistryError(f"{place}{rule_id} can be accepted for one row at a time.", "Name the site and the key.")
    if not note.reason.strip():
        raise RegistryError(f"{place}the reason is empty.", "Say why the rows may stay as they are.")
    if note.site is not None and not SITE_NAME.fullmatch(note.site):
        raise RegistryError(f"{place}the site is not named like a site (a-z, 0-9, _ and -).", "Correct it.")
    if note.key is not None and note.site is None:
        raise RegistryError(f"{place}a key means nothing without its site.", "Name the site as well.")
    return Note(rule_id, note.reason.strip(), note.until, note.site, note.key, note.by)


def append(home: Home, note: Note) -> Path:
    """Write the note at the end of the file, whole or not at all; what stands there, comments too, stays.

    RegistryError where the note or the file as it stands does not hold.
    """
    note = checked(note)
    path = Path(os.path.realpath(path_of(home)))
    lock = os.open(home.root, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = path.read_bytes() if path.exists() else HEADER.encode()
        parse(before)
        after = before + (b"" if before.endswith(b"\n") else b"\n") + _as_toml(note)
        parse(after)
        mode = path.stat().st_mode & 0o777 if path.exists() else PRIVATE_FILE
        atomic_write(path, after, mode)
    finally:
        os.close(lock)
    return path


def as_text(notes: tuple[Note, ...]) -> str:
    """The file that holds these notes and nothing else."""
    return HEADER + b"".join(_as_toml(note) for note in notes).decode("utf-8")


def _as_toml(note: Note) -> bytes:
    fields = {"rule": note.rule_id, "site": note.site, "key": note.key, "reason": note.reason, "by": note.by}
    lines = [f"{name} = {_quoted(text)}" for name, text in fields.items() if text is not None]
    lines.append(f"until = {note.until.isoformat()}")
    return ("\n[[exception]]\n" + "\n".join(lines) + "\n").encode("utf-8")


def _quoted(text: str) -> str:
    """A TOML string: JSON's, but for DEL and for halves of characters, which TOML does not take."""
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007F")
