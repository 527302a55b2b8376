"""Finds the files that wait below landing/, names what does not fit the rules of its folders, and archives the rest."""

import errno
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive import decisions
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival
from warehouse.intake.landing_snapshot import LandingSnapshot
from warehouse.intake.site_config import SiteConfig, parse
from warehouse.intake.source_folders import dictionaries, source_folders
from warehouse.redaction.screen_arrival import left_out
from warehouse.storage.errors import ArchiveDamaged, FileChanged, FileYoung, RegistryError
from warehouse.storage.file_stamp import Stamp, sha256_of, stamp_of
from warehouse.storage.home import SITE_NAME, Home

SITE_FILE = "site.toml"
OF_THE_ARCHIVE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Faults of writing, which say nothing about the file that was read."""
DECISIONS = "../archive/decisions.ndjson"
"""Where the memory of landing/ keeps which decisions were followed; no file below landing/ has this place."""
NO_LINK = "Move the files themselves there, or mount the other folder; what is behind the link is left alone."
OUTWARD = f"The link leads out of the site's folder. {NO_LINK}"
IGNORED_PREFIXES = (".", "~$")
IGNORED_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart")


@dataclass(frozen=True)
class Waiting:
    """A file below landing/; `address` is its path as text, which costs less to ask about than a Path."""

    site: str
    export: str
    name: str
    address: str

    @property
    def path(self) -> Path:
        """Its path."""
        return Path(self.address)

    @property
    def place(self) -> str:
        """Where it stands below landing/, with the word site for the folder that a site.toml has none of."""
        return f"{self.site}/{self.export}/{self.name}"

    @property
    def shown_place(self) -> str:
        """Where it stands below landing/, as people find it."""
        return f"{self.site}/{self.name}" if self.export == SITE_EXPORT else self.place


@dataclass
class Landed:
    """What one look at landing/ brought: new arrivals, and problems as (place, sentence)."""

    arrivals: list[Arrival] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def _shown(name: str) -> str:
    """The name as text that can be printed and stored, whatever its bytes."""
    return name.encode("utf-8", "replace").decode()


def _entries(folder: Path, place: str, problems: list[tuple[str, str]]) -> list[os.DirEntry[str]]:
    """What lies in the folder and counts, by name. One that cannot be looked into, or is gone, becomes a problem.

    An entry knows what it is without being asked again, which ten thousand paths do not.
    """
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        problems.append((place, f"The folder cannot be opened ({error.strerror}); what is in it waits."))
        return []
    return [e for e in entries if not e.name.startswith(IGNORED_PREFIXES) and not e.name.endswith(IGNORED_SUFFIXES)]


def _is_file(entry: os.DirEntry[str]) -> bool:
    return Path(entry).is_file() if entry.is_symlink() else entry.is_file()  # a link may lead in a circle


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return Path(entry).is_dir() if entry.is_symlink() else entry.is_dir()


def _leaves(path: Path | str, folder: Path) -> bool:
    """Whether a link leads out of the folder: what lies elsewhere is not the site's to deliver."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def site_folders(home: Home, problems: list[tuple[str, str]]) -> Iterator[Path]:
    """The folders that are sites; what else lies in landing/ becomes a problem."""
    if not home.landing.is_dir():
        return
    for folder in _entries(home.landing, "landing", problems):
        if folder.is_symlink():
            problems.append((f"landing/{_shown(folder.name)}", f"A site's folder must not be a link. {NO_LINK}"))
        elif _is_folder(folder) and SITE_NAME.fullmatch(folder.name):
            yield Path(folder)
        else:
            wrong = "folder is not named like a site (a-z, 0-9, _ and -)"
            what = wrong if _is_folder(folder) else "file is not in a site's folder"
            problems.append((f"landing/{_shown(folder.name)}", f"The {what}; it is left alone."))


