"""Writes an export: into a new folder that appears when it is complete, with a manifest that names the release.

The same release, recipe and version of the code give the same bytes. A folder that holds exactly this export is left
as it is; any other that is not empty is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from interchange.kinds import Kind
from interchange.leaving import log_without_counts, refuse_rows
from interchange.outgoing import Written, outgoing
from schemas.disclosure import MODES, NONE
from warehouse.cohorts.recipe import Recipe
from warehouse.releases.limits import TIMEOUT_SECONDS
from warehouse.releases.release import MANIFEST, Release, write_manifest
from warehouse.storage.errors import RegistryError
from warehouse.storage.hashing import file_facts
from warehouse.storage.home import Home
from workflows.paper_files import facts_of_release, into_new_folder

EVERYBODY = "everybody"


@dataclass(frozen=True)
class Exported:
    """An export: where it is, what was written, and whether it was there already."""

    folder: Path
    written: Written
    was_there: bool = False


def export_release(
    home: Home,
    release: Release,
    kind: Kind,
    out: Path,
    recipe: Recipe | None = None,
    mode: str = NONE,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Exported:
    """Write the release as `kind` into `out`; with a recipe only its cohort, under a mode only what may leave.

    RegistryError if `out` holds anything but this export; ShareRefused if rows of patients would leave under a mode;
    QueryFailed, in one line, if the recipe's cohort cannot be chosen.
    """
    law = MODES[mode]
    facts = facts_of_release(release) | {"kind": kind.name, "cohort": recipe.fingerprint if recipe else EVERYBODY}
    if not law.is_open:
        facts |= {"disclosure": {"mode": law.name, "source": law.source}}
    if (held := _held(out, facts)) is not None:
        return Exported(out, held, was_there=True)
    written: list[Written] = []

    def write(folder: Path) -> None:
        with outgoing(release, recipe, "" if law.is_open else law.name, timeout_seconds) as going:
            if kind.has_rows:
                refuse_rows(going, law)
            written.append(kind.write(going, folder))
        own = facts | {"rows": dict(written[0].rows), "notes": list(written[0].notes), "counted": written[0].noun}
        manifest = write_manifest(folder, own)
        if not law.is_open:
            log_without_counts(home, release, kind.name, law, manifest)

    into_new_folder(out, write)
    return Exported(out, written[0])


def _held(out: Path, facts: dict) -> Written | None:
    """Return what the folder holds if that is this export, unchanged; None for a folder that is empty or not there.

    RegistryError for any other.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        is_same = all(manifest[name] == value for name, value in facts.items())
        found = {name: fact for name, fact in file_facts(out).items() if name != MANIFEST}
        if is_same and found == manifest["files"]:
            return Written(manifest["rows"], tuple(manifest["notes"]), manifest["counted"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise RegistryError(f"{out} holds something else.", "Name a folder that does not exist yet with --out.")
