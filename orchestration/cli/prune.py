"""`registry prune`: remove old releases."""

import typer

from orchestration.cli.sizes import readable
from warehouse.releases.retention import Verdict, judge
from warehouse.releases.retention import prune as remove
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock


def prune(home: Home, keep: int, dry_run: bool) -> None:
    """Remove the releases that nothing keeps, or only list them. Raises RefreshRunning while a refresh runs."""
    if dry_run:
        verdicts = judge(home, keep)
        for verdict in verdicts:
            why = f"stays: {', '.join(verdict.reasons)}" if verdict.stays else "goes"
            typer.echo(f"{verdict.release_id}  {readable(verdict.size_bytes):>8}  {why}")
    else:
        with refresh_lock(home):
            verdicts = remove(home, keep)
    typer.echo(_summary(verdicts, "Would remove" if dry_run else "Removed"))


def _summary(verdicts: list[Verdict], what: str) -> str:
    going = [v for v in verdicts if not v.stays]
    size = readable(sum(v.size_bytes for v in going))
    staying = len(verdicts) - len(going)
    return (
        f"{what} {len(going)} release{'' if len(going) == 1 else 's'} ({size}); {staying} stay{'s' * (staying == 1)}."
    )
