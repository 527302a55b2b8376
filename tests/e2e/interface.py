"""Starts `registry ui` as a user does, queries it over GraphQL as the interface does, waits for it and kills it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.orchestration.command import CHECKOUT
from warehouse.storage.home import Home

LIMIT_SECONDS = 600
RUNS = """{ runsOrError(limit: 50) { ... on Runs { results {
    runId status endTime jobName tags { key value } assetSelection { path } } } } }"""
ASSETS = """query ($keys: [AssetKeyInput!]) { assetNodes(assetKeys: $keys) {
    assetKey { path } latestMaterialization: assetMaterializations(limit: 1) { runId timestamp
        metadataEntries { label ... on TextMetadataEntry { text } } } } }"""
SENSORS = """query ($after: Float!) { sensorsOrError(repositorySelector: {
    repositoryName: "__repository__", repositoryLocationName: "orchestration.definitions"}) {
    ... on Sensors { results { name sensorState {
        status ticks(limit: 5, afterTimestamp: $after) { status timestamp skipReason } } } } } }"""
CHECKS = """query ($key: AssetKeyInput!) { assetNodes(assetKeys: [$key]) { assetChecksOrError { ... on AssetChecks {
    checks { name executionForLatestMaterialization { status evaluation {
        success description metadataEntries { label ... on TextMetadataEntry { text } } } } } } } } }"""


class Interface:
    """A running `registry ui`."""

    def __init__(self, home: Home, **environment: str):
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("REGISTRY_", "DAGSTER_"))},
            "REGISTRY_QUIET_SECONDS": "1",
            "REGISTRY_WATCH_SECONDS": "2",  # the daemon asks its sensors every five seconds, and then asks all
            **environment,
        }
        self.log = home.root.parent / f"ui-{self.port}.log"
        self.process: subprocess.Popen | None = None
        self.started = 0.0

    def __enter__(self) -> Interface:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it answers and its sensors have looked."""
        words = ["-m", "orchestration.cli.main", "ui", "--home", str(self.home.root), "--port", str(self.port)]
        self.started = time.time()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *words],
                cwd=CHECKOUT, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.wait(lambda: self.ticks("automation") and self.ticks("deliveries"), "the sensors' first ticks")

    def stop(self) -> None:
        """Stop it as Ctrl-C does, and kill what still runs after a while."""
        assert self.process is not None
        for how, seconds in ((signal.SIGINT, 20), (signal.SIGKILL, 20)):
            try:
                os.killpg(self.process.pid, how)
                self.process.wait(seconds)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self.kill_all()

    def end(self, how: str) -> None:
        """Stop it by `Ctrl-C`, which reaches each of its processes, or by SIGTERM to the one that was started; wait
        until all have ended, which must take less than a minute."""
        assert self.process is not None
        if how == "Ctrl-C":
            os.killpg(self.process.pid, signal.SIGINT)
        else:
            self.process.terminate()
        self.process.wait(60)
        end = time.monotonic() + 60
        while self.pids():
            assert time.monotonic() < end, self.log.read_text()[-3000:]
            time.sleep(0.5)

    def kill_all(self) -> None:
        """Send SIGKILL to all its processes, including code servers and runs."""
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self.process is not None:
            self.process.wait(20)

    def pids(self) -> list[int]:
        """The ids of its processes, found by the home in their environment, without this one."""
        mark = f"REGISTRY_HOME={self.home.root}\0".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if int(folder.name) != os.getpid() and mark in (folder / "environ").read_bytes() + b"\0":
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Run a GraphQL query and return its data."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = json.load(answer)
        assert "errors" not in content, content["errors"]
        return content["data"]

    def wait(self, until: Callable[[], Any], what: str, seconds: float = LIMIT_SECONDS) -> Any:
        """Return what `until` returns as soon as it is true; fail with the end of the log if that never happens."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if found := until():
                    return found
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert self.process is None or self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.5)
        raise AssertionError(f"Not within {seconds:.0f} s: {what}.\n{self.log.read_text()[-3000:]}")

    def runs(self) -> list[dict[str, Any]]:
        """The runs, newest first, each with its tags as a dict."""
        found = self.ask(RUNS)["runsOrError"]["results"]
        return [run | {"tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]

    def made_in(self, *keys: str) -> dict[str, str]:
        """The run in which each asset (schema.table) was last made."""
        return {name: made["runId"] for name, made in self._latest(*keys).items()}

    def made_anew(self, *keys: str) -> set[str]:
        """Those of the assets (schema.table) that were computed, and not kept, in the run that last made them."""
        said = {
            name: {entry["label"]: entry.get("text") for entry in made["metadataEntries"]}.get("made_anew")
            for name, made in self._latest(*keys).items()
        }
        assert set(said.values()) <= {"yes", "no: nothing that it reads has changed"}, said
        return {name for name, words in said.items() if words == "yes"}

    def _latest(self, *keys: str) -> dict[str, dict[str, Any]]:
        nodes = self.ask(ASSETS, keys=[{"path": k.split(".")} for k in keys])["assetNodes"]
        return {".".join(node["assetKey"]["path"]): node["latestMaterialization"][0] for node in nodes}

    def ticks(self, sensor: str) -> list[dict[str, Any]]:
        """The newest ticks of a sensor since it was started, without one that still runs: it has said nothing yet."""
        answer = self.ask(SENSORS, after=self.started)["sensorsOrError"].get("results", [])
        found = next((s["sensorState"]["ticks"] for s in answer if s["name"] == sensor), [])
        return [tick for tick in found if tick["status"] != "STARTED"]

    def checks(self, key: str) -> dict[str, dict[str, Any]]:
        """The newest evaluation of each check of an asset (schema.table)."""
        (node,) = self.ask(CHECKS, key={"path": key.split(".")})["assetNodes"]
        found = node["assetChecksOrError"]["checks"]
        return {check["name"]: check["executionForLatestMaterialization"] or {} for check in found}
