"""A deployment of three workers on this machine, and made-up registries for it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from orchestration.instance import DAGSTER_YAML
from tests.deploy.store_kit import keys, object_store
from tests.orchestration.command import CHECKOUT
from tests.scale.services import Postgres, Redis, Service, wait_until, worker
from warehouse.storage.home import Home

WORKERS = ("w1", "w2", "w3")


@dataclass
class Deployment:
    """The servers, and workers by name. All of it runs between tests, too."""

    postgres: Postgres
    redis: Redis
    workers: dict[str, Service]
    environment: dict[str, str]

    def home(self, folder: Path, settings: str) -> Home:
        """A new home whose shards are made by the workers."""
        home = Home(folder).create()
        (home.dagster / "dagster.yaml").write_text(dagster_yaml(), encoding="utf-8")
        (folder / "registry.toml").write_text(settings, encoding="utf-8")
        return home


def opened_from(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process open instances of the deployment, and put back afterwards what that sets."""
    for name in ("DAGSTER_HOME", "REGISTRY_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "0")
    for name, value in deployment.environment.items():
        monkeypatch.setenv(name, value)


def dagster_yaml() -> str:
    """dagster.yaml as a new home has it, with the block of docs/scale.md."""
    page = (CHECKOUT / "docs" / "scale.md").read_text(encoding="utf-8")
    block = page.split("```yaml dagster.yaml\n")[1].split("```")[0]
    return yaml.safe_dump(yaml.safe_load(DAGSTER_YAML) | yaml.safe_load(block))


def postgres_tools() -> Path:
    """The folder of PostgreSQL's programs. Skips the test if a server cannot be started."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found or shutil.which("redis-server") is None:
        pytest.skip("PostgreSQL or Redis is not installed (apt-get install postgresql redis-server)")
    if os.geteuid() != 0 or "postgres" not in {entry.pw_name for entry in pwd.getpwall()}:
        pytest.skip("a PostgreSQL server is started as user postgres, which only root can do")
    return found[-1].parent


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """PostgreSQL, Redis and three workers, beside an object store."""
    tools = postgres_tools()
    with ExitStack() as stack:
        store = stack.enter_context(object_store())
        folder = Path(stack.enter_context(TemporaryDirectory()))
        folder.chmod(0o711)
        (folder / "postgres").mkdir()
        (folder / "dagster").mkdir()
        (folder / "dagster" / "dagster.yaml").write_text(dagster_yaml(), encoding="utf-8")
        postgres, redis = Postgres(folder / "postgres", tools), Redis(folder)
        environment = {
            "REGISTRY_POSTGRES_URL": postgres.address,
            "REGISTRY_BROKER": redis.address,
            "DAGSTER_HOME": str(folder / "dagster"),
            **keys(store),
        }
        workers = {name: worker(name, folder, environment) for name in WORKERS}
        stack.callback(lambda: [one.kill(signal.SIGKILL) for one in (*workers.values(), redis, postgres)])
        for one in (postgres, redis, *workers.values()):
            one.start()
        for name, one in workers.items():
            wait_until(lambda one=one: " ready." in one.said(), f"worker {name}")
        yield Deployment(postgres, redis, workers, environment)
