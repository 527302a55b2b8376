"""Watches landing/, and the rules, suites and plan of the home, for files that are no longer being written.

A scan stats every file and reads only those whose stamp (size, times, inode) differs from the one they had when they
were archived. Such a file is ready when two scans, at least the quiet time apart, find the same stamp and the same
SHA-256; until then it may still be being written. Little is kept between scans, because the snapshot of landing/
(landing_snapshot.py) lists the known files.
"""

import json
from dataclasses import dataclass, field

from warehouse.archive import corrections, decided, decisions
from warehouse.archive.archive import Archive
from warehouse.intake.landing import Waiting, watched
from warehouse.intake.landing_snapshot import LandingSnapshot
from warehouse.intake.noted_inputs import DECISIONS, place_of
from warehouse.storage.file_stamp import Stamp, sha256_of, stamp_of
from warehouse.storage.home import Home
from warehouse.storage.home_files import OWN_FILES, fingerprint

DECIDED, CORRECTED = f"archive/{decisions.FILE_NAME}", f"archive/{corrections.FILE_NAME}"
NO_FILES = "no files"
READ_AT_MOST = 2 << 30
"""A scan starts no further file after this many bytes; the others wait for the next scan. A scan has one minute."""


@dataclass
class Pending:
    """A file that may still be being written: its stamp, its SHA-256 if it was read, and since when both are the same
    (seconds).
    """

    stamp: list[int]
    sha256: str | None
    since: float


@dataclass
class Watch:
    """What is kept between scans, by place in landing/: files to check again, and files a run was requested for."""

    pending: dict[str, Pending] = field(default_factory=dict)
    asked: dict[str, list] = field(default_factory=dict)

    @classmethod
    def from_text(cls, text: str | None) -> "Watch":
        """Return the watch stored in `text`, or a new one if there is no text or it cannot be parsed."""
        try:
            content = json.loads(text or "{}")
            pending = {place: Pending(**fields) for place, fields in content.get("pending", {}).items()}
            return cls(pending, dict(content.get("asked", {})))
        except (ValueError, TypeError, AttributeError):
            return cls()

    def seconds_until_quiet(self, now: float, quiet_seconds: float) -> float:
        """Return after how many seconds the first pending file has been quiet long enough; infinity if none pends."""
        read = [file.since for file in self.pending.values() if file.sha256]
        return min(read) + quiet_seconds - now if read else float("inf")

    @property
    def as_text(self) -> str:
        """Return the text to store."""
        pending = {place: vars(file) for place, file in self.pending.items()}
        return json.dumps({"pending": pending, "asked": self.asked})


@dataclass
class Looked:
    """The result of a scan: places that are ready for a run, and places that may still be being written."""

    ready: list[str] = field(default_factory=list)
    not_quiet: list[str] = field(default_factory=list)


def look(home: Home, watch: Watch, now: float, quiet_seconds: float) -> Looked:
    """Scan landing/ at `now` (seconds) and update `watch`. Return each ready file only once."""
    archive, memory, found = Archive(home), LandingSnapshot(home), Looked()
    pending, asked = watch.pending, watch.asked
    watch.pending, watch.asked = {}, {}
    left = READ_AT_MOST
    for waiting in watched(home):
        place = waiting.place
        try:
            stamp = stamp_of(waiting.address)
            latest = archive.latest(waiting.site, waiting.export, waiting.name)
            if memory.knows(place, stamp, latest.sha256 if latest else None):
                continue
            if asked.get(place) == list(stamp):
                watch.asked[place] = list(stamp)
                continue
            before = pending.get(place)
            if left <= 0:  # read in a later scan
                watch.pending[place] = before or Pending(list(stamp), None, now)
                found.not_quiet.append(place)
                continue
            left -= stamp[0]
            seen = _seen(waiting, stamp, before, now)
        except OSError:  # gone, or cannot be opened: the refresh reports it
            continue
        if latest is not None and seen.sha256 == latest.sha256:
            memory.remember(place, stamp, latest.sha256)  # its content is in the archive under this name
        elif before is not None and seen.sha256 and seen.since == before.since and now - seen.since >= quiet_seconds:
            watch.asked[place] = list(stamp)
            found.ready.append(place)
        else:
            watch.pending[place] = seen
            found.not_quiet.append(place)
    memory.save()
    _look_at_decisions(home, memory, watch, asked, found)
    _look_at_own_files(home, memory, watch, (pending, asked), found, now, quiet_seconds)
    return found


def _look_at_decisions(home: Home, memory: LandingSnapshot, watch: Watch, asked: dict, found: Looked) -> None:
    """Count decisions and corrections that people have made since then as ready at once."""
    now, before = decided.fingerprint(home), memory.noted(DECISIONS) or ""
    if now == before:
        return
    place = DECIDED if decided.parts(now)[0] != decided.parts(before)[0] else CORRECTED
    watch.asked[place] = [now]
    if asked.get(place) != [now]:
        found.ready.append(place)


def _look_at_own_files(
    home: Home,
    memory: LandingSnapshot,
    watch: Watch,
    before: tuple[dict, dict],
    found: Looked,
    now: float,
    quiet_seconds: float,
) -> None:
    """Count rules, suites and a plan that people have changed as ready once they have been the same for the quiet time.
    Without a build database they are read when the first delivery arrives.
    """
    pending, asked = before
    for files in OWN_FILES if home.build_database.is_file() else ():
        place, state = files.place, fingerprint(files.stamps(home))
        if state == memory.noted(place_of(files)):
            continue
        was = pending.get(place)
        is_same = was is not None and was.sha256 == (state or NO_FILES)
        seen = was if was is not None and is_same else Pending([], state or NO_FILES, now)
        if (request := asked.get(place)) and request[0] == state:
            watch.asked[place] = request
        elif is_same and now - seen.since >= quiet_seconds:
            watch.asked[place] = [state, now]  # with the time: a file that is put back is another request
            found.ready.append(place)
        else:
            watch.pending[place] = seen
            found.not_quiet.append(place)


def _seen(waiting: Waiting, stamp: Stamp, before: Pending | None, now: float) -> Pending:
    """Return the file as it is now; `since` is that of `before` if stamp and content are the same."""
    sha256 = sha256_of(waiting.address)
    if stamp_of(waiting.address) != stamp:
        return Pending(list(stamp), None, now)
    is_same = before is not None and before.stamp == list(stamp) and before.sha256 == sha256
    return Pending(list(stamp), sha256, before.since if before is not None and is_same else now)
