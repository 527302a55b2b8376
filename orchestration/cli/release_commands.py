"""Declare the commands that manage releases: their parameters and help texts (docs/releases.md)."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import DisclosureMode, DisclosureOption, HomeOption, home_of
from orchestration.cli.sql_argument import CohortArgument, CohortFileOption, TimeoutOption, recipe_path, sql_of
from orchestration.cli.stop_signals import ends_cleanly
from schemas.disclosure import SAFE_MODE
from warehouse.releases.limits import TIMEOUT_SECONDS
from warehouse.releases.retention import KEEP_NEWEST
from warehouse.storage.errors import RegistryError

SAFE = DisclosureMode(SAFE_MODE)


class Checklist(StrEnum):
    """The checklists that a release fills in."""

    strobe = "strobe"
    record = "record"
    remark = "remark"


def pin(
    release: Annotated[str, typer.Argument(help="The release's id or the start of it, e.g. 20260131T")],
    home: HomeOption = None,
    reason: Annotated[str, typer.Option(help='Why it is kept, e.g. "Submitted with the manuscript"')] = "",
) -> None:
    """Keep a release for good. Neither a refresh nor `registry prune` removes it."""
    from orchestration.cli import pin as command

    command.pin(home_of(home).require(), release, reason)


def unpin(
    release: Annotated[str, typer.Argument(help="The release's id or the start of it, e.g. 20260131T")],
    home: HomeOption = None,
) -> None:
    """Unpin a release, so that it can be pruned again."""
    from orchestration.cli import pin as command

    command.unpin(home_of(home).require(), release)


def prune(
    home: HomeOption = None,
    keep: Annotated[int, typer.Option(help="How many of the newest releases to keep, e.g. 10", min=0)] = KEEP_NEWEST,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be removed, and why the others are kept")
    ] = False,
) -> None:
    """Remove old releases. The newest, the first of each month, those pinned and the current one stay."""
    from orchestration.cli import prune as command

    command.prune(home_of(home).require(), keep, dry_run)


def verify(
    release: Annotated[
        str | None, typer.Argument(help="A release's id or its start, e.g. 20260131T; default: the current one")
    ] = None,
    home: HomeOption = None,
    every: Annotated[bool, typer.Option("--all", help="Verify every release")] = False,
    archive: Annotated[bool, typer.Option("--archive", help="Verify every file of the archive instead")] = False,
    lake: Annotated[bool, typer.Option("--lake", help="Verify the tables of releases in the lake instead")] = False,
) -> None:
    """Check that a release, or the archive, is unchanged. It recomputes every hash that was recorded."""
    from orchestration.cli import verify as command

    if lake and archive:
        raise RegistryError("--lake verifies releases alone.", "Leave out --archive.")
    if lake:
        command.verify_lake(release, every)
        return
    if archive:
        if every or release is not None:
            raise RegistryError("--archive verifies only the archive.", "Leave out --all and the release.")
        command.verify_archive(home_of(home).require())
        return
    command.verify(home_of(home).require(), release, every)


def asof(
    date: Annotated[str, typer.Argument(help="A day (at its end, UTC) or a time, e.g. 2026-01-31 or 2026-01-31T12:00")],
    home: HomeOption = None,
) -> None:
    """Print the id of the release that was newest at a given time. Standard output holds nothing else."""
    from orchestration.cli import as_of as command

    command.asof(home_of(home).require(), date)


def rebuild(
    release: Annotated[str, typer.Argument(help="The release's id or the start of it, e.g. 20260131T")],
    into: Annotated[Path, typer.Option(help="The new home to rebuild it in, e.g. /srv/rebuilt")],
    home: HomeOption = None,
) -> None:
    """Rebuild a release in a new home and compare the tables. It runs this code on exactly the release's inputs."""
    from orchestration.cli import rebuild as command

    command.rebuild(home_of(home).require(), release, into)


