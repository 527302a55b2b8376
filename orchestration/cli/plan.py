"""`registry plan new` and `registry plan try`: the registry's own plan of analyses."""

from pathlib import Path

import typer

from orchestration.cli.plan_lines import called, lines_of, said
from warehouse.archive import plan_journal
from warehouse.cohorts.plan_form import Plan
from warehouse.cohorts.plan_skeleton import SKELETON
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release, find_release
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FILE, Home
from warehouse.storage.home_files import PLAN_FILES, read_one
from warehouse.storage.home_format import check_format
from workflows.own_plan import checked_file
from workflows.plan_estimates import estimated

NOT_DECLARED = "not declared yet"


def new(home: Home) -> None:
    """Write the skeleton of a plan and print what to do next. RegistryError if there is a plan."""
    check_format(home)
    path = PLAN_FILES.folder_of(home) / PLAN_FILES.place
    if path.exists():
        raise RegistryError(f"{path} exists already.", "Edit that file.")
    atomic_write(path, SKELETON.encode(), PRIVATE_FILE)
    typer.echo(f"Wrote {path}. Complete it, then run: registry plan try")


def try_file(home: Home, name: str, release_id: str | None) -> bool:
    """Print what each analysis of the file gives on a release; False if the plan is refused."""
    path = Path(name) if Path(name).exists() else home.root / name
    try:
        file = read_one(path)
    except OSError as error:
        cure = "Name a plan, or begin one with `registry plan new`."
        raise RegistryError(f"{name} cannot be read ({error.strerror}).", cure) from None
    read = checked_file(file)
    if read.plan is None:
        typer.echo(f"refused: {read.reason}")
        return False
    declared = _declared(home, read.plan)
    if release_id is None and current_release(home) is None:
        for definition in read.plan.definitions:
            typer.echo(f"{called(definition.item)}  {said(definition.item)}")
        typer.echo("There is no release yet to try it on.")
        return True
    release = find_release(home, release_id)
    with open_release(release) as con:
        made = estimated(con, read.plan, {})
    typer.echo(f"On release {release.release_id}; nothing is changed or declared by trying.")
    for definition in read.plan.definitions:
        item = definition.item
        typer.echo(f"\n{called(item)}  {said(item)}")
        typer.echo(f"  {declared[definition.sha256]}")
        for line in lines_of(item, made):
            typer.echo(f"  {line}")
    return True


def _declared(home: Home, plan: Plan) -> dict[str, str]:
    """Return, for each definition, since when it is declared."""
    known = plan_journal.read(home)
    return {
        one.sha256: f"declared on {known[one.sha256].declared_on}" if one.sha256 in known else NOT_DECLARED
        for one in plan.definitions
    }
