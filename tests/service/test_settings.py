"""registry.toml says what the tables of the service count; a change of mind is a refresh, a slip a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.published_files import INDEX_STUDY
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import CENTRES, FILE, OPERATORS, HomeSettings, home_settings, write_settings


def said(root: Path, text: str) -> str:
    """What the settings refuse."""
    (root / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError) as refused:
        home_settings(Home(root))
    return str(refused.value)


def test_centres_are_counted_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    """Without the setting the tables are made, without operators; each word is read back."""
    assert home_settings(Home(tmp_path)).service == CENTRES
    for word in ("centres", "operators", "off"):
        (tmp_path / FILE).write_text(f'service = "{word}"\n', encoding="utf-8")
        assert home_settings(Home(tmp_path)).service == word


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('service = "centers"', "service is none of centres, operators, off. Is it centres?"),
        ('service = "Operator"', "service is none of centres, operators, off. Is it operators?"),
        ('service = "everything"', "service is none of centres, operators, off."),
        ("service = true", "service is none of centres, operators, off."),
        ('servce = "off"', "has an unknown setting: servce. Is it service?"),
        ("querydays = 3", "has an unknown setting: querydays. Is it query_days?"),
    ],
)
def test_a_slip_is_refused_with_the_nearest_name(tmp_path: Path, text: str, sentence: str) -> None:
    """One sentence names the file, what is wrong, what was probably meant, and the cure."""
    found = said(tmp_path, text)
    assert FILE in found and sentence in found
    assert found.rstrip().endswith(('Write it like service = "centres".', "shard_workers, free_text, keep_originals."))


def test_what_a_rebuild_writes_is_read_back(tmp_path: Path) -> None:
    """Only what changes the tables is written, and a file that is there stays."""
    home = Home(tmp_path)
    write_settings(home, HomeSettings())
    assert not (tmp_path / FILE).exists()
    write_settings(home, HomeSettings(replication=INDEX_STUDY, service=OPERATORS))
    assert home_settings(home) == HomeSettings(replication=INDEX_STUDY, service=OPERATORS)
    write_settings(home, HomeSettings(service="off"))
    assert home_settings(home).service == OPERATORS
