"""Has Dagster make shards, as runs that the instance's run launcher starts: on Celery workers, or in a cluster's pods.

A shard is made when its result is in the exchange; its run only says when to look there. One whose run failed or whose
worker died is asked for again, a few times. Runs are launched at once: in Dagster's queue they would wait for the very
run that asks for them.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import dagster as dg
import duckdb
from dagster import DagsterRunStatus as Status
from dagster import build_reconstructable_job
from dagster._core.launcher import WorkerStatus

from assets.run_outcome import first_failure
from assets.shards.shard_asset import OP, PATIENTS, partition_of
from warehouse.shards.files import reached
from warehouse.shards.order import Order, read_order
from warehouse.shards.result import find_result
from warehouse.shards.runner import shards_run_by
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import home_settings
from workflows import progress

TAGS = {"registry/by": "refresh", "dagster/max_retries": "0"}
"""Of every run. Dagster itself does not retry it, since who asks for the shard does."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
SEE = "docs/scale.md"
OF_SERVERS = {"sqlalchemy", "psycopg2", "dagster_postgres", "kombu", "redis", "amqp", "kubernetes", "urllib3"}
"""Packages whose errors mean that a server is away; it may come back."""


@dataclass(frozen=True)
class Patience:
    """How many seconds to wait for what, and how often to ask for one shard."""

    between_looks: float = 2.0
    silent: float = 15.0
    start: float = 300.0
    outage: float = 600.0
    times: int = 3


@dataclass
class Asked:
    """A shard that is not made: how often it was asked for, the run that makes it now, and how the last one ended."""

    times: int = 0
    run_id: str = ""
    status: Status | None = None
    since: float = 0.0
    ended: str = ""


def ask_for_shards(
    instance: dg.DagsterInstance, order_address: str, shards: Sequence[int], patience: Patience = Patience()
) -> None:
    """Return when every shard is made. RegistryError says which could not be made, and why."""
    check_launcher(instance)
    with closing(duckdb.connect()) as con, reached(con, order_address):
        order = read_order(con, order_address)
        asking = Asking(instance, order, shards, lambda n: find_result(con, order, n) is not None, patience)
        ask_all(asking, patience)


def ask_all(asking: "Asking", patience: Patience) -> None:
    """Ask until nothing is left to ask for. RegistryError as above."""
    try:
        while asking.left:
            _look(asking, patience)
    finally:
        with suppress(Exception):  # a server may be away; who takes such a run later finds its order gone
            asking.withdraw()
    asking.tell()


def _look(asking: "Asking", patience: Patience) -> None:
    """Look once, and wait a little. RegistryError if a server has been away for too long."""
    try:
        asking.look()
        asking.away_since = None
    except Exception as error:
        if not (isinstance(error, OSError) or type(error).__module__.split(".")[0] in OF_SERVERS):
            raise
        asking.away_since = asking.away_since or time.monotonic()
        if time.monotonic() - asking.away_since > patience.outage:
            raise RegistryError(
                f"Shards cannot be asked for: a server does not answer ({type(error).__name__}).",
                "Start the broker, and the database in which Dagster keeps its runs; then refresh again.",
            ) from None
    if asking.left:
        time.sleep(patience.between_looks)


