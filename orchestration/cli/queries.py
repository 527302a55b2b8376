"""`registry queries`: write what a site is asked to a workbook, in which the site can answer it."""

from datetime import UTC, date, datetime
from pathlib import Path

import typer

from orchestration.cli.accept import user
from orchestration.cli.wording import counted
from warehouse.archive import thread_log
from warehouse.archive.archive import Archive
from warehouse.intake.configs_in_force import language_of
from warehouse.queries.asked_questions import record_sent
from warehouse.queries.flagged_rows import SHEET as FLAGGED_SHEET
from warehouse.queries.flagged_rows import flagged_rows
from warehouse.queries.open_entries import Terms, open_entries
from warehouse.queries.query_sheet import write_sheet
from warehouse.queries.rows_as_delivered import rows_as_delivered
from warehouse.queries.sheet_notes import NOTES_SHEET
from warehouse.queries.site_notes import site_notes
from warehouse.releases.release import Release, find_release
from warehouse.storage.connection import read_build
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import home_settings


def queries(
    home: Home, site: str, out: Path | None, release_id: str | None, due: date | None, is_draft: bool, by: str | None
) -> None:
    """Write the sheet, record that it was sent, and print where it is and what to do with it.

    Its rows come from the build database, because only that holds them as the site delivered them.
    """
    release = _newest(home, release_id)
    path = out or Path(f"queries-{site}-{release.release_id}.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise RegistryError("A query sheet is an .xlsx workbook.", "Give --out a file name that ends in .xlsx.")
    terms = None if is_draft else _terms(home, due)
    archive = Archive(home)
    language = language_of(archive, site)
    with read_build(home) as con:
        as_delivered = rows_as_delivered(con, archive, site)
        entries = open_entries(con, site, as_delivered, thread_log.read(home), terms, language)
        notes, flagged = site_notes(con, site), flagged_rows(con, site)
    if not entries and not notes and not flagged:
        typer.echo(f"No sheet is needed: {site} has no open entries in release {release.release_id}.")
        return
    write_sheet(path, site, release.release_id, entries, notes, flagged, language)
    typer.echo(f"Wrote {len(entries)} open entr{'y' if len(entries) == 1 else 'ies'} of {site} to {path}.")
    if notes:
        typer.echo(f"Its sheet {language.word(NOTES_SHEET)!r} holds {counted(len(notes), 'note')} about files.")
    if flagged:
        typer.echo(f"Its sheet {language.word(FLAGGED_SHEET)!r} holds {counted(len(flagged), 'flagged row')}.")
    if terms is not None and entries:
        n = record_sent(home, by or user(), path.name, entries)
        days = sorted({one.due for one in entries if one.due})
        until = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
        typer.echo(f"Recorded {counted(n, 'question')} as sent, with answers due on {until}.")
    elif is_draft:
        typer.echo("This is a draft: nothing is recorded as sent.")
    typer.echo("It holds patients' rows: send it only to the site that delivered them, over a secure channel.")
    typer.echo(f"Next: put the answered sheet into {home.landing / site / 'answers'}/, then run `registry refresh`")


def _terms(home: Home, due: date | None) -> Terms:
    today = datetime.now(UTC).date()
    if due is not None and due < today:
        raise RegistryError(f"An answer cannot be due on {due}, which has passed.", "Give --due a later day.")
    return Terms(today, due, home_settings(home).query_days)


def _newest(home: Home, release_id: str | None) -> Release:
    """Return the current release. Raises RegistryError for any other: releases do not hold rows as delivered."""
    current = find_release(home)
    if release_id and find_release(home, release_id).folder != current.folder:
        raise RegistryError(
            "A query sheet shows rows as they were delivered, which past releases do not hold.",
            "Leave out --release; the sheet is made from the newest rows.",
        )
    return current
