"""Landing: which files wait below landing/, and taking them into the archive.

What belongs here: walking the folders by their rules, and naming what does not fit them. What does not: reading
the files (readers/) or keeping them (archive.py).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive import Archive, Arrival
from warehouse.errors import RegistryError
from warehouse.home import Home
from warehouse.site_config import SiteConfig, parse

SITE_NAME = re.compile(r"[a-z0-9_-]+")
SITE_FILE = "site.toml"
SITE_EXPORT = "site"
"""Under this name the archive keeps a site's site.toml."""
IGNORED_PREFIXES = (".", "~$")
IGNORED_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart")


@dataclass(frozen=True)
class Waiting:
    """A file below landing/."""

    site: str
    export: str
    path: Path


@dataclass
class Landed:
    """What one look at landing/ brought: new arrivals, and problems as (place, sentence)."""

    arrivals: list[Arrival] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def _shown(name: str) -> str:
    """The name as text that can be printed and stored, whatever its bytes."""
    return name.encode("utf-8", "replace").decode()


def _entries(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.iterdir() if not p.name.startswith(IGNORED_PREFIXES) and not p.name.endswith(IGNORED_SUFFIXES)
    )


def site_folders(home: Home, problems: list[tuple[str, str]]) -> Iterator[Path]:
    """The folders that are sites; what else lies in landing/ becomes a problem."""
    if not home.landing.is_dir():
        return
    for folder in _entries(home.landing):
        if folder.is_dir() and SITE_NAME.fullmatch(folder.name):
            yield folder
        else:
            wrong = "folder is not named like a site (a-z, 0-9, _ and -)"
            what = wrong if folder.is_dir() else "file is not in a site's folder"
            problems.append((f"landing/{_shown(folder.name)}", f"The {what}; it is left alone."))


def files_of(folder: Path, problems: list[tuple[str, str]]) -> Iterator[Waiting]:
    """The files of one site's exports, in the order of their names."""
    for entry in _entries(folder):
        place = f"landing/{folder.name}/{_shown(entry.name)}"
        if entry.name == SITE_FILE or (entry.is_dir() and entry.name == ANSWERS):
            continue
        if not entry.is_dir():
            problems.append((place, "The file is not in an export's folder; it is left alone."))
        elif entry.name not in EXPORTS:
            problems.append((place, f"The folder is not an export ({', '.join(sorted(EXPORTS))}); it is left alone."))
        else:
            for path in _entries(entry):
                if not path.is_file():
                    problems.append((f"{place}/{_shown(path.name)}", "This is not a file; it is left alone."))
                elif _shown(path.name) != path.name:
                    problems.append((f"{place}/{_shown(path.name)}", "The file's name is not UTF-8; it waits."))
                else:
                    yield Waiting(folder.name, entry.name, path)


def land(home: Home, archive: Archive, progress: Callable[[str], None] = lambda _: None) -> Landed:
    """Take every new or changed file into the archive.

    A file that cannot be read, or a site whose site.toml does not hold, becomes a problem; every other goes on.
    """
    landed = Landed()
    for folder in site_folders(home, landed.problems):
        try:
            _land_site_file(folder, archive)
        except RegistryError as error:
            landed.problems.append((f"landing/{folder.name}/{SITE_FILE}", f"{error} The site's files wait."))
            continue
        for waiting in files_of(folder, landed.problems):
            progress(f"{waiting.site}/{waiting.export}/{waiting.path.name}")
            try:
                arrival = archive.take(waiting.path, waiting.site, waiting.export)
            except OSError as error:
                place = f"landing/{waiting.site}/{waiting.export}/{waiting.path.name}"
                landed.problems.append((place, f"The file cannot be opened ({error.strerror}); it waits."))
                continue
            if arrival is not None:
                landed.arrivals.append(arrival)
    return landed


def _land_site_file(folder: Path, archive: Archive) -> None:
    if _read_site_file(folder) is not None:
        archive.take(folder / SITE_FILE, folder.name, SITE_EXPORT)


def _read_site_file(folder: Path) -> SiteConfig | None:
    """The site's configuration, None without a file; RegistryError where it does not hold."""
    path = folder / SITE_FILE
    if not path.is_file():
        return None
    try:
        return parse(path.read_text(encoding="utf-8-sig"), folder.name)
    except (OSError, UnicodeDecodeError):
        raise RegistryError(f"{folder.name}/site.toml cannot be read.", "Save it as UTF-8 text.") from None


def site_configs(archive: Archive) -> dict[str, SiteConfig]:
    """Each site's configuration in force: the newest site.toml that the archive holds."""
    newest = {a.site: a for a in archive.arrivals if a.export == SITE_EXPORT}
    return {site: parse(archive.text(arrival), site) for site, arrival in newest.items()}


def landing_problems(home: Home) -> list[tuple[str, str]]:
    """What lies in landing/ and cannot be taken, as (place, sentence); looks without taking anything."""
    problems: list[tuple[str, str]] = []
    for folder in site_folders(home, problems):
        for _ in files_of(folder, problems):
            pass
        try:
            _read_site_file(folder)
        except RegistryError as error:
            problems.append((f"landing/{folder.name}/{SITE_FILE}", f"{error} The site's files wait."))
    return problems


def waiting_files(home: Home, archive: Archive) -> list[Waiting]:
    """Files in landing/ that have not arrived yet, or whose size differs from their last arrival."""
    waiting = []
    for folder in site_folders(home, []):
        for file in files_of(folder, []):
            latest = archive.latest(file.site, file.export, file.path.name)
            if latest is None or latest.size_bytes != file.path.stat().st_size:
                waiting.append(file)
    return waiting


def write_problems(con: duckdb.DuckDBPyConnection, problems: list[tuple[str, str]]) -> None:
    """meta.landing_problems: what lies in landing/ and could not be taken, as of the last look."""
    con.execute("CREATE OR REPLACE TABLE meta.landing_problems (place VARCHAR, sentence VARCHAR)")
    if problems:
        con.executemany("INSERT INTO meta.landing_problems VALUES (?, ?)", problems)
