"""Finds what a site should know about its deliveries: refused files, changed columns, names, rows without a session,
shares that drift.

The notes come from a release or the build database. Notes on columns are about the newest delivery of a site and
export: a fault that a later delivery has fixed is no longer reported. A loud note (`is_loud`) is always shown in full;
quiet ones are counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.extract_date import date_in_name
from warehouse.queries import own_notes
from warehouse.queries.delivered_files import file_of, folders_of
from warehouse.queries.orphaned_exports import orphaned_exports
from warehouse.queries.site_terms_notes import drifts, ended_thresholds, is_charted
from warehouse.queries.undated_names import outranking
from warehouse.readers.near_names import nearest, shown, shown_list
from warehouse.storage.connection import table_exists
from warehouse.storage.hashing import columns_of

REJECTED, LOST, MISTYPED, ORPHANED, OUTRANKS = "Rejected", "Lost", "Mistyped", "Orphaned", "Outranks"
RULE = "Rule"
"""An own rule of the registry that is not applied, or could not be judged; the note is about no site."""
SUITE = "Suite"
"""The same of a suite of expectations, and of an expectation of it that is not met."""
PLAN = "Plan"
"""The same of the registry's own plan of analyses."""
DRIFT, THRESHOLD = "Drift", "Threshold"
"""A share of the site that is beyond its limits, and a threshold of the site's own that does not count."""
WAITING, SET_ASIDE = "Waits", "Set aside"
COUNT_AS_NONE = {"rejected": REJECTED, "waiting": WAITING, "set_aside": SET_ASIDE}
"""Status in meta.loads -> kind."""
UNKNOWN, MISSING, UNDATED = "Unknown", "Missing", "Undated"
QUIET = (UNKNOWN, MISSING, UNDATED)
"""Kinds that are only counted."""
LATER = tuple(column.name for export in EXPORTS.values() for column in export.columns if column.came_later)
"""Columns that joined the contract after sites had mapped theirs: that a file lacks them is not said every night."""


@dataclass(frozen=True)
class Note:
    """A note on one delivery: its kind, and a sentence with the cure. It contains no cell and no patient.

    A note on a share has the measure as `export` and the quarter as `delivery`; one on a threshold the rule and the
    file. `file` is where the delivery's file lies, '' if the note is about none.
    """

    kind: str
    site: str
    export: str
    delivery: str
    sentence: str
    file: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What the note is about. A drift is the same one whatever its figures have become."""
        about = (self.kind, self.site, self.export, self.delivery)
        return about if self.kind == DRIFT else (*about, self.sentence)

    @property
    def is_loud(self) -> bool:
        """Whether the note is shown in full."""
        return self.kind not in QUIET

    @property
    def place(self) -> str:
        """Where the file lies, or rules/file and id, or expectations/file and name, safe to print."""
        return shown_file(self.file or "/".join(part for part in (self.site, self.export, self.delivery) if part))


def shown_file(name: str) -> str:
    """Return a file name that is safe to print: on one line, whatever characters it contains."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)


def site_notes(con: duckdb.DuckDBPyConnection, site: str = "", catalogue: str = "") -> list[Note]:
    """Return the notes of all sites or of one, loud ones first. `catalogue` holds the tables; '' is the current one."""
    where = f"{catalogue}." if catalogue else ""
    outranks = [Note(OUTRANKS, *found) for found in outranking(con, where)]
    told = {note.place for note in outranks}
    notes = [
        *_none_counts(con, where),
        *outranks,
        *(note for note in _of_columns(con, where) if note.kind != UNDATED or note.place not in told),
        *(Note(RULE, "", *told) for told in own_notes.of_rules(con, catalogue)),
        *(Note(SUITE, "", *told) for told in own_notes.of_suites(con, catalogue)),
        *(Note(PLAN, "", *told) for told in own_notes.of_plan(con, catalogue)),
        *(Note(ORPHANED, *found) for found in orphaned_exports(con, where)),
        *(Note(DRIFT, *found) for found in drifts(con, catalogue)),
        *(Note(THRESHOLD, *found) for found in ended_thresholds(con, catalogue)),
    ]
    notes = _with_files(con, where, [note for note in notes if site in ("", note.site)])
    return sorted(notes, key=lambda n: (not n.is_loud, n.site, n.export, n.kind))


def _with_files(con: duckdb.DuckDBPyConnection, where: str, notes: list[Note]) -> list[Note]:
    """Return the notes, with the file of those on a delivery and on a threshold."""
    if not notes or not table_exists(con, f"{where}meta", "loads"):
        return notes
    folders = folders_of(con, where, sorted({note.delivery for note in notes}))
    found = []
    for note in notes:
        place = (note.site, note.export, note.delivery)
        if place in folders:
            note = replace(note, file=file_of(folders, *place))
        elif note.kind == THRESHOLD:
            note = replace(note, file=f"{note.site}/{note.delivery}")
        found.append(note)
    return found


