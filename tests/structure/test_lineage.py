"""Tests that warehouse/lineage/lineage.json matches the SQL."""

import json

import pytest

from warehouse.lineage import table_lineage


@pytest.fixture(scope="module")
def kept() -> dict:
    """The committed file."""
    return json.loads(table_lineage.KEPT.read_text(encoding="utf-8"))


def test_fingerprint_fits(kept: dict) -> None:
    """The file was made from the SQL as it stands (`make lineage` renews it)."""
    assert kept["fingerprint"] == table_lineage.fingerprint()


@pytest.mark.long
def test_kept_lineage_is_what_parsing_gives(kept: dict) -> None:
    """Parsing every SELECT again gives the committed lineage."""
    parsed = {
        table: {name: [list(pair) for pair in pairs] for name, pairs in columns.items()}
        for table, columns in table_lineage.parse_all().items()
    }
    assert kept["tables"] == parsed


def test_edited_sql_is_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the fingerprint does not fit, the kept answer is not used."""
    monkeypatch.setattr(table_lineage, "fingerprint", lambda: "another")
    monkeypatch.setattr(table_lineage, "parse_all", lambda: {"parsed": {}})
    table_lineage.lineage.cache_clear()
    try:
        assert table_lineage.lineage() == {"parsed": {}}
    finally:
        table_lineage.lineage.cache_clear()
