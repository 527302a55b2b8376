"""Archives every file received, stored by content, together with the log of arrivals, and reads the files back.

The tables are a function of this folder alone, so it is append-only: `arrivals.ndjson` has one line per arrival,
`files/<2 of hash>/<hash>.zst` is one file per content. Only an erasure rewrites it (warehouse/erasure/): an arrival
whose file contained an erased patient keeps its line with the hash of the file as delivered, and gets a tombstone that
names the hash of what is kept instead. By the first hash the unchanged file in landing/ is recognised and remains a
no-op.
"""

import codecs
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from warehouse.archive import corrections
from warehouse.archive.arrivals import Arrival, Tombstone
from warehouse.archive.blobs import NOT_UNPACKED, is_what_it_says, plain_copy, unpacked
from warehouse.archive.corrections import Aliases, Correction
from warehouse.storage.durable_files import append_line, atomic_write, durable_rename, fsync
from warehouse.storage.errors import ArchiveDamaged, FileChanged, RejectedBefore
from warehouse.storage.file_stamp import stamp_of
from warehouse.storage.home import PRIVATE_FILE, Home
from warehouse.storage.journal import damaged, read_lines
from warehouse.storage.packed_folder import delivered_chunks

Screen = Callable[[Home, "Archive", Iterator[bytes], str, str, str], Tombstone | None]
"""Checks a new file against the list of erased patients (redaction/screen_arrival.py): returns what it leaves out, or
None for nothing."""
ORIGINAL, IDENTIFIERS = ".original", ".identifiers"
"""How the names of encrypted files end that lie beside those of the archive (pseudonyms/sealed.py)."""
SITE_EXPORT = "site"
"""The export under which the archive keeps a site's site.toml."""


