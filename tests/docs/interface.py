"""Starts a web server for a home and a browser, and walks over the pages of the interface.

The browser is Debian's chromium.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHECKOUT = Path(__file__).parents[2]
STARTS_WITHIN_SECONDS = 300
APPEARS_WITHIN_MS = 90_000
SETTLES_MS = 3_000
"""Until lines and numbers stand still: the interface asks for them one after the other."""
SIZE = {"width": 1500, "height": 860}


@dataclass(frozen=True)
class Stop:
    """One page of the walk: what its picture is called, where it is, and what shows that it is there."""

    name: str
    path: str
    sign: str
    act: Callable[[Page], None] = lambda page: None


def _open_picture(page: Page) -> None:
    page.get_by_text("[Show Markdown]").first.click()
    page.wait_for_selector('img[src^="data:image/png"]', timeout=APPEARS_WITHIN_MS)


def _to_columns(page: Page) -> None:
    page.get_by_placeholder("Filter columns").fill("ltpfs")
    page.get_by_text("ltpfs_months", exact=True).last.scroll_into_view_if_needed()


WALK = (
    Stop("lineage", "/asset-groups", "release"),
    Stop("ltpfs", "/assets/derived/patient_ltpfs", "LTP and LTPFS of each patient"),
    Stop("ltpfs-columns", "/assets/derived/patient_ltpfs", "In the exports", _to_columns),
    Stop("kaplan-meier", "/assets/analysis/km_curve", "[Show Markdown]", _open_picture),
    Stop("checks", "/assets/derived/time_to_event?view=checks", "OUT_01"),
)


def chromium() -> str | None:
    """Debian's chromium; None where it is not installed."""
    return shutil.which("chromium")


@contextmanager
def interface(home: Path) -> Iterator[str]:
    """`registry ui` for the home; its address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "orchestration.cli.main", "ui", "--home", str(home), "--port", str(port)]
    with open(home / "ui.log", "wb") as log:
        server = subprocess.Popen(command, cwd=CHECKOUT, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, server)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait_for(address: str, server: subprocess.Popen) -> None:
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, "the interface ended before it answered"
        try:
            with urllib.request.urlopen(f"{address}/server_info", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError("the interface did not answer")


def walk(address: str, see: Callable[[Stop, Page], None]) -> None:
    """Open every page of the walk and have it seen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        for stop in WALK:
            page.goto(address + stop.path)
            page.get_by_text(stop.sign).first.wait_for(timeout=APPEARS_WITHIN_MS)
            stop.act(page)
            page.wait_for_timeout(SETTLES_MS)
            see(stop, page)
        browser.close()
