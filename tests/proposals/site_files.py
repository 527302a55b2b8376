"""What the tests of proposals share: a proposal for files, and the lines and questions in it."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tests.warehouse.kit import SITE, Kit
from warehouse.intake.site_config import parse
from warehouse.proposals.site_proposal import Proposal, propose


def proposal_of(root: Path, files: Mapping[str, str | bytes]) -> Proposal:
    """The proposal for a folder with these files, by path; it is a site.toml that the registry takes."""
    site = root / "north"
    for place, content in files.items():
        path = site / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = propose(site)
    parse(found.text, "north")
    return found


def proposed(kit: Kit, site: str = SITE) -> Proposal:
    """The proposal for a site of the kit, written as its site.toml."""
    found = propose(kit.home.landing / site)
    kit.configure(site, found.text)
    return found


def lines_of(found: Proposal) -> dict[str, Any]:
    """What the proposal says without its questions, as TOML gives it."""
    return tomllib.loads(found.text)


def columns_of(found: Proposal, export: str) -> dict[str, Any]:
    """How the proposal says that an export's columns are delivered."""
    return lines_of(found)["exports"].get(export, {}).get("columns", {})


def questions_of(found: Proposal) -> str:
    """The comments of a proposal as one text, without line ends."""
    lines = [line for line in found.text.splitlines() if line.startswith("#")]
    return " ".join(line.lstrip("# ") for line in lines)


def answered(text: str, *answers: str) -> str:
    """A proposal in which these commented lines were taken; fails if one of them is not there."""
    for answer in answers:
        assert f"\n# {answer}\n" in text, answer
        text = text.replace(f"\n# {answer}\n", f"\n{answer}\n")
    return text


def workbook_of(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """An .xlsx with these sheets."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
