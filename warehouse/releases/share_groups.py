"""The groups of an output that left, as a file: which subjects each count counts, without saying who they are.

A subject is the HMAC-SHA256 of its key under a random key of the home (shared/key), cut to 16 bytes; whoever has only
the file learns nothing of who is in it. A patient's lesions and sessions carry the patient's hash as well, so that an
erasure finds them.
"""

import hmac
import io
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import PRIVATE_FOLDER, Home

KEY, KEY_BYTES, HASH_BYTES = "key", 32, 16
SEPARATOR = "\x1f"


@dataclass
class StoredLevel:
    """A level of an output: a row for each subject, and for each group which of the rows are in it.

    `subjects`, `patients`: (n, 16) bytes, hashes of the subject and of its patient. `members`: (groups, n) bool.
    `about`: what else the level's owner wants back, as JSON can hold it.
    """

    subjects: np.ndarray
    patients: np.ndarray
    members: np.ndarray
    about: dict = field(default_factory=dict)


def key_of(home: Home) -> bytes:
    """Return the home's key, made when it is first asked for."""
    path = home.shared / KEY
    if not path.exists():
        home.shared.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        atomic_write(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode())
    return bytes.fromhex(path.read_text(encoding="ascii"))


def hashes(key: bytes, level: str, subjects: Iterable[tuple[str, ...]]) -> np.ndarray:
    """Return the keyed hash of each subject's key: (n, 16) bytes."""
    found = [hmac.digest(key, SEPARATOR.join((level, *one)).encode(), "sha256")[:HASH_BYTES] for one in subjects]
    return np.frombuffer(b"".join(found), dtype=np.uint8).reshape(-1, HASH_BYTES)


def to_bytes(levels: dict[str, StoredLevel]) -> bytes:
    """Return the levels as the content of a file."""
    arrays: dict[str, np.ndarray] = {}
    about = {}
    for name, level in levels.items():
        arrays[f"{name}.subjects"], arrays[f"{name}.patients"] = level.subjects, level.patients
        arrays[f"{name}.members"] = np.packbits(level.members, axis=1)
        about[name] = {"n": len(level.subjects), "about": level.about}
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    written = io.BytesIO()
    np.savez_compressed(written, **arrays)  # type: ignore[arg-type]  # its stub takes the arrays for a flag
    return written.getvalue()


def from_bytes(content: bytes) -> dict[str, StoredLevel]:
    """Return the levels from the content of a file."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes())
        return {
            name: StoredLevel(
                arrays[f"{name}.subjects"],
                arrays[f"{name}.patients"],
                np.unpackbits(arrays[f"{name}.members"], axis=1, count=one["n"]).astype(bool),
                one["about"],
            )
            for name, one in about.items()
        }


def without(levels: dict[str, StoredLevel], gone: np.ndarray) -> tuple[dict[str, StoredLevel], int]:
    """Return the levels without the rows of the patients with these hashes, and how many patients' rows went."""
    wanted = {one.tobytes() for one in gone}
    made, n_patients = {}, 0
    for name, level in levels.items():
        kept = np.array([one.tobytes() not in wanted for one in level.patients], dtype=bool)
        if name == "patient":
            n_patients = int((~kept).sum())
        made[name] = StoredLevel(level.subjects[kept], level.patients[kept], level.members[:, kept], level.about)
    return made, n_patients
