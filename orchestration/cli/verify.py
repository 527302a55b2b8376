"""`registry verify`."""

import typer

from orchestration.cli.wording import counted
from warehouse.refresh.check_archive import check_archive
from warehouse.releases import verification
from warehouse.releases.release import find_folder, release_folders
from warehouse.storage.errors import ArchiveDamaged, RegistryError, ReleaseDamaged
from warehouse.storage.home import Home


def verify_archive(home: Home) -> None:
    """Print a line for each damaged file of the archive. ArchiveDamaged where there is any."""
    done = check_archive(home)
    for sentence in done.damaged:
        typer.echo(f"archive  {sentence}")
    if done.damaged:
        raise ArchiveDamaged(
            f"The archive is damaged: {counted(len(done.damaged), 'fault')}; readers keep the releases they have.",
            "Deliver the files that are named again, or take them back from a backup.",
        )
    typer.echo(f"archive  whole: {done.n_arrivals:,} arrivals")


def verify(home: Home, release_id: str | None, every: bool) -> None:
    """Print a line for each release, and one for each disagreement. ReleaseDamaged where there is any."""
    if every and release_id is not None:
        raise RegistryError("--all verifies every release.", "Leave the release out, or --all.")
    folders = release_folders(home) if every else [find_folder(home, release_id)]
    damaged = []
    for folder in folders:
        done = verification.verify(folder)
        if not folder.exists():
            continue  # removed meanwhile
        for line in done.disagreements:
            typer.echo(f"{done.release_id}  {line}")
        for note in done.notes:
            typer.echo(f"{done.release_id}  {note}", err=True)
        if done.disagreements:
            damaged.append(done.release_id)
        else:
            typer.echo(f"{done.release_id}  whole: {done.n_tables} tables, {done.n_files} files")
    if damaged:
        raise ReleaseDamaged(
            f"Not as it was released: {len(damaged)} of {len(folders)} verified.",
            "Take the folder back from a backup, or remove it from releases/; archive/ can make it again "
            "(`registry rebuild`).",
        )
