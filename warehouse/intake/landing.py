"""Finds the files in landing/, reports those that break the rules for its folders, and archives the others."""

import errno
import os
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival
from warehouse.intake.configs_in_force import SITE_FILE
from warehouse.intake.deliveries import screened
from warehouse.intake.folder_deliveries import check_whole, is_delivery, lies_open
from warehouse.intake.landing_snapshot import LandingSnapshot
from warehouse.intake.site_config import SiteConfig, parse
from warehouse.intake.source_folders import dictionaries, kinds_of_folders, source_folders
from warehouse.pseudonyms.check_key import check_key
from warehouse.storage.errors import FileChanged, FileYoung, NoDictionary, NotWhole, RegistryError, RowsUnknown
from warehouse.storage.file_stamp import Stamp, sha256_of, stamp_of
from warehouse.storage.home import SITE_NAME, Home
from warehouse.storage.packed_folder import IGNORED_PREFIXES, IGNORED_SUFFIXES
from warehouse.storage.pseudonym_key import find_key

OF_THE_ARCHIVE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Errors of writing to the archive, which say nothing about the file that was read."""
NO_LINK = "Move the files themselves there, or mount the other folder; this link is not followed."
WITH_DICTIONARY = ("redcap", "castor")
"""Kinds of sources whose dictionary is read."""
OUTWARD = f"The link leads out of the site's folder. {NO_LINK}"


@dataclass(frozen=True)
class Waiting:
    """A file in landing/, or the folder of a study or an export, which is delivered like one.

    `address` is its path as text, because system calls on a string cost less than on a Path. `kind` is that of the
    source of a folder.
    """

    site: str
    export: str
    name: str
    address: str
    kind: str | None = None

    @property
    def path(self) -> Path:
        """Return its path."""
        return Path(self.address)

    @property
    def place(self) -> str:
        """Return site/export/name, its place in landing/; a site.toml has the word "site" instead of an export."""
        return f"{self.site}/{self.export}/{self.name}"

    @property
    def shown_place(self) -> str:
        """Return its path within landing/, as people find it there."""
        return f"{self.site}/{self.name}" if self.export == SITE_EXPORT else self.place


@dataclass
class Landed:
    """The result of one scan of landing/: new arrivals, and problems as (place, sentence)."""

    arrivals: list[Arrival] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class OneSite:
    """The only site whose files are taken; its folder may lie anywhere. `file` is its only delivery, None for all.

    `in_force` is the site.toml by which files are taken if the one in the folder does not hold; None: they wait then.
    With `takes_refused` it is the one in the folder, which is archived all the same.
    """

    folder: Path
    file: Waiting | None = None
    in_force: SiteConfig | None = None
    takes_refused: bool = False

    def files(self, problems: list[tuple[str, str]]) -> Iterator[Waiting]:
        """Yield the files that are taken, data dictionaries included."""
        also = self.in_force.mapping.folders() if self.in_force and self.in_force.mapping else set()
        if self.file is None:
            yield from files_of(self.folder, problems, also)
            return
        yield from (one for one in files_of(self.folder, [], also) if one.export == SITE_EXPORT)
        yield self.file


def _shown(name: str) -> str:
    """Return the name as text that can be printed and stored, whatever its bytes."""
    return name.encode("utf-8", "replace").decode()


def _entries(folder: Path, place: str, problems: list[tuple[str, str]]) -> list[os.DirEntry[str]]:
    """Return the folder's entries by name, without ignored ones. A folder that cannot be opened becomes a problem.

    A DirEntry knows its type without another system call, which matters with ten thousand files.
    """
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        problems.append((place, f"The folder cannot be opened ({error.strerror}); its files wait."))
        return []
    return [e for e in entries if not e.name.startswith(IGNORED_PREFIXES) and not e.name.endswith(IGNORED_SUFFIXES)]


def _is_file(entry: os.DirEntry[str]) -> bool:
    return Path(entry).is_file() if entry.is_symlink() else entry.is_file()  # a link may point to itself


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return Path(entry).is_dir() if entry.is_symlink() else entry.is_dir()


def _leaves(path: Path | str, folder: Path) -> bool:
    """Return whether a link leads out of the folder; a site may deliver only what its own folder holds."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def site_folders(home: Home, problems: list[tuple[str, str]]) -> Iterator[Path]:
    """Yield the sites' folders; anything else in landing/ becomes a problem."""
    if not home.landing.is_dir():
        return
    for folder in _entries(home.landing, "landing", problems):
        if folder.is_symlink():
            problems.append((f"landing/{_shown(folder.name)}", f"A site's folder must not be a link. {NO_LINK}"))
        elif _is_folder(folder) and SITE_NAME.fullmatch(folder.name):
            yield Path(folder)
        else:
            wrong = "folder is not named like a site (a-z, 0-9, _ and -); rename it"
            what = wrong if _is_folder(folder) else "file is not in a site's folder; move it"
            problems.append((f"landing/{_shown(folder.name)}", f"The {what}."))


