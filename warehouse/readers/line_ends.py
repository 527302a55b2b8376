"""Makes the line ends of a CSV uniform: DuckDB reads only one kind per file, but editors and scripts mix them."""

from collections.abc import Iterator
from pathlib import Path

CHUNK_BYTES = 1 << 20
CR, LF, CRLF = b"\r", b"\n", b"\r\n"


def chunks_of(path: Path) -> Iterator[bytes]:
    """Yield the file in chunks that never split a CRLF."""
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            while chunk.endswith(CR) and (more := file.read(1)):
                chunk += more
            yield chunk


def line_ends_of(chunk: bytes) -> set[bytes]:
    """Return the kinds of line end in a chunk, including those inside quotes."""
    if CR not in chunk:
        return {LF} if LF in chunk else set()
    n_pairs = chunk.count(CRLF)
    counts = {CRLF: n_pairs, CR: chunk.count(CR) - n_pairs, LF: chunk.count(LF) - n_pairs}
    return {kind for kind, n in counts.items() if n}


def with_one_line_end(path: Path) -> Path:
    """Write a copy beside the file in which every line ends with LF, except inside quotes; return its path."""
    copy = path.with_name(f"lf-{path.name}")
    is_quoted = False
    with open(copy, "wb") as file:
        for chunk in chunks_of(path):
            parts = chunk.split(b'"')
            for number, part in enumerate(parts):
                if number:
                    file.write(b'"')
                    is_quoted = not is_quoted
                file.write(part if is_quoted else part.replace(CRLF, LF).replace(CR, LF))
    return copy