def manuscript(
    out: Annotated[Path, typer.Option(help="The new folder to create, e.g. manuscript-set")],
    home: HomeOption = None,
    release: Annotated[
        str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T; default: the current one")
    ] = None,
    disclosure: DisclosureOption = DisclosureMode.none,
) -> None:
    """Write a release's figures, tables and manuscript. The files are SVG and PNG, CSV, and Word."""
    from orchestration.cli import cohort as command

    command.manuscript(home_of(home).require(), release, out, disclosure)


def checklist(
    name: Annotated[Checklist, typer.Argument(help="The checklist, e.g. strobe")] = Checklist.strobe,
    home: HomeOption = None,
    release: Annotated[
        str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T; default: the current one")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The new file, .md or .docx, e.g. strobe.docx; default: print Markdown")
    ] = None,
) -> None:
    """Fill in a reporting checklist from a release. Items that only an author can fill are left with their number."""
    from orchestration.cli import checklist as command

    command.checklist(home_of(home).require(), name.value, release, out)


def share(
    out: Annotated[Path, typer.Option(help="The new folder to create, e.g. public-set")],
    home: HomeOption = None,
    release: Annotated[
        str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T; default: the current one")
    ] = None,
    disclosure: DisclosureOption = SAFE,
) -> None:
    """Write what may leave the hospital: a release's page, figures, tables and manuscript without small counts.

    What leaves is logged in the home, and refused if it could be subtracted from what left before.
    """
    from orchestration.cli import share as command

    command.share(home_of(home).require(), release, out, disclosure)


def cohort(
    out: Annotated[Path, typer.Option(help="The new folder to create, e.g. young-patients")],
    recipe_or_select: CohortArgument = None,
    home: HomeOption = None,
    release: Annotated[
        str | None,
        typer.Option(
            help="A release's id or the start of it, e.g. 20260131T; default: the recipe's, else the current one"
        ),
    ] = None,
    file: CohortFileOption = None,
    timeout: TimeoutOption = TIMEOUT_SECONDS,
    disclosure: DisclosureOption = DisclosureMode.none,
) -> None:
    """Analyse a cohort, which a recipe or a SELECT defines. It writes a page, figures, tables and a manuscript.

    A recipe, a file ending in .yaml, gets what it asks for. The patients of a SELECT, which must return site and
    patient_id, e.g. "FROM derived.patient_ltpfs WHERE ecog = 0", are analysed like a release.
    """
    from orchestration.cli import cohort as command

    path = recipe_path(recipe_or_select, file)
    with ends_cleanly():
        if path is not None:
            command.recipe(home_of(home).require(), path, release, out, timeout, disclosure)
            return
        command.cohort(home_of(home).require(), sql_of(recipe_or_select, file), release, out, timeout, disclosure)


def export(
    kind: Annotated[str, typer.Argument(help="The format; docs/exports-out.md has them all, e.g. datapackage")],
    out: Annotated[Path, typer.Option(help="The new folder to create, e.g. registry-package")],
    home: HomeOption = None,
    release: Annotated[
        str | None,
        typer.Option(
            help="A release's id or the start of it, e.g. 20260131T; default: the recipe's, else the current one"
        ),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="Only the cohort of this recipe, e.g. small-lesions.yaml; default: everybody")
    ] = None,
    timeout: TimeoutOption = TIMEOUT_SECONDS,
    disclosure: DisclosureOption = DisclosureMode.none,
) -> None:
    """Write a release in the format of another system. The same release gives the same bytes.

    Rows of patients are for use inside, so under another mode than none a format that holds them is refused.
    """
    from orchestration.cli import export as command

    with ends_cleanly():
        command.export(home_of(home).require(), kind, release, out, recipe, disclosure, timeout)


def share_with(
    group: Annotated[str, typer.Argument(help="A user group of this machine, e.g. registry-readers")],
    home: HomeOption = None,
) -> None:
    """Let a user group read all releases, also future ones. Nothing else in the home becomes readable."""
    from orchestration.cli import share_with as command

    command.share_with(home_of(home).require(), group)


COMMANDS: tuple[Callable[..., None], ...] = (
    *(pin, unpin, prune, verify, asof, rebuild, manuscript, checklist, cohort, share, export, share_with),
)
"""In the order of --help."""
