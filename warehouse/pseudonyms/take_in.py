"""Takes a delivered file into the archive under pseudonyms: what is kept of it, whose they are, and if asked the file.

With a key, nothing is archived as delivered, but for site.toml files and data dictionaries, which are about no patient.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival, Tombstone
from warehouse.archive.blobs import plain_copy
from warehouse.archive.extract_date import extract_date
from warehouse.pseudonyms import sealed
from warehouse.pseudonyms.apart import veiled_apart
from warehouse.pseudonyms.terms import Terms
from warehouse.redaction.delivered_file import delivered_file
from warehouse.sources.deliveries import mapping_of
from warehouse.storage.file_stamp import sha256_of
from warehouse.storage.home_settings import home_settings
from warehouse.storage.pseudonym_key import PseudonymKey


def taken_in(
    archive: Archive,
    key: PseudonymKey,
    chunks: Iterator[bytes],
    deliveries: list[Arrival],
    arrived_at: str,
) -> Tombstone:
    """Archive what is kept of a file and return what says so.

    `deliveries` are those that the file is. Raises RowsUnknown if it must wait.
    """
    first, home = deliveries[0], archive.home
    asked, file = home_settings(home), delivered_file(archive, deliveries)
    with plain_copy(home.scratch, first.file_name, chunks) as path:
        whose = dict(sealed.names_of(home, key, first.site).iter_rows()) if file.is_sheet else {}
        terms = Terms(first.site, extract_date(first.file_name, arrived_at), asked.free_text, whose)
        rest = veiled_apart(home, key, path, file, terms)
        kept = None
        if rest.path is not None:
            kept = archive.keep(rest.path)
            sealed.write_identifiers(home, key, kept, rest.names)
        if asked.keep_originals and not rest.rows:
            sealed.write_original(home, key, sha256_of(path), _chunks(path))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Tombstone(rest.rows, now, kept, rest.reason, key.key_id, read_as(deliveries))


def as_it_came(archive: Archive, key: PseudonymKey, arrival: Arrival) -> Iterator[bytes] | None:
    """Return the bytes of a file as it was delivered, if landing/ or the archive, sealed, still has them."""
    path = archive.landing_path(arrival)
    with suppress(OSError):
        if path.is_file() and sha256_of(path) == arrival.sha256:
            return _chunks(path)
    return sealed.original(archive.home, key, arrival.sha256)


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as whole:
        while chunk := whole.read(sealed.PIECE_BYTES):
            yield chunk


def read_as(deliveries: list[Arrival]) -> str:
    """Return a hash of how a file is read that these deliveries are."""
    return sha256("\0".join(f"{one.export} {mapping_of(one)}" for one in deliveries).encode()).hexdigest()[:16]
