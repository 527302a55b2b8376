"""`registry rebuild`: the same code on the same inputs gives the same tables."""

from pathlib import Path

import typer

from orchestration.cli.refresh import progress
from orchestration.refresh import refresh
from warehouse.refresh.rebuild import differing_tables, take_inputs
from warehouse.releases.release import Release, find_release
from warehouse.storage.errors import GateRefused, RegistryError
from warehouse.storage.home import Home
from warehouse.storage.source_code import source_hash


def rebuild(home: Home, release_id: str, into: Path) -> None:
    """Refresh a new home that holds the release's inputs alone, and say whether its tables are the release's."""
    release, target = find_release(home, release_id), Home(into.absolute())
    n_inputs = take_inputs(release, home, target)
    with progress() as say:
        done = refresh(target, say=say)
    if done.refused_by or done.release is None:
        raise GateRefused(f"A gate refused the rebuilt release: {', '.join(done.refused_by)}.", _advice(release))
    differing = differing_tables(release, done.release)
    if differing:
        raise RegistryError(f"The rebuilt tables differ in {', '.join(differing)}.", _advice(release))
    typer.echo(
        f"Rebuilt {release.release_id} from {n_inputs} deliveries as {done.release.release_id} in {target.root}."
    )
    typer.echo("Every table that the content hash covers has the same hash.")


def _advice(release: Release) -> str:
    """What a difference comes from: other code, or something that should not be."""
    made_by = release.manifest["code"]
    if made_by["source_sha256"] == source_hash():
        return "The code is the one that made the release: `registry verify` it, then report this as a fault."
    return f"Another code made it: check out version {made_by['version']}, source {made_by['source_sha256'][:12]}."
