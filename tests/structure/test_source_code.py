"""The hash of what makes the tables covers every library that makes rows, estimates or figures."""

from importlib import metadata

import pytest

from warehouse.storage import source_code


@pytest.mark.parametrize("library", [*source_code.LIBRARIES, *source_code.ANALYSED_WITH])
def test_another_version_of_a_library_is_other_code(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade of the library the next refresh makes the tables again."""
    before, version = source_code.making_code(), metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "another" if name == library else version(name))
    source_code.making_code.cache_clear()
    try:
        assert source_code.making_code() != before
    finally:
        source_code.making_code.cache_clear()
