"""`registry`: declare the commands and turn errors into one line with one cure, and an exit code.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a gate or by `check`, 4 another refresh is running. Ctrl-C
ends a command with 130, as is usual in shells.
"""

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli import (
    contract_commands,
    correction_commands,
    delivery_commands,
    federate_commands,
    lake_commands,
    plan_commands,
    pseudonym_commands,
    published_commands,
    question_commands,
    release_commands,
    rule_commands,
    suite_commands,
)
from orchestration.cli.options import DisclosureMode, DisclosureOption, HomeOption
from orchestration.cli.options import home_of as _home
from orchestration.cli.sql_argument import SqlArgument, SqlCommand, SqlFileOption, TimeoutOption, sql_of
from orchestration.cli.stop_signals import EXIT_STOPPED, STOPPED, ends_cleanly, is_stopped
from warehouse.releases.limits import EXPLORE_SECONDS, TIMEOUT_SECONDS
from warehouse.storage.errors import GateRefused, RefreshRunning, RegistryError

EXIT_FAILED, EXIT_REFUSED, EXIT_RUNNING = 1, 3, 4

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A registry of ablated colorectal liver metastases: hospitals' exports in, released endpoints out.",
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
    seed: Annotated[int, typer.Option(help="Random seed of the made-up registry, e.g. 1")] = 1,
    sites: Annotated[int, typer.Option(help="Number of sites in the made-up registry, e.g. 3", min=1, max=99)] = 3,
    treatments: Annotated[
        bool,
        typer.Option(
            "--treatments", help="With --patients: let its sites deliver treatments too, e.g. systemic therapy"
        ),
    ] = False,
) -> None:
    """Write the demonstration study's exports into landing/. All data are synthetic."""
    from orchestration.cli import demo as command

    command.demo(_home(home), patients, seed, sites, treatments)


@app.command()
def refresh(
    home: HomeOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read the whole archive again, not only what is new")] = False,
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
    release: Annotated[
        str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T; default: the current one")
    ] = None,
    file: SqlFileOption = None,
    timeout: TimeoutOption = TIMEOUT_SECONDS,
) -> None:
    """Query a release in SQL: one SELECT, read-only. Only the result goes to standard output."""
    from orchestration.cli import query as command

    select = sql_of(sql, file)
    with ends_cleanly():
        command.query(_home(home), select, format.value, release, timeout)


@app.command()
def explain(
    site: Annotated[str, typer.Argument(help="The site, e.g. index-study")],
    patient: Annotated[str, typer.Argument(help="The patient's identifier there, e.g. SYN-0001")],
    home: HomeOption = None,
    release: Annotated[
        str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T; default: the current one")
    ] = None,
) -> None:
    """Show a patient's timeline and why each lesion counts as it does."""
    from orchestration.cli import explain as command

    command.explain(_home(home).require(), site, patient, release)


@app.command()
def accept(
    rule: Annotated[str, typer.Argument(help="The rule's id, e.g. LES-03")],
    reason: Annotated[str, typer.Option(help='Why the rows may stay, e.g. "Confirmed on the MR report"')],
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Last extract date that it covers, e.g. 2027-06-30")
    ],
    home: HomeOption = None,
    site: Annotated[str | None, typer.Option(help="Only at this site, e.g. index-study")] = None,
    key: Annotated[
        str | None, typer.Option(help='Only this row: its key in quality.quarantine, e.g. "P-17|S-1|L-2"')
    ] = None,
    by: Annotated[str | None, typer.Option(help='Who accepts them, e.g. "A. Miller"; default: your user name')] = None,
) -> None:
    """Accept rows that break a rule, until a given date. The note goes to exceptions.toml in the home."""
    from orchestration.cli import accept as command

    command.accept(_home(home).require(), rule, reason, until.date(), site, key, by)


_PARTS = (delivery_commands, correction_commands, rule_commands, suite_commands, plan_commands)
for _part in (*_PARTS, published_commands, federate_commands, contract_commands, pseudonym_commands):
    for _name, _decision in _part.COMMANDS.items():
        app.command(_name)(_decision)


for _name, _command in question_commands.COMMANDS.items():
    app.command(_name)(_command)


@app.command()
def releases(home: HomeOption = None) -> None:
    """List the releases, newest first."""
    from orchestration.cli import releases as command

    command.releases(_home(home))


for _command in (*release_commands.COMMANDS, *lake_commands.COMMANDS):
    _name = _command.__name__.replace("_", "-")
    app.command(_name, cls=SqlCommand if _command is release_commands.cohort else None)(_command)


