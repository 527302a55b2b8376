"""A refresh that found nothing new: the release stands, and its page in the interface should say so.

What belongs here: writing the moment down, which costs a quiet night next to nothing, and reading it again for the
event that the release's freshness policy asks for. What does not: telling it (reporting_sensors.py). Freshness is
judged by the daemon alone, so nothing is lost where none runs.
"""

import json
import time
from contextlib import suppress

from warehouse.releases.release import Release, current_release
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import Home

FILE = "release_still_current.json"
FILE_BEFORE = "release_stands.json"
"""As version 0.1.0 called it: removed by the first refresh that writes FILE, which finds the same or something new."""
TOLD_WITHIN_SECONDS = 26 * 3600
"""The event is dated when it is told, so what is older is not told: it would pass for fresh."""


def note(home: Home, release: Release | None) -> None:
    """A refresh has just found that nothing is new since this release. What cannot be written fails no quiet night."""
    found = {"release_id": release.release_id if release else "", "found_at": time.time()}
    with suppress(OSError):
        atomic_write(home.warehouse / FILE, json.dumps(found).encode())
        (home.warehouse / FILE_BEFORE).unlink(missing_ok=True)


def still_current(home: Home, since: float, now: float) -> Release | None:
    """The current release, if a refresh found after `since`, and not long before `now`, that nothing is new since it.

    `since` is when the release was last made and when deliveries were last taken: what came after has been said or is
    new. Times in seconds since 1970.
    """
    try:
        found = json.loads((home.warehouse / FILE).read_text(encoding="utf-8"))
        release_id, found_at = found["release_id"], float(found["found_at"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    release = current_release(home)
    is_that = release is not None and release.release_id == release_id
    return release if is_that and found_at > since and now - found_at < TOLD_WITHIN_SECONDS else None
