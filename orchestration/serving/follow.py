"""Keeps a process that serves the current release, and replaces it when there is a new one or a query took too long.

The new process opens its release before the old one is ended, so the port is never without an answer; requests that
the old one is answering get a few seconds to finish. If a new release cannot be served, the old one stays, and a line
says so.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.serving.relay import AGAIN, HEAD_BYTES, Relay, Upstream
from warehouse.releases.release import DATABASE, find_folder
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

INSTALLED = Path(__file__).parents[2]
"""The folder of the installed code, which the process imports, never the working folder."""
HOST = "127.0.0.1"
LOOKS_EVERY_SECONDS = 1.0
STARTS_WITHIN_SECONDS = 60
FINISHES_WITHIN_SECONDS = 10.0
ENDS_WITHIN_SECONDS = 5.0
READ_WITHIN_SECONDS = 3600.0
"""How long a result may wait for its client, with the memory that it holds."""
TRIES_AGAIN_AFTER_SECONDS = (1, 2, 5, 15, 60)
NEW_RELEASE = f"The registry serves a new release now. {AGAIN}"
TOO_LONG = (
    "A query took longer than {:g} s, or its result was not read to its end, so the server was started again. "
    f"Narrow yours if it was that one. {AGAIN}"
)
ENDED = f"The server process ended before it had answered. {AGAIN}"

Stamp = tuple[str, int, int]
"""Release id, inode and time of change of its database: an erasure replaces the file and may keep the id."""


def stamp(home: Home) -> Stamp | None:
    """Return what identifies the current release's file; None while there is none that can be opened."""
    try:
        folder = find_folder(home)
        facts = os.stat(folder / DATABASE)
    except (RegistryError, OSError):
        return None
    return folder.name, facts.st_ino, facts.st_mtime_ns


@dataclass
class Serving:
    """A process that serves a release, and what the relay knows of it."""

    process: asyncio.subprocess.Process
    stamp: Stamp
    upstream: Upstream
    is_overdue: bool = False
    listener: asyncio.Task | None = field(default=None, repr=False)

    @property
    def has_ended(self) -> bool:
        """Whether the process is no longer there."""
        return self.process.returncode is not None


async def start(home: Home, now: Stamp, token: str, timeout: float) -> Serving:
    """Start a process that serves the release, and return once it listens. RegistryError if it does not."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "orchestration.serving.process",
        cwd=INSTALLED, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    unread = max(timeout, READ_WITHIN_SECONDS)
    order = {"home": str(home.root), "release_id": now[0], "token": token, "read_within": unread}
    said: dict = {}
    try:
        with suppress(ConnectionError, ValueError, TimeoutError):
            process.stdin.write(json.dumps(order).encode() + b"\n")
            await process.stdin.drain()
            async with asyncio.timeout(STARTS_WITHIN_SECONDS):
                said = json.loads(await process.stdout.readline())
        if "port" not in said:
            raise RegistryError(said.get("error", "The release could not be served: its process ended."))
    except BaseException:
        await _end(process)
        raise
    serving = Serving(process, now, Upstream(said["port"]))
    serving.listener = asyncio.create_task(_listen(serving))
    return serving


async def _listen(serving: Serving) -> None:
    assert serving.process.stdout is not None
    while line := await serving.process.stdout.readline():
        serving.is_overdue |= bool(json.loads(line).get("overdue"))


async def serve(home: Home, port: int, token: str, timeout: float, version: str, say: Callable[[str], None]) -> None:
    """Serve the current release on `port` of the loopback address until cancelled, and follow `current`.

    RegistryError if the port is in use, nothing has been released, or the first release cannot be served.
    """
    relay = Relay(HOST, version)
    try:
        server = await asyncio.start_server(relay.answer, HOST, port, limit=HEAD_BYTES)
    except OSError:
        raise RegistryError(f"Port {port} is in use.", "Choose another with --port.") from None
    serving: Serving | None = None
    try:
        async with server:
            find_folder(home)  # says what is wrong if there is none
            serving = await start(home, _required(stamp(home)), token, timeout)
            relay.upstream = serving.upstream
            say(f"Serving {serving.stamp[0]} at quack:{HOST}:{port} (Ctrl-C stops it)")
            while True:
                await asyncio.sleep(LOOKS_EVERY_SECONDS)
                serving.is_overdue |= serving.upstream.longest() > timeout
                if why := _why_replace(serving, now := stamp(home), timeout):
                    serving = await _replaced(serving, now or serving.stamp, why, relay, (home, token, timeout), say)
    finally:
        if serving is not None:
            await _end(serving.process)


def _required(now: Stamp | None) -> Stamp:
    if now is None:
        raise RegistryError("The current release has no database that can be read.", "Run `registry verify`.")
    return now


def _why_replace(serving: Serving, now: Stamp | None, timeout: float) -> str:
    """Return what clients are told why the process is replaced; '' if it is not."""
    if serving.has_ended:
        return ENDED
    if serving.is_overdue:
        return TOO_LONG.format(timeout)
    return NEW_RELEASE if now is not None and now != serving.stamp else ""


async def _replaced(
    old: Serving, now: Stamp, why: str, relay: Relay, how: tuple[Home, str, float], say: Callable[[str], None]
) -> Serving:
    """Start a new process, hand the relay over to it and end the old one. Tries again until one starts."""
    home, token, timeout = how
    old.upstream.ended_because = why
    if old.is_overdue:
        await _end(old.process)
    for attempt in range(sys.maxsize):
        try:
            new = await start(home, now, token, timeout)
            break
        except RegistryError as error:
            say(f"Notice   {now[0]} cannot be served: {error} The server tries again.")
        await asyncio.sleep(TRIES_AGAIN_AFTER_SECONDS[min(attempt, len(TRIES_AGAIN_AFTER_SECONDS) - 1)])
        now = stamp(home) or now
    relay.upstream = new.upstream
    say(f"Serving {new.stamp[0]}" + ("" if new.stamp != old.stamp else f" again: {why}"))
    with suppress(TimeoutError):
        async with asyncio.timeout(FINISHES_WITHIN_SECONDS):
            while old.upstream.began and not old.has_ended:
                await asyncio.sleep(LOOKS_EVERY_SECONDS / 10)
    await _end(old.process)
    return new


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close the process's standard input, which ends it; kill it if it does not end in time."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(ENDS_WITHIN_SECONDS):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
