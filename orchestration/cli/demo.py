"""`registry demo`: write made-up exports into landing/."""

import typer

from orchestration.cli.wording import counted
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import ask_for_replication


def demo(home: Home, patients: int | None, seed: int, sites: int, has_treatments: bool) -> None:
    """Write made-up exports into the home's landing/ and print what to do next. RegistryError for treatments of the
    demonstration study, which has none.
    """
    if has_treatments and patients is None:
        raise RegistryError("The demonstration study has no treatments.", "Ask for a made-up registry: --patients 300.")
    home.create()
    if patients is None:
        from synthetic.study import write_study

        ask_for_replication(home)
        files, what = write_study(home.landing), "the demonstration study (120 patients, 212 lesions)"
    else:
        from synthetic.registry import write_registry

        typer.echo(f"Writing a made-up registry of {counted(patients, 'patient')} ...", err=True)
        files = write_registry(home.landing, patients, seed, sites, has_treatments=has_treatments)
        what = f"a made-up registry of {counted(patients, 'patient')} at {counted(sites, 'site')}"
    typer.echo(
        f"Wrote {what}: {counted(len(files), 'file')}, {counted(sum(files.values()), 'row')} below {home.landing}."
    )
    typer.echo("All data are synthetic. Next: registry refresh")
