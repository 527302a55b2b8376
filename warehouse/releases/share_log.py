"""The log of what left under disclosure control: home/shared/log.ndjson, one line for each output, append-only.

Each line holds the hash of the line before it, so that none can be changed or taken out unseen, and the hash of the
file <id>.groups, which holds the counts that left and, as keyed hashes, whom they count (share_groups.py). When a
patient is erased, these files lose the patient's keys and a line says what their hashes are now. Nobody but the owner
can read the folder.
"""

import getpass
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse.storage.durable_files import append_line, atomic_write
from warehouse.storage.errors import ShareLogDamaged
from warehouse.storage.home import PRIVATE_FOLDER, Home

LOG = "log.ndjson"
SHARED, ERASED = "shared", "erased"
FIRST = "0" * 64
"""Stands for the hash of the line before the first."""
CURE = "Restore shared/ from a backup of the home; until then nothing can be shared."


@dataclass(frozen=True)
class Output:
    """One output that left: its line in the log, and the file of its groups."""

    id: str
    line: dict[str, Any]
    groups: Path


def outputs(home: Home) -> list[Output]:
    """Return what left so far, oldest first. ShareLogDamaged if log or files are not as they were written."""
    lines = _lines(home)
    if damaged := _faults(home, lines):
        raise ShareLogDamaged(f"The log of what was shared is damaged: {damaged[0]}.", CURE)
    return [
        Output(line["id"], line, home.shared / f"{line['id']}.groups") for line in lines if line.get("event") == SHARED
    ]


def faults(home: Home) -> tuple[int, list[str]]:
    """Return how many outputs the log lists, and a sentence for each way in which it is not as it was written."""
    try:
        lines = _lines(home)
    except ShareLogDamaged as damaged:
        return 0, [str(damaged)]
    return sum(line.get("event") == SHARED for line in lines), _faults(home, lines)


def add(home: Home, about: dict[str, Any], groups: bytes) -> str:
    """Write the groups and then the line of an output that is about to leave, and return its id.

    `about` is what the line says of it: what, release, recipe or shown SELECT, mode, counts. No patient's value.
    """
    home.shared.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    number = sum(line.get("event") == SHARED for line in _lines(home)) + 1
    output_id = f"{number:06d}"
    atomic_write(home.shared / f"{output_id}.groups", groups)
    _append(home, {"event": SHARED, "id": output_id, **about, "groups_sha256": hashlib.sha256(groups).hexdigest()})
    return output_id


def replace_groups(home: Home, output_id: str, groups: bytes) -> None:
    """Replace an output's groups, from which a patient was erased, and say so in the log."""
    digest = hashlib.sha256(groups).hexdigest()
    _append(home, {"event": ERASED, "id": output_id, "groups_sha256": digest})
    atomic_write(home.shared / f"{output_id}.groups", groups)


def _append(home: Home, entry: dict[str, Any]) -> None:
    path = home.shared / LOG
    whole = path.read_bytes().splitlines() if path.exists() else []
    before = hashlib.sha256(whole[-1]).hexdigest() if whole else FIRST
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = {"at": now, "by": getpass.getuser(), **entry, "before": before}
    append_line(path, json.dumps(line, ensure_ascii=False))


def _lines(home: Home) -> list[dict[str, Any]]:
    """Return the log's lines. ShareLogDamaged if one cannot be read, or does not follow from the one before."""
    path = home.shared / LOG
    if not path.exists():
        return []
    found, before = [], FIRST
    for number, raw in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            line = json.loads(raw)
            is_next = line["before"] == before
        except (ValueError, KeyError, TypeError):
            is_next = False
        if not is_next:
            raise ShareLogDamaged(f"Line {number} of shared/{LOG} is not as it was written.", CURE)
        found.append(line)
        before = hashlib.sha256(raw).hexdigest()
    return found


def _faults(home: Home, lines: list[dict[str, Any]]) -> list[str]:
    """Return a sentence for each file that is missing or not as the log says; an erasure may be under way in one."""
    allowed: dict[str, list[str]] = {}
    for line in lines:
        allowed.setdefault(line["id"], []).append(line["groups_sha256"])
    wrong = []
    for output_id, digests in allowed.items():
        path = home.shared / f"{output_id}.groups"
        if not path.exists():
            wrong.append(f"shared/{path.name} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() not in digests[-2:]:
            wrong.append(f"shared/{path.name} is not as it was written")
    return wrong
