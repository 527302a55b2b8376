"""Runs the shards of an order: one after the other in this process, in several processes, or as somebody else provides.

A runner is called with the order's address and the shards that are missing, and returns when each was tried. What was
made is seen from the results, so a runner returns nothing, and may run a shard twice or not at all.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from pathlib import Path

from warehouse.shards.make_shard import make_shard
from warehouse.storage.connection import MEMORY_LIMIT
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import home_settings

ShardRunner = Callable[[str, Sequence[int]], None]
"""Called with the address of an order and the shards that are to be made."""
UNIT = "MB"
_chosen: list[ShardRunner] = []


@contextmanager
def shards_run_by(runner: ShardRunner) -> Iterator[None]:
    """While the block runs, have full rebuilds in this process run their shards by this runner."""
    _chosen.append(runner)
    try:
        yield
    finally:
        _chosen.remove(runner)


def runner_of(home: Home) -> ShardRunner:
    """Return the runner that was chosen last (shards_run_by), or else the one that registry.toml asks for."""
    if _chosen:
        return _chosen[-1]
    workers = home_settings(home).shard_workers
    if isinstance(workers, str):  # DAGSTER: the run's resource chooses it (assets/resources.py)
        raise RegistryError("Only a refresh can have Dagster's workers make shards.", "Run `registry refresh`.")
    return in_processes(workers, home.scratch) if workers > 1 else in_turn(home.scratch)


def in_turn(scratch: Path | None = None) -> ShardRunner:
    """Return a runner that makes one shard after the other in this process."""

    def run(order_address: str, shards: Sequence[int]) -> None:
        for shard in shards:
            make_shard(order_address, shard, scratch)

    return run


def in_processes(workers: int, scratch: Path | None = None) -> ShardRunner:
    """Return a runner that makes shards in so many processes of this machine, which share its processors and the memory
    that one refresh may use. A shard whose process dies is missing afterwards.
    """
    memory = f"{int(MEMORY_LIMIT.removesuffix(UNIT)) // workers}{UNIT}"
    threads = max(1, (os.cpu_count() or 1) // workers)

    def run(order_address: str, shards: Sequence[int]) -> None:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(workers, len(shards)), mp_context=context) as pool:
            tasks = [pool.submit(make_shard, order_address, shard, scratch, memory, threads) for shard in shards]
            for task in tasks:
                with suppress(BrokenProcessPool):
                    task.result()

    return run
