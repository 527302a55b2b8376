"""Reads exceptions.toml, the signed-off notes that let rows break a rule until a date, and appends notes to it.

People may edit the file. A note looks like this:

    [[exception]]
    rule = "LES-03"
    site = "index-study"            # without it: every site
    key = "P-17|S-1|L-2"            # without it: every row; needs a site
    reason = "Confirmed on the MR of 3 May."
    until = 2027-06-30
    by = "A. Data-Manager"

A note applies while the newest extract date of the site's deliveries is not after `until`.
"""

import fcntl
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from schemas.rule_book import is_own_id
from schemas.rules import RULES
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FILE, SITE_NAME, Home
from warehouse.storage.toml_text import NotToml, read_toml

FILE_NAME = "exceptions.toml"
FIELDS = ("rule", "site", "key", "reason", "until", "by")
HEADER = "# Signed-off exceptions. `registry accept` adds to this file, and you may edit it.\n"

NO_USABLE_VALUE = "the cell has no usable value"
NOT_IN_A_LIST = "the tables accept only codes in the list"
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
"""A cell that looks like a person's name may not be one, but that cannot be known of rows still to come."""


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
    """The content of exceptions.toml: its notes, its SHA-256 (None without a file), and what is wrong with it."""

    notes: tuple[Note, ...] = ()
    sha256: str | None = None
    problem: str | None = None


def path_of(home: Home) -> Path:
    """Return the path of the home's exceptions.toml."""
    return home.root / FILE_NAME


def why_not(rule_id: str) -> str | None:
    """Return why findings of the rule cannot be accepted, as a clause, or None if they can.

    Those of a registry's own rules can.
    """
    if is_own_id(rule_id):
        return None
    rule = RULES[rule_id]
    if rule.severity == "gate":
        return "it is a gate"
    if not isinstance(rule.phase, int):
        return "it reports on the registry as a whole and sets nothing aside"
    return NOT_ACCEPTABLE.get(rule_id)


def read(home: Home) -> Notes:
    """Return the notes; there are none without a file. Raises RegistryError if the file is invalid."""
    try:
        content = path_of(home).read_bytes()
    except FileNotFoundError:
        return Notes()
    return Notes(parse(content), hashlib.sha256(content).hexdigest())


def read_or_problem(home: Home) -> Notes:
    """Return what `read` does, or for an invalid file no notes but the problem, so that a refresh can go on."""
    try:
        return read(home)
    except (RegistryError, OSError) as error:
        words = str(error) if isinstance(error, RegistryError) else f"{FILE_NAME} cannot be read ({error.strerror})."
        return Notes(problem=f"{words} Until then, no exception applies.")


def parse(content: bytes) -> tuple[Note, ...]:
    """Return the notes in the file's bytes. Raises RegistryError if they are invalid."""
    try:
        tables = read_toml(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RegistryError(f"{FILE_NAME} is not UTF-8.", "Save it as UTF-8 text.") from None
    except NotToml as error:
        where = f" (at {error.where})" if error.where else ""
        raise RegistryError(f"{FILE_NAME} is not TOML{where}.", "Correct the file.") from None
    listed = tables.pop("exception", [])
    if tables or not isinstance(listed, list) or not all(isinstance(note, dict) for note in listed):
        raise RegistryError(f"{FILE_NAME} contains something other than [[exception]] notes.", "Remove it.")
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
    """Return the note with its rule id in capitals and its reason trimmed. Raises RegistryError if it is invalid."""
    rule_id = note.rule_id.strip().upper()
    if rule_id not in RULES and not is_own_id(rule_id):  # an own rule may come and go; without it, the note is unused
        raise RegistryError(f"{place}there is no rule {note.rule_id!r}.", "Use one of docs/rules.md.")
    if reason := why_not(rule_id):
        raise RegistryError(f"{place}{rule_id} cannot be accepted: {reason}.", "Have the site correct the data.")
    if rule_id == ONE_ROW_ONLY and note.key is None:
        raise RegistryError(f"{place}{rule_id} must be accepted one row at a time.", "Name the site and the key.")
    if not note.reason.strip():
        raise RegistryError(f"{place}the reason is empty.", "Say why the rows may stay.")
    if note.site is not None and not SITE_NAME.fullmatch(note.site):
        raise RegistryError(f"{place}the site's name has characters other than a-z, 0-9, _ and -.", "Correct it.")
    if note.key is not None and note.site is None:
        raise RegistryError(f"{place}the key is given without a site.", "Name the site as well.")
    return Note(rule_id, note.reason.strip(), note.until, note.site, note.key, note.by)


def append(home: Home, note: Note) -> Path:
    """Append the note to the file in one atomic write, and return the file's path. Notes and comments in it are kept.

    Raises RegistryError if the note or the existing file is invalid.
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
    """Return the text of a file that holds only these notes."""
    return HEADER + b"".join(_as_toml(note) for note in notes).decode("utf-8")


def _as_toml(note: Note) -> bytes:
    fields = {"rule": note.rule_id, "site": note.site, "key": note.key, "reason": note.reason, "by": note.by}
    lines = [f"{name} = {_quoted(text)}" for name, text in fields.items() if text is not None]
    lines.append(f"until = {note.until.isoformat()}")
    return ("\n[[exception]]\n" + "\n".join(lines) + "\n").encode("utf-8")


def _quoted(text: str) -> str:
    """Return the text as a TOML string: as in JSON, except for DEL and unpaired surrogates, which TOML forbids."""
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007F")
