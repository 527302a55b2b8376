"""Folders that recipes make, for tests that read them."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

from docx import Document

from tests.e2e.demonstration import Demonstration
from warehouse.cohorts.recipe import Recipe, parse_recipe
from workflows.analyse_recipe import analyse_recipe

SMALL = """
include:
  - KRAS mutant: kras = 'mutant'
  - one small lesion: n_lesions = 1 AND max_diameter_mm < 25
exclude:
  - many metastases: n_clm_total > 2
"""
"""Few patients, and no groups or covariates: its page is the endpoint, Table 1 and the methods."""
BY_AN_OUTCOME = """
title: Survival after LTP
include: [{progressed: ltp}]
endpoint: OS
by: kras
covariates: [kras]
"""
OF_LESIONS = """
include: [{name: percutaneous, where: approach = 'percutaneous'}]
endpoint: TTLTP
level: lesion
by: {column: max_diameter_mm, categories: [20, 30]}
covariates: [{column: max_diameter_mm, per: 5}]
time_zero: adequate_date
"""


@dataclass(frozen=True)
class Folder:
    """What a recipe wrote."""

    path: Path

    @property
    def page(self) -> str:
        """The page's text, without markup, style and drawings' paths."""
        text = re.sub(r"<style>.*?</style>", "", self.html, flags=re.DOTALL)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).replace("\u00a0", " ")

    @property
    def html(self) -> str:
        """The page."""
        return (self.path / "report.html").read_text(encoding="utf-8")

    @property
    def manuscript(self) -> str:
        """The manuscript's paragraphs."""
        paragraphs = Document(str(self.path / "manuscript.docx")).paragraphs
        return "\n".join(one.text for one in paragraphs).replace("\u00a0", " ")

    @property
    def manifest(self) -> dict:
        """The manifest."""
        return json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))

    def names(self, folder: str) -> set[str]:
        """The names of the files in one of its folders."""
        return {path.name for path in (self.path / folder).iterdir()}

    def files(self) -> dict[str, bytes]:
        """Every file by its path in the folder."""
        found = sorted(path for path in self.path.rglob("*") if path.is_file())
        return {str(path.relative_to(self.path)): path.read_bytes() for path in found}


def written(demonstration: Demonstration, text: str | Recipe, out: Path) -> Folder:
    """Write the folder of a recipe, on the demonstration's release."""
    recipe = parse_recipe(text) if isinstance(text, str) else text
    analyse_recipe(demonstration.release, recipe, out)
    return Folder(out)
