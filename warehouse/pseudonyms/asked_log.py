"""Logs who asked whose a pseudonym is: pseudonyms/asked.ndjson, append-only, without an identifier.

{"at": "2026-05-04T07:10:00+00:00", "by": "A. Miller", "reason": "Recall of a device", "found": ["P-bqdq..."],
 "unknown": []}
"""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from warehouse.storage.durable_files import append_line
from warehouse.storage.home import PRIVATE_FOLDER, Home

FILE_NAME = "asked.ndjson"


def record(home: Home, by: str, reason: str, asked: Sequence[str], known: Collection[str]) -> None:
    """Log what was asked, before anything is told; it is on disk when this returns."""
    home.pseudonyms.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "by": by,
        "reason": reason,
        "found": [one for one in asked if one in known],
        "unknown": sum(one not in known for one in asked),
    }
    append_line(home.pseudonyms / FILE_NAME, json.dumps(line))
