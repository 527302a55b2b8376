"""`registry releases`."""

import typer

from warehouse.home import Home
from warehouse.releases import current_release, list_releases


def releases(home: Home) -> None:
    """Print the releases, newest first; a star marks the current one."""
    listed = list_releases(home)
    if not listed:
        typer.echo("Nothing has been released yet. Run `registry refresh`.")
        return
    current = current_release(home)
    typer.echo(f"  {'release':<26} {'patients':>10} {'lesions':>10} {'entries':>9}  parent")
    for release in listed:
        tables = release.manifest["tables"]
        entries = sum(release.manifest["quality"]["entries_by_rule"].values())
        star = "*" if current is not None and release.release_id == current.release_id else " "
        typer.echo(
            f"{star} {release.release_id:<26} {tables['derived.patient_ltpfs']['rows']:>10,} "
            f"{tables['derived.lesion_ltp']['rows']:>10,} {entries:>9,}  {release.manifest['parent_release'] or '-'}"
        )
