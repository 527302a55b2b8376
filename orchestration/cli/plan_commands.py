"""Declare the command about the registry's own plan of analyses: parameters and help texts."""

from enum import StrEnum
from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of


class PlanAction(StrEnum):
    """What `plan` does."""

    new = "new"
    try_ = "try"


def plan(
    action: Annotated[PlanAction, typer.Argument(help="Begin a plan, or try what a file states, e.g. try")],
    file: Annotated[str, typer.Argument(help="try: the file, e.g. plan.toml")] = "plan.toml",
    home: HomeOption = None,
    release: Annotated[
        str | None,
        typer.Option(help="try: a release's id or the start of it, e.g. 20260131T; default: the current one"),
    ] = None,
) -> None:
    """Begin the registry's own plan of analyses, or try one: what it would give on a release.

    `new` writes a commented plan.toml into the home. `try` changes nothing and declares nothing. Exit code 0: the plan
    can be followed; 3: it is refused.
    """
    from orchestration.cli import plan as command

    if action is PlanAction.new:
        command.new(home_of(home).require())
    elif not command.try_file(home_of(home).require(), file, release):
        raise typer.Exit(EXIT_REFUSED)


EXIT_REFUSED = 3
COMMANDS = {"plan": plan}
"""In the order of --help."""
