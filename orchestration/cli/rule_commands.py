"""Declare the commands about the registry's own rules: parameters and help texts."""

from enum import StrEnum
from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of


class RuleAction(StrEnum):
    """What `rule` does."""

    new = "new"
    try_ = "try"


def rule(
    action: Annotated[RuleAction, typer.Argument(help="Begin a rule, or try what a file holds, e.g. try")],
    what: Annotated[str, typer.Argument(help="new: the rule's id, e.g. HD-01; try: the file, e.g. rules/hd-01.yaml")],
    home: HomeOption = None,
    table: Annotated[str, typer.Option(help="new: the export whose rows it judges, e.g. rfa_sessions")] = "",
    column: Annotated[str, typer.Option(help="new: the column that it sets aside or flags, e.g. power_w")] = "",
) -> None:
    """Begin a rule of the registry's own, or try one: on its canaries and on the current release.

    `new` writes a commented file into rules/ of the home. `try` changes nothing; it names rows by key, never by value.
    Exit code 0: every rule bites; 3: one is refused.
    """
    from orchestration.cli import rule as command

    if action is RuleAction.new:
        command.new(home_of(home).require(), what, table, column)
    elif not command.try_file(home_of(home), what):
        raise typer.Exit(EXIT_REFUSED)


def rules(home: HomeOption = None) -> None:
    """List the rules of the current release: the registry's own, refused ones too, then the platform's."""
    from orchestration.cli import rule as command

    command.rules(home_of(home).require())


EXIT_REFUSED = 3
COMMANDS = {"rule": rule, "rules": rules}
"""In the order of --help."""
