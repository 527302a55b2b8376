"""Read the SQL of a command from its argument, a file or standard input."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from warehouse.storage.errors import RegistryError

STANDARD_INPUT = "-"
RECIPE_ENDINGS = (".yaml", ".yml")

SqlArgument = Annotated[
    str | None,
    typer.Argument(
        help='One SELECT, e.g. "FROM analysis.ltp_rates"; - reads it from standard input', show_default=False
    ),
]
SqlFileOption = Annotated[
    Path | None, typer.Option("--file", help="Read the SELECT from this file instead, e.g. cohort.sql")
]
CohortArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[RECIPE|SELECT]",
        help="A recipe, e.g. small-lesions.yaml, or one SELECT of patients; - reads a SELECT from standard input",
        show_default=False,
    ),
]
CohortFileOption = Annotated[
    Path | None, typer.Option("--file", help="Read the recipe or the SELECT from this file instead, e.g. cohort.sql")
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", help="Seconds after which the SELECT is stopped, e.g. 60", min=0.1)
]


class SqlCommand(TyperCommand):
    """Accept SQL that begins with a comment: `-- patients` cannot be an option, since no option contains a space."""

    def parse_args(self, ctx, args: list[str]) -> list[str]:
        """Put a space before a comment that click would take for an option, then parse as click does."""
        options = {name for parameter in self.params for name in parameter.opts}
        return super().parse_args(ctx, [f" {a}" if _is_comment(a, options) else a for a in args])


def _is_comment(word: str, options: set[str]) -> bool:
    is_option = word.split("=")[0] in options and "\n" not in word
    return word.startswith("--") and len(word.split()) > 1 and not is_option


def recipe_path(given: str | None, file: Path | None) -> Path | None:
    """Return the path of the recipe if that is what is given: a file that ends in .yaml or .yml; None for a SELECT."""
    named = file if file is not None else Path(given) if given and "\n" not in given else None
    is_recipe = named is not None and named.suffix.lower() in RECIPE_ENDINGS and (file is None or given is None)
    return named if is_recipe else None


def sql_of(sql: str | None, file: Path | None) -> str:
    """Return the SQL. Raises BadParameter (exit code 2) unless it is given once, RegistryError if it is unreadable."""
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
