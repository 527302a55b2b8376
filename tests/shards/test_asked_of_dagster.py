"""Shards that Dagster's workers make: who is asked again, who is given up, and what is said when nobody comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, RunLauncher, WorkerStatus

from assets.shards.ask_for_shards import Asking, Patience, ask_all, check_launcher
from assets.shards.shard_asset import JOB, PATIENTS
from warehouse.storage.errors import RegistryError

N = 3
ORDER = SimpleNamespace(address="/srv/lake/files/shards/0123", shards=N)
AT_ONCE = Patience(between_looks=0, silent=0, start=60, outage=60, times=2)
Way = Callable[["Workers", dg.DagsterRun], None]


class Workers(RunLauncher):
    """Stands in for workers: each launch of a shard goes the next of its ways, and the last of them ever after."""

    def __init__(self, **ways: list[Way]) -> None:
        super().__init__()
        self._ways = ways
        self.made: set[int] = set()
        self.dead: set[str] = set()
        self.launched: list[str] = []

    def launch_run(self, context: LaunchRunContext) -> None:
        """Go a way."""
        run = context.dagster_run
        assert run.job_name == JOB and run.job_code_origin is not None
        key = run.tags["dagster/partition"]
        self.launched.append(key)
        ways = self._ways.get(f"shard_{key}", [makes])
        (ways.pop(0) if len(ways) > 1 else ways[0])(self, run)

    def terminate(self, run_id: str) -> bool:
        """Stop nothing."""
        return False

    @property
    def supports_check_run_worker_health(self) -> bool:
        """They can be asked."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the run's worker is dead."""
        return CheckRunHealthResult(
            WorkerStatus.NOT_FOUND if run.run_id in self.dead else WorkerStatus.RUNNING, "dead."
        )

    def report(self, run: dg.DagsterRun, kind: DagsterEventType) -> None:
        """Note what happened to a run."""
        self._instance.report_dagster_event(DagsterEvent(kind.value, run.job_name), run.run_id)


def makes(workers: Workers, run: dg.DagsterRun) -> None:
    """Make the shard."""
    workers.made.add(int(run.tags["dagster/partition"]))
    workers.report(run, DagsterEventType.RUN_SUCCESS)


def fails(workers: Workers, run: dg.DagsterRun) -> None:
    """Fail."""
    workers.report(run, DagsterEventType.RUN_FAILURE)


def loses(workers: Workers, run: dg.DagsterRun) -> None:
    """End well without a result."""
    workers.report(run, DagsterEventType.RUN_SUCCESS)


def dies(workers: Workers, run: dg.DagsterRun) -> None:
    """Begin, and be killed."""
    workers.report(run, DagsterEventType.RUN_START)
    workers.dead.add(run.run_id)


def makes_and_dies(workers: Workers, run: dg.DagsterRun) -> None:
    """Make the shard, and be killed before that is noted."""
    workers.made.add(int(run.tags["dagster/partition"]))
    dies(workers, run)


def breaks(workers: Workers, run: dg.DagsterRun) -> None:
    """Have the broker away."""
    raise ConnectionError("redis://user:secret@broker")


def waits(workers: Workers, run: dg.DagsterRun) -> None:
    """Take no notice."""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance in memory, without workers."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def asked(instance: dg.DagsterInstance, workers: Workers, patience: Patience = AT_ONCE) -> Workers:
    """Have these workers make all shards."""
    workers.register_instance(instance)
    instance._run_launcher = workers
    ask_all(Asking(instance, ORDER, range(N), workers.made.__contains__, patience), patience)  # type: ignore[arg-type]
    return workers


def statuses(instance: dg.DagsterInstance) -> list[str]:
    """How the runs stand, sorted."""
    return sorted(run.status.value for run in instance.get_runs())


def test_each_shard_is_asked_for_once(instance: dg.DagsterInstance) -> None:
    """If nothing happens, there is one run a shard, with its partition, its order and who asked."""
    assert asked(instance, Workers()).launched == ["0", "1", "2"]
    run = instance.get_runs()[0]
    assert run.run_config["ops"] == {"shards__patients": {"config": {"order": ORDER.address}}}
    assert run.tags["registry/by"] == "refresh" and run.tags["dagster/max_retries"] == "0"


@pytest.mark.parametrize("way", [fails, loses, dies, breaks])
def test_a_shard_that_is_not_made_is_asked_for_again(instance: dg.DagsterInstance, way: Way) -> None:
    """A run that failed, that left nothing, whose worker died or that could not be launched: another one makes it."""
    workers = asked(instance, Workers(shard_1=[way, makes]))
    assert workers.made == {0, 1, 2} and workers.launched.count("1") == 2
    assert "STARTED" not in statuses(instance)


def test_a_result_counts_whatever_its_run_says(instance: dg.DagsterInstance) -> None:
    """A shard whose worker died after it was made is not asked for again, and Dagster shows it as made."""
    assert asked(instance, Workers(shard_1=[makes_and_dies])).launched == ["0", "1", "2"]
    assert instance.get_materialized_partitions(PATIENTS) == {"1"}


def test_what_cannot_be_made_is_given_up(instance: dg.DagsterInstance) -> None:
    """After two tries the other shards are made, and then one sentence says which was not, and why."""
    workers = Workers(shard_1=[dies])
    with pytest.raises(RegistryError, match=r"1 of 3 shards could not be made in 2 tries each. Shard 1: dead"):
        asked(instance, workers)
    assert workers.made == {0, 2} and workers.launched.count("1") == 2


def test_nobody_comes(instance: dg.DagsterInstance) -> None:
    """If no worker takes anything, the refresh ends with a cure, and what it asked for is withdrawn."""
    with pytest.raises(RegistryError, match="No worker has taken a shard for 0 seconds. Start workers"):
        asked(instance, Workers(shard_0=[waits], shard_1=[waits], shard_2=[waits]), Patience(0, 60, 0, 0, 2))
    assert statuses(instance) == ["CANCELED"] * N


def test_a_server_that_stays_away(instance: dg.DagsterInstance) -> None:
    """After a while without a broker one sentence says so, and never shows its address."""
    with pytest.raises(RegistryError, match="a server does not answer .ConnectionError.. Start the broker") as told:
        asked(instance, Workers(shard_0=[breaks]), Patience(0, 0, 60, 0, 2))
    assert "secret" not in str(told.value)


def test_other_errors_are_not_waited_for(instance: dg.DagsterInstance) -> None:
    """An error that is no server's ends the refresh at once."""

    def errs(workers: Workers, run: dg.DagsterRun) -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        asked(instance, Workers(shard_0=[errs]))


def test_no_launcher(instance: dg.DagsterInstance) -> None:
    """dagster.yaml without a launcher that has workers is refused before anything is asked for."""
    instance._run_launcher = dg.DefaultRunLauncher()
    with pytest.raises(RegistryError, match="dagster.yaml names no launcher that has workers"):
        check_launcher(instance)
