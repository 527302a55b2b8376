"""Declare the commands about deliveries, before and after they arrive, and to fetch one: parameters and help texts."""

from enum import StrEnum
from pathlib import Path
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


class CheckFormat(StrEnum):
    """How `check` prints."""

    text = "text"
    json = "json"


def check(
    site: Annotated[
        str, typer.Argument(help="The site, or the path of a folder with site.toml and files, e.g. index-study")
    ],
    home: HomeOption = None,
    file: Annotated[
        Path | None, typer.Option(help="Check only this file, which may be anywhere, e.g. klinik/2024-06.xlsx")
    ] = None,
    folder: Annotated[
        str | None, typer.Option(help="For which folder of the site the file is, if it is not in one, e.g. klinik")
    ] = None,
    format: Annotated[CheckFormat, typer.Option("--format", help="Output format, e.g. json")] = CheckFormat.text,
) -> None:
    """Show what would happen to a site's new files: what would load, be set aside or be refused. Nothing is changed.

    Exit code 0: everything would load, whatever single rows are set aside. 3: a file or site.toml would be refused, a
    delivery would wait for `registry confirm`, or every row of a delivery would be set aside.
    """
    from orchestration.cli import check as command
    from orchestration.cli.stop_signals import ends_cleanly

    with ends_cleanly():
        would_load = command.check(home_of(home), site, file, folder, format.value)
    if not would_load:
        raise typer.Exit(EXIT_WOULD_NOT_LOAD)


def pull(
    site: Annotated[str | None, typer.Argument(help="Only this site, e.g. clinic-a; default: all")] = None,
    home: HomeOption = None,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="Take every record or file, not only what changed; snapshots are always whole"),
    ] = False,
    accept_deletions: Annotated[
        bool,
        typer.Option(
            "--accept-deletions",
            help="Withdraw what is gone from a REDCap project though it is more than max_withdrawn allows. A snapshot, "
            "such as a Castor study, waits for `registry confirm` instead",
        ),
    ] = False,
    accept_address: Annotated[
        bool,
        typer.Option(
            "--accept-address",
            help="Send the token, key or password to the address in site.toml though it is another than before",
        ),
    ] = False,
) -> None:
    """Take what is new from the REDCap projects, Castor studies, databases and places of files that a site.toml names.

    It is delivered into landing/; `refresh` loads it. The token comes from the environment or from a file in tokens/
    (docs/sources/redcap_api.md, castor.md, sql.md, places.md). Of a source that cannot be pulled nothing is delivered,
    the others are pulled all the same, and the exit code is 1; so it is if one file of a place waits for a cure.
    """
    from orchestration.cli import pull as command

    command.pull(home_of(home).require(), site, whole, accept_deletions, accept_address)


EXIT_WOULD_NOT_LOAD = 3
COMMANDS = {"check": check, "confirm": confirm, "set-aside": set_aside, "pull": pull}
"""In the order of --help."""
