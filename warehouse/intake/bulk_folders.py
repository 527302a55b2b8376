"""Judges folders of FHIR in landing/: an export of a server in several files is one delivery.

FHIR Bulk Data has a manifest, which names the files of an export (HL7 Bulk Data Access 2.0.0 and 3.0.0, read
2026-11-30); SMART's client writes it as manifest.json after the last file. Our own export has a manifest.json with the
size of each file. Without one, a folder is whole if none of its files ends in the middle of a resource.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from warehouse.readers.near_names import shown
from warehouse.sources.fhir.files import MANIFEST, is_read
from warehouse.storage.errors import NotWhole
from warehouse.storage.packed_folder import IGNORED_SUFFIXES, files_within

MOST_MANIFEST_BYTES = 1 << 24
END_BYTES = 1 << 12
PACKED = ".gz"


def lies_open(folder: Path) -> bool:
    """Return whether the files of one export lie directly in the source's folder: its manifest lies beside them."""
    return _manifest_of(folder) is not None


def check_whole(folder: Path) -> None:
    """Raise NotWhole if a file is lacking, or one is there that is still being written."""
    if coming := next((name for name in _coming(folder)), None):
        raise NotWhole(f"The export is not whole: {shown(coming)} is still being copied. It waits.")
    files = {name: Path(entry.path) for name, entry in files_within(folder)}
    read = {name: path for name, path in files.items() if is_read(name)}
    if not read:
        raise NotWhole("The folder holds no NDJSON or JSON file yet. It waits.")
    manifest = _manifest_of(folder) or {}
    _check_our_own(manifest, files)
    if lacking := _lacking(manifest, read):
        raise NotWhole(f"The export is not whole: {shown(lacking)}, which manifest.json names, is not there. It waits.")
    for name, path in read.items():
        if not name.lower().endswith(PACKED) and not _ends_whole(path):
            raise NotWhole(f"The export is not whole: {shown(name)} ends in the middle of a resource. It waits.")


def _coming(folder: Path) -> list[str]:
    return sorted(name for _, _, names in os.walk(folder) for name in names if name.lower().endswith(IGNORED_SUFFIXES))


def _manifest_of(folder: Path) -> Mapping | None:
    """Return the manifest of Bulk Data or of our own export that lies in the folder, None if there is none."""
    path = folder / MANIFEST
    try:
        if path.is_symlink() or path.stat().st_size > MOST_MANIFEST_BYTES:
            return None
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    is_one = isinstance(found, dict) and (
        ("transactionTime" in found and isinstance(found.get("output"), list))
        or (found.get("kind") == "fhir" and isinstance(found.get("files"), dict))
    )
    return found if is_one else None


def _check_our_own(manifest: Mapping, files: Mapping[str, Path]) -> None:
    """Raise NotWhole if files of our own export lack or have another size, or are those of several sites."""
    listed = manifest.get("files")
    if not isinstance(listed, dict):
        return
    if len({PurePosixPath(name).parts[0] for name in listed if "/" in name}) > 1:
        raise NotWhole("The export is that of several sites. Copy the folder of each site alone. It waits.")
    for name, said in listed.items():
        size = said.get("size_bytes") if isinstance(said, dict) else None
        if name not in files or (isinstance(size, int) and files[name].stat().st_size != size):
            raise NotWhole(f"The export is not whole: {shown(name)} is not there, or not all of it. It waits.")


def _lacking(manifest: Mapping, read: Mapping[str, Path]) -> str | None:
    """Return the first file that a Bulk Data manifest names and that the folder lacks.

    A client may name files after their resources instead of their addresses: then as many must be there as the
    manifest has of that resource.
    """
    plain = {PurePosixPath(name).name for name in read}
    output = [one for one in manifest.get("output", ()) if isinstance(one, dict)]
    n_of: dict[str, int] = {}
    for one in output:
        name = PurePosixPath(unquote(urlsplit(str(one.get("url", ""))).path)).name
        kind = str(one.get("type", ""))
        n_of[kind] = n_of.get(kind, 0) + 1
        of_kind = [file for file in plain if kind and kind in re.split(r"[^A-Za-z]+", file)]
        if name not in plain and f"{name}{PACKED}" not in plain and len(of_kind) < n_of[kind]:
            return name or kind
    return None


def _ends_whole(path: Path) -> bool:
    """Return whether the file's last resource ends, as far as its last sign says."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - END_BYTES))
        end = file.read().rstrip()
    return not end or end.endswith((b"}", b"]"))
