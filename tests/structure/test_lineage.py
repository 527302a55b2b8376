"""warehouse/lineage.json is what the SQL says."""

import json

import pytest

from warehouse import lineage


@pytest.fixture(scope="module")
def kept() -> dict:
    """The committed file."""
    return json.loads(lineage.KEPT.read_text(encoding="utf-8"))


def test_fingerprint_fits(kept: dict) -> None:
    """The file was made from the SQL as it stands (`make lineage` renews it)."""
    assert kept["fingerprint"] == lineage.fingerprint()


def test_kept_lineage_is_what_parsing_gives(kept: dict) -> None:
    """Parsing every SELECT again gives the committed lineage."""
    parsed = {
        table: {name: [list(pair) for pair in pairs] for name, pairs in columns.items()}
        for table, columns in lineage.parse_all().items()
    }
    assert kept["tables"] == parsed


def test_edited_sql_is_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the fingerprint does not fit, the kept answer is not used."""
    monkeypatch.setattr(lineage, "fingerprint", lambda: "another")
    monkeypatch.setattr(lineage, "parse_all", lambda: {"parsed": {}})
    lineage.lineage.cache_clear()
    try:
        assert lineage.lineage() == {"parsed": {}}
    finally:
        lineage.lineage.cache_clear()
