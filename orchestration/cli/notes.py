"""Print the notes for sites, after `registry refresh` and in `registry status`."""

import shutil
import sys
import textwrap

import typer

from warehouse.diff.pair import of_releases
from warehouse.diff.stated import NOT_APPLIED, find_stated
from warehouse.queries.site_notes import (
    COUNT_AS_NONE,
    MISSING,
    Known,
    Note,
    counted,
    known_notes,
    new_since,
    site_notes,
)
from warehouse.releases.query import open_release
from warehouse.releases.release import Release

MOST = 12
"""At most this many notes are printed; the rest are counted."""
NARROWEST = 60
WIDTH = 17
"""Width of the first column of `registry status`."""


def say(label: str, text: str, width: int = WIDTH, is_error: bool = False) -> None:
    """Print the text after its label: wrapped and indented on a terminal, elsewhere on one line, so that it can be
    searched.
    """
    line = f"{label:<{width - 1}} {text}"
    stream = sys.stderr if is_error else sys.stdout
    if stream.isatty():
        columns = max(shutil.get_terminal_size().columns, NARROWEST)
        line = textwrap.fill(line, columns, subsequent_indent=" " * width, break_long_words=False)
    typer.echo(line, err=is_error)


def notes_of(release: Release | None) -> list[Note]:
    """Return the notes of a release; none without a release."""
    if release is None:
        return []
    with open_release(release) as con:
        return site_notes(con)


def known_of(release: Release | None) -> Known:
    """Return what a release said; nothing without a release."""
    if release is None:
        return Known()
    with open_release(release) as con:
        return known_notes(con)


def print_after_refresh(release: Release | None, before: Release | None) -> None:
    """Print to standard error the loud notes that the previous release did not have; count the others."""
    notes, known = notes_of(release), known_of(before)
    loud = [note for note in notes if note.is_loud]
    new = new_since(loud, known)
    for note in new[:MOST]:
        say(note.kind, f"{note.place}: {note.sentence}", 9, is_error=True)
    more, still = max(0, len(new) - MOST), len(loud) - len(new)
    quiet = counted(new_since(notes, known))
    if more:
        typer.echo(f"Notice   {more:,} more like these: `registry status` lists them.", err=True)
    if still:
        notes_are, them = ("note is", "it") if still == 1 else ("notes are", "them")
        typer.echo(f"Notice   {still:,} more {notes_are} open from before: `registry status` lists {them}.", err=True)
    if quiet:
        typer.echo(f"Notice   {quiet} `registry status` lists them.", err=True)


def print_stated(release: Release, before: Release) -> None:
    """Print which rules, suites, thresholds and exceptions of the registry came, changed or went since."""
    with of_releases(before, release) as pair:
        rows = [row for row in find_stated(pair) if row["change"] != NOT_APPLIED]  # which is a note, with the reason
    for row in rows[:MOST]:
        at_site = f" at {row['site']}" if row["site"] else ""
        number = "" if row["n"] == 1 else f" ({row['n']:,})"
        typer.echo(f"  {row['kind']} {row['name']}{at_site}{number}: {row['change']} ({row['file']})")
    if len(rows) > MOST:
        typer.echo(f"  {len(rows) - MOST:,} more like these: `registry diff previous current` lists them.")


def print_in_status(notes: list[Note]) -> None:
    """Print the notes, rejected deliveries first, and those that no site's query sheet has; only count what a site has
    never delivered.
    """
    told = [note for note in notes if note.kind != MISSING]
    rejected = [note for note in told if note.kind in COUNT_AS_NONE.values()]
    own = [note for note in told if not note.site]
    others = [note for note in told if note.site and note.kind not in COUNT_AS_NONE.values()]
    for note in [*rejected, *own, *others[:MOST]]:
        say(note.kind, f"{note.place}: {note.sentence}")
    more = len(others) - MOST
    if more > 0:
        typer.echo(f"{'':<{WIDTH}}{more:,} more are in the sites' query sheets (`registry queries SITE`)")
    if quiet := counted(note for note in notes if note.kind == MISSING):
        typer.echo(f"{'Missing':<{WIDTH}}{quiet} The sites' query sheets list them (`registry queries SITE`)")
