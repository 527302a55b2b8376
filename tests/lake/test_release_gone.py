"""A release that upkeep removes while somebody reads it is named as gone, with the cure."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.lake.address import lake_address
from warehouse.lake.connection import LAKE, attach, connected
from warehouse.lake.words import LakeRefused


def test_a_release_that_is_gone_says_so(tmp_path) -> None:
    """A snapshot that is not there any more is refused in words, not by the kind of DuckDB's exception."""
    address = lake_address({"REGISTRY_WAREHOUSE": f"ducklake:duckdb:{tmp_path / 'catalogue.ducklake'}"})
    assert address is not None
    with pytest.raises(LakeRefused, match="no longer in the lake.*removed it meanwhile"), connected(address, {}) as con:
        attach(con, address, f"DATA_PATH '{tmp_path / 'files'}'")
        con.execute(f"CREATE TABLE {LAKE}.t AS SELECT 1 AS n; INSERT INTO {LAKE}.t VALUES (2)")
        con.execute(f"CALL ducklake_expire_snapshots('{LAKE}', versions => [1])")
        with pytest.raises(duckdb.Error, match="No snapshot found at version"):
            con.execute(f"FROM {LAKE}.t AT (VERSION => 1)")
        con.execute(f"FROM {LAKE}.t AT (VERSION => 1)")
