"""Starts `registry explore` for a home, and a browser at it; takes the pictures of the docs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.docs.interface import CHECKOUT, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
COHORT = "/?keep=patients.max_diameter_mm:..30&drop=patients.kras:unknown&endpoint=LTPFS&by=kras"
MODEL = (
    "/?keep=patients.kras:mutant|wild_type&drop=patients.extrahepatic_disease:yes&part=model&with=kras"
    "&with=max_diameter_mm:per:5&with=cea_ng_ml:log:2&within=site&by=kras"
)
PICTURES = {
    "explore": (DESKTOP, COHORT),
    "explore-model": (DESKTOP, MODEL),
    "explore-lesion": (DESKTOP, "/lesion?keep=lesions.ltp:true&n=7"),
    "explore-phone": (PHONE, COHORT),
}
"""Picture of docs/pictures/explore -> size of the window and page."""


@contextmanager
def explored(home: Path, *words: str) -> Iterator[str]:
    """`registry explore`, or the command of these words; the address that it prints, key and all, once it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "orchestration.cli.main", *(words or ("explore",))]
    command += ["--home", str(home), "--port", str(port)]
    server = subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert server.stderr is not None
    try:
        said = server.stderr.readline()
        assert said.startswith("Opening http://127.0.0.1:"), said
        yield said.split()[1]
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        server.stderr.close()


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()


def take(home: Path, folder: Path) -> None:
    """Write the pictures of the pages into the folder."""
    from tests.docs.pictures import small

    folder.mkdir(exist_ok=True)
    with explored(home) as address, browser() as opened:
        for name, (size, link) in PICTURES.items():
            page = opened.new_context(viewport=size).new_page()  # type: ignore[arg-type]
            page.goto(address)
            page.goto(address.split("/?")[0] + link)
            page.wait_for_timeout(500)
            (folder / f"{name}.png").write_bytes(small(page.screenshot()))


QUESTIONS = ("questions", "index-study", "--page")
RULE = "LES-03"
"""The question of this rule is shown."""


def take_questions(home: Path, folder: Path) -> None:
    """Write the picture of a question into the folder; the home, which is the demonstration study's, is asked it."""
    from tests.docs.pictures import small
    from tests.orchestration.command import run_here

    folder.mkdir(exist_ok=True)
    with TemporaryDirectory() as own:
        asked = Path(own) / "home"
        shutil.copytree(home, asked, symlinks=True)
        by = ("--by", "A. Miller")
        assert run_here(asked, "queries", "index-study", "--out", f"{own}/asked.xlsx", *by).code == 0
        (line,) = [line for line in run_here(asked, "questions").text.splitlines() if f" {RULE} " in line]
        question = line.split()[0]
        said = ("--assign", "B. Wong", "--say", "Please look at the MR report.")
        assert run_here(asked, "question", question, *said, *by).code == 0
        with explored(asked, *QUESTIONS) as address, browser() as opened:
            page = opened.new_context(viewport=DESKTOP).new_page()  # type: ignore[arg-type]
            page.goto(address)
            page.goto(f"{address.split('/?')[0]}/question/{question}")
            (folder / "question.png").write_bytes(small(page.screenshot(full_page=True)))
