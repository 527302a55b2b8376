"""Says which folders in a source's folder are deliveries, and when one is whole: studies, and exports of FHIR."""

from pathlib import Path

from warehouse.intake import bulk_folders, study_folders
from warehouse.intake.source_folders import BULK, STUDY
from warehouse.storage.errors import NotWhole
from warehouse.storage.packed_folder import IGNORED_PREFIXES


def is_delivery(folder: Path, kind: str | None) -> bool:
    """Return whether a folder in that of a source of the kind is a delivery."""
    return kind == BULK or (kind == STUDY and study_folders.is_study(folder))


def lies_open(folder: Path, kind: str | None) -> bool:
    """Return whether the files of one delivery lie directly in the source's folder; a ZIP there is one of its own."""
    if kind == BULK:
        return bulk_folders.lies_open(folder)
    return kind == STUDY and study_folders.lies_open(folder)


def check_whole(folder: Path, kind: str | None) -> None:
    """Raise NotWhole if a part of the delivery is not there yet."""
    if kind == BULK:
        bulk_folders.check_whole(folder)
    else:
        study_folders.check_whole(folder)


def deliveries_in(folder: Path, kind: str | None) -> list[Path]:
    """Return the files in a source's folder by name, and the folders that are deliveries, if they are whole."""
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith(IGNORED_PREFIXES)]
    is_open = lies_open(folder, kind)
    are_zips_only = is_open or kind == STUDY
    found = [one for one in entries if one.is_file() and (not are_zips_only or one.name.lower().endswith(".zip"))]
    found += [folder] if is_open else [one for one in entries if one.is_dir() and is_delivery(one, kind)]
    return [one for one in found if one.is_file() or _is_whole(one, kind)]


def _is_whole(folder: Path, kind: str | None) -> bool:
    try:
        check_whole(folder, kind)
    except NotWhole:
        return False
    return True
