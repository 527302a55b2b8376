"""The SQL that a command is given: as its argument, from a file, or from standard input.

What belongs here: how it is given. What does not: what it may say (warehouse/releases/one_select.py).
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from warehouse.storage.errors import RegistryError

STANDARD_INPUT = "-"

SqlArgument = Annotated[
    str | None,
    typer.Argument(
        help='One SELECT, e.g. "FROM analysis.ltp_rates"; - reads it from standard input', show_default=False
    ),
]
SqlFileOption = Annotated[
    Path | None, typer.Option("--file", help="Read the SELECT from this file instead, e.g. cohort.sql")
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", help="Seconds after which the SELECT is stopped, e.g. 60", min=0.1)
]


class SqlCommand(TyperCommand):
    """A command whose SQL may begin with a comment: `-- of whom` is no option, since no option holds a space."""

    def parse_args(self, ctx, args: list[str]) -> list[str]:
        """As click does, after a space before what would be taken for an option."""
        options = {name for parameter in self.params for name in parameter.opts}
        return super().parse_args(ctx, [f" {a}" if _is_comment(a, options) else a for a in args])


def _is_comment(word: str, options: set[str]) -> bool:
    is_option = word.split("=")[0] in options and "\n" not in word
    return word.startswith("--") and len(word.split()) > 1 and not is_option


def sql_of(sql: str | None, file: Path | None) -> str:
    """The SQL that was given. Wrong usage (exit code 2) where none was, or two; RegistryError where it is not text."""
    if (sql is None) == (file is None):
        raise typer.BadParameter("Give the SELECT as an argument, as - for standard input, or with --file FILE.")
    try:
        if file is not None:
            return file.read_text(encoding="utf-8-sig")
        return sys.stdin.read() if sql == STANDARD_INPUT else str(sql)
    except UnicodeDecodeError:
        raise RegistryError(f"{file or 'Standard input'} is not UTF-8 text.", "Save the SQL as UTF-8.") from None
    except OSError as error:
        raise RegistryError(f"{file} cannot be read ({error.strerror}).", "Name a file of SQL with --file.") from None
