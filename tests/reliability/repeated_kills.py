"""Kill a refresh again and again, night after night, and check what must hold after each kill and each night."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability.commands import Commands, Here
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, current_release, release_folders
from warehouse.releases.verification import verify
from warehouse.storage.home import Home
from warehouse.storage.lock import is_held

Night = Callable[[Path], None]
JOURNAL = "SELECT site, export, delivery, line, rule_id, column_name FROM quality.resolved ORDER BY ALL"
FRESH_EVERY = 5
"""Of the long run's kills, every fifth hits a fresh interpreter, its imports included."""


@dataclass
class Durations:
    """How long the refresh that is to be killed takes, as far as is known: kills fall within it.

    A refresh of a night that was killed before does not repeat what was committed, so it takes less than a whole one.
    A fresh interpreter takes `importing` seconds more than a child of the warm process.
    """

    whole: float
    begun: float
    importing: float

    def of(self, is_begun: bool, is_fresh: bool) -> float:
        """Return the seconds of such a refresh."""
        return (self.begun if is_begun else self.whole) + is_fresh * self.importing

    def ended(self, seconds: float, is_begun: bool, is_fresh: bool) -> None:
        """Learn from a refresh that ended before its kill: the shortest of its kind counts."""
        seconds -= is_fresh * self.importing
        self.begun = min(self.begun, seconds)
        if not is_begun:
            self.whole = min(self.whole, seconds)


@dataclass(frozen=True)
class Uninterrupted:
    """What a night ends with if nothing is killed: tables, journal, and the seconds it took."""

    tables: dict[str, str]
    journal: list[tuple]
    seconds: float


@dataclass
class Kills:
    """Where the kills fell, and which state they left."""

    n_kills: int = 0
    n_fresh: int = 0
    n_ended_first: int = 0
    n_nights_recovered: int = 0
    n_recovered: int = 0
    n_with_wal: int = 0
    n_half_release: int = 0
    steps: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        lines = [
            f"{self.n_kills} kills ({self.n_fresh} of a fresh interpreter), {self.n_recovered} recovered, "
            f"over {self.n_nights_recovered} nights; {self.n_ended_first} refreshes ended before their kill",
            f"{self.n_with_wal} left a write-ahead log to be replayed, {self.n_half_release} a release half written",
        ]
        return "\n".join([*lines, *(f"{n:>5}  {step}" for step, n in self.steps.most_common())])


def tables_of(release: Release) -> dict[str, str]:
    """Return the content hash of every table that the registry's content hash covers, and that hash itself."""
    hashed = {name: t["sha256"] for name, t in release.manifest["tables"].items() if t["is_hashed"]}
    return hashed | {"content": release.manifest["content_hash"]}


def journal_of(release: Release) -> list[tuple]:
    """Return the entries of quality.resolved."""
    with open_release(release) as con:
        return con.execute(JOURNAL).fetchall()


def uninterrupted(commands: Commands | Here, home: Home, nights: Sequence[Night]) -> list[Uninterrupted]:
    """Refresh after each night without a kill."""
    found = []
    for night in nights:
        night(home.create().landing)
        found.append(refreshed(commands, home))
    return found


def importing_seconds(commands: Commands, home: Home, night: Night, goal: Uninterrupted) -> float:
    """Return how many seconds more than `goal` the first night takes in a fresh interpreter, which must end alike."""
    night(home.create().landing)
    ended = commands.run(home.root, "refresh", is_fresh=True)
    assert ended.ran.code == 0, ended.ran.err.decode()
    must_have_recovered(home, goal, 0, "in a fresh interpreter")
    return max(0.0, ended.seconds - goal.seconds)


def refreshed(commands: Commands | Here, home: Home) -> Uninterrupted:
    """Refresh without a kill."""
    ended = commands.run(home.root, "refresh")
    assert ended.ran.code == 0, ended.ran.err.decode()
    return what_stands(home, ended.seconds)


