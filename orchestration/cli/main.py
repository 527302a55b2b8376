"""`registry`: the commands, their words and their exit codes.

What belongs here: parsing, and turning errors into one line with one cure. What does not: what a command does
(one module each). Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a gate, 4 another refresh is running.
Ctrl-C ends a command with 130, as shells have it.
"""

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli import delivery_commands, release_commands
from orchestration.cli.options import HomeOption
from orchestration.cli.options import home_of as _home
from orchestration.cli.sql_argument import SqlArgument, SqlCommand, SqlFileOption, TimeoutOption, sql_of
from orchestration.cli.stop_signals import EXIT_STOPPED, STOPPED, ends_cleanly, is_stopped
from warehouse.releases.limits import TIMEOUT_SECONDS
from warehouse.storage.errors import GateRefused, RefreshRunning, RegistryError

EXIT_FAILED, EXIT_REFUSED, EXIT_RUNNING = 1, 3, 4

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A registry of ablated colorectal liver metastases: exports in, released endpoints out.",
)


class Format(StrEnum):
    """How `query` prints."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


class AlertAction(StrEnum):
    """What `alerts` does."""

    test = "test"


class DiffFormat(StrEnum):
    """How `diff` prints."""

    text = "text"
    markdown = "markdown"
    json = "json"


@app.command()
def demo(
    home: HomeOption = None,
    patients: Annotated[
        int | None,
        typer.Option(help="Write a made-up registry of this many patients instead, e.g. 100000", min=1),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of that registry, e.g. 1")] = 1,
    sites: Annotated[int, typer.Option(help="Number of sites of that registry, e.g. 3", min=1, max=99)] = 3,
) -> None:
    """Write the demonstration study's exports into landing/. All data are synthetic."""
    from orchestration.cli import demo as command

    command.demo(_home(home), patients, seed, sites)


@app.command()
def refresh(
    home: HomeOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read the whole archive again")] = False,
) -> None:
    """Land, validate, derive, analyse, release: the nightly job, in this process."""
    from orchestration.cli import refresh as command

    command.refresh(_home(home), full)


@app.command()
def status(home: HomeOption = None) -> None:
    """Show the current release and its age, what waits in landing, and open issues."""
    from orchestration.cli import status as command

    command.status(_home(home).require())


@app.command(cls=SqlCommand)
def query(
    sql: SqlArgument = None,
    home: HomeOption = None,
    format: Annotated[Format, typer.Option("--format", help="Output format, e.g. csv")] = Format.table,
    release: Annotated[str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T")] = None,
    file: SqlFileOption = None,
    timeout: TimeoutOption = TIMEOUT_SECONDS,
) -> None:
    """Query a release with one SELECT, read-only. Only the result goes to standard output."""
    from orchestration.cli import query as command

    select = sql_of(sql, file)
    with ends_cleanly():
        command.query(_home(home).require(), select, format.value, release, timeout)


@app.command()
def explain(
    site: Annotated[str, typer.Argument(help="The site, e.g. index-study")],
    patient: Annotated[str, typer.Argument(help="The patient's identifier there, e.g. SYN-0001")],
    home: HomeOption = None,
    release: Annotated[str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T")] = None,
) -> None:
    """Show a patient's timeline and why each lesion counts as it does."""
    from orchestration.cli import explain as command

    command.explain(_home(home).require(), site, patient, release)


@app.command()
def accept(
    rule: Annotated[str, typer.Argument(help="The rule's id, e.g. LES-03")],
    reason: Annotated[str, typer.Option(help='Why the rows may stay, e.g. "Confirmed on the MR report"')],
    until: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"], help="Last extract date on which the exception is in force, e.g. 2027-06-30"
        ),
    ],
    home: HomeOption = None,
    site: Annotated[str | None, typer.Option(help="Only at this site, e.g. index-study")] = None,
    key: Annotated[
        str | None, typer.Option(help='Only the row with this key, as quarantine shows it, e.g. "P-17|S-1|L-2"')
    ] = None,
    by: Annotated[str | None, typer.Option(help='Who signs, e.g. "A. Miller"; default: the user\'s name')] = None,
) -> None:
    """Accept for a time that rows break a rule; writes to exceptions.toml in the home."""
    from orchestration.cli import accept as command

    command.accept(_home(home).require(), rule, reason, until.date(), site, key, by)


for _name, _decision in delivery_commands.COMMANDS.items():
    app.command(_name)(_decision)


