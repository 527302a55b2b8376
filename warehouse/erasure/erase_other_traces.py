"""Cleans what else in the home may name a patient: exceptions.toml, what people decided, the error report, scratch."""

import json
import os
import re
import shutil
from dataclasses import replace

from warehouse.archive import corrections, decisions
from warehouse.intake import exceptions_file
from warehouse.intake.exceptions_file import Note
from warehouse.redaction.erasure_list import prefixes
from warehouse.redaction.redact_file import ERASED_WORD
from warehouse.redaction.whose_rows import Match
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

COMMON = re.compile(r"\d{1,9}|[a-z_]+|.{1,2}")
"""An identifier that could also be a number, a lower-case word or a digit of a rule id."""


def clear_scratch(home: Home) -> None:
    """Delete what a refresh or an erasure that died left in scratch. Call it under the lock, with nothing open."""
    for path in home.scratch.glob("*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def clear_error_report(home: Home) -> None:
    """Delete the last failure's report, since it may quote any cell."""
    home.error_report.unlink(missing_ok=True)


def named(patient_id: str, is_json: bool = False) -> re.Pattern[str]:
    """Return a pattern that finds the identifier as a separate word in a text.

    In JSON that the registry did not write itself (`is_json`), an identifier that could be any number or word, such as
    17 or raw, is found only at the start of a row's key.
    """
    word = json.dumps(patient_id)[1:-1] if is_json else patient_id
    only_in_keys = r"(?=\|)" if is_json and COMMON.fullmatch(patient_id) else ""
    return re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-]){only_in_keys}")


def erase_exceptions(home: Home, site: str, ids: set[str], match: Match) -> int:
    """Remove the patients' notes from exceptions.toml and return how many there were.

    If nothing else names the patients, comments and order stay; otherwise the file is written again from its notes.
    Raises RegistryError if the file is not valid and names one of them.
    """
    path = exceptions_file.path_of(home)
    text = path.read_bytes().decode("utf-8-sig", "replace") if path.exists() else ""
    n_named = sum(len(named(p).findall(text)) for p in ids)
    try:
        notes = exceptions_file.read(home).notes
    except RegistryError:
        if n_named:
            raise
        return 0
    kept = tuple(note for note in notes if not (note.site == site and match(prefixes([note.key or ""]))))
    kept = tuple(_without_name(note, site, ids) for note in kept)
    written = exceptions_file.as_text(kept)
    if kept == notes and n_named <= sum(len(named(p).findall(written)) for p in ids):
        return 0
    shorter = _without_blocks(text, site, match)
    is_enough = shorter is not None and sum(len(named(p).findall(shorter)) for p in ids) <= sum(
        len(named(p).findall(written)) for p in ids
    )
    if not (is_enough and shorter is not None and exceptions_file.parse(shorter.encode()) == kept):
        shorter = written
    real = path.resolve()
    atomic_write(real, shorter.encode("utf-8"), os.stat(real).st_mode & 0o777)
    return len(notes) - len(kept)


def erase_decisions(home: Home, site: str, ids: set[str]) -> int:
    """Remove the patients' names from the reasons of decisions about the site's deliveries; return how many changed."""
    made = decisions.read(home)
    kept = [replace(d, reason=without_names(d.reason, ids)) if d.site == site else d for d in made]
    n_changed = sum(one != other for one, other in zip(made, kept, strict=True))
    if n_changed:
        content = "".join(f"{decision.as_line}\n" for decision in kept)
        atomic_write(decisions.path_of(home), content.encode())
    return n_changed


def erase_corrections(home: Home, site: str, ids: set[str], match: Match) -> int:
    """Empty the patients' retractions and merges, remove their names from the reasons of others of the site, and return
    how many lines changed.
    """
    n_erased = corrections.erase(home, site, match)
    made = corrections.read(home)
    kept = [replace(one, reason=without_names(one.reason, ids)) if one.site == site else one for one in made]
    n_named = sum(one != other for one, other in zip(made, kept, strict=True))
    if n_named:
        corrections.write(home, kept)
    return n_erased + n_named


def without_names(text: str, ids: set[str]) -> str:
    """Return the text with each of these identifiers, where it is a word of its own, replaced by ERASED_WORD."""
    for patient_id in ids:
        text = named(patient_id).sub(ERASED_WORD, text)
    return text


def _without_name(note: Note, site: str, ids: set[str]) -> Note:
    """Return the note without the patients' names in its reason, if the note applies to the site."""
    if note.site not in (None, site):
        return note
    return replace(note, reason=without_names(note.reason, ids))


def _without_blocks(text: str, site: str, match: Match) -> str | None:
    """Return the text without the patients' notes, keeping comments and order; None if a part is not TOML by itself."""
    head, *blocks = re.split(r"(?m)^(?=[ \t]*\[\[[ \t]*exception[ \t]*\]\])", text)
    left = [head]
    for block in blocks:
        try:
            (note,) = exceptions_file.parse(block.encode())
        except (RegistryError, ValueError):
            return None
        if not (note.site == site and match(prefixes([note.key or ""]))):
            left.append(block)
    return "".join(left)
