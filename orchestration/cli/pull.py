"""`registry pull`: take what is new from REDCap, Castor, databases and places of files, and put it into landing/."""

import typer

from orchestration.cli.refresh import progress
from orchestration.pulling import lines_of, pull_and_tell
from warehouse.pulls.pull_sites import Outcome
from warehouse.pulls.targets import Options
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


def pull(home: Home, site: str | None, is_whole: bool, accepts_deletions: bool, accepts_address: bool) -> None:
    """Pull and print what was delivered. Raises RegistryError if a source could not be pulled; the others were."""
    options = Options(is_whole=is_whole, accepts_deletions=accepts_deletions, accepts_address=accepts_address)
    with progress() as say:
        outcomes, notices = pull_and_tell(home, site, options, say)
    for sentence in notices:
        typer.echo(f"Notice   {sentence}", err=True)
    if not outcomes:
        typer.echo("No source says where it is pulled from. Add api or place to one in a site.toml (docs/sources).")
    for one in outcomes:
        if one.pulled is not None:
            for line in lines_of(one.pulled):
                typer.echo(f"{one.place}: {line}")
        if one.problem:
            typer.echo(f"Problem  {one.place}: {one.problem}", err=True)
    _fail(outcomes)


def _fail(outcomes: list[Outcome]) -> None:
    """Raise RegistryError if a source could not be pulled, or not every file of it."""
    if n_failed := sum(one.pulled is None for one in outcomes):
        which = "A source" if n_failed == 1 else f"{n_failed:,} sources"
        raise RegistryError(
            f"{which} could not be pulled.", "Nothing of it was delivered; pull again when it is cured."
        )
    if any(one.problem for one in outcomes):
        raise RegistryError("Some files could not be fetched.", "The others were; pull again when it is cured.")
