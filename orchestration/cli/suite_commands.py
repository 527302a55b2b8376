"""Declare the command about the registry's own suites of expectations: parameters and help texts."""

from enum import StrEnum
from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of


class SuiteAction(StrEnum):
    """What `suite` does."""

    new = "new"
    try_ = "try"


def suite(
    action: Annotated[SuiteAction, typer.Argument(help="Begin a suite, or try the one that a file holds, e.g. try")],
    what: Annotated[
        str, typer.Argument(help="new: the suite's name, e.g. house; try: its file, e.g. expectations/a.json")
    ],
    home: HomeOption = None,
    table: Annotated[str, typer.Option(help="new: the table that it is about, e.g. clean.rfa_sessions")] = "",
) -> None:
    """Begin a suite of expectations of the registry's own, or try one on the current release.

    `new` writes a file into expectations/ of the home. `try` changes nothing and shows counts, never a value. Exit code
    0: every expectation could be judged, met or not; 3: the file is refused, or one could not be judged.
    """
    from orchestration.cli import suite as command

    if action is SuiteAction.new:
        command.new(home_of(home).require(), what, table)
    elif not command.try_file(home_of(home).require(), what):
        raise typer.Exit(EXIT_REFUSED)


EXIT_REFUSED = 3
COMMANDS = {"suite": suite}
"""In the order of --help."""
