"""Lets results leave under disclosure control: what leaves is made, compared with what left before, and logged.

Under the mode `none` results are written as they are, inside the hospital, and leave no line.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

import duckdb
from filelock import FileLock

from schemas.disclosure import Mode
from warehouse.derived import analysis_tables
from warehouse.erasure.erase_from_shared import ERASED
from warehouse.pseudonyms.earlier import as_first_named
from warehouse.releases import share_groups, share_log
from warehouse.releases.release import MANIFEST, Release
from warehouse.releases.share_groups import StoredLevel
from warehouse.storage.errors import ShareRefused
from warehouse.storage.home import PRIVATE_FOLDER, Home
from workflows.paper_files import write_paper
from workflows.share_sources import Content, Counted, Left, Source

if TYPE_CHECKING:
    from analysis.report.content import ReportContent
    from disclosure.earlier_outputs import Left as LeftBefore
    from disclosure.levels import Level
    from disclosure.shared_content import Shared

LOCK, PUBLIC = "lock", "Public set"


@dataclass(frozen=True)
class Leaving(Generic[Left]):
    """What leaves, with its content and counts, and the groups that are logged of it."""

    shared: Left
    groups: bytes


@dataclass(frozen=True)
class Disclosure:
    """How results leave: from which home, under which mode, and as what (a word for the log)."""

    home: Home
    mode: Mode
    what: str

    @property
    def facts(self) -> dict:
        """Return what a manifest says of the mode."""
        return {"disclosure": {"mode": self.mode.name, "source": self.mode.source}}

    def leaving(
        self, content: "ReportContent", source: "Source[ReportContent, Shared]"
    ) -> "AbstractContextManager[Leaving[Shared]]":
        """Make what leaves of `content`, while no other output can leave. Errors like `leaving`."""
        return leaving(self.home, content, source, self.mode)

    def log(self, release: Release, left: "Leaving[Shared]", folder: Path) -> str:
        """Write the line of an output whose files are complete in `folder`, just before it leaves; return its id."""
        digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
        content = left.shared.content
        recipe = {"recipe": content.recipe.text} if content.recipe else {}
        about = {"selection": content.selection, **recipe, "manifest_sha256": digest}
        return log(self.home, release, self.what, self.mode, left, about)

    def write(
        self,
        folder: Path,
        release: Release,
        content: "ReportContent",
        source: "Source[ReportContent, Shared]",
        facts: dict,
        say: Callable[[str], None],
        has_page: bool = False,
    ) -> None:
        """Write a paper's files as they leave into the folder, and log that they do.

        ShareRefused if earlier outputs would let a small group be computed.
        """
        say("suppressing small counts")
        with self.leaving(content, source) as left, duckdb.connect() as tables:
            tables.execute("CREATE SCHEMA analysis")
            for name, frame in left.shared.content.tables.items():
                analysis_tables.store(tables, name, frame)
            own = replace(left.shared.content, kind=PUBLIC) if has_page else left.shared.content
            write_paper(folder, own, tables, facts | self.facts, say, has_page)
            self.log(release, left, folder)


@contextmanager
def leaving(home: Home, content: Content, source: Source[Content, Left], mode: Mode) -> Iterator[Leaving[Left]]:
    """Make what leaves of `content` under `mode`, while no other output can leave.

    ShareRefused if earlier outputs would let a small group be computed; ShareLogDamaged if what left is not known.
    """
    import numpy as np

    from disclosure.earlier_outputs import TooClose, refuse_if_close, set_against
    from disclosure.levels import whole_key

    _refuse_few(source.n_patients, mode)
    law = replace(mode, rounding=1) if source.is_exact else mode
    home.shared.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with FileLock(home.shared / LOCK):
        listed = _distinct(share_log.outputs(home))
        outputs = [_recalled(output) for output in listed]
        subjects = _subjects(home, source)
        keys = {name: [one.tobytes() for one in own] for name, (own, _) in subjects.items()}
        for level in source.compared:
            whole = np.flatnonzero(source.levels[level].members[whole_key(level)])
            try:
                refuse_if_close([keys[level][place] for place in whole], outputs, mode, level)
            except TooClose as close:
                raise too_close(listed[close.place], close.n, mode, close.level) from None
        shared = source.make(content, law, *set_against(source.levels, keys, outputs))
        yield Leaving(shared, _stored(source.levels, subjects, shared, law))


def log(home: Home, release: Release, what: str, mode: Mode, left: Leaving[Any], more: Mapping[str, Any]) -> str:
    """Write the line of an output just before it leaves, with `more` about it; return its id."""
    about: dict[str, Any] = {
        "what": what,
        "release_id": release.release_id,
        "mode": mode.name,
        "counts_that_left": len(left.shared.counts),
        **more,
    }
    return share_log.add(home, about, left.groups)


def _distinct(outputs: list[share_log.Output]) -> list[share_log.Output]:
    """Return the outputs in the order in which they left last: one that left again, with the same counts of the same
    groups, once.
    """
    found: dict[str, share_log.Output] = {}
    for output in outputs:
        groups = output.line["groups_sha256"]
        found[groups] = found.pop(groups, output)
    return list(found.values())


def _refuse_few(n_patients: int, mode: Mode) -> None:
    if n_patients <= mode.small:
        raise ShareRefused(
            f"These are {mode.small} patients or fewer, so nothing about them may leave under {mode.name}.",
            "Choose a larger cohort, or keep the result inside with --disclosure none.",
        )


def too_close(output: share_log.Output, n: int, mode: Mode, level: str = "patient") -> ShareRefused:
    """Return the refusal of an output whose patients (or lesions) differ by `n` from those of an earlier one."""
    who = f"output {output.id} ({output.line['what']} of release {output.line['release_id']}, {output.line['at'][:10]})"
    return ShareRefused(
        f"Nearly the same {level}s left with {who}: {n} differ, whose data could be found by subtraction.",
        f"Wait until more than {mode.small} {level}s differ, or share exactly the {level}s of that output again.",
    )


def _subjects(home: Home, source: Source[Any, Any]) -> dict[str, tuple[Any, Any]]:
    """Return, by level, the keyed hashes of its subjects in their order, and of each one's patient."""
    from analysis.subjects.numbered_frames import PATIENT_KEY

    key, named = share_groups.key_of(home), as_first_named(home)
    keys = {level: named(rows) for level, rows in source.keys.items()}
    return {
        level: (
            share_groups.hashes(key, level, rows),
            share_groups.hashes(key, "patient", [row[: len(PATIENT_KEY)] for row in rows]),
        )
        for level, rows in keys.items()
    }


def _stored(levels: "Mapping[str, Level]", subjects: dict[str, tuple[Any, Any]], shared: Counted, mode: Mode) -> bytes:
    import numpy as np

    from disclosure.earlier_outputs import described

    stored = {}
    for name, level in levels.items():
        left = {key: count for (own, key), count in shared.counts.items() if own == name}
        members = np.array(list(level.members.values()), dtype=bool).reshape(len(level.members), level.n_subjects)
        stored[name] = StoredLevel(*subjects[name], members, described(level, left, mode))
    return share_groups.to_bytes(stored)


def _recalled(output: share_log.Output) -> "dict[str, LeftBefore]":
    from disclosure.earlier_outputs import recalled

    return {
        name: recalled(one.about, [row.tobytes() for row in one.subjects], one.members, int(one.about.get(ERASED, 0)))
        for name, one in share_groups.from_bytes(output.groups.read_bytes()).items()
    }
