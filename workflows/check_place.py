"""Finds what `registry check SITE [--file F]` means: the site's folder, and the file for which folder of it."""

from contextlib import suppress
from pathlib import Path

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.archive import Archive
from warehouse.intake.configs_in_force import SITE_FILE, site_configs
from warehouse.intake.landing import OneSite, Waiting, read_site_file
from warehouse.intake.source_folders import source_folders
from warehouse.readers.near_names import nearest, shown
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import SITE_NAME, Home


def site_folder(home: Home | None, site: str, has_file: bool) -> Path:
    """Return the folder of a site of the home, or the folder at the path `site`.

    Raises RegistryError if there is neither. With `has_file`, a site of the home needs no folder yet.
    """
    if home is not None and SITE_NAME.fullmatch(site):
        folder = home.landing / site
        if folder.is_dir() or (has_file and not Path(site).is_dir()):
            return folder
    folder = Path(site)
    if folder.is_dir():
        folder = folder.resolve()
        if not SITE_NAME.fullmatch(folder.name):
            raise RegistryError(
                f"The folder {shown(folder.name)} is not named like a site.",
                "Rename it to the site's name: a-z, 0-9, _ and -.",
            )
        return folder
    known = sorted(f.name for f in home.landing.iterdir() if f.is_dir()) if home and home.landing.is_dir() else []
    near = nearest(site, known)
    meant = f"; the nearest is {near}" if near else ""
    raise RegistryError(
        f"There is no folder of a site {shown(site)}{meant}.",
        "Name a site that has a folder in landing/, or the path of a folder that holds site.toml and the files.",
    )


def what_to_check(folder: Path, archive: Archive, file: Path | None, named: str | None) -> OneSite:
    """Return what is taken as new: everything in the folder, or only `file`, for the folder `named` or found.

    `archive` holds what the site delivered before.
    """
    in_force = site_configs(archive).get(folder.name)
    is_first = in_force is None
    if is_first:
        with suppress(RegistryError):  # landing it says what is wrong
            in_force = read_site_file(folder)
    if file is None:
        return OneSite(folder, None, in_force, is_first)
    known = source_folders(folder)
    if in_force is not None and in_force.mapping is not None and not (folder / SITE_FILE).exists():
        known = known | in_force.mapping.folders()
    path = _path_of(folder, file)
    place = named or _folder_of(folder, path, known)
    if place not in (*EXPORTS, ANSWERS, *known):
        near = nearest(place, [*EXPORTS, *known])
        meant = f"; the nearest is {near}" if near else ""
        raise RegistryError(f"{shown(place)} is neither an export nor a source of this site{meant}.", _which(known))
    return OneSite(folder, Waiting(folder.name, place, path.name, str(path)), in_force, is_first)


def _path_of(folder: Path, file: Path) -> Path:
    """Return the path of the file as typed: from here, from the site's folder, or by its name alone."""
    for path in (file, folder / file):
        if path.is_file():
            return path.absolute()
    named = sorted(folder.glob(f"*/{file.name}")) if file.name == str(file) and folder.is_dir() else []
    if len(named) == 1:
        return named[0].absolute()
    if named:
        listed = ", ".join(f"{path.parent.name}/{path.name}" for path in named)
        raise RegistryError(f"{file.name} is in {len(named)} folders of the site.", f"Name one of {listed}.")
    raise RegistryError(f"There is no file {file}.", "Name a file by its path, or by folder/name in the site's folder.")


def _folder_of(folder: Path, path: Path, known: set[str]) -> str:
    """Return for which folder of the site the file is: the one it is in, or the only one that there is."""
    for at in (path, path.resolve()):
        if at.is_relative_to(folder) and len(at.relative_to(folder).parts) == 2:
            return at.parent.name
    if path.parent.name in (*EXPORTS, ANSWERS, *known):
        return path.parent.name
    if len(known) == 1:
        return next(iter(known))
    raise RegistryError(f"It is not clear for which folder of the site {path.name} is.", _which(known))


def _which(known: set[str]) -> str:
    return f"Name it with --folder: {', '.join(sorted({*EXPORTS, *known}))}."
