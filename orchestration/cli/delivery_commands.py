"""The commands that decide about a delivery, as the command line declares them: words and parameters.

What belongs here: parsing. What does not: what a command does (one module each).
"""

from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of


def set_aside(
    site: Annotated[str, typer.Argument(help="The site, e.g. index-study")],
    file: Annotated[
        str, typer.Argument(help="The file, with its folder or number if needed, e.g. patients/2024-06.csv#2")
    ],
    home: HomeOption = None,
    reason: Annotated[str, typer.Option(help='Reason, kept in the archive, e.g. "Another hospital\'s file"')] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Bring it back, or try a failed delivery again")] = False,
    by: Annotated[str | None, typer.Option(help='Who decides, e.g. "A. Miller"; default: the user\'s name')] = None,
) -> None:
    """Exclude a delivery from the tables and record the decision; --undo brings it back."""
    from orchestration.cli import set_aside as command

    command.set_aside(home_of(home).require(), site, file, reason, undo, by)


def confirm(
    site: Annotated[str, typer.Argument(help="The site, e.g. index-study")],
    file: Annotated[
        str, typer.Argument(help="The file, with its folder or number if needed, e.g. patients/2024-06.csv#2")
    ],
    home: HomeOption = None,
    reason: Annotated[str, typer.Option(help='Reason, kept in the archive, e.g. "The ward has closed"')] = "",
    by: Annotated[str | None, typer.Option(help='Who confirms, e.g. "A. Miller"; default: the user\'s name')] = None,
) -> None:
    """Accept a waiting delivery as it is, although it withdraws many rows or seems to be in another unit."""
    from orchestration.cli import confirm as command

    command.confirm(home_of(home).require(), site, file, reason, by)


COMMANDS = {"confirm": confirm, "set-aside": set_aside}
"""In the order in which --help lists them."""