class Asking:
    """The shards of an order that are not made yet, and the runs that make them."""

    def __init__(
        self,
        instance: dg.DagsterInstance,
        order: Order,
        shards: Sequence[int],
        is_made: Callable[[int], bool],
        patience: Patience,
    ):
        self._instance, self._order, self._is_made, self._patience = instance, order, is_made, patience
        self._job = build_reconstructable_job("assets.shards.shard_asset", "shards_job", (order.shards,))
        self._n = len(shards)
        self._sign = time.monotonic()
        self.left = {shard: Asked() for shard in shards}
        self.failed: dict[int, str] = {}
        self.away_since: float | None = None

    def look(self) -> None:
        """Take off what is made, and ask for what nobody makes. RegistryError if no worker takes anything."""
        runs = self._runs()
        for shard, asked in list(self.left.items()):
            if self._is_at_work(asked, runs.get(asked.run_id)):
                continue
            if asked.times and self._is_made(shard):
                if asked.status != Status.SUCCESS:  # its worker died before Dagster knew
                    partition = partition_of(shard, self._order.shards)
                    self._instance.report_runless_asset_event(dg.AssetMaterialization(PATIENTS, partition=partition))
                self._take_off(shard)
            elif asked.times < self._patience.times:
                self._ask(shard, asked)
            else:
                self.failed[shard] = asked.ended
                self._take_off(shard)
        if self.left and time.monotonic() - self._sign > self._patience.start:
            raise RegistryError(
                f"No worker has taken a shard for {self._patience.start:.0f} seconds.",
                f"Start workers as {SEE} says, and look at their logs: they must reach the same broker and database.",
            )

    def withdraw(self) -> None:
        """Mark runs that nobody waits for as canceled; a worker that finds such a run in the queue leaves it."""
        for run in self._runs().values():
            if not run.is_finished:
                self._instance.report_run_canceled(run, "The refresh no longer waits for this shard.")

    def tell(self) -> None:
        """Raise RegistryError if a shard could not be made."""
        if self.failed:
            shard, why = next(iter(self.failed.items()))
            raise RegistryError(
                f"{len(self.failed)} of {self._n} shards could not be made in {self._patience.times} tries each. "
                f"Shard {shard}: {why}",
                "Cure this and refresh again; shards that are made are kept.",
            )

    def _runs(self) -> Mapping[str, dg.DagsterRun]:
        ids = [asked.run_id for asked in self.left.values() if asked.run_id]
        return {run.run_id: run for run in self._instance.get_runs(dg.RunsFilter(run_ids=ids))} if ids else {}

    def _is_at_work(self, asked: Asked, run: dg.DagsterRun | None) -> bool:
        """Return whether the run may still make the shard; if not, note how it ended."""
        now = time.monotonic()
        if run is None:
            asked.ended = asked.ended or "its run is no longer known."
            return False
        if run.status != asked.status:
            asked.status, asked.since = run.status, now
        if run.is_finished:
            asked.ended = self._why(run)
            return False
        if run.status == Status.STARTED:
            self._sign = now
        if now - asked.since > self._patience.silent and (why := self._lost(run)):
            self._instance.report_run_failed(run, why)
            asked.ended = why
            return False
        return True

    def _why(self, run: dg.DagsterRun) -> str:
        if run.status == Status.SUCCESS:
            return "its run ended well, but the exchange has no whole result of it."
        if run.status == Status.CANCELED:
            return "its run was canceled."
        entries = self._instance.all_logs(run.run_id, of_type={dg.DagsterEventType.STEP_FAILURE})
        failures = [entry.dagster_event for entry in entries if entry.dagster_event]
        return first_failure(failures) if failures else "the worker died, or its run could not begin."

    def _lost(self, run: dg.DagsterRun) -> str:
        """Return what the launcher says against the run's worker; '' if nothing."""
        launcher = self._instance.run_launcher
        if not launcher.supports_check_run_worker_health:
            return ""
        health = launcher.check_run_worker_health(run)
        if health.status in (WorkerStatus.RUNNING, WorkerStatus.UNKNOWN):
            return ""
        return health.msg or f"its worker is {health.status.value.lower()}."

    def _ask(self, shard: int, asked: Asked) -> None:
        run = self._instance.create_run_for_job(
            self._job.get_definition(),
            run_config=QUIET | {"ops": {OP: {"config": {"order": self._order.address}}}},
            tags=TAGS | {"dagster/partition": partition_of(shard, self._order.shards)},
            job_code_origin=self._job.get_python_origin(),
        )
        self._instance.launch_run(run.run_id, workspace=None)  # type: ignore[arg-type]  # launchers of shards need none
        asked.times += 1
        asked.run_id, asked.status, asked.since = run.run_id, None, time.monotonic()

    def _take_off(self, shard: int) -> None:
        del self.left[shard]
        self._sign = time.monotonic()
        progress.say(f"shards: {self._n - len(self.left)} of {self._n}")


def check_launcher(instance: dg.DagsterInstance) -> None:
    """Raise RegistryError if the instance has no launcher that brings runs to workers."""
    try:
        launcher = instance.run_launcher
    except Exception as error:
        raise RegistryError(
            f"The run launcher in dagster.yaml cannot be loaded ({type(error).__name__}).",
            f"Install it with `pip install '.[celery]'`, and set what {SEE} says in the environment.",
        ) from None
    if type(launcher) is dg.DefaultRunLauncher:
        raise RegistryError(
            'registry.toml says shard_workers = "dagster", but dagster.yaml names no launcher that has workers.',
            f"Write the blocks of {SEE} into dagster/dagster.yaml in the home, or a number into registry.toml.",
        )


@contextmanager
def shards_where_asked(home: Home, instance: dg.DagsterInstance | None) -> Iterator[None]:
    """Have the instance's workers make shards inside the block, if registry.toml says so."""
    if instance is None or not home_settings(home).are_shards_spread:
        yield
        return
    with shards_run_by(partial(ask_for_shards, instance)):
        yield
