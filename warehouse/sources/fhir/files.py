"""Turns a delivered file into NDJSON files with one resource on each line: of a bundle, an archive, or as it came."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from warehouse.readers import size_limits
from warehouse.readers.gzipped import unpack
from warehouse.readers.ndjson import without_mark
from warehouse.sources.fhir.expanded import NOT_FHIR, write_expanded
from warehouse.storage.errors import DeliveryRejected

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
SUFFIXES = (".ndjson", ".json", ".jsonl", ".ndjson.gz", ".json.gz", ".jsonl.gz")
MANIFEST = "manifest.json"
"""What an export of ours, or one of Bulk Data, says of itself."""
NOT_READ = (MANIFEST, "log.ndjson")
"""Files that lie beside an export's and hold no resources; SMART's client of Bulk Data writes both."""
COPIED = "lines-"
"""How the name of a copy begins that says of each resource where it stood."""
LFS = b"version https://git-lfs"
CHUNK_BYTES, LOOKED_AT_BYTES = 1 << 20, 1 << 12
MOST_MEMBERS = 10_000
FIRST_LINE_BYTES = 1 << 24
DELIVER_AGAIN = "Pack the NDJSON or JSON files into a ZIP again, without a password, and deliver it."


def looks_like_fhir(path: Path) -> bool:
    """Return whether the file begins as JSON of a resource or of a bundle."""
    with open(path, "rb") as file:
        return begins_as_fhir(file.read(LOOKED_AT_BYTES))


def begins_as_fhir(start: bytes) -> bool:
    """Return whether a file that begins so is JSON of a resource or of a bundle."""
    start = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith((b"{", b"[")) and b'"resourceType"' in start


def ndjson_of(path: Path) -> list[Path]:
    """Return NDJSON files that hold the resources of the file at `path`, in its order; copies lie beside it.

    Raises DeliveryRejected if it is no JSON, or damaged.
    """
    return [plain for part in _parts(path) for plain in _plain(part)]


def _parts(path: Path) -> list[Path]:
    with open(path, "rb") as file:
        start = file.read(len(LFS))
    if start.startswith(ZIP):
        return _unzipped(path)
    return [unpack(path) if start.startswith(GZIP) else path]


def _plain(path: Path) -> Iterator[Path]:
    """Yield the file if each of its lines is one resource, else a copy that is so."""
    path = without_mark(path)
    with open(path, "rb") as file:
        first = next((line for line in iter(lambda: file.readline(FIRST_LINE_BYTES), b"") if line.strip()), b"")
    if not first:
        return
    if first.lstrip().startswith(LFS):
        raise DeliveryRejected(
            "The file is a pointer of Git LFS and not the data.", "Fetch the data with `git lfs pull` and deliver it."
        )
    if first.lstrip().startswith(b"<"):
        raise DeliveryRejected("The file is XML.", "Export the resources as JSON or NDJSON and deliver those.")
    yield path if is_resource(first) else expanded(path)


def is_resource(line: bytes) -> bool:
    """Return whether a line is a whole resource that is no bundle."""
    try:
        found = json.loads(line)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("resourceType") not in (None, "Bundle")


def expanded(path: Path) -> Path:
    """Return an NDJSON copy of a file of bundles, resources or both."""
    copy = path.with_name(f"{COPIED}{path.name}.ndjson")
    write_expanded(path, copy)
    return copy


def _unzipped(path: Path) -> list[Path]:
    """Return the JSON files of a ZIP in the order of their names, unpacked beside it."""
    bound = size_limits.bound_of(path.stat().st_size, size_limits.MAX_UNPACKED_BYTES)
    folder = path.with_name(f"files-{path.name}")
    folder.mkdir(exist_ok=True)
    found, written = [], 0
    try:
        with zipfile.ZipFile(path) as parts:
            members = sorted((one for one in parts.infolist() if is_read(one.filename)), key=lambda one: one.filename)
            if len(members) > MOST_MEMBERS:
                raise DeliveryRejected(f"The ZIP has more than {MOST_MEMBERS:,} files.", "Deliver it in several parts.")
            for number, member in enumerate(members):
                target = folder / f"{number:05}.{'gz' if member.filename.lower().endswith('.gz') else 'json'}"
                with parts.open(member) as source, open(target, "wb") as sink:
                    while chunk := source.read(CHUNK_BYTES):
                        written += len(chunk)
                        size_limits.refuse_beyond(written, bound, DELIVER_AGAIN)
                        sink.write(chunk)
                found.append(unpack(target) if target.suffix == ".gz" else target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise DeliveryRejected("The ZIP is damaged or only a part of one.", DELIVER_AGAIN) from None
    except RuntimeError:  # zipfile's error for a member with a password
        raise DeliveryRejected("The ZIP has a password.", DELIVER_AGAIN) from None
    if not found:
        raise DeliveryRejected("The ZIP has no NDJSON or JSON file.", NOT_FHIR)
    return found


def is_read(name: str) -> bool:
    """Return whether a file of an export, by its name in the folder or ZIP, is one of resources."""
    plain = PurePosixPath(name.replace("\\", "/")).name
    is_there = plain.lower().endswith(SUFFIXES) and not plain.startswith(".") and "__MACOSX" not in name
    return is_there and plain.lower() not in NOT_READ
