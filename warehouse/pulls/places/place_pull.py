"""Pulls from one place of files: fetches what is new or changed there, and delivers each file by itself.

What is new is told by name, size and stamp, and its bytes are compared with what was delivered before, so that the same
file is no second delivery, and one that a site has cleared from landing/ after it was archived does not come back. A
file that cannot be had waits, and stops no other. Nothing at the place is changed.
"""

import errno
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from warehouse.archive.archive import Archive
from warehouse.intake.folder_deliveries import check_whole
from warehouse.pulls.places.choose import Unit, choose
from warehouse.pulls.places.fetched import FetchedBefore
from warehouse.pulls.places.place import Listed, Place
from warehouse.pulls.places.put_in_place import mend_all, put_file, put_folder
from warehouse.pulls.places.waiting import LANDED, NO_ROOM, UNSAFE, Waits, in_words, not_written, remarks, too_large
from warehouse.pulls.pull_folder import FILES, STAGING, PullFolder
from warehouse.pulls.targets import Pulled, Target
from warehouse.storage.durable_files import fsync
from warehouse.storage.errors import FileChanged, PlaceUnreachable, RegistryError
from warehouse.storage.file_stamp import sha256_of
from warehouse.storage.home import PRIVATE_FILE, PRIVATE_FOLDER, Home
from warehouse.storage.packed_folder import files_within

LOOKS_APART_SECONDS = 5
"""Between two looks at what may still be being written."""
MEGABYTE = 1_000_000
LEAST_FREE_BYTES = 256 * MEGABYTE
"""What a pull leaves free on the disk."""


