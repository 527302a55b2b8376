"""`registry accept`: allow rows to break a rule until a date."""

import getpass
from datetime import date

import duckdb
import typer

from schemas.exports import EXPORTS
from schemas.rule_book import RuleBook
from warehouse.intake.exceptions_file import Note, append, checked
from warehouse.pseudonyms.typed import key_of_entry
from warehouse.queries.entry_id import key_text
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, current_release
from warehouse.storage.connection import table_exists
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format
from warehouse.storage.rule_table import book_of

SET_ASIDE = """
    SELECT count(*) FROM quality.quarantine
    WHERE rule_id = $rule AND ($site IS NULL OR site = $site) AND ($key IS NULL OR key = $key)
"""
NEWEST = """
    SELECT max(extract_date) FROM meta.loads
    WHERE status = 'accepted' AND export <> 'answers' AND ($site IS NULL OR site = $site)
"""


def accept(
    home: Home, rule_id: str, reason: str, until: date, site: str | None, key: str | None, by: str | None
) -> None:
    """Append the exception to exceptions.toml and print what it will do. Raises RegistryError if it is not valid."""
    check_format(home)
    if key is not None and site is not None:
        key = key_of_entry(home, site, rule_id, key)
    note = checked(Note(rule_id, reason, until, site, key, by or user()))
    path = append(home, note)
    where = f"{site} / {key}" if key else site or "every site"
    typer.echo(f"Accepted {note.rule_id} at {where} until {until.isoformat()}; recorded in {path}.")
    release = current_release(home)
    if release is not None:
        _foretell(release, note)
    typer.echo("It takes effect at the next `registry refresh`.")


def _foretell(release: Release, note: Note) -> None:
    """Print how many rows of the current release the exception covers, and whether it has already expired."""
    asked = {"site": note.site}
    with open_release(release) as con:
        book = book_of(con)
        if note.rule_id not in book:
            typer.echo(f"Note: no rule {note.rule_id} is in force in release {release.release_id}.")
            return
        is_warning = book[note.rule_id].severity == "W"
        fitting = con.execute(
            _flagged(con, note.rule_id, book) if is_warning else SET_ASIDE, asked | _row(note)
        ).fetchone()
        newest = con.execute(NEWEST, asked).fetchone()
    what = "Flagged rows" if is_warning else "Open entries"
    typer.echo(f"{what} in release {release.release_id} that it covers: {fitting[0] if fitting else 0}.")
    if newest and newest[0] and newest[0] > note.until:
        typer.echo(
            f"Note: it has already expired, because the newest extract is dated {newest[0]}. An exception is compared "
            "with the extract dates of the deliveries, not with today's date."
        )


def _row(note: Note) -> dict[str, str | None]:
    return {"rule": note.rule_id, "key": note.key}


def _flagged(con: duckdb.DuckDBPyConnection, rule_id: str, book: RuleBook) -> str:
    """Return the SQL that counts the clean rows with the rule's flag; a release may be older than an export."""
    tables = " UNION ALL ".join(
        f"SELECT site, {key_text(EXPORTS[name], name)} AS key, flags FROM clean.{name}"  # noqa: S608 (own names)
        for name in book[rule_id].tables
        if table_exists(con, "clean", name)
    )
    return (
        f"SELECT count(*) FROM ({tables}) WHERE list_contains(flags, $rule) "  # noqa: S608
        "AND ($site IS NULL OR site = $site) AND ($key IS NULL OR key = $key)"
    )


def user() -> str:
    """Return the name of the user who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
