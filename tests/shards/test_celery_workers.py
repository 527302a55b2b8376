"""A shard is lost if no Celery worker has had it for a while; other runs stay where Dagster starts them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.launcher import LaunchRunContext, WorkerStatus

from assets.shards.celery_launcher import ShardsOnCelery
from assets.shards.celery_workers import KEEPS_SECONDS, LOST_IN_SILENCE_SECONDS, LOST_SECONDS, Workers
from assets.shards.shard_asset import JOB


class Broker:
    """Stands in for a Celery application: what is queued, and what each worker that answers has in hand."""

    def __init__(self) -> None:
        self.queued = 0
        self.in_hand: dict[str, list[str]] = {"w1": ["a"], "w2": []}
        self.control = SimpleNamespace(inspect=lambda timeout: self)

    def active(self) -> dict | None:
        """What workers compute; None if no worker answers."""
        return {name: [{"id": task} for task in tasks] for name, tasks in self.in_hand.items()} or None

    def reserved(self) -> None:
        """Nothing: they fetch nothing ahead."""


class Seen(Workers):
    """Workers whose broker is no server."""

    def _queued(self) -> int:
        return self._app.queued  # type: ignore[attr-defined]


@pytest.fixture
def broker() -> Broker:
    """A broker with two workers, one of which has a task."""
    return Broker()


@pytest.fixture
def clock() -> list[float]:
    """Seconds, to be set."""
    return [0.0]


@pytest.fixture
def workers(broker: Broker, clock: list[float]) -> Workers:
    """The workers at this broker, by this clock."""
    return Seen(broker, lambda: clock[0])  # type: ignore[arg-type]


def test_what_a_worker_has_is_not_lost(workers: Workers, clock: list[float]) -> None:
    """However long it takes."""
    for clock[0] in (0.0, 1e3, 1e6):
        assert not workers.have_lost("a", may_wait=False)


def test_what_nobody_has_is_lost_after_a_while(workers: Workers, broker: Broker, clock: list[float]) -> None:
    """Not at once, since it may be between two hands; and the while begins anew if it turns up again."""
    assert not workers.have_lost("b", may_wait=False)
    clock[0] = LOST_SECONDS - 1
    assert not workers.have_lost("b", may_wait=False)
    broker.in_hand["w2"] = ["b"]
    clock[0] += KEEPS_SECONDS + 1
    assert not workers.have_lost("b", may_wait=False)
    broker.in_hand["w2"] = []
    clock[0] += KEEPS_SECONDS + 1
    assert not workers.have_lost("b", may_wait=False)
    clock[0] += LOST_SECONDS
    assert workers.have_lost("b", may_wait=False)


def test_what_is_in_the_queue_waits(workers: Workers, broker: Broker, clock: list[float]) -> None:
    """A shard that has not begun may be in the queue, as long as anything is; one that has begun is not."""
    broker.queued = 1
    for clock[0] in (0.0, LOST_SECONDS, 1e6):
        assert not workers.have_lost("c", may_wait=True)
    assert not workers.have_lost("d", may_wait=False)
    clock[0] += LOST_SECONDS
    assert workers.have_lost("d", may_wait=False)


def test_silence_is_waited_for(workers: Workers, broker: Broker, clock: list[float]) -> None:
    """If no worker answers, the broker may have been started anew: they have time to find it."""
    broker.in_hand = {}
    for clock[0] in (0.0, LOST_SECONDS, LOST_IN_SILENCE_SECONDS - 1):
        assert not workers.have_lost("a", may_wait=False)
    clock[0] = LOST_IN_SILENCE_SECONDS
    assert workers.have_lost("a", may_wait=False)


@pytest.fixture
def launcher() -> Iterator[ShardsOnCelery]:
    """The launcher of an instance, with a broker in memory."""
    with dg.DagsterInstance.ephemeral() as instance:
        made = ShardsOnCelery("memory://")
        made.register_instance(instance)
        yield made


def test_only_shards_go_to_celery(launcher: ShardsOnCelery, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of a shard is sent to the broker; any other is started as by default, and counts as running."""
    sent: list[str] = []
    started: list[str] = []
    monkeypatch.setattr(launcher._celery, "launch_run", lambda context: sent.append(context.dagster_run.job_name))
    by_default = lambda _, context: started.append(context.dagster_run.job_name)  # noqa: E731 (one line)
    monkeypatch.setattr(dg.DefaultRunLauncher, "launch_run", by_default)
    for name in (JOB, "nightly"):
        launcher.launch_run(LaunchRunContext(dg.DagsterRun(job_name=name, run_id=name), None))
    assert (sent, started) == ([JOB], ["nightly"])
    other = dg.DagsterRun(job_name="nightly", run_id="x", status=dg.DagsterRunStatus.STARTED)
    assert launcher.supports_check_run_worker_health
    assert launcher.check_run_worker_health(other).status == WorkerStatus.RUNNING
