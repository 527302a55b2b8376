"""Record that a refresh found nothing new, so that the release counts as fresh in the interface.

The refresh only writes a small file. A sensor (reporting_sensors.py) turns it into the event that the release's
freshness policy needs. Only the daemon judges freshness, so nothing is lost if no daemon runs.
"""

import json
import time
from contextlib import suppress

from warehouse.releases.release import Release, current_release
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import Home

FILE = "release_still_current.json"
FILE_BEFORE = "release_stands.json"
"""The name in version 0.1.0; the first refresh that writes FILE removes it."""
TOLD_WITHIN_SECONDS = 26 * 3600
"""The event gets the time of its report, so an older finding is not reported: it would look fresh."""


def note(home: Home, release: Release | None) -> None:
    """Record that nothing is new since this release. A file that cannot be written does not fail the refresh."""
    found = {"release_id": release.release_id if release else "", "found_at": time.time()}
    with suppress(OSError):
        atomic_write(home.warehouse / FILE, json.dumps(found).encode())
        (home.warehouse / FILE_BEFORE).unlink(missing_ok=True)


def still_current(home: Home, since: float, now: float) -> Release | None:
    """Return the current release if a refresh found nothing new after `since` and within TOLD_WITHIN_SECONDS of `now`.

    `since` is the later of when the release was last made and when deliveries were last loaded. Times are in seconds
    since 1970.
    """
    try:
        found = json.loads((home.warehouse / FILE).read_text(encoding="utf-8"))
        release_id, found_at = found["release_id"], float(found["found_at"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    release = current_release(home)
    is_that = release is not None and release.release_id == release_id
    return release if is_that and found_at > since and now - found_at < TOLD_WITHIN_SECONDS else None
