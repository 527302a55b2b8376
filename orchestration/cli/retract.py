"""`registry retract`: withdraw a row that no delivery can take back."""

import typer

from orchestration.cli.accept import user
from orchestration.cli.wording import counted
from warehouse.corrections import known
from warehouse.corrections import retract as rows
from warehouse.pseudonyms.typed import key_as_kept
from warehouse.storage.connection import read_build
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format


def retract(
    home: Home, site: str, export: str, key: str, reason: str, undo: bool, dry_run: bool, by: str | None
) -> None:
    """Record the retraction, or its undoing, and print what it does. Raises RegistryError if there is no such row."""
    check_format(home)
    key = key_as_kept(home, site, export, key)
    if undo:
        for one in rows.undo(home, site, export, key, reason, by or user(), dry_run):
            typer.echo(f"{'Would revoke' if dry_run else 'Revoked'}: the retraction of {one.at[:10]} by {one.by}.")
        typer.echo("The row counts again from the next `registry refresh` on.")
        return
    reason = known.check_reason(reason)
    with read_build(home) as con:
        found = rows.find(con, site, export, key)
    if not dry_run:
        rows.record(home, site, found, reason, by or user())
    typer.echo(f"{'Would retract' if dry_run else 'Retracted'}: {export} {key} of {site}, last in {found.delivery}.")
    for name, n in found.orphans.items():
        typer.echo(f"{counted(n, 'row')} of {name} will have no session (ORPHAN-01).")
    if found.is_snapshot:
        typer.echo(f"{site} delivers {export} as a snapshot: the next file that has the row brings it back.")
    typer.echo("From the next `registry refresh` on it counts as withdrawn, until a later delivery has it again.")
    typer.echo(f'`registry retract {site} {export} "{key}" --undo` revokes it.')
