"""Shards of a registry with a key: their workers do not know it, so they are refused."""

import pytest

from tests.warehouse.kit import Kit
from warehouse.archive.archive import Archive
from warehouse.pseudonyms.check_key import check_key
from warehouse.storage.errors import RegistryError


def test_shards_are_refused(keyed: Kit) -> None:
    """With the cure, before a file is taken; without shards the same key is found."""
    assert check_key(keyed.home, Archive(keyed.home)) is not None
    (keyed.home.root / "registry.toml").write_text("shards = 2\n", encoding="utf-8")
    with pytest.raises(RegistryError, match="cannot work in shards") as refused:
        check_key(keyed.home, Archive(keyed.home))
    assert "Remove `shards`" in refused.value.cure
