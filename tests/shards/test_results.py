"""A shard's result counts once, whole, however often and by whomever it is made."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from tests.shards.conftest import SHARDS, Ordered
from tests.shards.shards_kit import make_clean
from tests.structure.checkout import ROOT
from tests.variants import quick
from warehouse.incremental import change_log
from warehouse.shards.gather import AGAIN, ShardsMissing
from warehouse.shards.make_shard import BY_SCRATCH, make_shard
from warehouse.shards.result import find_result
from warehouse.shards.runner import in_processes, runner_of, shards_run_by
from warehouse.storage.errors import RegistryError

KILLED = """
import os, signal, sys
from warehouse.shards import make_shard
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
setattr(make_shard, sys.argv[1], die)
make_shard.make_shard(sys.argv[2], 0, threads=1)
"""
STEPS = ["put_result", "_make_tables", "_write", "_take_rows"]
"""Steps of a shard, before which it is killed: its last first."""


def files(folder: str) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def manifest(ordered: Ordered, shard: int) -> Path:
    """The file that makes a shard's result count."""
    return Path(ordered.address) / "made" / f"{shard}.json"


def test_a_shard_that_is_made_is_not_made_again(kept_order: Ordered) -> None:
    """Whoever takes it finds a whole result, says how many rows it has, and writes nothing."""
    before = files(kept_order.address)
    again = make_shard(kept_order.address, 0)
    assert again.was_there and again.rows["clean.rfa_sessions"] > 0
    assert files(kept_order.address) == before
    other = make_shard(kept_order.address, 1)
    with kept_order.site.build() as con:
        whole = con.execute("SELECT count(*) FROM clean.rfa_sessions").fetchone()
    assert whole == (again.rows["clean.rfa_sessions"] + other.rows["clean.rfa_sessions"],)


@pytest.mark.parametrize("damage", quick(1, ["a byte", "a file", "the manifest", "another fingerprint"]))
def test_a_damaged_result_is_made_again(ordered: Ordered, damage: str) -> None:
    """A changed byte, a lost file, a manifest that cannot be read or that is of another order: the shard is made again,
    and has the same rows.
    """
    before = make_shard(ordered.address, 0).rows
    held = json.loads(manifest(ordered, 0).read_text())
    piece = Path(ordered.address) / held["pieces"]["clean.patients"]["file"]
    if damage == "a byte":
        content = bytearray(piece.read_bytes())
        content[len(content) // 2] ^= 1
        piece.write_bytes(content)
    elif damage == "a file":
        piece.unlink()
    elif damage == "the manifest":
        manifest(ordered, 0).write_text('{"fingerprint":')
    else:
        manifest(ordered, 0).write_text(json.dumps(held | {"fingerprint": "x"}))
    made = make_shard(ordered.address, 0, threads=1)
    assert not made.was_there and made.rows == before
    assert make_shard(ordered.address, 0).was_there


@pytest.mark.long
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_shard_counts_for_nothing(ordered: Ordered, step: str, tmp_path: Path) -> None:
    """SIGKILL at any step leaves files that nobody reads; the next attempt makes the shard, clears away what the killed
    one had spilled, and closing the order clears away the rest.
    """
    manifest(ordered, 0).unlink()
    shutil.rmtree(Path(ordered.address) / "made" / "0")
    run = [sys.executable, "-c", KILLED, step, ordered.address]
    ended = subprocess.run(run, cwd=ROOT, env={"TMPDIR": str(tmp_path)}, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    with duckdb.connect() as con:
        from warehouse.shards.order import read_order

        assert find_result(con, read_order(con, ordered.address), 0) is None
    spilled = list(tmp_path.glob(f"{BY_SCRATCH}*"))
    assert len(spilled) == 1
    if step == STEPS[0]:  # then all of its files are there
        assert len(list((Path(ordered.address) / "made" / "0").rglob("*.parquet"))) > 20
        assert not make_shard(ordered.address, 0, scratch=tmp_path, threads=1).was_there
        assert not list(tmp_path.glob(f"{BY_SCRATCH}*"))


@pytest.mark.long
def test_a_shard_that_is_made_twice_at_once(ordered: Ordered) -> None:
    """Both attempts write files of their own, and one of the two results counts, which is whole."""
    manifest(ordered, 0).unlink()
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: make_shard(ordered.address, 0, threads=1), range(2)))
    assert made[0].rows == made[1].rows
    assert make_shard(ordered.address, 0).was_there


def test_what_is_missing_is_named_and_nothing_is_taken(ordered: Ordered) -> None:
    """A runner that leaves a shard out: the refresh names it and how to go on, and the tables are as before. So it is
    with a result that is damaged after it was made.
    """
    manifest(ordered, 1).unlink()
    asked: list[tuple[str, list[int]]] = []
    with ordered.site.build() as con:
        before = con.execute("SELECT count(*) FROM clean.rfa_sessions").fetchone()
        change_log.reset_all_watermarks(con)
        with pytest.raises(ShardsMissing, match=r"Of 2 shards in .* these are not made: 1\.") as raised:
            make_clean(con, ordered.home, runner=lambda address, shards: asked.append((address, list(shards))))
        assert asked == [(ordered.address, [1])] and raised.value.cure == AGAIN
        assert con.execute("SELECT count(*) FROM clean.rfa_sessions").fetchone() == before
        assert change_log.watermark(con, change_log.CLEAN) is None


@pytest.mark.long
def test_processes_make_shards(ordered: Ordered) -> None:
    """Two processes make what is missing; one that dies leaves its shard missing, and raises nothing itself."""
    for shard in range(SHARDS):
        manifest(ordered, shard).unlink()
    in_processes(2)(ordered.address, range(SHARDS))
    assert make_shard(ordered.address, 0).was_there and make_shard(ordered.address, 1).was_there
    with pytest.raises(RegistryError, match="There is no work order"):
        in_processes(2)(f"{ordered.address}-gone", range(SHARDS))


def test_who_runs_shards_can_be_chosen(kept_order: Ordered) -> None:
    """While a block runs, refreshes in this process have their shards run by what it names; else by what the home's
    settings say.
    """
    asked: list[int] = []
    with shards_run_by(lambda _, shards: asked.extend(shards)):
        runner_of(kept_order.home)("an address", [1, 2])
    assert asked == [1, 2]
    runner_of(kept_order.home)(kept_order.address, [0])
    assert asked == [1, 2]