class Archive:
    """The archive of one home. It reads the log once; `take` keeps `arrivals` up to date."""

    def __init__(self, home: Home):
        self._home = home
        self._log = home.archive / "arrivals.ndjson"
        self._files = home.archive / "files"
        self._scratch = home.scratch
        self.arrivals: list[Arrival] = read_lines(self._log, Arrival.of_line)
        for number, arrival in enumerate(self.arrivals, start=1):
            if arrival.load_no != number:  # a line in between was lost
                raise damaged(self._log, number)
        self._latest = {(a.site, a.export, a.file_name): a for a in self.arrivals}
        self._times: dict[tuple[str, str, str], int] = {}
        for a in self.arrivals:
            self._times[(a.site, a.export, a.file_name)] = self._times.get((a.site, a.export, a.file_name), 0) + 1

    @property
    def home(self) -> Home:
        """Return the home to which the archive belongs."""
        return self._home

    @cached_property
    def corrected(self) -> list[Correction]:
        """Return what people have recorded about rows and patients, read once."""
        return corrections.read(self._home)

    def aliases(self, site: str) -> Aliases:
        """Return the numbers of the site's patients that are read as others."""
        return corrections.aliases(self.corrected, site)

    def latest(self, site: str, export: str, file_name: str) -> Arrival | None:
        """Return the last arrival of that name, or None."""
        return self._latest.get((site, export, file_name))

    def take(self, path: Path, site: str, export: str, screen: Screen, packs: bool = True) -> Arrival | None:
        """Archive the file without rows of erased patients and return the arrival.

        Without `packs` it is not compressed before it is screened: nothing of it will be kept as it is.

        Returns None if the last arrival of that name had the same bytes. Raises OSError if the file cannot be read,
        FileChanged if it is still being written, and RowsUnknown if it must wait.
        """
        stamp = stamp_of(path)
        blob, sha256, size = self._store(path) if packs else self._copied(path)
        if stamp_of(path) != stamp or (size != stamp[0] and path.is_file()):  # a folder is packed
            blob.unlink()
            raise FileChanged("The file changed while it was read.", "Write it under another name, then rename it.")
        name = path.name
        before = self.latest(site, export, name)
        if before is not None and before.sha256 == sha256 and before.tombstone is None:
            self._place(self._packed(blob, packs), sha256)
            return None
        if before is not None and before.sha256 == sha256 and self.is_whole(before):
            blob.unlink()
            return None
        try:
            tombstone = screen(
                self._home, self, unpacked(blob) if packs else delivered_chunks(blob), site, export, name
            )
        except BaseException:
            blob.unlink()
            raise
        if before is not None and before.sha256 == sha256:  # screening has restored what was kept before
            blob.unlink()
            if tombstone is not None and tombstone.key_id is not None:
                self.tombstone({before.load_no: tombstone})
            return None
        if tombstone is None:
            self._place(self._packed(blob, packs), sha256)
        else:
            blob.unlink()
        return self._record(site, export, name, sha256, size, tombstone)

    def keep(self, path: Path) -> str:
        """Archive the file as the remaining part of a delivery and return its SHA-256."""
        blob, sha256, _ = self._store(path, "kept")
        self._place(blob, sha256)
        return sha256

    def packed(self, path: Path) -> tuple[Path, str]:
        """Return a compressed copy of the file in scratch, and the file's SHA-256."""
        blob, sha256, _ = self._store(path, "packed")
        return blob, sha256

    def heal(self, arrival: Arrival) -> bool:
        """Restore a damaged or missing file from landing/ if the same bytes are there; return whether it is intact now.

        Files with a tombstone are not restored.
        """
        path = self.landing_path(arrival)
        if arrival.tombstone is None and path.exists():
            try:
                blob, sha256, _ = self._store(path, "healing")
            except PermissionError:
                return False
            if sha256 == arrival.sha256:
                self._place(blob, sha256)
            else:
                blob.unlink()
        return self.is_whole(arrival)

    def landing_path(self, arrival: Arrival) -> Path:
        """Return where the file or study of an arrival lay in landing/, and may lie still."""
        folder = self._home.landing / arrival.site
        if arrival.folder == SITE_EXPORT:
            return folder / arrival.file_name
        path = folder / arrival.folder / arrival.file_name
        lies_open = not path.exists() and path.name == path.parent.name
        return path.parent if lies_open else path  # a study's files may lie directly in its source's folder

    def is_whole(self, arrival: Arrival) -> bool:
        """Return whether the archive holds what it should of the arrival, to the last byte. Reads the entire file."""
        return arrival.content_sha256 is None or self._is_whole(arrival.content_sha256)

    def _is_whole(self, sha256: str) -> bool:
        blob = self._blob(sha256)
        return blob.exists() and is_what_it_says(blob)

    def _place(self, blob: Path, sha256: str) -> None:
        """Move the file into the archive; an intact file there stays, a damaged one is replaced."""
        target = self._blob(sha256)
        if self._is_whole(sha256):
            blob.unlink()
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        durable_rename(blob, target)

    def take_over(self, other: "Archive", site: str, export: str, name: str, sha256: str, arrived_at: str) -> Arrival:
        """Copy a file from another archive as if it had arrived here at that time, and return the arrival.

        Raises KeyError if the other archive lacks the file, and ArchiveDamaged if its copy is damaged.
        """
        place = (site, export, name, sha256)
        known = [a for a in other.arrivals if (a.site, a.export, a.file_name, a.sha256) == place]
        if not known:
            raise KeyError(sha256)
        old = known[-1]
        if (content := old.content_sha256) is not None:
            if not other._blob(content).exists():
                raise KeyError(sha256)
            if not other.is_whole(old):
                raise other.damaged(old)
            target = self._blob(content)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(other._blob(content), target)
            fsync(target)
            for beside in (f"{content}{IDENTIFIERS}", f"{sha256}{ORIGINAL}"):
                sealed = other._files / beside[:2] / beside
                if sealed.exists():
                    (self._files / beside[:2]).mkdir(exist_ok=True)
                    shutil.copyfile(sealed, self._files / beside[:2] / beside)
            fsync(target.parent)
        return self._record(site, export, name, sha256, old.size_bytes, old.tombstone, arrived_at)

    def tombstone(self, tombstones: Mapping[int, Tombstone]) -> None:
        """Give arrivals (by load_no) their tombstones, in one rename; then delete the files that no arrival needs."""
        self.arrivals = [replace(a, tombstone=tombstones.get(a.load_no, a.tombstone)) for a in self.arrivals]
        if tombstones:
            log = "".join(f"{a.as_line}\n" for a in self.arrivals)
            atomic_write(self._log, log.encode())
        self._latest = {(a.site, a.export, a.file_name): a for a in self.arrivals}
        held = {a.content_sha256 for a in self.arrivals}
        delivered = {a.sha256 for a in self.arrivals}
        for path in self._files.glob("*/*.*"):
            if path.stem not in (delivered if path.suffix == ORIGINAL else held):
                path.unlink()

    def _store(self, path: Path, what: str = "incoming") -> tuple[Path, str, int]:
        """Write a compressed private copy of the file; return its path, SHA-256 and size. Reads the file once."""
        import pyarrow as pa

        digest, size = hashlib.sha256(), 0
        self._scratch.mkdir(parents=True, exist_ok=True)
        blob = self._scratch / f"{what}-{os.getpid()}.zst"
        with pa.CompressedOutputStream(str(blob), "zstd") as stream:
            for chunk in delivered_chunks(path):
                digest.update(chunk)
                size += len(chunk)
                stream.write(chunk)
        fsync(blob)
        return blob, digest.hexdigest(), size

    def _copied(self, path: Path) -> tuple[Path, str, int]:
        """Write a private copy of the file as it is; return its path, SHA-256 and size."""
        digest, size = hashlib.sha256(), 0
        self._scratch.mkdir(parents=True, exist_ok=True)
        copy = self._scratch / f"incoming-{os.getpid()}.plain"
        with open(copy, "wb", opener=lambda name, flags: os.open(name, flags, PRIVATE_FILE)) as sink:
            for chunk in delivered_chunks(path):
                digest.update(chunk)
                size += sink.write(chunk)
        return copy, digest.hexdigest(), size

    def _packed(self, blob: Path, is_packed: bool) -> Path:
        if is_packed:
            return blob
        packed, _ = self.packed(blob)
        blob.unlink()
        return packed

    def _record(
        self,
        site: str,
        export: str,
        name: str,
        sha256: str,
        size: int,
        tombstone: Tombstone | None,
        arrived_at: str | None = None,
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
            tombstone=tombstone,
        )
        append_line(self._log, arrival.as_line)
        self.arrivals.append(arrival)
        self._latest[(site, export, name)] = arrival
        self._times[(site, export, name)] = times
        return arrival

    def _blob(self, sha256: str) -> Path:
        return self._files / sha256[:2] / f"{sha256}.zst"

    @contextmanager
    def plain(self, arrival: Arrival) -> Iterator[Path]:
        """Provide the file as delivered, or what is kept of it, in a private folder that is deleted after the block.

        Raises DeliveryRejected if nothing is kept of it.
        """
        if arrival.content_sha256 is None:
            assert arrival.tombstone is not None
            raise RejectedBefore(arrival.tombstone.reason or "")
        with plain_copy(self._scratch, arrival.file_name, self.chunks(arrival)) as copy:
            yield copy

    def chunks(self, arrival: Arrival) -> Iterator[bytes]:
        """Yield the delivered bytes, or what is kept of them, chunk by chunk.

        Raises ArchiveDamaged at the end if they are not those that were archived: do not use any of them before.
        """
        assert arrival.content_sha256 is not None
        digest = hashlib.sha256()
        try:
            for chunk in unpacked(self._blob(arrival.content_sha256)):
                digest.update(chunk)
                yield chunk
        except NOT_UNPACKED as error:
            if isinstance(error, PermissionError):
                raise
            raise self.damaged(arrival) from None
        if digest.hexdigest() != arrival.content_sha256:
            raise self.damaged(arrival)

    def damaged(self, arrival: Arrival) -> ArchiveDamaged:
        """Return the error for an arrival whose file is missing from the archive, or is not what was archived."""
        assert arrival.content_sha256 is not None
        blob = self._blob(arrival.content_sha256)
        place = f"{arrival.site}/{arrival.folder}/{arrival.file_name}"
        what = "is damaged" if blob.exists() else "is missing"
        return ArchiveDamaged(
            f"The archived file of {arrival.site}/{arrival.folder}/{arrival.delivery} {what} "
            f"(archive/files/{blob.parent.name}/{blob.name}).",
            f"Deliver the same file again as landing/{place}, or restore it from a backup of archive/.",
        )

    def text(self, arrival: Arrival) -> str:
        """Return a small text file, decoded from UTF-8. Raises UnicodeDecodeError."""
        return codecs.decode(b"".join(self.chunks(arrival)), "utf-8-sig")
