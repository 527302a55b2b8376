"""Finds the release that was the newest at a moment in the past."""

from datetime import UTC, date, datetime, time
from itertools import pairwise

from warehouse.releases.release import Release, list_releases, published_at
from warehouse.storage.errors import ReleaseUnknown
from warehouse.storage.home import Home


def moment_of(text: str) -> datetime:
    """Return the moment that an ISO date (its last moment) or date-time (UTC unless it has a zone) stands for.

    ValueError if the text is neither.

    >>> moment_of("2026-01-31T12:00:00+01:00").isoformat()
    '2026-01-31T11:00:00+00:00'
    """
    try:
        return datetime.combine(date.fromisoformat(text), time.max, UTC)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def release_at(home: Home, moment: datetime) -> tuple[Release, str]:
    """Return the newest release at that moment, and a sentence if releases around it were removed, else ''.

    ReleaseUnknown if there was none.
    """
    listed = [(at, release) for release in list_releases(home) if (at := published_at(release.release_id))]
    found = next((release for at, release in listed if at <= moment), None)
    if found is None:
        what = f"The oldest release is {listed[-1][1].release_id}." if listed else "Nothing has been released yet."
        raise ReleaseUnknown(f"There was no release at {moment:%Y-%m-%d %H:%M:%S} UTC.", what)
    for (_, newer), (_, older) in pairwise(listed):
        known = (None, found.release_id, found.manifest.get("erased_from"))
        if older is found and newer.manifest["parent_release"] not in known:
            return found, f"Releases between it and {newer.release_id} were removed; one of them may have been newer."
    return found, ""
