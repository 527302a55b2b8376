"""The archive: every file received, kept by its content, and the log of arrivals.

What belongs here: taking a file in, listing arrivals, giving a file back. What does not: what a file holds.
The tables are a function of this folder alone, so it is append-only: `arrivals.ndjson` is one line per arrival,
`files/<2 of hash>/<hash>.zst` one file per content.
"""

import codecs
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.errors import FileChanged
from warehouse.home import Home
from warehouse.landing_memory import stamp_of

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Arrival:
    """One arrival of one file. `load_no` counts arrivals from 1; `delivery` names the arrival within its export."""

    load_no: int
    site: str
    export: str
    file_name: str
    delivery: str
    sha256: str
    size_bytes: int
    arrived_at: str

    @property
    def load_id(self) -> str:
        """The load as text, such as L000012."""
        return f"L{self.load_no:06d}"


class Archive:
    """The archive of one home. Reads the log once; `take` keeps it up to date."""

    def __init__(self, home: Home):
        self._log = home.archive / "arrivals.ndjson"
        self._files = home.archive / "files"
        self._scratch = home.scratch
        self.arrivals: list[Arrival] = [Arrival(**json.loads(line)) for line in _whole_lines(self._log)]
        self._latest = {(a.site, a.export, a.file_name): a for a in self.arrivals}
        self._times: dict[tuple[str, str, str], int] = {}
        for a in self.arrivals:
            self._times[(a.site, a.export, a.file_name)] = self._times.get((a.site, a.export, a.file_name), 0) + 1

    def latest(self, site: str, export: str, file_name: str) -> Arrival | None:
        """The last arrival of that name."""
        return self._latest.get((site, export, file_name))

    def take(self, path: Path, site: str, export: str) -> Arrival | None:
        """Take the file in; None where its name last arrived with the same bytes.

        Raises OSError where the file cannot be read, FileChanged where it is still being written.
        """
        stamp = stamp_of(path)
        blob, sha256, size = self._store(path)
        if stamp_of(path) != stamp or size != stamp[0]:
            blob.unlink()
            raise FileChanged("The file changed while it was read.", "Write it under another name, then rename it.")
        name = path.name
        before = self.latest(site, export, name)
        if before is not None and before.sha256 == sha256:
            blob.unlink(missing_ok=True)
            return None
        target = self._blob(sha256)
        if target.exists():
            blob.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(blob, target)
            _sync(target.parent)
        return self._record(site, export, name, sha256, size)

    def take_over(self, other: "Archive", site: str, export: str, name: str, sha256: str, arrived_at: str) -> Arrival:
        """Take a file from another archive, as if it had arrived here then. KeyError where the other lacks it."""
        size = next((a.size_bytes for a in other.arrivals if a.sha256 == sha256), None)
        if size is None or not other._blob(sha256).exists():
            raise KeyError(sha256)
        target = self._blob(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(other._blob(sha256), target)
        _sync(target)
        _sync(target.parent)
        return self._record(site, export, name, sha256, size, arrived_at)

    def _store(self, path: Path) -> tuple[Path, str, int]:
        """A compressed private copy of the file, its SHA-256 and size, read once."""
        import pyarrow as pa

        digest, size = hashlib.sha256(), 0
        self._scratch.mkdir(parents=True, exist_ok=True)
        blob = self._scratch / f"incoming-{os.getpid()}.zst"
        with open(path, "rb") as source, pa.CompressedOutputStream(str(blob), "zstd") as stream:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
                stream.write(chunk)
        _sync(blob)
        return blob, digest.hexdigest(), size

    def _record(
        self, site: str, export: str, name: str, sha256: str, size: int, arrived_at: str | None = None
    ) -> Arrival:
        times = self._times.get((site, export, name), 0) + 1
        arrival = Arrival(
            load_no=len(self.arrivals) + 1,
            site=site,
            export=export,
            file_name=name,
            delivery=name if times == 1 else f"{name}#{times}",
            sha256=sha256,
            size_bytes=size,
            arrived_at=arrived_at or datetime.now(UTC).isoformat(timespec="seconds"),
        )
        _append_line(self._log, json.dumps(asdict(arrival)))
        self.arrivals.append(arrival)
        self._latest[(site, export, name)] = arrival
        self._times[(site, export, name)] = times
        return arrival

    def _blob(self, sha256: str) -> Path:
        return self._files / sha256[:2] / f"{sha256}.zst"

    @contextmanager
    def plain(self, arrival: Arrival) -> Iterator[Path]:
        """The file as it was delivered, in a private folder that is gone after the block.

        Only the endings of its name are kept: readers take `*`, `?` and `[` in a path for a pattern.
        """
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix=f"{arrival.load_id}-") as folder:
            copy = Path(folder) / f"delivery{''.join(re.findall(r'[.][A-Za-z0-9]+', arrival.file_name)[-2:])}"
            with open(copy, "wb") as sink:
                for chunk in self.chunks(arrival):
                    sink.write(chunk)
            yield copy

    def chunks(self, arrival: Arrival) -> Iterator[bytes]:
        """The delivered bytes, chunk by chunk."""
        import pyarrow as pa

        with pa.CompressedInputStream(pa.OSFile(str(self._blob(arrival.sha256))), "zstd") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk

    def text(self, arrival: Arrival) -> str:
        """A small text file, decoded from UTF-8. Raises UnicodeDecodeError."""
        return codecs.decode(b"".join(self.chunks(arrival)), "utf-8-sig")


def _whole_lines(log: Path) -> list[str]:
    """The log's lines; a last line that a crash cut off is left out."""
    if not log.exists():
        return []
    text = log.read_text(encoding="utf-8")
    return [line for line in text[: text.rfind("\n") + 1].splitlines() if line]


def _append_line(log: Path, line: str) -> None:
    """Append one line and sync it; what a crash left of an unfinished line is cut off first."""
    with open(log, "a+b") as file:
        file.seek(0)
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    """Have the file's (or folder's) content on disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
