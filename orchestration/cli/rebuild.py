"""`registry rebuild`: rebuild a release from its own inputs and compare the tables."""

import os
from pathlib import Path

import typer

from orchestration.cli.refresh import progress
from orchestration.refresh import refresh
from warehouse.lake.address import VARIABLE
from warehouse.refresh.rebuild import differing_tables, take_inputs
from warehouse.releases.release import Release, find_release
from warehouse.storage.errors import GateRefused, RegistryError
from warehouse.storage.home import Home
from warehouse.storage.source_code import source_hash


def rebuild(home: Home, release_id: str, into: Path) -> None:
    """Refresh a new home that holds only the release's inputs, and print whether its tables equal the release's."""
    os.environ.pop(VARIABLE, None)  # the rebuilt home is a copy for comparison: no lake gets its releases
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
    """Return the cure, which depends on whether this code or other code made the release."""
    made_by = release.manifest["code"]
    if made_by["source_sha256"] == source_hash():
        return "The same code made the release: run `registry verify` on it, then report a bug."
    return f"Different code made it: check out version {made_by['version']}, source {made_by['source_sha256'][:12]}."