def what_stands(home: Home, seconds: float) -> Uninterrupted:
    """Return what the current release holds."""
    release = current_release(home)
    assert release is not None
    return Uninterrupted(tables_of(release), journal_of(release), seconds)


def kill_nights(
    commands: Commands, home: Home, nights: Sequence[Night], goals: Sequence[Uninterrupted], n_kills: int, seed: int,
    importing: float | None = None,
) -> Kills:  # fmt: skip
    """Kill the refresh `n_kills` times, spread over the nights and over its duration, and then let each night end.

    With `importing`, the seconds that a fresh interpreter takes more, every fifth kill hits one. A refresh that ends
    before its kill has completed the night: the night starts again from a copy of the home, so that the requested
    number of kills is reached. Raises AssertionError with what did not hold.
    """
    kills, rng = Kills(), random.Random(seed)
    for number, (night, goal) in enumerate(zip(nights, goals, strict=True)):
        night(home.create().landing)
        before = home.root.parent / f"before-{number}"
        shutil.copytree(home.root, before, symlinks=True)
        share = n_kills // len(nights) + (number < n_kills % len(nights))
        known, is_begun = Durations(goal.seconds, goal.seconds, importing or 0.0), False
        while share:
            is_fresh = importing is not None and kills.n_kills % FRESH_EVERY == 0
            expected = known.of(is_begun, is_fresh)
            after = rng.uniform(0, expected)
            ended = commands.run(home.root, "refresh", kill_after=after, is_fresh=is_fresh)
            where = f"killed after {ended.seconds:.2f} s of {expected:.2f} s, at: {ended.step}"
            if not ended.was_killed:
                assert ended.ran.code == 0, ended.ran.err.decode()
                kills.n_ended_first += 1
                known.ended(ended.seconds, is_begun, is_fresh)
                is_begun = False
                must_have_recovered(home, goal, number, where)
                shutil.rmtree(home.root)
                shutil.copytree(before, home.root, symlinks=True)
                continue
            share, is_begun = share - 1, True
            kills.n_kills += 1
            kills.n_fresh += is_fresh
            kills.steps[ended.step] += 1
            wal = Path(f"{home.build_database}.wal")
            kills.n_with_wal += wal.exists() and wal.stat().st_size > 0
            kills.n_half_release += any(home.releases.glob(".building-*"))
            must_be_whole(home, None if number == 0 else goals[number - 1], goal, where)
        ended = commands.run(home.root, "refresh")
        assert ended.ran.code == 0, ended.ran.err.decode()
        must_have_recovered(home, goal, number, "at the night's end")
        kills.n_nights_recovered += 1
        kills.n_recovered = kills.n_kills
        shutil.rmtree(before)
    return kills


def disagreements(home: Home) -> list[str]:
    """Return what `registry verify --all` would print about releases that have changed."""
    return [line for folder in release_folders(home) for line in verify(folder).disagreements]


def must_be_whole(home: Home, before: Uninterrupted | None, goal: Uninterrupted, where: str) -> None:
    """Assert that readers have the previous release or the complete one of this night, that every release is intact,
    and that nobody holds the lock.
    """
    assert not is_held(home), where
    release = current_release(home)
    if release is None:
        assert before is None and not home.current.is_symlink(), where
    else:
        assert tables_of(release) in ([before.tables] if before else []) + [goal.tables], where
    assert disagreements(home) == [], where


def must_have_recovered(home: Home, goal: Uninterrupted, number: int, where: str) -> None:
    """Assert that the night ends like an uninterrupted one: the same content, the same journal, one intact release per
    night, and nothing left behind.
    """
    release = current_release(home)
    assert release is not None, where
    assert tables_of(release) == goal.tables, where
    assert journal_of(release) == goal.journal, where
    assert len(release_folders(home)) == number + 1, where
    assert release_folders(home)[0].name == release.release_id, where
    assert disagreements(home) == [], where
    left = [p.name for p in (*home.scratch.iterdir(), *home.releases.glob(".*"))]
    assert left == [], where
