"""Shards that are exchanged in an object store: moto's S3 server on loopback."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.deploy.store_kit import BUCKET, SECRET, keys
from tests.shards.shards_kit import eventful, here, make, settings
from warehouse.incremental import change_log
from warehouse.shards.exchange import ExchangeHeld, check_exchange, open_orders
from warehouse.shards.files import ExchangeFailed, put_text, reached, remove
from warehouse.shards.make_shard import make_shard
from warehouse.shards.order import NoOrder
from warehouse.storage.home import Home

pytestmark = pytest.mark.long


def files(place: str) -> list[str]:
    """Every object below a place."""
    with duckdb.connect() as con, reached(con, place):
        return [name for (name,) in con.execute(f"FROM glob('{place}/**')").fetchall()]


def test_shards_through_a_store(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table is as without shards. A shard that is there is not made again, one whose object is damaged is; a home
    that does not own the exchange is refused; and of a closed order no object is left.
    """
    for name, value in keys(store).items():
        monkeypatch.setenv(name, value)
    site = eventful(tmp_path / "home")
    place = f"s3://{BUCKET}/registry"
    asked: list[list[int]] = []

    def once_more(address: str, shards: list[int]) -> None:
        asked.append(list(shards))
        here(address, shards)
        assert make_shard(address, 0, threads=1).was_there
        piece = next(name for name in files(f"{address}/made/0") if name.endswith("clean.patients.parquet"))
        with duckdb.connect() as con, reached(con, address):
            con.execute(f"COPY (SELECT 1 AS one) TO '{piece}' (FORMAT parquet)")
        assert not make_shard(address, 0, threads=1).was_there

    with site.build() as con:
        made = make(con, site.home)
        settings(site.home, 2, f'data_path = "{place}"\n')
        check_exchange(site.home)
        change_log.reset_all_watermarks(con)
        assert make(con, site.home, runner=once_more) == made
        assert con.execute("SELECT count(*) FROM duckdb_secrets()").fetchone() == (0,)
    assert asked == [[0, 1]] and open_orders(site.home) == []
    assert files(place) == [f"{place}/shards/home"]
    other = Home(tmp_path / "other").create()
    settings(other, 2, f'data_path = "{place}"\n')
    with pytest.raises(ExchangeHeld, match="Another registry"):
        check_exchange(other)


def test_a_store_that_cannot_be_reached(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket that is not there, and a server that is away, are refused at the start in one line without a key. What
    is removed is what is below a name, and not what only begins with it.
    """
    for name, value in keys(store).items():
        monkeypatch.setenv(name, value)
    home = Home(tmp_path).create()
    settings(home, 2, 'data_path = "s3://no-such-bucket/x"\n')
    with pytest.raises(ExchangeFailed, match="s3://no-such-bucket/x/shards cannot be found") as raised:
        check_exchange(home)
    assert SECRET not in str(raised.value)
    with pytest.raises(NoOrder):
        make_shard(f"s3://{BUCKET}/none", 0)
    with duckdb.connect() as con, reached(con, f"s3://{BUCKET}"):
        for name in ("a", "ab"):
            put_text(con, f"s3://{BUCKET}/{name}/order.json", "x")
        remove(con, f"s3://{BUCKET}/a")
    assert files(f"s3://{BUCKET}/a") == [] and len(files(f"s3://{BUCKET}/ab")) == 1
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ExchangeFailed, match="cannot be found"):
        check_exchange(home)
