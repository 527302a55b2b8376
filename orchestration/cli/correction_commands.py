"""Declare the commands that record what exports cannot carry: parameters and help texts."""

from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of

SiteArgument = Annotated[str, typer.Argument(help="The site, e.g. index-study")]
ReasonOption = Annotated[str, typer.Option(help='Why; kept in the archive, e.g. "Entered twice"')]
UndoOption = Annotated[bool, typer.Option("--undo", help="Revoke it, by a line of its own")]
TryOption = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and record nothing")]
ByOption = Annotated[str | None, typer.Option(help='Who decides, e.g. "A. Miller"; default: your user name')]


def retract(
    site: SiteArgument,
    export: Annotated[str, typer.Argument(help="The export that has the row, e.g. rfa_sessions")],
    key: Annotated[str, typer.Argument(help='The row: its key in quality.quarantine, e.g. "P-17|S-1|L-2"')],
    home: HomeOption = None,
    reason: ReasonOption = "",
    undo: UndoOption = False,
    dry_run: TryOption = False,
    by: ByOption = None,
) -> None:
    """Withdraw a row that a site cannot take back, as in a delta. A later delivery that has it brings it back."""
    from orchestration.cli import retract as command

    command.retract(home_of(home).require(), site, export, key, reason, undo, dry_run, by)


def merge(
    site: SiteArgument,
    old: Annotated[str, typer.Argument(help="The number to give up, e.g. P-09")],
    new: Annotated[str, typer.Argument(help="The number that it is read as, e.g. P-07")],
    home: HomeOption = None,
    reason: ReasonOption = "",
    undo: UndoOption = False,
    dry_run: TryOption = False,
    by: ByOption = None,
) -> None:
    """Read one number of a patient as another, in every delivery of the site, past and future."""
    from orchestration.cli import merge as command

    command.merge(home_of(home).require(), site, old, new, reason, undo, dry_run, by)


def corrections(
    site: Annotated[str, typer.Argument(help="Only this site, e.g. index-study; default: all")] = "",
    home: HomeOption = None,
) -> None:
    """List the retractions and merges that are in force: who recorded each, when and why."""
    from orchestration.cli import corrections as command

    command.corrections(home_of(home).require(), site)


COMMANDS = {"retract": retract, "merge": merge, "corrections": corrections}
"""In the order of --help."""
