"""The page docs/sources/places.md is executed: its files lie in a bucket, and its commands say what the page says."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from orchestration.cli import main
from tests.deploy.store_kit import guard, object_store, user_with
from tests.docs.test_source_pages import FENCE
from tests.structure.checkout import ROOT
from tests.warehouse.kit import new_kit
from warehouse.pulls.places import place, place_pull, s3
from warehouse.sources.source_settings import SourceSettings
from warehouse.storage.packed_folder import IGNORED_SUFFIXES

PAGE = ROOT / "docs" / "sources" / "places.md"
SITE, BUCKET, READ, LIST = "clinic-a", "clinic-a", "s3:GetObject", "s3:ListBucket"


@pytest.fixture
def store() -> Iterator[str]:
    """The address of an S3 server."""
    with object_store() as address:
        yield address


@pytest.mark.long
def test_the_page_is_what_happens(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the site.toml and the key's file to a key without rights: each command gives what stands below it."""
    blocks = FENCE.findall(PAGE.read_text(encoding="utf-8"))
    client = s3.client_of(("a-key", "a-secret"), store, s3.REGION)
    client.create_bucket(Bucket=BUCKET)
    keys = {name: _key(store, name, *rights) for name, rights in {"both": (LIST, READ), "list": (LIST,)}.items()}
    with new_kit(tmp_path / "home") as kit:
        monkeypatch.setenv("REGISTRY_HOME", str(kit.home.root))
        for at, (language, said, text) in enumerate(blocks):
            if (language, said) == ("toml", f"landing/{SITE}/site.toml"):
                kit.configure(SITE, text.replace("https://s3.clinic.example", store))
            elif language == "csv":
                client.put_object(Bucket=BUCKET, Key=said, Body=text.encode())
            elif language == "sh":
                subprocess.run(["sh", "-e", "-c", text], input=keys["both"], text=True, check=True)
            elif language == "console":
                if said.startswith("deny"):
                    (kit.home.root / "tokens" / SITE / "ehr").write_text(keys["list"])
                guard(store, on=True)
                _commands(text)
                guard(store, on=False)
            elif language == "sql":
                kit.refresh()
                assert kit.problems == []
                rows = [" | ".join(map(str, row)) for row in kit.tuples(text)]
                assert ("result", rows) == (blocks[at + 1][0], blocks[at + 1][2].splitlines())
    client.close()


def _key(store: str, name: str, *rights: str) -> str:
    made = user_with(store, name, *rights, bucket=BUCKET)
    return f"{made['AWS_ACCESS_KEY_ID']}:{made['AWS_SECRET_ACCESS_KEY']}"


def _commands(text: str) -> None:
    """Each command prints the lines below it; one that ends with a problem prints them all the same."""
    for block in re.split(r"^\$ registry ", text, flags=re.M)[1:]:
        command, _, shown = block.partition("\n")
        done: Any = CliRunner().invoke(main.app, command.split())
        problems = [line for line in done.stderr.splitlines() if line.startswith("Problem")]
        assert [*done.stdout.splitlines(), *problems] == shown.splitlines()
        assert (done.exit_code != 0) == bool(problems)


def test_the_figures_on_the_page_are_those_of_the_code() -> None:
    """Bounds, pauses, what is passed over and the default region are as the page says."""
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    for said in (
        f"default {SourceSettings().most_megabytes:,}.",
        f"more than {place.MOST_FILES:,} files",
        f"leaves {place_pull.LEAST_FREE_BYTES // place_pull.MEGABYTE} MB of the disk free",
        f"two looks {place_pull.LOOKS_APART_SECONDS} seconds apart",
        f"default `{s3.REGION}`",
        f"({', '.join(f'`{one}`' for one in IGNORED_SUFFIXES)})",
    ):
        assert said in text
