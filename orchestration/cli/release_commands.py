"""The commands that look after releases, as the command line declares them: words and parameters.

What belongs here: parsing. What does not: what a command does (one module each). docs/releases.md tells how they
belong together.
"""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of
from orchestration.cli.sql_argument import SqlArgument, SqlFileOption, TimeoutOption, sql_of
from orchestration.cli.stop_signals import ends_cleanly
from warehouse.releases.limits import TIMEOUT_SECONDS
from warehouse.releases.retention import KEEP_NEWEST
from warehouse.storage.errors import RegistryError


def pin(
    release: Annotated[str, typer.Argument(help="The release's id or the start of it, e.g. 20260131T")],
    home: HomeOption = None,
    reason: Annotated[str, typer.Option(help='Why it is kept, e.g. "Submitted with the manuscript"')] = "",
) -> None:
    """Keep a release permanently: retention never removes it."""
    from orchestration.cli import pin as command

    command.pin(home_of(home).require(), release, reason)


def unpin(
    release: Annotated[str, typer.Argument(help="The release's id or the start of it, e.g. 20260131T")],
    home: HomeOption = None,
) -> None:
    """Unpin a release, so that retention applies to it again."""
    from orchestration.cli import pin as command

    command.unpin(home_of(home).require(), release)


def prune(
    home: HomeOption = None,
    keep: Annotated[int, typer.Option(help="How many of the newest to keep, e.g. 10", min=0)] = KEEP_NEWEST,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be removed, and why the others are kept")
    ] = False,
) -> None:
    """Remove all releases except the newest, the first of each month, the pinned and the current one."""
    from orchestration.cli import prune as command

    command.prune(home_of(home).require(), keep, dry_run)


def verify(
    release: Annotated[
        str | None, typer.Argument(help="A release's id or the start of it, e.g. 20260131T; default: the current one")
    ] = None,
    home: HomeOption = None,
    every: Annotated[bool, typer.Option("--all", help="Verify every release")] = False,
    archive: Annotated[bool, typer.Option("--archive", help="Verify every file of the archive instead")] = False,
) -> None:
    """Recompute every hash in a release's manifest, or every hash that names a file of the archive."""
    from orchestration.cli import verify as command

    if archive:
        if every or release is not None:
            raise RegistryError("--archive verifies the archive alone.", "Leave --all and the release out.")
        command.verify_archive(home_of(home).require())
        return
    command.verify(home_of(home).require(), release, every)


def asof(
    date: Annotated[str, typer.Argument(help="A day (its end, UTC) or a time, e.g. 2026-01-31 or 2026-01-31T12:00")],
    home: HomeOption = None,
) -> None:
    """Print the id of the release that was the newest at that time, and nothing else."""
    from orchestration.cli import as_of as command

    command.asof(home_of(home).require(), date)


def rebuild(
    release: Annotated[str, typer.Argument(help="The release's id or the start of it, e.g. 20260131T")],
    into: Annotated[Path, typer.Option(help="The new home to build it in, e.g. /srv/rebuilt")],
    home: HomeOption = None,
) -> None:
    """Rebuild a release from exactly its inputs in a new home, with this code, and compare the tables."""
    from orchestration.cli import rebuild as command

    command.rebuild(home_of(home).require(), release, into)


def manuscript(
    out: Annotated[Path, typer.Option(help="The new folder to write, e.g. manuscript-set")],
    home: HomeOption = None,
    release: Annotated[str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T")] = None,
) -> None:
    """Write a release's figures (SVG and PNG), tables (CSV) and a manuscript in Word."""
    from orchestration.cli import cohort as command

    command.manuscript(home_of(home).require(), release, out)


def cohort(
    out: Annotated[Path, typer.Option(help="The new folder to write, e.g. young-patients")],
    sql: SqlArgument = None,
    home: HomeOption = None,
    release: Annotated[str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T")] = None,
    file: SqlFileOption = None,
    timeout: TimeoutOption = TIMEOUT_SECONDS,
) -> None:
    """Analyse the patients of a SELECT like a release: page, figures, tables and manuscript.

    The SELECT gives site and patient_id, e.g. "FROM derived.patient_ltpfs WHERE ecog = 0".
    """
    from orchestration.cli import cohort as command

    select = sql_of(sql, file)
    with ends_cleanly():
        command.cohort(home_of(home).require(), select, release, out, timeout)


def share_with(
    group: Annotated[str, typer.Argument(help="A group of this machine, e.g. registry-readers")],
    home: HomeOption = None,
) -> None:
    """Let a group of this machine's users read all releases, future ones included, and nothing else of the home."""
    from orchestration.cli import share_with as command

    command.share_with(home_of(home).require(), group)


COMMANDS = (pin, unpin, prune, verify, asof, rebuild, manuscript, cohort, share_with)
"""In the order in which --help lists them."""
