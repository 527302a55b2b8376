"""`registry pull`: take what is new from REDCap, Castor and databases, and deliver it into landing/."""

import typer

from orchestration.cli.refresh import progress
from orchestration.pulling import pull_and_tell
from warehouse.pulls.targets import Options, Pulled
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
        typer.echo('No source has an API. Add api = "https://.../api/" to a source in a site.toml.')
    for one in outcomes:
        if one.pulled is not None:
            for line in lines_of(one.pulled):
                typer.echo(f"{one.place}: {line}")
        else:
            typer.echo(f"Problem  {one.place}: {one.problem}", err=True)
    if n_failed := sum(one.pulled is None for one in outcomes):
        which = "A source" if n_failed == 1 else f"{n_failed:,} sources"
        raise RegistryError(
            f"{which} could not be pulled.", "Nothing of it was delivered; pull again when it is cured."
        )


def lines_of(pulled: Pulled) -> list[str]:
    """Return in sentences what a pull delivered."""
    if not pulled.files:
        return ["nothing new", *pulled.remarks]
    records = "1 record" if pulled.n_records == 1 else f"{pulled.n_records:,} records"
    said = [f"delivered {' and '.join(pulled.files)} ({records})", *pulled.remarks]
    if pulled.n_lost:
        lost = "1 record is" if pulled.n_lost == 1 else f"{pulled.n_lost:,} records are"
        said.append(f"{lost} gone from the project, or lost rows")
    return said
