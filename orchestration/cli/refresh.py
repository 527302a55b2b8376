"""`registry refresh`: run the nightly job and summarise the result."""

import atexit
import gc
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from datetime import datetime, timedelta
from pathlib import Path

import typer

from orchestration.cli.figures import main_figures
from orchestration.cli.notes import print_after_refresh, print_stated
from orchestration.refresh import Refreshed
from orchestration.refresh import refresh as run_refresh
from warehouse.archive.archive import Archive
from warehouse.intake.landing_problems import landing_problems, waiting_files
from warehouse.releases.release import Release, published_at
from warehouse.storage.errors import GateRefused, RefreshRunning, RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import asks_for_replication
from warehouse.storage.pseudonym_key import find_key

AS_DELIVERED = (
    "Notice   Identifiers and dates are kept as delivered. With a key they would become pseudonyms on the way in: "
    "docs/pseudonyms.md."
)


def refresh(home: Home, full: bool) -> None:
    """Run the nightly job in this process and print a summary. Raises GateRefused if a gate refused the release."""
    started = time.monotonic()
    home.create()
    gc.set_threshold(500_000, 10, 10)  # scanning the libraries' million long-lived objects is wasted work
    atexit.register(gc.freeze)
    try:
        with progress() as say, open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
            # a library's output could quote a cell, and would hide the one line that says what is wrong
            done = run_refresh(home, full, say)
    except RefreshRunning:
        raise
    except Exception as error:
        _tell(home, error)
        raise
    seconds = time.monotonic() - started
    _tell(home, done)
    for sentence in done.notices:
        typer.echo(f"Notice   {sentence}", err=True)
    if done.refused_by:
        raise GateRefused(
            f"A gate refused the release: {', '.join(done.refused_by)}.",
            "Readers keep the release they had; `registry ui` shows the check.",
        )
    _report(done, home, seconds)


def _tell(home: Home, how: Refreshed | Exception) -> None:
    """Send the alerts that alerts.toml asks for. Print those that could not be sent, but do not fail."""
    if not (home.root / "alerts.toml").exists():
        return
    from orchestration.alerts import triggers

    if isinstance(how, Exception):
        what = str(how) if isinstance(how, RegistryError) else f"Unexpected failure ({type(how).__name__})."
        problems = triggers.refresh_failed(home, what)
    elif how.refused_by:
        problems = triggers.release_refused(home, how.refused_by)
    elif how.is_new and how.release is not None:
        problems = triggers.released(home, how.release.release_id)
    else:
        problems = []
    owed = (*triggers.sites_overdue(home), *triggers.answers_overdue(home))
    for sentence in (*problems, *triggers.erasure_unfinished(home), *owed):
        typer.echo(f"Notice   {sentence}", err=True)


def _report(done: Refreshed, home: Home, seconds: float) -> None:
    for place, sentence in landing_problems(home):
        typer.echo(f"Problem  {place}: {sentence}", err=True)
    release = done.release
    print_after_refresh(release, done.before)
    if release is not None and done.is_new and clock_is_behind(release):
        typer.echo(
            "Notice   The clock is behind the newest release; the new id follows that one. Set the clock.", err=True
        )
    if release is None:
        typer.echo(_nothing_released(home))
        return
    typer.echo(f"{'Released' if done.is_new else 'Nothing new; still current:'} {release.release_id} ({seconds:.0f} s)")
    for line in main_figures(release):
        typer.echo(f"  {line}")
    if done.is_new and done.before is not None:
        print_stated(release, done.before)
    elif done.is_new and find_key(home) is None:  # with the first release, and never again
        typer.echo(AS_DELIVERED, err=True)
    me = _typed_name()
    typer.echo(f"\nReport  {home.current / 'report.html'}")
    table = "replication" if asks_for_replication(home) else "ltp_rates"
    typer.echo(f'Next    {me} query "FROM analysis.{table}"')
    typer.echo(f"        {me} explain SITE PATIENT   show why a patient's lesions count as they do")
    typer.echo(f"        {me} ui                     show lineage, checks and runs in the browser")


def _nothing_released(home: Home) -> str:
    """Return why there is no release, and what to do."""
    archive = Archive(home)
    if archive.arrivals or waiting_files(home, archive):
        return "Nothing has been released yet: `registry status` shows what waits, and why."
    return f"Nothing to release: {home.landing} holds no deliveries. `registry demo` writes examples."


def clock_is_behind(release: Release) -> bool:
    """Return whether the clock that made the release was more than a minute behind its parent's time."""
    named, told = published_at(release.release_id), datetime.fromisoformat(release.manifest["created_at"])
    return named is not None and named - told > timedelta(minutes=1)


def _typed_name() -> str:
    """Return how the user can type this command again from the current folder."""
    called = Path(sys.argv[0])
    if called.name != "registry":
        return "registry"
    on_path = shutil.which("registry")
    if on_path and Path(on_path).resolve() == called.resolve():
        return "registry"
    return os.path.relpath(called) if called.is_relative_to(Path.cwd()) else str(called)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show the current step: with a spinner on a terminal, elsewhere as one line per kind of step."""
    stderr = sys.stderr
    if stderr.isatty():
        from rich.console import Console

        with Console(file=stderr).status("starting") as status:
            yield lambda message: status.update(message)
        return
    last = ""

    def say(message: str) -> None:
        nonlocal last
        step = message.split()[0]
        if step != last:
            last = step
            typer.echo(f"  {message}", file=stderr)

    yield say
