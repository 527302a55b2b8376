"""Starts and kills what several workers need: PostgreSQL, Redis, Celery's workers, Dagster's daemon."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.orchestration.command import CHECKOUT

BIN = Path(sys.executable).parent
READY_SECONDS = 120


def free_port() -> int:
    """A port of loopback that nobody listens to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answers(port: int) -> bool:
    """Whether somebody listens to the port of loopback."""
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex(("127.0.0.1", port)) == 0


def wait_until(is_so: Callable[[], object], what: str, seconds: float = READY_SECONDS) -> None:
    """Wait until `is_so()`; fail, and say `what`, if that takes too long."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not within {seconds:.0f} seconds: {what}"
        time.sleep(0.2)


class Service:
    """A process with its children, whose output goes to a file. It can be started again after it was killed."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str] | None = None) -> None:
        self.log = log
        self._command, self._environment = command, environment or {}
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start the process in a group of its own, with nothing of REGISTRY_* or DAGSTER_* but its own."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("REGISTRY_", "DAGSTER_"))}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=CHECKOUT,
                env=kept | self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the process and its children, by default at once, as if the machine had failed."""
        if self._process is not None:
            if self._process.poll() is None:
                os.killpg(self._process.pid, how)
            self._process.wait(READY_SECONDS)
            self._process = None

    def said(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


class Redis(Service):
    """A broker that keeps nothing on disk: a kill loses every message."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
        super().__init__(command, folder / "redis.log")

    @property
    def address(self) -> str:
        """What REGISTRY_BROKER is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        super().start()
        wait_until(lambda: answers(self.port), "Redis")


class Postgres(Service):
    """A cluster of user postgres in a folder of its own."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self.port = free_port()
        self._data = folder / "data"
        runuser = [str(shutil.which("runuser")), "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
        made = [*runuser, str(tools / "initdb"), "--auth=trust", "--encoding=UTF8", "-D", str(self._data)]
        subprocess.run(made, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        options = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]
        super().__init__([*runuser, str(tools / "postgres"), "-D", str(self._data), *options], folder / "log")

    @property
    def address(self) -> str:
        """What REGISTRY_POSTGRES_URL is."""
        return f"postgresql+psycopg2://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, again if what a killed server left is still ending, and wait until it lets somebody in."""
        psql = ["psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-c", "SELECT 1"]

        def lets_in() -> bool:
            if self._process is None or self._process.poll() is not None:
                super(Postgres, self).start()
            return subprocess.run(psql, capture_output=True).returncode == 0

        wait_until(lets_in, "PostgreSQL")


def worker(name: str, folder: Path, environment: dict[str, str]) -> Service:
    """A Celery worker that makes one shard at a time, as docs/scale.md starts it."""
    words = [
        "--app",
        "assets.shards.worker",
        "worker",
        "--concurrency",
        "1",
        "--hostname",
        f"{name}@%h",
        "--loglevel",
        "INFO",
    ]
    return Service([str(BIN / "celery"), *words], folder / f"{name}.log", environment)
