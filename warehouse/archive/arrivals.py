"""Defines one arrival of one file, what an erasure did to it, and its line in the log."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime

OF_PSEUDONYMS = ("key_id", "read_as")
HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Tombstone:
    """What an erasure did to an arrival. `rows` of erased patients were left out; `kept_sha256` identifies what the
    archive holds of the rest. It is None if nothing is kept because the file could not be read, for the `reason`.

    Where identifiers became pseudonyms on the way in, `key_id` says with which key, and `read_as` is a hash of how the
    site's configuration read the file then.
    """

    rows: int
    erased_at: str
    kept_sha256: str | None = None
    reason: str | None = None
    key_id: str | None = None
    read_as: str | None = None

    @classmethod
    def after(
        cls, before: "Tombstone | None", rows: int, when: str, kept_sha256: str | None, reason: str | None = None
    ) -> "Tombstone":
        """Return what an erasure of `rows` more did to an arrival, which may have had a tombstone before."""
        if before is None:
            return cls(rows, when, kept_sha256, reason)
        return cls(rows + before.rows, when, kept_sha256, reason, before.key_id, before.read_as)

    @property
    def as_fields(self) -> dict[str, int | str | None]:
        """Return it as it stands in the log; what only pseudonyms need is left out without them."""
        return {name: value for name, value in asdict(self).items() if value is not None or name not in OF_PSEUDONYMS}


@dataclass(frozen=True)
class Arrival:
    """One arrival of one file. `load_no` counts arrivals from 1; `delivery` names the arrival within its export.

    `sha256` and `size_bytes` are those of the file as delivered, even if `tombstone` says that less is kept.
    """

    load_no: int
    site: str
    export: str
    file_name: str
    delivery: str
    sha256: str
    size_bytes: int
    arrived_at: str
    tombstone: Tombstone | None = None

    @property
    def load_id(self) -> str:
        """Return the load as text, such as L000012."""
        return f"L{self.load_no:06d}"

    @property
    def folder(self) -> str:
        """Return the folder of the site in which the file arrived."""
        return self.export

    @property
    def content_sha256(self) -> str | None:
        """Return the SHA-256 of what the archive holds of the arrival, or None if it holds nothing."""
        return self.tombstone.kept_sha256 if self.tombstone else self.sha256

    @classmethod
    def of_line(cls, line: str) -> "Arrival":
        """Return the arrival that a line of the log describes. Raises ValueError, TypeError or KeyError otherwise."""
        fields = json.loads(line)
        tombstone = fields.pop("tombstone", None)
        arrival = cls(**fields, tombstone=Tombstone(**tombstone) if tombstone else None)
        kept = arrival.content_sha256
        if not HASH.fullmatch(arrival.sha256) or not (kept is None or HASH.fullmatch(kept)):
            raise ValueError("not a hash")
        datetime.fromisoformat(arrival.arrived_at)
        return arrival

    @property
    def as_line(self) -> str:
        """Return the arrival's line in the log."""
        fields = asdict(self) | ({"tombstone": self.tombstone.as_fields} if self.tombstone else {})
        return json.dumps({name: value for name, value in fields.items() if value is not None})
