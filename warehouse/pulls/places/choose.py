"""Chooses what is delivered of the files at a place: each file, or as one each study of cBioPortal and folder of FHIR.

What landing/ passes over is passed over here: hidden files, and those that are still being transferred.
"""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from warehouse.intake.source_folders import BULK, STUDY
from warehouse.intake.study_folders import PARTS
from warehouse.pulls.places.place import Listed
from warehouse.pulls.targets import Target
from warehouse.sources.fhir.files import MANIFEST
from warehouse.sources.site_mapping import is_named
from warehouse.storage.packed_folder import IGNORED_PREFIXES, IGNORED_SUFFIXES

LONGEST_NAME_BYTES = 240
"""Of a part of a name; a file system takes 255, and a file has a longer name while it is delivered."""
NO_NAMES = ("Cc", "Cs", "Zl", "Zp")
"""Categories of characters that no name holds: controls, halves of characters, ends of lines."""


@dataclass(frozen=True)
class Unit:
    """What becomes one delivery: a file, or the folder of a study or export, whose files' names begin with `within`."""

    name: str
    files: tuple[Listed, ...]
    is_study: bool = False
    within: str = ""

    @property
    def size_bytes(self) -> int:
        """Return how much is fetched."""
        return sum(one.size for one in self.files)


@dataclass
class Chosen:
    """What is delivered, and what is not: names that no file can have, and how many files lie in other folders.

    `n_seen` counts the files that are not passed over, `n_others` the deliveries whose names `files` does not take.
    """

    units: list[Unit] = field(default_factory=list)
    unsafe: list[str] = field(default_factory=list)
    n_below: int = 0
    n_seen: int = 0
    n_others: int = 0


def choose(listed: Iterable[Listed], target: Target) -> Chosen:
    """Return the deliveries by name. Of a study of which one file has an impossible name, nothing is delivered."""
    found, kind = Chosen(), target.source.kind
    seen = [one for one in sorted(listed, key=lambda one: one.name) if not _is_ignored(one.name)]
    above = [one for one in seen if "/" not in one.name]
    zips = {one.name for one in above if one.name.lower().endswith(".zip")}
    if _lies_open(kind, {one.name for one in above} - zips):
        found.units = [Unit(one.name, (one,)) for one in above if one.name in zips]
        found.units.append(Unit(target.folder, tuple(one for one in seen if one.name not in zips), is_study=True))
    else:
        found.units = [Unit(one.name, (one,)) for one in above]
        for name, files in _by_folder(one for one in seen if "/" in one.name).items():
            if _is_delivery(kind, files):
                found.units.append(Unit(name, files, is_study=True, within=f"{name}/"))
            else:
                found.n_below += len(files)
    named = [unit for unit in found.units if is_named(unit.name, target.source.files)]
    found.n_seen, found.n_others = len(seen), len(found.units) - len(named)
    found.units = named
    found.unsafe = [unit.name for unit in found.units if not all(_is_safe(one.name) for one in unit.files)]
    found.units = [unit for unit in found.units if unit.name not in found.unsafe]
    return found


def _lies_open(kind: str, names: Collection[str]) -> bool:
    """Return whether what lies directly in the place is one delivery: a study, or an export of FHIR with its list."""
    return (kind == STUDY and bool(names)) or (kind == BULK and MANIFEST in names)


def _is_delivery(kind: str, files: Iterable[Listed]) -> bool:
    """Return whether a folder with these files is a delivery, as intake takes it from landing/."""
    within = (one.name.partition("/")[2].lower() for one in files)
    return kind == BULK or (kind == STUDY and any(name.startswith(PARTS) for name in within))


def _by_folder(files: Iterable[Listed]) -> dict[str, tuple[Listed, ...]]:
    folders: dict[str, list[Listed]] = {}
    for one in files:
        folders.setdefault(one.name.partition("/")[0], []).append(one)
    return {name: tuple(within) for name, within in folders.items()}


def _is_ignored(name: str) -> bool:
    return any(part.startswith(IGNORED_PREFIXES) or part.endswith(IGNORED_SUFFIXES) for part in name.split("/"))


def _is_safe(name: str) -> bool:
    """Return whether a file can have the name, and stays in its folder."""
    return all(
        0 < len(part.encode("utf-8", "replace")) <= LONGEST_NAME_BYTES
        and part not in (".", "..")
        and not any(unicodedata.category(character) in NO_NAMES for character in part)
        for part in name.split("/")
    )