@app.command()
def forget(
    site: Annotated[str, typer.Argument(help="The site, e.g. index-study")],
    patient: Annotated[str, typer.Argument(help="The patient's identifier there, e.g. SYN-0001")],
    reason: Annotated[str, typer.Option(help='Why, without the identifier; kept, e.g. "Consent withdrawn"')],
    home: HomeOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking for confirmation")] = False,
) -> None:
    """Erase a patient everywhere, past releases included. Their rows are left out of later deliveries."""
    from orchestration.cli import forget as command

    command.forget(_home(home).require(), site, patient, reason, yes)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="The older: a release's id or its start, or previous, e.g. previous")],
    after: Annotated[str, typer.Argument(help="The newer: a release's id or its start, or current, e.g. current")],
    home: HomeOption = None,
    format: Annotated[DiffFormat, typer.Option("--format", help="Output format, e.g. markdown")] = DiffFormat.text,
) -> None:
    """Show what changed between two releases. It names the causing deliveries and how main estimates moved."""
    from orchestration.cli import diff as command

    command.diff(_home(home).require(), before, after, format.value)


@app.command("what-moved")
def what_moved(
    definition: Annotated[
        str, typer.Argument(help="The definition's SQL file, or an endpoint's name, e.g. ltpfs_v2.sql")
    ],
    home: HomeOption = None,
    format: Annotated[DiffFormat, typer.Option("--format", help="Output format, e.g. markdown")] = DiffFormat.text,
    release: Annotated[
        str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T; default: the current one")
    ] = None,
) -> None:
    """Show what a new definition of an endpoint would change. It lists subjects and estimates; nothing is adopted."""
    from orchestration.cli import what_moved as command

    command.what_moved(_home(home).require(), definition, format.value, release)


@app.command()
def alerts(
    action: Annotated[AlertAction, typer.Argument(help="What to do: test sends a test alert, e.g. test")],
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
    """Run Dagster's web interface and daemon, on loopback."""
    from orchestration.cli import ui as command

    command.ui(_home(home), port)


@app.command()
def serve(
    home: HomeOption = None,
    port: Annotated[int, typer.Option(help="Port on this machine, e.g. 9494", min=1, max=65535)] = 9494,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the clients' token, mode 0600, e.g. token; default: REGISTRY_SERVE_TOKEN"),
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds after which a client's query is stopped, e.g. 60", min=1)
    ] = TIMEOUT_SECONDS,
    as_owner: Annotated[
        bool, typer.Option("--as-owner", help="Serve although this user can also read the archive or landing")
    ] = False,
) -> None:
    """Serve the current release to DuckDB clients, read-only, on loopback. It follows new releases."""
    from orchestration.cli import serve as command

    with ends_cleanly():
        command.serve(_home(home).require(), port, token_file, timeout, as_owner)


@app.command()
def explore(
    home: HomeOption = None,
    port: Annotated[int, typer.Option(help="Port on this machine, e.g. 3001", min=1, max=65535)] = 3001,
    timeout: Annotated[
        float, typer.Option("--timeout", help="Seconds after which a page's queries are stopped, e.g. 60", min=0.1)
    ] = EXPLORE_SECONDS,
    browser: Annotated[bool, typer.Option("--browser", help="Open the page in the browser")] = False,
    disclosure: DisclosureOption = DisclosureMode.none,
) -> None:
    """Choose cohorts by clicking, see curves and tables, save recipes: a page on loopback, for readers without SQL."""
    from orchestration.cli import explore as command

    command.explore(_home(home).require(), port, timeout, browser, disclosure)


def run() -> None:
    """Run the command line; turn every error into one line and an exit code, never a traceback."""
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
        _complain(f"No permission for {error.filename}. Run as the registry's user, or correct its permissions.")
        sys.exit(EXIT_FAILED)
    except Exception as error:
        if is_stopped(error):
            _complain(STOPPED)
            sys.exit(EXIT_STOPPED)
        _complain(_in_words(error))
        _debug()
        sys.exit(EXIT_FAILED)


def _in_words(error: Exception) -> str:
    """Return the failure and its cure; for a library's error only its type, because its message may quote a cell."""
    from warehouse.storage.faults import named_fault  # imports DuckDB, which --help does not need

    if fault := named_fault(error):
        return str(fault)
    if isinstance(error, OSError):
        return f"{error.strerror or 'The system refused'}: {error.filename or 'unnamed file'}. Check disk and rights."
    return f"Unexpected failure ({type(error).__name__}). Set REGISTRY_DEBUG=1 and run it again to see where."


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
