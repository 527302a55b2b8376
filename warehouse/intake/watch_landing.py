"""Watches landing/ for files that are new or changed, and that nobody is writing any more.

A look stats every file and reads only those whose stamp (size, times, inode) is not the one under which the archive
received them. Such a file is ready when two looks, at least the quiet time apart, found the same stamp and the same
SHA-256; until then somebody may still be writing it. Little is kept between looks: known files are in the snapshot of
landing/ (landing_snapshot.py).
"""

import json
from dataclasses import dataclass, field

from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.intake.landing import DECISIONS, Waiting, watched
from warehouse.intake.landing_snapshot import LandingSnapshot
from warehouse.storage.file_stamp import Stamp, sha256_of, stamp_of
from warehouse.storage.home import Home

DECIDED = f"archive/{decisions.FILE_NAME}"
READ_AT_MOST = 2 << 30
"""So many bytes are read in one look, and one file more; the rest waits for the next look. A look has a minute."""


@dataclass
class Pending:
    """A file that was not quiet yet: its stamp, its SHA-256 if it was read, and when it was first seen so (seconds)."""

    stamp: list[int]
    sha256: str | None
    since: float


@dataclass
class Watch:
    """What is kept between looks, by place below landing/: files to look at again, and files a run was asked for."""

    pending: dict[str, Pending] = field(default_factory=dict)
    asked: dict[str, list] = field(default_factory=dict)

    @classmethod
    def from_text(cls, text: str | None) -> "Watch":
        """As it was written down; a new one where nothing, or nothing legible, was."""
        try:
            content = json.loads(text or "{}")
            pending = {place: Pending(**fields) for place, fields in content.get("pending", {}).items()}
            return cls(pending, dict(content.get("asked", {})))
        except (ValueError, TypeError, AttributeError):
            return cls()

    @property
    def as_text(self) -> str:
        """To be written down."""
        pending = {place: vars(file) for place, file in self.pending.items()}
        return json.dumps({"pending": pending, "asked": self.asked})


@dataclass
class Looked:
    """What a look found: places that are ready for a run, and places that are not quiet yet."""

    ready: list[str] = field(default_factory=list)
    not_quiet: list[str] = field(default_factory=list)


def look(home: Home, watch: Watch, now: float, quiet_seconds: float) -> Looked:
    """Look at landing/ at `now` (seconds), and bring `watch` up to date. What was ready once is not told again."""
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
            if left <= 0:  # to be read in a later look
                watch.pending[place] = before or Pending(list(stamp), None, now)
                found.not_quiet.append(place)
                continue
            left -= stamp[0]
            seen = _seen(waiting, stamp, before, now)
        except OSError:  # gone, or not to be opened: a refresh says so
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
    return found


def _look_at_decisions(home: Home, memory: LandingSnapshot, watch: Watch, asked: dict, found: Looked) -> None:
    """What people decided since is ready at once."""
    decided = decisions.fingerprint(home)
    if decided == memory.noted(DECISIONS):
        return
    watch.asked[DECIDED] = [decided]
    if asked.get(DECIDED) != [decided]:
        found.ready.append(DECIDED)


def _seen(waiting: Waiting, stamp: Stamp, before: Pending | None, now: float) -> Pending:
    """The file as it is now; since `before` where it has neither another stamp nor another content."""
    sha256 = sha256_of(waiting.address)
    if stamp_of(waiting.address) != stamp:
        return Pending(list(stamp), None, now)
    is_same = before is not None and before.stamp == list(stamp) and before.sha256 == sha256
    return Pending(list(stamp), sha256, before.since if before is not None and is_same else now)
