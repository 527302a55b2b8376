"""The archive's files: compressed, each named by the SHA-256 of what it unpacks to.

What belongs here: unpacking one, whether it is what its name says, and a plain copy for those who read. What does not:
which file belongs to which arrival (archive.py).
"""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK_BYTES = 1 << 20
NOT_UNPACKED = (OSError, ValueError)
"""How reading fails where a file is gone, cut off or damaged; Arrow's own errors are of these kinds."""


def unpacked(blob: Path) -> Iterator[bytes]:
    """The bytes of a compressed file, chunk by chunk."""
    import pyarrow as pa

    with pa.CompressedInputStream(pa.OSFile(str(blob)), "zstd") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def is_what_it_says(blob: Path) -> bool:
    """Whether a file of the archive unpacks to the bytes that it is named by."""
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
    """The bytes as a file in a private folder that is gone after the block; readers write beside it.

    Only the endings of its name are kept: readers take `*`, `?` and `[` in a path for a pattern.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="plain-") as folder:
        copy = Path(folder) / f"delivery{''.join(re.findall(r'[.][A-Za-z0-9]+', file_name)[-2:])}"
        with open(copy, "wb") as sink:
            for chunk in chunks:
                sink.write(chunk)
        yield copy
