"""Makes the morning note: what changed between two releases, from the warehouse and the analyses.

The comparison is in warehouse/diff/, the attribution in analysis/plan/estimate_changes.py, the wording in
analysis/report/. A comparison that fails never fails a release. `registry diff` uses this module too.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from analysis.plan.estimate_changes import Estimates, Movement, estimates_of, movements
from analysis.plan.main_estimates import main_estimates
from analysis.report.blocks import Numbering
from analysis.report.morning_note import MorningNote
from analysis.report.output.markdown import markdown
from analysis.report.sections import morning_note as page
from analysis.report.sections import morning_note_keys as keys
from warehouse.archive.archive import Archive
from warehouse.diff import states
from warehouse.diff.difference import came_in, difference, missing_parent
from warehouse.diff.pair import Pair, code_of, of_releases, with_build
from warehouse.incremental.change_log import DUE, Due
from warehouse.intake.overdue_sites import overdue
from warehouse.queries.site_notes import Known, Note, counted, known_notes, new_since, site_notes
from warehouse.releases.release import Release, published_at
from warehouse.storage.home import Home
from warehouse.storage.source_code import source_hash

OTHER_CODE = (
    "The movement is not split: the later release was not made by the installed code, so the earlier one cannot be "
    "derived in the same way."
)
LACKS = "The movement is not split: the earlier release lacks columns that today's SQL reads."


def note_of_build(
    con: duckdb.DuckDBPyConnection, home: Home, current: Release | None, manifest: dict, release_id: str, due: Due
) -> MorningNote:
    """What changed between the current release and the build database, which is about to become `release_id`.

    `due` are the patients who have changed since.
    """
    late = _overdue_at(home, release_id)
    if current is None:
        return MorningNote(release_id, came_in=came_in(con), overdue=late, **_told(new_since(site_notes(con), Known())))
    with with_build(con, current, manifest, "" if due.is_full_rebuild else DUE) as pair:
        return replace(note_of(pair, home, release_id), overdue=late)


def _overdue_at(home: Home, release_id: str) -> list[dict[str, str]]:
    made = published_at(release_id)
    late = overdue(Archive(home), made) if made is not None else []
    return [{"place": one.place, "sentence": one.sentence} for one in late]


def note_of_releases(home: Home, before: Release, after: Release) -> MorningNote:
    """What changed from one release to the other."""
    with of_releases(before, after) as pair:
        return note_of(pair, home, after.release_id)


def note_of(pair: Pair, home: Home, release_id: str) -> MorningNote:
    """What changed from the first release of the pair to the second, whose id is `release_id`."""
    found = difference(pair)
    moved, patients, why_no_split = split(pair)
    return MorningNote(
        after=release_id,
        before=pair.old["release_id"],
        missing_parent=missing_parent(home, pair.old, pair.new),
        is_same_code=pair.is_same_code,
        movements=moved,
        patients_moved=patients,
        why_no_split=why_no_split,
        **_told(new_since(site_notes(pair.con, catalogue=pair.after), known_notes(pair.con, pair.before))),
        **vars(found),
    )


def _told(notes: list[Note]) -> dict[str, Any]:
    """The fields of the morning note for site notes: each loud note, and a count of the others."""
    loud = [{"kind": n.kind, "place": n.place, "sentence": n.sentence} for n in notes if n.is_loud]
    return {"site_notes": loud, "site_notes_counted": counted(notes)}


def split(pair: Pair) -> tuple[list[Movement], dict[str, int | None], str]:
    """Return the movement of each main estimate, the number of patients that each factor concerns, and why the movement
    is not split ('' if it is).

    A step in which nothing changed is not computed: it contributes zero.
    """
    before, after = (estimates_of(states.estimates(pair, name).values()) for name in (pair.before, pair.after))
    if not pair.is_same_code and code_of(pair.new) != (source_hash(), duckdb.__version__):
        return movements(before, None, None, None, after), {}, OTHER_CODE
    with ExitStack() as scratch:
        earlier, rederived = pair.before, before
        if not pair.is_same_code:
            try:
                earlier = scratch.enter_context(states.derived_anew(pair))
            except (duckdb.BinderException, duckdb.CatalogException):
                return movements(before, None, None, None, after), {}, LACKS
            rederived = estimates_of(main_estimates(*states.counted(pair, (earlier, "true"))))
        states.find_groups(pair, earlier)
        moved = states.moved(pair, earlier)
        corrected = _corrected(pair, earlier, moved, rederived, after)
        followed = _followed(pair, earlier, moved, corrected, after)
    return movements(before, rederived, corrected, followed, after), dict(vars(moved)), ""


def _corrected(pair: Pair, earlier: str, moved: states.Moved, rederived: Estimates, after: Estimates) -> Estimates:
    """The estimates with the earlier release's corrected patients as they are now, and without those who left."""
    if not moved.corrected and not moved.left:
        return rederived
    if not moved.new and not moved.followed:
        return after
    return estimates_of(main_estimates(*states.counted(pair, *states.once_corrected(pair, earlier))))


def _followed(pair: Pair, earlier: str, moved: states.Moved, corrected: Estimates, after: Estimates) -> Estimates:
    """The estimates with the new exams, sessions and specimens of known patients as well."""
    if not moved.followed:
        return corrected
    if not moved.new:
        return after
    return estimates_of(main_estimates(*states.counted(pair, *states.once_followed(pair, earlier))))


def tell(
    make: Callable[[], MorningNote], release_id: str, report_failure: Callable[[], None]
) -> tuple[MorningNote, str]:
    """Return the note and its text with keys. If making or writing it fails, the note names only the kind of failure,
    and `report_failure` is called while the exception is being handled.
    """
    try:
        note = make()
        page.opening(note, Numbering())
        page.changes(note, Numbering())
        return note, markdown(keys.build(note))
    except Exception as error:
        report_failure()
        note = MorningNote(release_id, failure=type(error).__name__)
        return note, markdown(keys.build(note))


def write(folder: Path, text: str) -> None:
    """Write the text into the release's folder."""
    (folder / page.FILE).write_text(text, encoding="utf-8")
