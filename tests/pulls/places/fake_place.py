"""A place in memory whose files a test writes, and which can fail as places do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.warehouse.kit import SITE, Kit
from warehouse.pulls import pull_sites
from warehouse.pulls.places.place import Listed
from warehouse.pulls.targets import Options

HEADER = "patient_id,session_id,session_date,lesion_id,max_diameter_mm\n"
SITE_TOML = """
[sources.ehr]
place = "s3://clinic/exports"
{keys}

[exports.rfa_sessions]
source = "ehr"
"""


class FakePlace:
    """Files by name. `fails` has what a fetch raises, `meanwhile` is called before each look and fetch."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.stamps: dict[str, str] = {}
        self.fails: dict[str, Exception] = {}
        self.cannot_be_listed: Exception | None = None
        self.writes_whole = True
        self.fetched: list[str] = []
        self.meanwhile: Callable[[str], None] = lambda what: None
        self.is_open = False

    def put(self, name: str, content: str) -> None:
        """Write a file."""
        self.files[name] = content.encode()

    def listed(self) -> list[Listed]:
        """Every file, with the hash of its bytes as stamp unless a test says otherwise."""
        self.meanwhile("list")
        if self.cannot_be_listed:
            raise self.cannot_be_listed
        return [Listed(n, len(b), self.stamps.get(n, hashlib.md5(b).hexdigest())) for n, b in self.files.items()]

    def fetch(self, one: Listed, to: Path) -> None:
        """Write the bytes, or fail."""
        self.meanwhile(one.name)
        self.fetched.append(one.name)
        if one.name in self.fails:
            raise self.fails[one.name]
        to.write_bytes(self.files[one.name])

    def close(self) -> None:
        """End."""
        self.is_open = False


class Clinic:
    """A site whose source has its files at a fake place. `pull` is `registry pull`; `waits` are the pauses it made."""

    def __init__(self, kit: Kit, monkeypatch: pytest.MonkeyPatch):
        self.kit, self.place = kit, FakePlace()
        self.waits: list[float] = []
        self.now = datetime(2026, 3, 2, tzinfo=UTC)
        monkeypatch.setattr(pull_sites, "open_place", self._open)
        self.configure()

    def _open(self, home: object, target: object) -> FakePlace:
        self.place.is_open = True
        return self.place

    def configure(self, keys: str = "", text: str = SITE_TOML) -> None:
        """Write the site.toml."""
        self.kit.configure(SITE, text.format(keys=keys))

    def outcome(self, **options: bool) -> pull_sites.Outcome:
        """Pull an hour later than before, and return how it ended."""
        self.now += timedelta(hours=1)
        (outcome,) = pull_sites.pull_sites(
            self.kit.home, SITE, Options(**options), sleep=self.waits.append, now=self.now
        )
        assert not self.place.is_open
        assert not list((self.kit.home.warehouse / "pulls").rglob("staging"))
        return outcome

    def pull(self, **options: bool) -> list[str]:
        """Pull, which succeeds, and return what was delivered."""
        outcome = self.outcome(**options)
        assert outcome.pulled is not None and not outcome.problem, outcome.problem
        return list(outcome.pulled.files)

    @property
    def folder(self) -> Path:
        """The source's folder in landing/."""
        return self.kit.home.landing / SITE / "ehr"

    def landed(self) -> dict[str, str]:
        """What lies in the source's folder, by name; nothing half-written or hidden may."""
        found = {str(p.relative_to(self.folder)): p.read_text() for p in self.folder.rglob("*") if p.is_file()}
        beside = [p.name for p in self.folder.parent.iterdir()]
        assert not [name for name in (*found, *beside) if name.startswith(".") or name.endswith(".part")]
        return found
