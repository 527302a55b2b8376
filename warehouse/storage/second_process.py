"""Runs a second process beside a refresh, on the machine's second core, for pure work that needs slow imports.

The work is a module-level function of plain values, with the same result whether it runs there or here; it opens no
database. The process ends with its parent, however that ends, and prints nothing, since what a library prints could
quote a cell.
"""

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import NoReturn, TypeVar

from warehouse.storage.errors import RegistryError

START_METHOD = "spawn"
"""A fork would inherit the threads' locks of DuckDB and polars."""
GRACE_SECONDS = 10
"""A process that ends by itself releases its semaphores; those of one that is killed are reported as leaked."""
Answer = TypeVar("Answer")

_running: list[ProcessPoolExecutor] = []


@contextmanager
def second_process(prepare: Callable[[], object]) -> Iterator[None]:
    """Make `submit` use another process during the block; it runs `prepare()` while this one goes on."""
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(1, multiprocessing.get_context(START_METHOD), _begin, (prepare,))
    _running.append(pool)
    try:
        pool.submit(os.getpid)  # a pool starts its process when it is given its first work
        yield
    finally:
        _running.remove(pool)
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - before:
            process.join(GRACE_SECONDS)
            process.kill()  # it has nothing that could be lost
            process.join()


def run_in_second_process(function: Callable[..., Answer], *arguments: object) -> Answer:
    """Return `function(*arguments)`, computed by the second process if one runs, else here.

    Raises what the function raises, and RegistryError if the second process has ended.
    """
    return submit(function, *arguments)()


def submit(function: Callable[..., Answer], *arguments: object) -> Callable[[], Answer]:
    """Submit the work and return at once a function that waits for the answer and returns it, or raises.

    Without a second process, the work is done when the answer is first requested.
    """
    if not _running:
        return cache(partial(function, *arguments))
    try:
        return partial(_answer, _running[-1].submit(function, *arguments))
    except BrokenProcessPool:
        return _ended


def collect_rarely() -> None:
    """Run the garbage collector rarely: scanning the libraries' million long-lived objects is wasted work."""
    gc.set_threshold(500_000, 10, 10)


def _answer(future: "Future[Answer]") -> Answer:
    try:
        return future.result()
    except BrokenProcessPool:
        _ended()
    except Exception as error:
        error.__cause__ = None  # the other process's traceback as text, which may quote a cell
        raise


def _ended() -> NoReturn:
    raise RegistryError(
        "The second process of the refresh ended before it returned an answer.",
        "Check whether the machine is short of memory, then run `registry refresh` again.",
    ) from None


def _begin(prepare: Callable[[], object]) -> None:
    """Set up the second process: silence its output, tie it to its parent, and prepare."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    collect_rarely()
    with suppress(Exception):  # the work itself will raise it again
        prepare()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)