class PlacePull:
    """One pull from one place. With `is_whole`, what was fetched before is fetched again, and compared."""

    def __init__(
        self,
        home: Home,
        target: Target,
        place: Place,
        now: datetime,
        say: Callable[[str], None],
        sleep: Callable[[float], None],
        is_whole: bool = False,
    ):
        self._target, self._place, self._now, self._say, self._sleep = target, place, now, say, sleep
        self._is_whole = is_whole
        self._kept = PullFolder(home, target.site, target.name)
        self._staging = self._kept.path / STAGING
        self._before = FetchedBefore(self._kept.path / FILES, target.source.asked_at)
        self._folder = home.landing / target.site / target.folder
        self._arrived: dict[str, list[str]] = {}
        for one in Archive(home).arrivals:
            if (one.site, one.export) == (target.site, target.folder):
                self._arrived.setdefault(one.file_name, []).append(one.sha256)

    def run(self) -> Pulled:
        """Fetch and deliver. Raises RegistryError, having delivered nothing, if the place cannot be listed."""
        if self._folder.is_symlink():
            raise RegistryError(
                f"landing/{self._target.site}/{self._target.folder} is a link.", "Make it a folder of the site."
            )
        self._kept.make()
        mend_all(self._folder)
        shutil.rmtree(self._staging, ignore_errors=True)
        try:
            chosen = choose(self._place.listed(), self._target)
            new, growing = self._settled([unit for unit in chosen.units if self._is_new(unit)])
            waits = Waits(dict.fromkeys(chosen.unsafe, UNSAFE))
            delivered = self._take(new, waits)
        finally:
            self._before.save()
            shutil.rmtree(self._staging, ignore_errors=True)
        problem = in_words(waits)
        self._kept.note(address=self._target.source.asked_at, begun=self._now.isoformat(), problem=problem)
        said = remarks([*growing, *waits.changed], chosen)
        return Pulled(tuple(delivered), None, remarks=said, problem=problem)

    def _is_new(self, unit: Unit) -> bool:
        """Return whether the place has something that was not fetched, or that neither landing/ nor archive has."""
        known = self._before.of(unit.name)
        if self._is_whole or known.files != unit.files:
            return True
        return known.sha256 not in self._arrived.get(unit.name, ()) and not self._target_of(unit).exists()

    def _settled(self, new: list[Unit]) -> tuple[list[Unit], list[str]]:
        """Return what two looks find the same, and the names of what may still be being written."""
        doubtful = [unit for unit in new if unit.is_study or not self._place.writes_whole]
        if not doubtful:
            return new, []
        self._sleep(LOOKS_APART_SECONDS)
        again = {unit.name: unit for unit in choose(self._place.listed(), self._target).units}
        growing = [unit.name for unit in doubtful if again.get(unit.name) != unit]
        return [unit for unit in new if unit.name not in growing], growing

    def _take(self, new: list[Unit], waits: Waits) -> list[str]:
        """Fetch and deliver one after the other; return the names of those that landing/ had not."""
        delivered = []
        for number, unit in enumerate(new, start=1):
            self._say(f"{unit.name} ({number:,} of {len(new):,})")
            try:
                if self._fetch_and_put(unit):
                    delivered.append(unit.name)
            except PlaceUnreachable as error:
                waits.put_off((one.name for one in new[number - 1 :]), error)
                break
            except FileChanged:
                waits.changed.append(unit.name)
            except RegistryError as error:
                waits[unit.name] = error
            except OSError as error:
                waits[unit.name] = NO_ROOM if error.errno in (errno.ENOSPC, errno.EDQUOT) else not_written(error)
            finally:
                shutil.rmtree(self._staging, ignore_errors=True)
        return delivered

    def _fetch_and_put(self, unit: Unit) -> bool:
        """Fetch a delivery and put it into landing/, unless it has arrived already; return whether it was put there."""
        self._check_size(unit)
        staged = self._fetch(unit)
        sha256, target = sha256_of(staged), self._target_of(unit)
        is_put = self._is_to_be_put(unit, sha256, target)
        if is_put:
            (put_folder if unit.is_study else put_file)(staged, target)
        self._before.note(unit.name, sha256, unit.files)
        return is_put

    def _is_to_be_put(self, unit: Unit, sha256: str, target: Path) -> bool:
        """Return whether landing/ lacks these bytes. Raises RegistryError if it has others that nobody has kept."""
        arrived = self._arrived.get(unit.name, [])
        if not os.path.lexists(target) or (unit.is_study and target.is_dir() and not files_within(target)):
            return sha256 not in arrived[-1:]
        if target.is_symlink() or target.is_dir() != unit.is_study:
            raise LANDED
        found = sha256_of(target)
        if found != sha256 and found not in (self._before.of(unit.name).sha256, *arrived):
            raise LANDED
        return found != sha256

    def _check_size(self, unit: Unit) -> None:
        most = self._target.source.most_megabytes
        if any(one.size > most * MEGABYTE for one in unit.files):
            raise too_large(most)
        landing = self._folder if self._folder.is_dir() else self._folder.parent
        free = min(shutil.disk_usage(folder).free for folder in (self._kept.path, landing))
        if free < unit.size_bytes + LEAST_FREE_BYTES:
            raise NO_ROOM

    def _fetch(self, unit: Unit) -> Path:
        """Return the private file or folder that a delivery was fetched to."""
        self._staging.mkdir(mode=PRIVATE_FOLDER)
        if not unit.is_study:
            staged = self._staging / "file"
            self._fetch_one(unit.files[0], staged)
            return staged
        staged = self._staging / unit.name  # check_whole and the archive take the names in it
        for one in unit.files:
            path = staged / one.name.removeprefix(unit.within)
            path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            self._fetch_one(one, path)
        if self._units_now(unit.name) != [unit]:
            raise FileChanged("The study changed while it was fetched.")
        check_whole(staged, self._target.source.kind)
        return staged

    def _units_now(self, name: str) -> list[Unit]:
        return [unit for unit in choose(self._place.listed(), self._target).units if unit.name == name]

    def _fetch_one(self, one: Listed, to: Path) -> None:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        self._place.fetch(one, to)
        if to.stat().st_size != one.size:
            raise FileChanged("The file changed while it was fetched.")
        fsync(to)

    def _target_of(self, unit: Unit) -> Path:
        """Return where the delivery lies in landing/: a study that lies directly in the place is the folder itself."""
        return self._folder if unit.is_study and not unit.within else self._folder / unit.name
