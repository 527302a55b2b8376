"""The pages of docs/sources/ are executed: their files are delivered with their site.toml, and give what they show."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.structure.checkout import ROOT
from tests.warehouse.kit import Kit, new_kit

PAGES = sorted((ROOT / "docs" / "sources").glob("*.md"))
FENCE = re.compile(r"^```(\w+)[ ]?(.*?)\n(.*?)^```$", re.M | re.S)
FILES = ("csv", "tsv", "xlsx", "sav", "json")
SITE = "north"


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, what follows it on the line, and its text."""

    language: str
    said: str
    text: str


def _examples(page: Path) -> list[list[Block]]:
    """The page's blocks, one list for each site.toml and what belongs to it."""
    found: list[list[Block]] = []
    for language, said, text in FENCE.findall(page.read_text(encoding="utf-8")):
        block = Block(language, said, text)
        if (language, said) == ("toml", "site.toml"):
            found.append([])
        if found:
            found[-1].append(block)
    return found


EXAMPLES = [
    pytest.param(blocks, id=f"{page.stem} {number}")
    for page in PAGES
    for number, blocks in enumerate(_examples(page), start=1)
]


def test_every_door_has_an_example() -> None:
    """There are pages, and all but the index show an example."""
    doors = {"tables", "redcap", "castor", "fhir", "maf", "vcf", "cbioportal"}
    assert {page.stem for page in PAGES if _examples(page)} >= doors


@pytest.mark.long
@pytest.mark.parametrize("blocks", EXAMPLES)
def test_the_page_is_what_happens(blocks: list[Block], tmp_path: Path) -> None:
    """The files load as the page says, and each query has the result that stands below it."""
    with new_kit(tmp_path / "home") as kit:
        kit.configure(SITE, blocks[0].text)
        for block in blocks:
            if block.language in FILES:
                _deliver(kit, block)
        kit.refresh()
        assert kit.problems == []
        queries = [(a, b) for a, b in zip(blocks, blocks[1:], strict=False) if a.language == "sql"]
        assert queries
        for query, result in queries:
            assert result.language == "result"
            rows = [" | ".join("NULL" if c is None else str(c) for c in row) for row in kit.tuples(query.text)]
            assert rows == result.text.splitlines(), query.text


def _deliver(kit: Kit, block: Block) -> None:
    """Write the block's file into the site's folder; a workbook, an SPSS file and a ZIP are made of its lines."""
    name, options = re.fullmatch(r"(.*?\.\w+)((?: \w+=\S+)*)", block.said).groups()  # type: ignore[union-attr]
    said = dict(re.findall(r"(\w+)=(\S+)", options))
    path = kit.home.landing / SITE / name
    if path.parent.suffix == ".zip":
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path.parent, "a") as packed:
            packed.writestr(path.name, block.text)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if block.language in ("csv", "tsv", "json"):
        path.write_bytes(block.text.encode(said.get("encoding", "utf-8")))
    elif block.language == "xlsx":
        _write_workbook(path, block.text, said["sheet"])
    else:
        _write_spss(path, block.text, said["labels"])


def _cells(text: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text), delimiter=";")]


def _write_workbook(path: Path, text: str, sheet: str) -> None:
    from datetime import date

    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Deckblatt"
    book.active.append(["Stand 2024"])
    filled = book.create_sheet(sheet)
    for row in _cells(text):
        cells: list[object] = []
        for cell in row:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
                cells.append(date.fromisoformat(cell))
            else:
                cells.append(float(cell) if re.fullmatch(r"\d+(\.\d+)?", cell) else cell or None)
        filled.append(cells)
    book.save(path)


def _write_spss(path: Path, text: str, labels: str) -> None:
    import pandas as pd
    import pyreadstat

    column, _, listed = labels.partition(":")
    codes = {float(code): label for code, label in (one.split("=") for one in listed.split(","))}
    header, *rows = _cells(text)
    frame = pd.DataFrame(rows, columns=header)
    for name in header[1:]:
        frame[name] = frame[name].astype(float)
    pyreadstat.write_sav(frame, str(path), variable_value_labels={column: codes})
