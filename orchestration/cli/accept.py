"""`registry accept`: sign off that rows may break a rule for a time."""

import getpass
from datetime import date

import typer

from schemas.exports import EXPORTS
from schemas.rules import RULES
from warehouse.intake.exceptions_file import Note, append, checked
from warehouse.queries.entry_id import key_text
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, current_release
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format

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
    """Append the note to exceptions.toml and say what it will do. RegistryError where it cannot hold."""
    check_format(home)
    note = checked(Note(rule_id, reason, until, site, key, by or user()))
    path = append(home, note)
    where = f"{site} / {key}" if key else site or "every site"
    typer.echo(f"Accepted {note.rule_id} at {where} until {until.isoformat()}; written to {path}.")
    release = current_release(home)
    if release is not None:
        _foretell(release, note)
    typer.echo("It takes effect with the next registry refresh.")


def _foretell(release: Release, note: Note) -> None:
    """What the current release says of the note: what it fits, and whether it has expired already."""
    asked = {"site": note.site}
    with open_release(release) as con:
        is_warning = RULES[note.rule_id].severity == "W"
        fitting = con.execute(_flagged(note.rule_id) if is_warning else SET_ASIDE, asked | _row(note)).fetchone()
        newest = con.execute(NEWEST, asked).fetchone()
    what = "Flagged rows" if is_warning else "Open entries"
    typer.echo(f"{what} of release {release.release_id} that it fits: {fitting[0] if fitting else 0}.")
    if newest and newest[0] and newest[0] > note.until:
        typer.echo(
            f"Mind: it has expired already, since the newest extract is of {newest[0]}: an exception is held against "
            "the extract dates of the deliveries, not against today."
        )


def _row(note: Note) -> dict[str, str | None]:
    return {"rule": note.rule_id, "key": note.key}


def _flagged(rule_id: str) -> str:
    """SQL that counts the clean rows with the rule's flag."""
    tables = " UNION ALL ".join(
        f"SELECT site, {key_text(EXPORTS[name], name)} AS key, flags FROM clean.{name}"  # noqa: S608 (own names)
        for name in RULES[rule_id].tables
    )
    return (
        f"SELECT count(*) FROM ({tables}) WHERE list_contains(flags, $rule) "  # noqa: S608
        "AND ($site IS NULL OR site = $site) AND ($key IS NULL OR key = $key)"
    )


def user() -> str:
    """The name of the user who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
