"""`registry verify`: check releases or the archive against their recorded hashes."""

import typer

from orchestration.cli.wording import counted
from warehouse.refresh.check_archive import check_archive
from warehouse.releases import share_log, verification
from warehouse.releases.release import find_folder, release_folders
from warehouse.storage.errors import ArchiveDamaged, RegistryError, ReleaseDamaged, ShareLogDamaged
from warehouse.storage.home import Home


def verify_archive(home: Home) -> None:
    """Print a line for each damaged file of the archive. Raises ArchiveDamaged if there is any."""
    done = check_archive(home)
    for sentence in done.damaged:
        typer.echo(f"archive  {sentence}")
    if done.damaged:
        raise ArchiveDamaged(
            f"The archive is damaged: {counted(len(done.damaged), 'fault')}; readers keep the releases they have.",
            "Deliver the files listed above again, or restore them from a backup.",
        )
    typer.echo(f"archive  intact: {done.n_arrivals:,} arrivals")


def verify(home: Home, release_id: str | None, every: bool) -> None:
    """Print a line for each intact release and for each difference found. Raises ReleaseDamaged if there is any."""
    if every and release_id is not None:
        raise RegistryError("--all verifies every release.", "Leave out the release or --all.")
    folders = release_folders(home) if every else [find_folder(home, release_id)]
    damaged = []
    for folder in folders:
        done = verification.verify(folder)
        if not folder.exists():
            continue  # removed in the meantime
        for line in done.disagreements:
            typer.echo(f"{done.release_id}  {line}")
        for note in done.notes:
            typer.echo(f"{done.release_id}  {note}", err=True)
        if done.disagreements:
            damaged.append(done.release_id)
        else:
            typer.echo(f"{done.release_id}  intact: {done.n_tables} tables, {done.n_files} files")
    n_shared, faults = share_log.faults(home)
    for sentence in faults:
        typer.echo(f"shared  {sentence}")
    if n_shared and not faults:
        typer.echo(f"shared  intact: {counted(n_shared, 'output')}")
    if damaged:
        raise ReleaseDamaged(
            f"Not as released: {len(damaged)} of {counted(len(folders), 'release')}.",
            "Restore the folder from a backup, or make its tables again from the archive with `registry rebuild`, then "
            "remove it from releases/.",
        )
    if faults:
        raise ShareLogDamaged("The log of what was shared is damaged.", share_log.CURE)


def verify_lake(release_id: str | None, every: bool) -> None:
    """Print a line for each intact release of the lake and each difference. Raises ReleaseDamaged if there is any."""
    from orchestration.cli.portable import lake_or_refuse
    from warehouse.lake.books import find_in
    from warehouse.lake.reading import list_in_lake
    from warehouse.lake.verify import verify_in_lake

    address = lake_or_refuse()
    held = list_in_lake(address)
    damaged = []
    for one in held if every else [find_in(held, release_id)]:
        done = verify_in_lake(address, one.release_id)
        for line in (*done.disagreements, *done.notes):
            typer.echo(f"{done.release_id}  {line}")
        if done.disagreements:
            damaged.append(done.release_id)
        elif not done.notes:
            typer.echo(f"{done.release_id}  intact in the lake: {done.n_tables} tables")
    if damaged:
        raise ReleaseDamaged(
            f"Not as released: {len(damaged)} in the lake {address}.",
            "`registry migrate --to lake` fills another, empty lake from the home.",
        )