def files_of(folder: Path, problems: list[tuple[str, str]]) -> Iterator[Waiting]:
    """The files of one site's exports, and its answered query sheets, in the order of their names."""
    sources, beside = source_folders(folder), dictionaries(folder)
    for entry in _entries(folder, f"landing/{folder.name}", problems):
        place = f"landing/{folder.name}/{_shown(entry.name)}"
        if entry.name == SITE_FILE:
            continue
        if entry.name in beside and _is_file(entry) and not _leaves(entry.path, folder):
            yield Waiting(folder.name, SITE_EXPORT, entry.name, entry.path)
            continue
        if entry.is_symlink() and _leaves(entry.path, folder):
            problems.append((place, OUTWARD))
        elif not _is_folder(entry):
            problems.append((place, "The file is not in an export's folder; it is left alone."))
        elif entry.name not in (*EXPORTS, ANSWERS, *sources):
            known = ", ".join(sorted({*EXPORTS, *sources}))
            problems.append((place, f"The folder is neither an export nor a source ({known}); it is left alone."))
        else:
            for file in _entries(Path(entry), place, problems):
                if file.is_symlink() and _leaves(file.path, folder):
                    problems.append((f"{place}/{_shown(file.name)}", OUTWARD))
                elif not _is_file(file):
                    problems.append((f"{place}/{_shown(file.name)}", "This is not a file; it is left alone."))
                elif _shown(file.name) != file.name:
                    problems.append((f"{place}/{_shown(file.name)}", "The file's name is not UTF-8; it waits."))
                else:
                    yield Waiting(folder.name, entry.name, file.name, file.path)


def land(
    home: Home, archive: Archive, progress: Callable[[str], None] = lambda _: None, quiet_seconds: float = 0
) -> Landed:
    """Take every new or changed file into the archive, but for those that changed less than `quiet_seconds` ago.

    A file that cannot be read, or a site whose site.toml does not hold, becomes a problem; every other goes on.
    """
    landed, memory = Landed(), LandingSnapshot(home)
    for folder in site_folders(home, landed.problems):
        try:
            _land_site_file(folder, archive, memory, quiet_seconds)
        except OSError as error:
            if error.errno in OF_THE_ARCHIVE:
                raise
            sentence = f"The file cannot be opened ({error.strerror}). The site's files wait."
            landed.problems.append((f"landing/{folder.name}/{SITE_FILE}", sentence))
            continue
        except RegistryError as error:
            landed.problems.append(of_site_file(folder, error))
            continue
        for waiting in files_of(folder, landed.problems):
            try:
                arrival = _take(waiting, archive, memory, progress, quiet_seconds)
            except FileYoung:
                landed.problems.append((f"landing/{waiting.place}", "The file is still being written; it waits."))
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
    """The problem of a site.toml that does not hold; the place names the file, so the sentence need not."""
    sentence = str(error).removeprefix(f"{folder.name}/{SITE_FILE}: ")
    return f"landing/{folder.name}/{SITE_FILE}", f"{sentence} The site's files wait."


def _wait(waiting: Waiting, sentence: str, landed: Landed, memory: LandingSnapshot) -> None:
    """The file is left until the next run; until then whoever looks into landing/ is told why."""
    landed.problems.append((f"landing/{waiting.place}", sentence))
    memory.note(waiting.place, sentence)


def _take(
    waiting: Waiting, archive: Archive, memory: LandingSnapshot, progress: Callable[[str], None], quiet_seconds: float
) -> Arrival | None:
    """Take the file in; None where it is known. Neither reads a file whose stamp is known."""
    stamp, before = stamp_of(waiting.address), archive.latest(waiting.site, waiting.export, waiting.name)
    if memory.knows(waiting.place, stamp, before.sha256 if before else None):
        return None
    if _is_young(stamp, quiet_seconds):
        raise FileYoung("The file is still being written.")
    progress(waiting.place)
    arrival = archive.take(waiting.path, waiting.site, waiting.export, left_out)
    if (now := archive.latest(waiting.site, waiting.export, waiting.name)) is not None:
        memory.remember(waiting.place, stamp, now.sha256)
    return arrival


def _is_young(stamp: Stamp, quiet_seconds: float) -> bool:
    """Whether the file changed less than the quiet time ago. A time further in the future is a wrong clock's."""
    return abs(time.time() - stamp[2] / 1e9) < quiet_seconds


def is_young(waiting: Waiting, quiet_seconds: float) -> bool:
    """Whether the file changed less than the quiet time ago: somebody may still be writing it."""
    try:
        return _is_young(stamp_of(waiting.address), quiet_seconds)
    except OSError:
        return False