@app.command()
def queries(
    site: Annotated[str, typer.Argument(help="The site, e.g. index-study")],
    home: HomeOption = None,
    out: Annotated[Path | None, typer.Option(help="The workbook to write, e.g. queries.xlsx")] = None,
    release: Annotated[str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T")] = None,
) -> None:
    """Write a site's open entries into a workbook for the site to answer."""
    from orchestration.cli import queries as command

    command.queries(_home(home).require(), site, out, release)


@app.command()
def releases(home: HomeOption = None) -> None:
    """List the releases, newest first."""
    from orchestration.cli import releases as command

    command.releases(_home(home).require())


for _command in release_commands.COMMANDS:
    _name = _command.__name__.replace("_", "-")
    app.command(_name, cls=SqlCommand if _command is release_commands.cohort else None)(_command)


@app.command()
def forget(
    site: Annotated[str, typer.Argument(help="The site, e.g. index-study")],
    patient: Annotated[str, typer.Argument(help="The patient's identifier there, e.g. SYN-0001")],
    reason: Annotated[str, typer.Option(help='Reason, kept, without the identifier, e.g. "Consent withdrawn"')],
    home: HomeOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation")] = False,
) -> None:
    """Erase a patient everywhere, past releases included, and leave their rows out of later deliveries."""
    from orchestration.cli import forget as command

    command.forget(_home(home).require(), site, patient, reason, yes)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A release's id or the start of it, or previous, e.g. 20260131T")],
    after: Annotated[str, typer.Argument(help="A release's id or the start of it, or current, e.g. current")],
    home: HomeOption = None,
    format: Annotated[DiffFormat, typer.Option("--format", help="Output format, e.g. markdown")] = DiffFormat.text,
) -> None:
    """Show what changed between two releases, through which delivery, and how each main estimate moved."""
    from orchestration.cli import diff as command

    command.diff(_home(home).require(), before, after, format.value)


@app.command("what-moved")
def what_moved(
    definition: Annotated[
        str, typer.Argument(help="A definition's SQL file, or an endpoint's name, e.g. ltpfs_v2.sql")
    ],
    home: HomeOption = None,
    format: Annotated[DiffFormat, typer.Option("--format", help="Output format, e.g. markdown")] = DiffFormat.text,
    release: Annotated[str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T")] = None,
) -> None:
    """Show which subjects and estimates another definition of an endpoint would move, before it is adopted."""
    from orchestration.cli import what_moved as command

    command.what_moved(_home(home).require(), definition, format.value, release)


@app.command()
def alerts(
    action: Annotated[
        AlertAction, typer.Argument(help="What to do, e.g. test, which sends a test alert through every channel")
    ],
    home: HomeOption = None,
) -> None:
    """Send a test alert through every channel in alerts.toml."""
    from orchestration.cli import alerts as command

    command.test(_home(home).require())


@app.command()
def ui(
    home: HomeOption = None,
    port: Annotated[int, typer.Option(help="Port on this machine, e.g. 3000", min=1, max=65535)] = 3000,
) -> None:
    """Run Run Dagster's web interface and daemon, on loopback."""
    from orchestration.cli import ui as command

    command.ui(_home(home), port)


def run() -> None:
    """Entry point of the console script: errors become one line and an exit code, never a traceback."""
    try:
        app()
    except RegistryError as error:
        _complain(str(error))
        codes = {RefreshRunning: EXIT_RUNNING, GateRefused: EXIT_REFUSED}
        sys.exit(codes.get(type(error), EXIT_FAILED))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_FAILED)
    except SystemExit as end:
        if end.code == EXIT_STOPPED:
            _complain(STOPPED)
        raise
    except KeyboardInterrupt:
        _complain(STOPPED)
        sys.exit(EXIT_STOPPED)
    except PermissionError as error:
        _complain(f"No permission for {error.filename}. Run as the registry's user, or correct the folder's rights.")
        sys.exit(EXIT_FAILED)
    except Exception as error:
        if is_stopped(error):
            _complain(STOPPED)
            sys.exit(EXIT_STOPPED)
        _complain(_in_words(error))
        _debug()
        sys.exit(EXIT_FAILED)


def _in_words(error: Exception) -> str:
    """The failure and its cure; of a library's only the kind, since its message may quote a cell."""
    from warehouse.storage.faults import named_fault  # it imports DuckDB, which most commands need, but --help does not

    if fault := named_fault(error):
        return str(fault)
    if isinstance(error, OSError):
        return f"{error.strerror or 'The system refused'}: {error.filename or 'no file named'}. Check disk and rights."
    return f"Unexpected failure ({type(error).__name__}). Set REGISTRY_DEBUG=1 to see where it happened."


def _debug() -> None:
    import os
    import traceback

    if os.environ.get("REGISTRY_DEBUG"):
        error = sys.exc_info()[2]
        sys.stderr.write("".join(traceback.format_tb(error)))


def _complain(message: str) -> None:
    sys.stderr.write(f"registry: {message}\n")


if __name__ == "__main__":
    run()
