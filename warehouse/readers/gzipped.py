"""Unpacks gzip files beside themselves, within the bound of size_limits.py."""

import gzip
import zlib
from pathlib import Path

from warehouse.readers import copies, size_limits
from warehouse.storage.errors import DeliveryRejected

CHUNK_BYTES = 1 << 20


def unpack(path: Path) -> Path:
    """Return the content of the gzip file at `path`, written beside it. Raises DeliveryRejected if it is not whole."""
    bound, written = size_limits.bound_of(path.stat().st_size, size_limits.MAX_UNPACKED_BYTES), 0
    plain = copies.unpacked(path)
    try:
        with gzip.open(path, "rb") as source, open(plain, "wb") as sink:
            while chunk := source.read(CHUNK_BYTES):
                written += len(chunk)
                size_limits.refuse_beyond(written, bound)
                sink.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        plain.unlink(missing_ok=True)
        raise DeliveryRejected("The file is not a valid gzip file.") from None
    return plain
