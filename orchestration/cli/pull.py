"""`registry pull`: take what is new from REDCap, Castor, databases and places of files, and put it into landing/."""

from collections.abc import Sequence

import typer

from orchestration.cli.refresh import progress
from orchestration.pulling import pull_and_tell
from warehouse.pulls.pull_sites import Outcome
from warehouse.pulls.targets import Options, Pulled
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

SHOWN_FILES = 5


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


def lines_of(pulled: Pulled) -> list[str]:
    """Return in sentences what a pull delivered."""
    if not pulled.files:
        return ["nothing delivered" if pulled.problem else "nothing new", *pulled.remarks]
    said = [f"delivered {_list(pulled.files)}{_records(pulled.n_records)}", *pulled.remarks]
    if pulled.n_lost:
        lost = "1 record is" if pulled.n_lost == 1 else f"{pulled.n_lost:,} records are"
        said.append(f"{lost} gone from the project, or lost rows")
    return said


def _list(files: Sequence[str]) -> str:
    more = [f"{len(files) - SHOWN_FILES:,} more"] if len(files) > SHOWN_FILES else []
    *first, last = [*files[:SHOWN_FILES], *more]
    return f"{', '.join(first)} and {last}" if first else last


def _records(n_records: int | None) -> str:
    """Return how many records there are in brackets, '' where it is not known."""
    if n_records is None:
        return ""
    return " (1 record)" if n_records == 1 else f" ({n_records:,} records)"
