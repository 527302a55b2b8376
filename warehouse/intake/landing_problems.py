"""Finds the files in landing/ that wait or cannot be archived, without archiving any."""

import duckdb

from languages.known import why_unknown
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.intake import exceptions_file
from warehouse.intake.configs_in_force import IN_ENGLISH
from warehouse.intake.landing import SITE_FILE, Waiting, files_of, of_site_file, read_site_file, site_folders, watched
from warehouse.intake.landing_snapshot import LandingSnapshot
from warehouse.storage.errors import RegistryError
from warehouse.storage.file_stamp import sha256_of, stamp_of
from warehouse.storage.home import Home


def landing_problems(home: Home) -> list[tuple[str, str]]:
    """Return what cannot be archived from landing/, and what is wrong with exceptions.toml, as (place, sentence).

    Archives nothing. That a file changed while it was read, or could not be read, is known from the run that last
    tried to archive it.
    """
    memory = LandingSnapshot(home)
    problems: list[tuple[str, str]] = []
    if broken := exceptions_file.read_or_problem(home).problem:
        problems.append((exceptions_file.FILE_NAME, broken))
    for folder in site_folders(home, problems):
        for waiting in files_of(folder, problems):
            if sentence := memory.noted(waiting.place):
                problems.append((f"landing/{waiting.place}", sentence))
        try:
            config = read_site_file(folder)
        except RegistryError as error:
            problems.append(of_site_file(folder, error))
        else:
            if sentence := memory.noted(f"{folder.name}/{SITE_EXPORT}/{SITE_FILE}"):
                problems.append((f"landing/{folder.name}/{SITE_FILE}", sentence))
            elif config is not None and (why := why_unknown(config.language)):
                problems.append((f"landing/{folder.name}/{SITE_FILE}", f"{why} {IN_ENGLISH}"))
    return problems


def waiting_files(home: Home, archive: Archive) -> list[Waiting]:
    """Return the files in landing/ that a refresh would archive, site.toml included.

    These are new files and those whose content differs from their last arrival. Only files whose stamp is not known are
    read.
    """
    memory = LandingSnapshot(home)
    return [file for file in watched(home) if _is_waiting(file, archive, memory)]


def _is_waiting(file: Waiting, archive: Archive, memory: LandingSnapshot) -> bool:
    latest = archive.latest(file.site, file.export, file.name)
    try:
        stamp = stamp_of(file.address)
        if latest is None or (latest.size_bytes != stamp[0] and not file.path.is_dir()):
            return True
        return not memory.knows(file.place, stamp, latest.sha256) and sha256_of(file.address) != latest.sha256
    except FileNotFoundError:
        return False  # removed in the meantime
    except OSError:
        return True  # the refresh reports why it cannot be read


def write_problems(con: duckdb.DuckDBPyConnection, problems: list[tuple[str, str]]) -> None:
    """Write meta.landing_problems: what could not be archived from landing/ at the last scan."""
    con.execute("CREATE OR REPLACE TABLE meta.landing_problems (place VARCHAR, sentence VARCHAR)")
    if problems:
        con.executemany("INSERT INTO meta.landing_problems VALUES (?, ?)", problems)
