"""`registry export`: write a release in the format of another system."""

from pathlib import Path

import typer

from interchange.export_release import Exported, export_release
from interchange.kinds import kind_named
from orchestration.cli.cohort import release_for
from orchestration.cli.wording import counted
from warehouse.cohorts.recipe import read_recipe
from warehouse.releases.release import find_release
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

MOST_FILES = 20


def export(
    home: Home, kind: str, release_id: str | None, out: Path, recipe: Path | None, mode: str, timeout_seconds: float
) -> None:
    """Write the export and print its files with their rows, and what the release could not fill."""
    try:
        named = kind_named(kind)
    except RegistryError as error:
        raise typer.BadParameter(str(error)) from None
    asked = read_recipe(recipe) if recipe is not None else None
    release = find_release(home, release_id) if asked is None else release_for(home, asked, release_id)
    done = export_release(home, release, named, out, asked, mode, timeout_seconds)
    _print_files(done)
    for note in done.written.notes:
        typer.echo(note)
    n_rows = sum(done.written.rows.values())
    whose = f"Release {release.release_id} as {named.name}"
    if done.was_there:
        typer.echo(f"{whose} is in {out} already; nothing was written.")
        return
    typer.echo(f"{whose}: {counted(len(done.written.rows), 'file')} with {counted(n_rows, done.written.noun)} in {out}")


def _print_files(done: Exported) -> None:
    """Print a line for each file; nothing if there are so many that nobody would read them."""
    rows = done.written.rows
    if len(rows) > MOST_FILES:
        return
    width, digits = (max(map(len, texts), default=0) for texts in (rows, [f"{n:,}" for n in rows.values()]))
    for name, n in rows.items():
        number, noun = counted(n, done.written.noun).split(" ", 1)
        typer.echo(f"{name:<{width}}  {number:>{digits}} {noun}")
