"""A full refresh on three workers: the same release as without, whatever is killed meanwhile."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from assets.shards.shard_asset import JOB, PATIENTS
from orchestration.instance import dagster_instance
from tests.deploy.store_kit import BUCKET
from tests.orchestration.command import run_here
from tests.orchestration.light import WITH_HISTORY
from tests.scale.conftest import Deployment, opened_from
from tests.scale.services import wait_until
from warehouse.releases.release import current_release
from warehouse.storage.home import Home

pytestmark = pytest.mark.scale
N_PATIENTS = int(os.environ.get("PATIENTS", "20000"))
"""Of the registry that is compared; `make test-scale PATIENTS=1000000`."""
FEW = 400
"""Of the one that is made again for each kill."""
SHARDS = 16
SETTINGS = f'shards = {SHARDS}\nshard_workers = "dagster"\n'


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The deliveries of a small registry, and the content hash of its release, made embedded."""
    return embedded(tmp_path_factory.mktemp("few"), FEW)


def embedded(root: Path, n_patients: int) -> tuple[Path, str]:
    """Deliveries in a new home, and the content hash of its release without shards."""
    assert run_here(root, "demo", "--patients", str(n_patients), "--sites", "4").code == 0
    return root / "landing", refreshed(Home(root), {})


def refreshed(home: Home, environment: dict[str, str]) -> str:
    """The content hash of the release that a refresh makes."""
    told = {name: value for name, value in environment.items() if name != "DAGSTER_HOME"}
    ran = run_here(home.root, "refresh", makes=WITH_HISTORY, **told)
    assert ran.code == 0, ran.err.decode()
    release = current_release(home)
    assert release is not None
    return release.manifest["content_hash"]


def spread(deployment: Deployment, root: Path, landing: Path, settings: str = SETTINGS) -> Home:
    """A home with these deliveries whose shards the workers make."""
    home = deployment.home(root, settings)
    shutil.copytree(landing, home.landing, dirs_exist_ok=True)
    return home


@contextmanager
def once(is_so: Callable[[], object], what: Callable[[], None]) -> Iterator[None]:
    """Do `what` in the middle of the block, once `is_so`. Fails if that did not happen."""
    done = threading.Event()

    def watch() -> None:
        wait_until(is_so, "the middle of the refresh", 600)
        what()
        done.set()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield
    assert done.is_set()


def made(home: Home) -> int:
    """How many shards of the home's order are made."""
    return len(list(home.warehouse.glob("shards/*/made/*.json")))


def shard_runs(home: Home, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> list[dg.DagsterRun]:
    """The runs of shards that this home asked for, newest first."""
    opened_from(deployment, monkeypatch)
    with dagster_instance(home) as instance:
        found = instance.get_runs(dg.RunsFilter(job_name=JOB))
        assert len(instance.get_materialized_partitions(PATIENTS)) == SHARDS
    exchange = str(home.warehouse)
    return [run for run in found if exchange in str(run.run_config)]


def test_the_same_release_through_an_object_store(deployment: Deployment, tmp_path: Path) -> None:
    """Sixteen shards, exchanged in an object store, give the content hash of the refresh without shards."""
    landing, expected = embedded(tmp_path / "embedded", N_PATIENTS)
    home = spread(deployment, tmp_path / "spread", landing, f'{SETTINGS}data_path = "s3://{BUCKET}/registry"\n')
    assert refreshed(home, deployment.environment) == expected
    assert made(home) == 0


def test_a_killed_worker(
    deployment: Deployment, few: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shard of a worker that is killed is made by another one, if it was not yet; its run is marked as failed."""
    landing, expected = few
    home = spread(deployment, tmp_path / "home", landing)
    killed = deployment.workers["w2"]
    with once(lambda: made(home) >= 3, killed.kill):
        assert refreshed(home, deployment.environment) == expected
    killed.start()
    ends = [run.status for run in shard_runs(home, deployment, monkeypatch)]
    assert set(ends) == {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE}


def test_a_killed_broker(
    deployment: Deployment, few: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis is killed, and comes back without its messages: what was in the queue is asked for again."""
    landing, expected = few
    home = spread(deployment, tmp_path / "home", landing)

    def kill() -> None:
        deployment.redis.kill()
        deployment.redis.start()

    with once(lambda: made(home) >= 3, kill):
        assert refreshed(home, deployment.environment) == expected
    assert len(shard_runs(home, deployment, monkeypatch)) > SHARDS


def test_a_killed_database(
    deployment: Deployment, few: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL is killed and comes back: runs that could not be noted are made again, and the refresh ends."""
    landing, expected = few
    home = spread(deployment, tmp_path / "home", landing)

    def kill() -> None:
        deployment.postgres.kill()
        deployment.postgres.start()

    with once(lambda: made(home) >= 3, kill):
        assert refreshed(home, deployment.environment) == expected
    assert len(shard_runs(home, deployment, monkeypatch)) >= SHARDS