def _none_counts(con: duckdb.DuckDBPyConnection, where: str) -> Iterator[Note]:
    """Return notes on deliveries that do not count, except those whose file has since arrived again."""
    rows = con.execute(
        f"""
        SELECT status, site, export, delivery, coalesce(reason, '') FROM {where}meta.loads l
        WHERE status <> 'accepted' AND NOT EXISTS (
            SELECT 1 FROM {where}meta.loads n WHERE n.site = l.site AND n.export = l.export
            AND n.file_name = l.file_name AND n.load_id > l.load_id)
        ORDER BY ALL
        """  # noqa: S608 (own names)
    ).fetchall()
    return (Note(COUNT_AS_NONE.get(status, REJECTED), *row) for status, *row in rows)


def _of_columns(con: duckdb.DuckDBPyConnection, where: str) -> Iterator[Note]:
    """Yield notes on missing and unknown columns of the newest accepted delivery of each site and export.

    Releases made before these columns were recorded yield nothing.
    """
    if not _notes_columns(con, where):
        return
    rows = con.execute(
        f"""
        WITH had AS (
            SELECT site, export, position, unnest(lost_columns) AS name FROM {where}meta.loads WHERE status = 'accepted'
        ), newest AS (
            SELECT * FROM {where}meta.loads WHERE status = 'accepted' AND export <> '{ANSWERS}'
            QUALIFY position = max(position) OVER (PARTITION BY site, export)
        )
        SELECT n.site, n.export, n.delivery, n.file_name, coalesce(n.unknown_columns, []),
               coalesce(n.missing_columns, []),
               coalesce((SELECT list(DISTINCT h.name ORDER BY h.name) FROM had h WHERE h.site = n.site
                         AND h.export = n.export AND list_contains(n.missing_columns, h.name)), [])
        FROM newest n ORDER BY ALL
        """  # noqa: S608 (own names)
    ).fetchall()
    for site, export, delivery, file_name, unknown, missing, lost in rows:
        for kind, sentence in _sentences(file_name, unknown, missing, lost):
            yield Note(kind, site, export, delivery, sentence)


def _notes_columns(con: duckdb.DuckDBPyConnection, where: str) -> bool:
    if where:
        names = {row[0] for row in con.execute(f"DESCRIBE {where}meta.loads").fetchall()}
    elif table_exists(con, "meta", "loads"):
        names = {name for name, _ in columns_of(con, "meta", "loads")}
    else:
        return False
    return {"missing_columns", "lost_columns"} <= names


def _sentences(file_name: str, unknown: list[str], missing: list[str], lost: list[str]) -> Iterator[tuple[str, str]]:
    meant = {name: near for name in unknown if (near := nearest(name, missing))}
    for name, near in meant.items():
        yield MISTYPED, f"The column '{shown(name)}' is not known; is it {near}, which the file lacks? Then rename it."
    if gone := [name for name in lost if name not in meant.values()]:
        yield LOST, _lost(gone)
    if others := [name for name in unknown if name not in meant]:
        yield UNKNOWN, f"Columns that belong to no table, kept with the raw row: {shown_list(others)}."
    if never := [name for name in missing if name not in (*lost, *meant.values(), *LATER)]:
        yield MISSING, f"Optional columns that the file lacks: {shown_list(never, 30)}."
    if date_in_name(file_name) is None:
        yield (
            UNDATED,
            (
                "The file name has no date, so the rules compare its rows with the day of its arrival, and a later "
                "file may be read before it. Deliver it again with the date of the export in front, for example "
                f"2026-01-31_{shown(file_name)}, and set this one aside (`registry set-aside`)."
            ),
        )


def _lost(gone: list[str]) -> str:
    if len(gone) == 1:
        return (
            f"The file no longer has the column {gone[0]}, which earlier deliveries had; rows keep their values. "
            "Deliver it again, or ignore this if it is intended."
        )
    return (
        f"The file no longer has the columns {shown_list(gone, 30)}, which earlier deliveries had; rows keep their "
        "values. Deliver them again, or ignore this if it is intended."
    )


def counted(notes: Iterable[Note]) -> str:
    """Return the quiet notes in one sentence; '' if there are none."""
    kinds = [note.kind for note in notes]
    number = {kind: kinds.count(kind) for kind in QUIET}
    words = {
        UNKNOWN: "with unknown columns",
        MISSING: "without some optional columns",
        UNDATED: "without a date in their name",
    }
    parts = [f"{number[kind]:,} {words[kind]}" for kind in QUIET if number[kind]]
    return f"Of the newest deliveries of each site and export, {', '.join(parts)}." if parts else ""


@dataclass(frozen=True)
class Known:
    """What an earlier release said: the notes' identities, and whether it had control charts."""

    identities: frozenset[tuple[str, ...]] = frozenset()
    is_charted: bool = False


def known_notes(con: duckdb.DuckDBPyConnection, catalogue: str = "") -> Known:
    """Return what an earlier release, or the catalogue that holds it, said."""
    notes = site_notes(con, catalogue=catalogue)
    return Known(frozenset(note.identity for note in notes), is_charted(con, catalogue))


def new_since(notes: Iterable[Note], known: Known) -> list[Note]:
    """Return the notes that are not known. The first release with control charts names no drift: all would be new."""
    return [n for n in notes if n.identity not in known.identities and (known.is_charted or n.kind != DRIFT)]