def _land_site_file(folder: Path, archive: Archive, memory: LandingSnapshot, quiet_seconds: float) -> None:
    config = read_site_file(folder)
    if config is None:
        return
    waiting = _site_file(folder)
    before = archive.latest(folder.name, SITE_EXPORT, SITE_FILE)
    if config.mapping is not None and (before is None or before.sha256 != sha256_of(waiting.address)):
        from warehouse.intake.mapped_columns import check_site_columns

        try:
            check_site_columns(archive, folder, config.mapping)
        except RegistryError as error:
            memory.note(waiting.place, of_site_file(folder, error)[1])
            raise
    _take(waiting, archive, memory, lambda _: None, quiet_seconds)


def _site_file(folder: Path) -> Waiting:
    return Waiting(folder.name, SITE_EXPORT, SITE_FILE, str(folder / SITE_FILE))


def watched(home: Home) -> Iterator[Waiting]:
    """Every file below landing/ that a refresh may take: the sites' configurations, deliveries and answers."""
    for folder in site_folders(home, []):
        if (folder / SITE_FILE).is_file() and not _leaves(folder / SITE_FILE, folder):
            yield _site_file(folder)
        yield from files_of(folder, [])


def is_anything_new(home: Home, archive: Archive, memory: LandingSnapshot) -> bool:
    """Whether landing/ holds a file whose stamp is not known, without reading any."""
    for waiting in watched(home):
        before = archive.latest(waiting.site, waiting.export, waiting.name)
        try:
            if not memory.knows(waiting.place, stamp_of(waiting.address), before.sha256 if before else None):
                return True
        except OSError:
            return True
    return False


def read_site_file(folder: Path) -> SiteConfig | None:
    """The site's configuration, None without a file; RegistryError where it does not hold."""
    path = folder / SITE_FILE
    if not os.path.lexists(path):
        return None
    if _leaves(path, folder):
        raise RegistryError(f"{folder.name}/site.toml is a link that leads out of the site's folder.", "Copy the file.")
    if not path.is_file():
        raise RegistryError(f"{folder.name}/site.toml is not a file.", "Put the file itself there, or take it away.")
    try:
        return parse(path.read_bytes().decode("utf-8-sig"), folder.name)  # its line ends as they are
    except (OSError, UnicodeDecodeError):
        raise RegistryError(f"{folder.name}/site.toml cannot be read.", "Save it as UTF-8 text.") from None


def site_configs(archive: Archive, problems: list[tuple[str, str]] | None = None) -> dict[str, SiteConfig]:
    """Each site's configuration in force: the newest site.toml of the archive that holds and is not set aside.

    One that holds no longer becomes a problem. ArchiveDamaged where the archive lost the one in force, since nobody
    could say how the site delivers.
    """
    out = set_aside_by_hand(archive)
    configs: dict[str, SiteConfig] = {}
    for arrival in reversed(archive.arrivals):
        is_site_file = arrival.export == SITE_EXPORT and arrival.file_name == SITE_FILE
        if not is_site_file or arrival.site in configs or arrival.load_no in out:
            continue
        try:
            configs[arrival.site] = parse(archive.text(arrival), arrival.site, is_strict=False)
        except ArchiveDamaged:
            if not archive.heal(arrival):
                raise
            configs[arrival.site] = parse(archive.text(arrival), arrival.site, is_strict=False)
        except (RegistryError, UnicodeDecodeError) as error:
            why = str(error) if isinstance(error, RegistryError) else "It is not UTF-8 text."
            if problems is not None:
                place = f"archive/{arrival.site}/{arrival.delivery}"
                problems.append((place, f"{why} The one before it stays in force until a correct one is delivered."))
    return configs


def remember_decisions(home: Home, fingerprint: str) -> None:
    """Note which decisions the tables were made with, for who looks whether anything is new."""
    memory = LandingSnapshot(home)
    memory.note(DECISIONS, fingerprint)
    memory.save()


def set_aside_by_hand(archive: Archive) -> set[int]:
    """Numbers of the arrivals that somebody took out of the archive's current reading."""
    made = decisions.read(archive.home)
    return decisions.numbers(decisions.in_force(made, archive.arrivals), decisions.SET_ASIDE)
