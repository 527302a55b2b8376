"""Run the nightly job in this process, on the home's own Dagster instance.

So a run from the command line appears in the web interface like any other.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from analysis.figures.figure_cache import figures_kept
from assets.run_outcome import first_failure, refusing_checks
from orchestration.automation import release_freshness
from orchestration.automation.damaged_history import move_damaged_aside, speaks_of_damage
from orchestration.automation.dead_runs import BY_COMMAND, end_dead_runs
from orchestration.instance import renew_storage
from warehouse.raw.loading import died_while_loading
from warehouse.refresh.anything_to_do import is_up_to_date
from warehouse.refresh.recovery import is_damage_noted
from warehouse.releases.release import Release, current_release
from warehouse.storage.errors import RegistryError
from warehouse.storage.faults import fault_at
from warehouse.storage.home import Home
from workflows.begin_writing import writing

NOTHING = "Nothing was released; readers keep what they had."
STANDS = "The home has the new release; run `registry refresh` again once this is cured."
SERVER = ("dagster_postgres", "psycopg2")
"""Packages whose errors say that Dagster's storage in PostgreSQL is away."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Refreshed:
    """How a refresh ended: the current release, whether it is new, the checks that refused it, notices about repairs
    made to the home, and the release that was current before (None if there was none).
    """

    release: Release | None
    is_new: bool
    refused_by: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    before: Release | None = None


class RefreshFailed(RegistryError):
    """A step failed for a reason that is not a gate."""


class HistoryDamaged(RefreshFailed):
    """Dagster's own files are damaged."""


def refresh(home: Home, full: bool = False, say: Callable[[str], None] = lambda _: None) -> Refreshed:
    """Run the nightly job. Raises RefreshRunning if another refresh holds the lock, RefreshFailed on a fault.

    No run is started if nothing is new. If a step finds the build database damaged, or if a delivery crashed the
    database, the database is recovered and the job runs once more.
    """
    with writing(home, say) as begun:
        begun.notices += [*filter(None, [renew_storage(home)]), *move_damaged_aside(home)]
        say("starting")
        if not full and is_up_to_date(home) and not (begun.lake and begun.lake.lacking):
            release = current_release(home)
            release_freshness.note(home, release)
            return Refreshed(release, is_new=False, notices=tuple(begun.notices), before=release)
        with figures_kept():
            try:
                done = _refresh(home, full, say)
            except HistoryDamaged:
                moved = move_damaged_aside(home, closely=True)
                if not moved:
                    raise
                begun.notices += moved
                say("running again")
                done = _refresh(home, full, say)
            except RefreshFailed:
                if not (is_damage_noted(home) or died_while_loading(home)):
                    raise
                begun.recover()
                say("running again")
                done = _refresh(home, full, say)
        return replace(done, notices=tuple(begun.notices))


def _refresh(home: Home, full: bool, say: Callable[[str], None]) -> Refreshed:
    before = current_release(home)
    try:
        result = _run(home, full, say)
    except Exception as error:  # Dagster's own files could not be read or written
        if type(error).__module__.split(".")[0] in SERVER:
            raise RefreshFailed(
                "The database in which Dagster keeps its runs does not answer.",
                f"Start it, and run `registry refresh` again. {NOTHING}",
            ) from None
        if speaks_of_damage(error):
            raise HistoryDamaged(
                "Dagster's history is damaged.", "Move dagster/ out of the home and run `registry refresh` again."
            ) from None
        if fault := fault_at(home.root, error):
            raise fault from None
        raise
    after = current_release(home)
    if result.success:
        is_new = before is None or (after is not None and after.folder != before.folder)
        return Refreshed(after, is_new=is_new, before=before)
    if refused := refusing_checks(result.all_events):
        return Refreshed(after, is_new=False, refused_by=refused)
    is_released = after is not None and (before is None or after.folder != before.folder)
    raise RefreshFailed(first_failure(result.all_events), STANDS if is_released else NOTHING)


def _run(home: Home, full: bool, say: Callable[[str], None]):
    from assets.resources import kept_open
    from orchestration.automation.jobs import NIGHTLY
    from orchestration.definitions import build_definitions
    from orchestration.instance import dagster_instance
    from workflows.progress import listening

    definitions = build_definitions(home.root)
    config = QUIET | {"ops": {"raw": {"config": {"full": full}}}}
    with dagster_instance(home) as instance, listening(say), kept_open():
        end_dead_runs(instance)
        job = definitions.resolve_job_def(NIGHTLY)
        return job.execute_in_process(run_config=config, instance=instance, raise_on_error=False, tags=BY_COMMAND)