def files_of(folder: Path, problems: list[tuple[str, str]], also: Collection[str] = ()) -> Iterator[Waiting]:
    """Yield the files of one site's exports and sources, and its answered query sheets, ordered by name.

    Data dictionaries come first: files that came together with one are read with it. `also` names folders of sources
    that the site.toml in the folder does not name.
    """
    sources, beside, kinds = source_folders(folder) | set(also), dictionaries(folder), kinds_of_folders(folder)
    entries = _entries(folder, f"landing/{folder.name}", problems)
    for entry in sorted(entries, key=lambda entry: entry.name not in beside):
        place = f"landing/{folder.name}/{_shown(entry.name)}"
        if entry.name == SITE_FILE:
            continue
        if entry.name in beside and _is_file(entry) and not _leaves(entry.path, folder):
            yield Waiting(folder.name, SITE_EXPORT, entry.name, entry.path)
            continue
        if entry.is_symlink() and _leaves(entry.path, folder):
            problems.append((place, OUTWARD))
        elif not _is_folder(entry):
            problems.append((place, "The file is in no folder of the site, such as files or an export's; move it."))
        elif entry.name not in (*EXPORTS, ANSWERS, *sources):
            known = ", ".join(sorted({*EXPORTS, *sources}))
            problems.append((place, f"The folder is neither an export nor a source ({known}); rename it."))
        else:
            kind = kinds.get(entry.name)
            is_open = lies_open(Path(entry), kind)
            if is_open:
                yield Waiting(folder.name, entry.name, entry.name, entry.path, kind)
            for file in _entries(Path(entry), place, problems):
                if kind and _is_folder(file) and not file.is_symlink() and is_delivery(Path(file), kind):
                    if not is_open:
                        yield Waiting(folder.name, entry.name, file.name, file.path, kind)
                elif is_open and not file.name.lower().endswith(".zip"):
                    continue
                elif file.is_symlink() and _leaves(file.path, folder):
                    problems.append((f"{place}/{_shown(file.name)}", OUTWARD))
                elif not _is_file(file):
                    problems.append((f"{place}/{_shown(file.name)}", "This is not a file; remove it."))
                elif _shown(file.name) != file.name:
                    problems.append((f"{place}/{_shown(file.name)}", "The file's name is not UTF-8; rename it."))
                else:
                    yield Waiting(folder.name, entry.name, file.name, file.path)


def land(
    home: Home,
    archive: Archive,
    progress: Callable[[str], None] = lambda _: None,
    quiet_seconds: float = 0,
    only: OneSite | None = None,
) -> Landed:
    """Archive every new or changed file, except those that changed less than `quiet_seconds` ago; of `only` that site.

    A file that cannot be read and an invalid site.toml become problems and do not affect other files and sites. Raises
    OSError if the archive cannot be written.
    """
    landed, memory = Landed(), LandingSnapshot(home)
    check_key(home, archive)
    for folder in site_folders(home, landed.problems) if only is None else [only.folder]:
        try:
            _land_site_file(folder, archive, memory, quiet_seconds, only.file if only else None)
        except OSError as error:
            if error.errno in OF_THE_ARCHIVE:
                raise
            sentence = f"The file cannot be opened ({error.strerror}). The site's files wait."
            landed.problems.append((f"landing/{folder.name}/{SITE_FILE}", sentence))
            continue
        except RegistryError as error:
            landed.problems.append(of_site_file(folder, error))
            if only is None or only.in_force is None:
                continue
            if only.takes_refused:
                _take(_site_file(folder), archive, memory, lambda _: None, quiet_seconds)
        found = files_of(folder, landed.problems) if only is None else only.files(landed.problems)
        for waiting in sorted(found, key=lambda file: file.export != SITE_EXPORT):  # files are read with dictionaries
            try:
                arrival = _take(waiting, archive, memory, progress, quiet_seconds)
            except FileYoung:
                landed.problems.append((f"landing/{waiting.place}", "The file is still being written; it waits."))
            except (RowsUnknown, NoDictionary, NotWhole) as unknown:
                _wait(waiting, str(unknown), landed, memory)
            except FileChanged:
                _wait(waiting, "The file changed while it was read; it waits.", landed, memory)
            except OSError as error:
                if error.errno in OF_THE_ARCHIVE:
                    raise
                _wait(waiting, f"The file cannot be opened ({error.strerror}); it waits.", landed, memory)
            else:
                landed.arrivals += [arrival] if arrival is not None else []
    memory.save()
    return landed


def of_site_file(folder: Path, error: RegistryError) -> tuple[str, str]:
    """Return (place, sentence) for an invalid site.toml; the place names the file, so the sentence does not."""
    sentence = str(error).removeprefix(f"{folder.name}/{SITE_FILE}: ")
    return f"landing/{folder.name}/{SITE_FILE}", f"{sentence} The site's files wait."


