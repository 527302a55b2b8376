"""Unpacks the tables of a ZIP beside it, within the bound of size_limits.py."""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from warehouse.readers import size_limits
from warehouse.storage.errors import DeliveryRejected

CHUNK_BYTES = 1 << 20
MOST_MEMBERS = 1_000
ZIP_START = b"PK\x03\x04"
WORKBOOK_PARTS = ("[content_types].xml", "mimetype")
DELIVER_AGAIN = "Download the export from Castor again and deliver the ZIP unchanged, without a password."


@dataclass(frozen=True)
class Member:
    """One table of a ZIP: its name there, without folders, and where it was unpacked."""

    name: str
    path: Path


def is_zip_of_tables(path: Path) -> bool:
    """Return whether the file begins as a ZIP and is no workbook."""
    with open(path, "rb") as file:
        if file.read(len(ZIP_START)) != ZIP_START:
            return False
    try:
        with zipfile.ZipFile(path) as parts:
            return not any(name.lower() in WORKBOOK_PARTS for name in parts.namelist())
    except Exception:  # a damaged directory fails with errors of many kinds; unpacking says so
        return path.suffix.lower() == ".zip"


def tables_of(path: Path) -> Sequence[Member]:
    """Return the CSV files of the ZIP, in its order. Raises DeliveryRejected if it has none or is not whole."""
    bound = size_limits.bound_of(path.stat().st_size, size_limits.MAX_UNPACKED_BYTES)
    folder = path.with_name(f"tables-{path.name}")
    folder.mkdir(exist_ok=True)
    members, written = [], 0
    try:
        with zipfile.ZipFile(path) as parts:
            found = [part for part in parts.infolist() if part.filename.lower().endswith(".csv")]
            if len(found) > MOST_MEMBERS:
                raise DeliveryRejected(f"The ZIP has {len(found):,} tables, more than {MOST_MEMBERS:,}.", DELIVER_AGAIN)
            for number, part in enumerate(found):
                target = folder / f"{number}.csv"
                with parts.open(part) as source, open(target, "wb") as sink:
                    while chunk := source.read(CHUNK_BYTES):
                        written += len(chunk)
                        size_limits.refuse_beyond(written, bound, DELIVER_AGAIN)
                        sink.write(chunk)
                members.append(Member(PurePosixPath(part.filename.replace("\\", "/")).name, target))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise DeliveryRejected("The ZIP is damaged or only a part of one.", DELIVER_AGAIN) from None
    except RuntimeError:  # zipfile's error for a member with a password
        raise DeliveryRejected("The ZIP has a password.", DELIVER_AGAIN) from None
    if not members:
        raise DeliveryRejected("The ZIP has no CSV file.", "In Castor, export the data as CSV and deliver that ZIP.")
    return members
