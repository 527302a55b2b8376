"""`registry releases`: list the releases."""

import typer

from orchestration.cli.sizes import readable
from warehouse.lake.address import lake_address
from warehouse.releases import pins
from warehouse.releases.release import list_releases
from warehouse.releases.retention import judge
from warehouse.storage.home import Home

GOES = "no reason: `registry prune` removes it"
UNREADABLE = f"{'manifest damaged':>31}"


def releases(home: Home) -> None:
    """Print the releases, newest first, and why each is kept; a star marks the current one. Those of a lake follow."""
    address = lake_address()
    if address is None or home.root.is_dir():
        _of_home(home.require())
    if address is not None:
        from orchestration.cli.releases_of_lake import print_releases

        print_releases(address)


def _of_home(home: Home) -> None:
    verdicts = judge(home)
    if not verdicts:
        typer.echo("Nothing has been released yet. Run `registry refresh`.")
        return
    manifests = {release.release_id: release.manifest for release in list_releases(home)}
    pinned = pins.read(home)
    typer.echo(
        f"  {'release':<25} {'patients':>10} {'lesions':>10} {'entries':>9} {'size':>9}  {'parent':<25}  kept because"
    )
    for verdict in verdicts:
        name = verdict.release_id
        star = "*" if "current" in verdict.reasons else " "
        counts, parent = _facts(manifests[name]) if name in manifests else (UNREADABLE, "")
        pin = f"pinned ({pinned[name].reason})" if name in pinned and pinned[name].reason else "pinned"
        why = ", ".join(pin if reason == "pinned" else reason for reason in verdict.reasons) or GOES
        size = readable(verdict.size_bytes)
        typer.echo(f"{star} {name:<25} {counts} {size:>9}  {parent:<25}  {why}")


def _facts(manifest: dict) -> tuple[str, str]:
    """Return the columns of patients, lesions and entries as one text, and the parent's id."""
    tables = manifest["tables"]
    entries = sum(manifest["quality"]["entries_by_rule"].values())
    patients, lesions = (tables[f"derived.{name}"]["rows"] for name in ("patient_ltpfs", "lesion_ltp"))
    return f"{patients:>10,} {lesions:>10,} {entries:>9,}", manifest["parent_release"] or "-"
