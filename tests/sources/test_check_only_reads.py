"""Tests that `registry check` only reads: the home stays as it is, no lock matters, no cell is printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from tests.sources.test_mapped_deliveries import CLINIC, ROWS
from tests.structure.checkout import ROOT
from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.storage.lock import refresh_lock

SECRET = "Qwyjibo"
"""Stands in cells of all kinds; no output may hold it."""


@pytest.fixture
def delivered_twice(kit: Kit) -> Kit:
    """A home with one delivery in the archive and several new files, with SECRET in their cells."""
    kit.configure(SITE, CLINIC)
    kit.deliver(SITE, "klinik", "2021.csv", ROWS)
    kit.refresh()
    (kit.home.root / "exceptions.toml").write_text("", encoding="utf-8")
    rows = ROWS.replace("002;m;mwa;5.3.21;1,25;0", f"{SECRET};{SECRET};mwa;{SECRET};{SECRET};{SECRET}")
    kit.deliver(SITE, "klinik", "2022.csv", rows)
    kit.deliver(SITE, "klinik", "2023.csv", "\n".join(rows.splitlines()[1:]))
    kit.deliver(SITE, "klinik", "2024.csv", rows + f"{SECRET};x\n")
    return kit


def state(root: Path) -> dict[str, tuple]:
    """Every file and folder of a home with its bytes, times, rights and number of links."""
    found: dict[str, tuple] = {}
    for path in [root, *sorted(root.rglob("*"))]:
        s = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(root))] = (content, s.st_mtime_ns, s.st_ctime_ns, s.st_mode, s.st_nlink, s.st_ino)
    return found


def run(kit: Kit, *arguments: str) -> tuple[int, str]:
    """Run the command on the kit's home; its exit code and everything that it printed."""
    done = CliRunner().invoke(app, ["check", *arguments, "--home", str(kit.home.root)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


@pytest.mark.long
def test_the_home_stays_as_it_is(
    delivered_twice: Kit, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a byte, time, right or link of the home changes, and nothing is left in the folder of temporary files."""
    kit = delivered_twice
    kit.con.execute("CHECKPOINT")
    before, scratch = state(kit.home.root), tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))  # checks of other people leave the test alone
    run(kit, SITE)
    run(kit, SITE, "--file", "klinik/2022.csv")
    assert state(kit.home.root) == before
    assert list(scratch.iterdir()) == []


@pytest.mark.long
def test_no_cell_is_printed(delivered_twice: Kit) -> None:
    """Values of refused, accepted and set-aside rows, and of a first line that is data, occur in no output."""
    for arguments in ([SITE], [SITE, "--format", "json"], [SITE, "--file", "2023.csv"]):
        code, output = run(delivered_twice, *arguments)
        assert code == 3 and "2023.csv" in output
        assert SECRET not in output and "04.03.2021" not in output


@pytest.mark.long
def test_a_held_lock_and_another_check_do_not_matter(delivered_twice: Kit) -> None:
    """While a refresh holds its lock and its database, two checks at once give the same answer."""
    with refresh_lock(delivered_twice.home), ThreadPoolExecutor(2) as pool:
        command = [sys.executable, "-m", "orchestration.cli.main", "check", SITE, "--format", "json"]
        environment = os.environ | {"REGISTRY_HOME": str(delivered_twice.home.root)}

        def once(_: int) -> subprocess.CompletedProcess[str]:
            return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

        first, second = pool.map(once, range(2))
    assert (first.returncode, first.stderr) == (3, "")
    assert first.stdout == second.stdout and json.loads(first.stdout)["would_load"] is False


@pytest.mark.long
def test_it_needs_neither_home_nor_dagster(tmp_path: Path) -> None:
    """On a clinic's machine, without a home: exit 0, nothing written, no import of Dagster or Great Expectations."""
    site = tmp_path / "lyon" / "rfa_sessions"
    site.mkdir(parents=True)
    (site / "a.csv").write_text(csv_of([row_of("rfa_sessions")]), encoding="utf-8")
    program = (
        "import sys\nfrom orchestration.cli import main\nsys.argv = ['registry', 'check', '.']\n"
        "try:\n    main.run()\nexcept SystemExit as end:\n    code = end.code\n"
        "heavy = {'dagster', 'great_expectations', 'matplotlib', 'lifelines', 'statsmodels'} & set(sys.modules)\n"
        "print(code, sorted(heavy), file=sys.stderr)"
    )
    environment = os.environ | {"REGISTRY_HOME": str(tmp_path / "nowhere"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=site.parent, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == "0 []"
    assert "Check of lyon: everything would load; 0 of 1 rows would be set aside." in done.stdout
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.csv", "lyon", "rfa_sessions"]


@pytest.mark.long
def test_links_are_followed_as_a_refresh_follows_them(kit: Kit, tmp_path: Path) -> None:
    """A link within the site's folder is a file like others; one that leads out is a problem, as in a refresh."""
    (tmp_path / "outside.csv").write_text(f"patient_id\n{SECRET}\n", encoding="utf-8")
    target = kit.deliver(SITE, "patients", "a.csv", "patient_id\nP1\n")
    (target.parent / "b.csv").symlink_to(target)
    (target.parent / "c.csv").symlink_to(tmp_path / "outside.csv")
    code, output = run(kit, SITE, "--format", "json")
    found = json.loads(output)
    assert code == 3 and [file["place"] for file in found["files"]] == ["patients/a.csv", "patients/b.csv"]
    assert [place for place, _ in found["problems"]] == [f"landing/{SITE}/patients/c.csv"]