def _wait(waiting: Waiting, sentence: str, landed: Landed, memory: LandingSnapshot) -> None:
    """Leave the file to the next run, and note why for anyone who looks at landing/ until then."""
    landed.problems.append((f"landing/{waiting.shown_place}", sentence))
    memory.note(waiting.place, sentence)


def _take(
    waiting: Waiting, archive: Archive, memory: LandingSnapshot, progress: Callable[[str], None], quiet_seconds: float
) -> Arrival | None:
    """Archive the file and return its arrival, or None if it is known. A file whose stamp is known is not read."""
    stamp, before = stamp_of(waiting.address), archive.latest(waiting.site, waiting.export, waiting.name)
    if memory.knows(waiting.place, stamp, before.sha256 if before else None):
        return None
    if _is_young(stamp, quiet_seconds):
        raise FileYoung("The file is still being written.")
    progress(waiting.place)
    if waiting.path.is_dir():
        check_whole(waiting.path, waiting.kind)
    if waiting.export == SITE_EXPORT and waiting.name != SITE_FILE:
        _check_dictionary(waiting)
    packs = waiting.export == SITE_EXPORT or find_key(archive.home) is None  # with a key nothing stays as delivered
    arrival = archive.take(waiting.path, waiting.site, waiting.export, screened, packs)
    if (now := archive.latest(waiting.site, waiting.export, waiting.name)) is not None:
        memory.remember(waiting.place, stamp, now.sha256)
    return arrival


def _check_dictionary(waiting: Waiting) -> None:
    """Raise NoDictionary if the file is none: what it holds, such as records, would be kept where none is erased."""
    from warehouse.sources.site_dictionary import check_dictionary

    kind = dictionaries(waiting.path.parent).get(waiting.name, "")
    if kind in WITH_DICTIONARY:
        try:
            check_dictionary(kind, waiting.path)
        except RegistryError as error:
            raise NoDictionary(f"{error.message} The file waits.", error.cure) from None


def _is_young(stamp: Stamp, quiet_seconds: float) -> bool:
    """Return whether the file changed less than `quiet_seconds` ago. A time far in the future means a wrong clock."""
    return abs(time.time() - stamp[2] / 1e9) < quiet_seconds


def is_young(waiting: Waiting, quiet_seconds: float) -> bool:
    """Return whether the file changed less than `quiet_seconds` ago, so that it may still be being written."""
    try:
        return _is_young(stamp_of(waiting.address), quiet_seconds)
    except OSError:
        return False


def _land_site_file(
    folder: Path, archive: Archive, memory: LandingSnapshot, quiet_seconds: float, beside: Waiting | None = None
) -> None:
    config = read_site_file(folder)
    if config is None:
        return
    waiting = _site_file(folder)
    before = archive.latest(folder.name, SITE_EXPORT, SITE_FILE)
    if config.mapping is not None and (before is None or before.sha256 != sha256_of(waiting.address)):
        from warehouse.intake.mapped_columns import check_site_columns

        try:
            others = [(beside.export, beside.name, beside.path)] if beside else []
            check_site_columns(archive, folder, config.mapping, others)
        except RegistryError as error:
            memory.note(waiting.place, of_site_file(folder, error)[1])
            raise
    _take(waiting, archive, memory, lambda _: None, quiet_seconds)


def _site_file(folder: Path) -> Waiting:
    return Waiting(folder.name, SITE_EXPORT, SITE_FILE, str(folder / SITE_FILE))


def watched(home: Home) -> Iterator[Waiting]:
    """Yield every file in landing/ that a refresh may archive: the sites' configurations, deliveries and answers."""
    for folder in site_folders(home, []):
        if (folder / SITE_FILE).is_file() and not _leaves(folder / SITE_FILE, folder):
            yield _site_file(folder)
        yield from files_of(folder, [])


def is_anything_new(home: Home, archive: Archive, memory: LandingSnapshot) -> bool:
    """Return whether landing/ holds a file whose stamp is not known, without reading any file."""
    for waiting in watched(home):
        before = archive.latest(waiting.site, waiting.export, waiting.name)
        try:
            if not memory.knows(waiting.place, stamp_of(waiting.address), before.sha256 if before else None):
                return True
        except OSError:
            return True
    return False


def read_site_file(folder: Path) -> SiteConfig | None:
    """Return the site's configuration, or None if it has no file. Raises RegistryError if the file is invalid."""
    path = folder / SITE_FILE
    if not os.path.lexists(path):
        return None
    if _leaves(path, folder):
        raise RegistryError(f"{folder.name}/site.toml is a link that leads out of the site's folder.", "Copy the file.")
    if not path.is_file():
        raise RegistryError(f"{folder.name}/site.toml is not a file.", "Replace it with a file, or remove it.")
    try:
        return parse(path.read_bytes().decode("utf-8-sig"), folder.name)  # keeps its line ends
    except (OSError, UnicodeDecodeError):
        raise RegistryError(f"{folder.name}/site.toml cannot be read.", "Save it as UTF-8 text.") from None
