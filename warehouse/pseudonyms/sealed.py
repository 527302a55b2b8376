"""Encrypts what only the key may open: which identifier a pseudonym stands for, and files as they were delivered.

Both lie beside the archive's files, AES-256-GCM by a key made of the registry's: `<SHA-256 of what is kept>` with the
ending .identifiers and, if asked for, `<SHA-256 as delivered>.original`. A file is encrypted in pieces; each knows its
number and whether it is the last, so that none can be left out or moved.
"""

import hmac
import os
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import polars as pl

from warehouse.archive.archive import IDENTIFIERS, ORIGINAL, Archive
from warehouse.archive.arrivals import Arrival
from warehouse.storage.durable_files import atomic_write, durable_rename, fsync
from warehouse.storage.errors import ArchiveDamaged, RegistryError
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import PseudonymKey

FORM = b"registry sealed 1\n"
SALT_BYTES, NONCE_BYTES, TAG_BYTES = 16, 12, 16
PIECE_BYTES = 1 << 20
NAMES = {"pseudonym": pl.String, "identifier": pl.String}


def path_of(home: Home, sha256: str, kind: str, folder: Path | None = None) -> Path:
    """Return where what is sealed of a file lies; IDENTIFIERS go by the hash of what is kept, ORIGINAL by the delivered
    one's. `folder` is another than the archive.
    """
    return (folder or home.archive) / "files" / sha256[:2] / f"{sha256}{kind}"


def write_identifiers(
    home: Home, key: PseudonymKey, kept_sha256: str, names: pl.DataFrame, folder: Path | None = None
) -> None:
    """Seal which identifier each pseudonym of a kept file stands for (columns pseudonym, identifier)."""
    path = path_of(home, kept_sha256, IDENTIFIERS, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_frame(key, names, path)


def write_frame(key: PseudonymKey, frame: pl.DataFrame, path: Path) -> None:
    """Seal a table, in the place of what was there."""
    plain = BytesIO()
    frame.write_ipc(plain, compression="lz4")
    plain.seek(0)
    atomic_write(path, b"".join(_pieces(key, iter(lambda: plain.read(PIECE_BYTES), b""))))


def read_frame(key: PseudonymKey, path: Path) -> pl.DataFrame:
    """Return a sealed table. Raises RegistryError if it was sealed with another key, or is damaged."""
    return pl.read_ipc(BytesIO(b"".join(opened(key, path))))


def read_identifiers(home: Home, key: PseudonymKey, kept_sha256: str) -> pl.DataFrame:
    """Return which identifier each pseudonym of a kept file stands for; nothing if that was never sealed.

    Raises RegistryError if it was sealed with another key, or is damaged.
    """
    path = path_of(home, kept_sha256, IDENTIFIERS)
    if not path.exists():
        return pl.DataFrame(schema=NAMES)
    return read_frame(key, path)


def names_of(home: Home, key: PseudonymKey, site: str) -> pl.DataFrame:
    """Return every pseudonym of a site with the identifier that it stands for."""
    kept = {a.content_sha256 for a in Archive(home).arrivals if a.site == site and a.tombstone is not None}
    found = [read_identifiers(home, key, sha256) for sha256 in sorted(filter(None, kept))]
    return pl.concat(found).unique() if found else pl.DataFrame(schema=NAMES)


def forget_names(home: Home, key: PseudonymKey, arrival: Arrival, kept_sha256: str, kept: Path) -> None:
    """Seal for what an erasure left of a file whose pseudonyms are in it, and no longer keep the file as delivered."""
    if arrival.content_sha256 is not None:
        names = names_in(kept, read_identifiers(home, key, arrival.content_sha256))
        write_identifiers(home, key, kept_sha256, names)
    path_of(home, arrival.sha256, ORIGINAL).unlink(missing_ok=True)


def names_in(kept: Path, names: pl.DataFrame) -> pl.DataFrame:
    """Return those of the names whose pseudonyms are in a kept file."""
    content = kept.read_bytes()
    if not content.startswith(b"PAR1"):  # the lines of a query sheet
        text = content.decode()
        return names.filter(pl.Series([one in text for one in names["pseudonym"]], dtype=pl.Boolean))
    cells = pl.read_parquet(kept).select(pl.selectors.string())
    found = pl.concat([cells[name].unique() for name in cells.columns])
    return names.filter(pl.col("pseudonym").is_in(found.implode()))


def write_original(
    home: Home, key: PseudonymKey, sha256: str, chunks: Iterable[bytes], folder: Path | None = None
) -> None:
    """Seal a file as it was delivered, compressed."""
    import pyarrow as pa

    path = path_of(home, sha256, ORIGINAL, folder)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = home.scratch / f"original-{os.getpid()}.zst"
    sealed = packed.with_suffix(".sealed")
    try:
        with pa.CompressedOutputStream(str(packed), "zstd") as stream:
            for chunk in chunks:
                stream.write(chunk)
        with open(packed, "rb") as source, open(sealed, "wb") as target:
            for piece in _pieces(key, iter(lambda: source.read(PIECE_BYTES), b"")):
                target.write(piece)
        fsync(sealed)
        durable_rename(sealed, path)
    finally:
        packed.unlink(missing_ok=True)
        sealed.unlink(missing_ok=True)


def original(home: Home, key: PseudonymKey, sha256: str) -> Iterator[bytes] | None:
    """Return the bytes of a file as it was delivered, or None if it was not sealed."""
    import pyarrow as pa

    path = path_of(home, sha256, ORIGINAL)
    if not path.exists():
        return None
    stream = pa.CompressedInputStream(BytesIO(b"".join(opened(key, path))), "zstd")
    return iter(lambda: stream.read(PIECE_BYTES), b"")


def opened(key: PseudonymKey, path: Path) -> Iterator[bytes]:
    """Yield the content of a sealed file. Raises RegistryError if it was sealed with another key, or is damaged."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    with open(path, "rb") as file:
        if file.read(len(FORM)) != FORM:
            raise damaged(path)
        salt = file.read(SALT_BYTES)
        cipher, number = AESGCM(_file_key(key, salt)), 0
        piece = file.read(PIECE_BYTES + TAG_BYTES)
        while piece:
            following = file.read(PIECE_BYTES + TAG_BYTES)
            try:
                yield cipher.decrypt(_nonce(number), piece, _place(not following))
            except InvalidTag:
                raise damaged(path) from None
            piece, number = following, number + 1


def damaged(path: Path) -> RegistryError:
    """Return the error for a sealed file that cannot be opened."""
    place = f"files/{path.parent.name}/{path.name}" if path.suffix in (IDENTIFIERS, ORIGINAL) else path.name
    return ArchiveDamaged(
        f"archive/{place} cannot be opened: it is damaged, or sealed with another key.",
        "Restore it from a backup, or use the key that it was sealed with.",
    )


def _pieces(key: PseudonymKey, chunks: Iterator[bytes]) -> Iterator[bytes]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt = os.urandom(SALT_BYTES)
    yield FORM + salt
    cipher, number = AESGCM(_file_key(key, salt)), 0
    chunk = next(chunks, b"")
    while True:
        following = next(chunks, b"")
        yield cipher.encrypt(_nonce(number), chunk, _place(not following))
        if not following:
            return
        chunk, number = following, number + 1


def _file_key(key: PseudonymKey, salt: bytes) -> bytes:
    """Return a key of the file's own, so that its pieces can be counted from 0."""
    return hmac.digest(key.sealing, salt, "sha256")


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")


def _place(is_last: bool) -> bytes:
    return b"last" if is_last else b"more"
