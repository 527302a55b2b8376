"""Lets results leave under disclosure control: what leaves is made, compared with what left before, and logged.

Under the mode `none` results are written as they are, inside the hospital, and leave no line.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from filelock import FileLock

from schemas.disclosure import Mode
from warehouse.derived import analysis_tables
from warehouse.erasure.erase_from_shared import ERASED
from warehouse.releases import share_groups, share_log
from warehouse.releases.release import MANIFEST, Release
from warehouse.releases.share_groups import StoredLevel
from warehouse.storage.errors import ShareRefused
from warehouse.storage.home import PRIVATE_FOLDER, Home
from workflows.paper_files import write_paper

if TYPE_CHECKING:
    from analysis.report.content import ReportContent
    from analysis.subjects.analysis_frames import AnalysisFrames
    from disclosure.earlier_outputs import Left
    from disclosure.shared_content import Shared

LOCK, PUBLIC = "lock", "Public set"


@dataclass(frozen=True)
class Leaving:
    """What leaves: the content, a connection with its tables, and what is logged of it."""

    content: "ReportContent"
    tables: duckdb.DuckDBPyConnection
    shared: "Shared"
    groups: bytes


@dataclass(frozen=True)
class Disclosure:
    """How results leave: from which home, under which mode, and as what (a word for the log)."""

    home: Home
    mode: Mode
    what: str

    def write(
        self,
        folder: Path,
        release: Release,
        content: "ReportContent",
        registry: "AnalysisFrames",
        facts: dict,
        say: Callable[[str], None],
        has_page: bool = False,
    ) -> None:
        """Write a paper's files as they leave into the folder, and log that they do.

        ShareRefused if earlier outputs would let a small group be computed.
        """
        say("suppressing small counts")
        with leaving(self.home, content, registry, self.mode) as left:
            own = replace(left.content, kind=PUBLIC) if has_page else left.content
            facts = facts | {"disclosure": {"mode": self.mode.name, "source": self.mode.source}}
            write_paper(folder, own, left.tables, facts, say, has_page)
            log(self.home, release, self.what, self.mode, left, folder)


@contextmanager
def leaving(home: Home, content: "ReportContent", registry: "AnalysisFrames", mode: Mode) -> Iterator[Leaving]:
    """Make what leaves of `content` under `mode`, while no other output can leave.

    ShareRefused if earlier outputs would let a small group be computed; ShareLogDamaged if what left is not known.
    """
    from disclosure.earlier_outputs import TooClose, patients_of, refuse_if_close, set_against
    from disclosure.groups import groups_of
    from disclosure.shared_content import shared_content

    home.shared.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with FileLock(home.shared / LOCK):
        listed = share_log.outputs(home)
        outputs = [_recalled(output) for output in listed]
        levels, subjects = groups_of(registry), _subjects(home, registry)
        _refuse_few(len(registry.patients), mode)
        try:
            today = [one.tobytes() for one in subjects["patient"][0]]
            refuse_if_close(today, patients_of(outputs), mode)
            keys = {name: [one.tobytes() for one in own] for name, (own, _) in subjects.items()}
            over, earlier = set_against(levels, keys, outputs)
            shared = shared_content(content, registry, mode, over, earlier)
        except TooClose as close:
            raise too_close(listed[close.place], close.n, mode) from None
        with duckdb.connect() as tables:
            tables.execute("CREATE SCHEMA analysis")
            for name, frame in shared.content.tables.items():
                analysis_tables.store(tables, name, frame)
            yield Leaving(shared.content, tables, shared, _stored(levels, subjects, shared, mode))


def log(home: Home, release: Release, what: str, mode: Mode, left: Leaving, folder: Path) -> str:
    """Write the line of an output whose files are complete in `folder`, just before it leaves; return its id."""
    about: dict[str, Any] = {
        "what": what,
        "release_id": release.release_id,
        "mode": mode.name,
        "selection": left.content.selection,
        "counts_that_left": len(left.shared.counts),
        "manifest_sha256": hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest(),
    }
    return share_log.add(home, about, left.groups)


def _refuse_few(n_patients: int, mode: Mode) -> None:
    if n_patients <= mode.small:
        raise ShareRefused(
            f"These are {mode.small} patients or fewer, so nothing about them may leave under {mode.name}.",
            "Choose a larger cohort, or keep the result inside with --disclosure none.",
        )


def too_close(output: share_log.Output, n: int, mode: Mode) -> ShareRefused:
    """Return the refusal of an output whose patients differ by `n` from those of an earlier one."""
    who = f"output {output.id} ({output.line['what']} of release {output.line['release_id']}, {output.line['at'][:10]})"
    return ShareRefused(
        f"Nearly the same patients left with {who}: {n} differ, whose data could be found by subtraction.",
        f"Wait until more than {mode.small} patients differ, or share exactly the patients of that output again.",
    )


def _subjects(home: Home, registry: "AnalysisFrames") -> dict[str, tuple[Any, Any]]:
    """Return, by level, the keyed hashes of its subjects in their order, and of each one's patient."""
    from analysis.subjects.numbered_frames import LESION_KEY, PATIENT_KEY, SESSION, SESSION_KEY

    key = share_groups.key_of(home)
    sessions = registry.sessions.drop_duplicates(SESSION).sort_values(SESSION)
    found = {}
    for level, frame, names in (
        ("patient", registry.patients, PATIENT_KEY),
        ("lesion", registry.lesions, LESION_KEY),
        ("session", sessions, SESSION_KEY),
    ):
        rows = list(zip(*(frame[name].astype(str) for name in names), strict=True))
        whole = share_groups.hashes(key, level, rows)
        found[level] = (whole, share_groups.hashes(key, "patient", [row[: len(PATIENT_KEY)] for row in rows]))
    return found


def _stored(levels: dict, subjects: dict[str, tuple[Any, Any]], shared: "Shared", mode: Mode) -> bytes:
    import numpy as np

    from disclosure.earlier_outputs import described

    stored = {}
    for name, level in levels.items():
        left = {key: count for (own, key), count in shared.counts.items() if own == name}
        members = np.array(list(level.members.values()), dtype=bool).reshape(len(level.members), level.n_subjects)
        stored[name] = StoredLevel(*subjects[name], members, described(level, left, mode))
    return share_groups.to_bytes(stored)


def _recalled(output: share_log.Output) -> "dict[str, Left]":
    from disclosure.earlier_outputs import recalled

    return {
        name: recalled(one.about, [row.tobytes() for row in one.subjects], one.members, int(one.about.get(ERASED, 0)))
        for name, one in share_groups.from_bytes(output.groups.read_bytes()).items()
    }
