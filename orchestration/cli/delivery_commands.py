"""Declare the commands that decide about a delivery or fetch one: their parameters and help texts."""

from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of


def set_aside(
    site: Annotated[str, typer.Argument(help="The site, e.g. index-study")],
    file: Annotated[
        str, typer.Argument(help="The file; add its folder or number if several match, e.g. patients/2024-06.csv#2")
    ],
    home: HomeOption = None,
    reason: Annotated[str, typer.Option(help='Why; kept in the archive, e.g. "Another hospital\'s file"')] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Bring it back, or retry a file that failed to load")] = False,
    by: Annotated[str | None, typer.Option(help='Who decides, e.g. "A. Miller"; default: your user name')] = None,
) -> None:
    """Stop counting a delivery, as if it had never arrived. The decision is recorded; --undo reverses it."""
    from orchestration.cli import set_aside as command

    command.set_aside(home_of(home).require(), site, file, reason, undo, by)


def confirm(
    site: Annotated[str, typer.Argument(help="The site, e.g. index-study")],
    file: Annotated[
        str, typer.Argument(help="The file; add its folder or number if several match, e.g. patients/2024-06.csv#2")
    ],
    home: HomeOption = None,
    reason: Annotated[str, typer.Option(help='Why; kept in the archive, e.g. "The ward has closed"')] = "",
    by: Annotated[str | None, typer.Option(help='Who confirms, e.g. "A. Miller"; default: your user name')] = None,
) -> None:
    """Load a delivery that waits for confirmation. It would withdraw many rows, or seems to use another unit."""
    from orchestration.cli import confirm as command

    command.confirm(home_of(home).require(), site, file, reason, by)


def pull(
    site: Annotated[str | None, typer.Argument(help="Only this site, e.g. clinic-a; default: all")] = None,
    home: HomeOption = None,
    whole: Annotated[bool, typer.Option("--whole", help="Take every record, not only what changed")] = False,
    accept_deletions: Annotated[
        bool, typer.Option("--accept-deletions", help="Believe that the missing records were deleted in REDCap")
    ] = False,
    accept_address: Annotated[
        bool, typer.Option("--accept-address", help="Send the token to the new address in site.toml")
    ] = False,
) -> None:
    """Take what is new from REDCap projects with an API. It is delivered into landing/; `refresh` loads it."""
    from orchestration.cli import pull as command

    command.pull(home_of(home).require(), site, whole, accept_deletions, accept_address)


COMMANDS = {"confirm": confirm, "set-aside": set_aside, "pull": pull}
"""In the order of --help."""
