"""Unpacks the archive's files, which are compressed and named by the SHA-256 of their content, and verifies them."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK_BYTES = 1 << 20
NOT_UNPACKED = (OSError, ValueError)
"""The errors raised if a file is missing, cut off or damaged; Arrow's own errors are of these kinds."""


def unpacked(blob: Path) -> Iterator[bytes]:
    """Yield the bytes of a compressed file, chunk by chunk."""
    import pyarrow as pa

    with pa.CompressedInputStream(pa.OSFile(str(blob)), "zstd") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def is_what_it_says(blob: Path) -> bool:
    """Return whether a file of the archive unpacks to the bytes for which it is named."""
    digest = hashlib.sha256()
    try:
        for chunk in unpacked(blob):
            digest.update(chunk)
    except PermissionError:
        raise
    except NOT_UNPACKED:
        return False
    return digest.hexdigest() == blob.stem


@contextmanager
def plain_copy(scratch: Path, file_name: str, chunks: Iterator[bytes]) -> Iterator[Path]:
    """Provide the bytes as a file in a private folder that is deleted after the block; readers may write beside it.

    Only the extensions of its name are kept, since readers treat `*`, `?` and `[` in a path as a pattern.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="plain-") as folder:
        copy = Path(folder) / f"delivery{''.join(re.findall(r'[.][A-Za-z0-9]+', file_name)[-2:])}"
        with open(copy, "wb") as sink:
            for chunk in chunks:
                sink.write(chunk)
        yield copy
