"""Checks that the archive is undamaged: every file against its SHA-256, every journal line by line.

It repairs nothing; delivering a damaged file again does that. It names files, never what is in them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from warehouse.archive import corrections, decisions, thread_log
from warehouse.archive.archive import Archive
from warehouse.redaction.erasure_list import ErasedList
from warehouse.refresh.rebuild import check_archive_holds
from warehouse.releases.release import current_release
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


@dataclass
class Checked:
    """The result of the check: one sentence for each damaged item, and how many arrivals were checked."""

    damaged: list[str] = field(default_factory=list)
    n_arrivals: int = 0


def check_archive(home: Home, say: Callable[[str], None] = lambda _: None) -> Checked:
    """Read the whole archive and return what is damaged. `say` receives the progress."""
    done = Checked()
    for journal in (decisions.read, corrections.read, thread_log.read, ErasedList):
        try:
            journal(home)
        except RegistryError as error:
            done.damaged.append(str(error))
    try:
        archive = Archive(home)
    except RegistryError as error:
        done.damaged.append(str(error))
        return done
    if not done.damaged:
        try:
            check_archive_holds(archive, current_release(home))
        except RegistryError as error:
            done.damaged.append(str(error))
    for arrival in archive.arrivals:
        say(f"checking {arrival.site}/{arrival.export}/{arrival.delivery}")
        if not archive.is_whole(arrival):
            done.damaged.append(str(archive.damaged(arrival)))
    done.n_arrivals = len(archive.arrivals)
    return done
