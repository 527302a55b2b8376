"""`registry share`: write what may leave the hospital of a release."""

from pathlib import Path

import typer

from orchestration.cli.cohort import control
from schemas.disclosure import MODES
from warehouse.releases.release import find_release
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from workflows.analyse_cohort import manuscript


def share(home: Home, release_id: str | None, out: Path, mode: str) -> None:
    """Write page, figures, tables and manuscript under the mode, and print where they are and by which rules.

    RegistryError for the mode `none`, under which nothing may leave.
    """
    disclosure = control(home, mode, "release")
    if disclosure is None:
        raise RegistryError(
            "Under `none` small counts are not suppressed, so nothing may leave.",
            "Name another mode with --disclosure, or use `registry manuscript`, which writes for use inside.",
        )
    release = find_release(home, release_id)
    manuscript(release, out, disclosure=disclosure, has_page=True)
    typer.echo(f"Release {release.release_id} under {mode}: {out / 'report.html'}")
    typer.echo(f"Rules: {MODES[mode].source}. The log of the home says that it left.", err=True)
