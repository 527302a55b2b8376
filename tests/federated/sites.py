"""Two registries that make a study together: the demonstration study and a made-up one, and how tests run the command."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import LIGHT
from warehouse.storage.home import Home
from workflows.federated.file_form import SiteFile, _checksum

NORTH, SOUTH = "north", "south"
STUDY = """
title = "RAS and survival at two sites"

[[curves]]
name = "survival"
endpoint = "OS"
by = "ras"

[[curves]]
name = "progression"
endpoint = "TTLTP"
level = "lesion"
by = "kras"

[[models]]
name = "within"
endpoint = "LTPFS"
formula = "kras + I(max_diameter_mm / 10)"
strata = "site"

[[models]]
name = "over"
endpoint = "LTPFS"
formula = "kras + diameter_ge_30 + birth_year"

[[models]]
name = "lesions"
endpoint = "TTLTP"
level = "lesion"
formula = "ras + rcs(max_diameter_mm, [10, 20, 30])"
strata = ["site", "sex"]
"""


@dataclass(frozen=True)
class Sites:
    """The homes by site, the study's file, and where the sites and the combination write."""

    homes: dict[str, Home]
    study: Path
    folder: Path

    def share(self, site: str, *words: str, out: str = "") -> Ran:
        """Share a site's part."""
        where = str(self.folder / (out or site))
        return run_here(
            self.homes[site].root, "federate", "share", str(self.study), "--site", site, "--out", where, *words
        )

    def answer(self, site: str, number: int, *words: str, out: str = "combined") -> Ran:
        """Answer the coefficients of a round."""
        path = self.folder / out / f"coefficients-{number}.json"
        return self.share(site, "--coefficients", str(path), *words)

    def combine(self, *sites: str, out: str = "combined") -> Ran:
        """Combine what the sites shared."""
        folders = [str(self.folder / site) for site in sites or tuple(self.homes)]
        where = str(self.folder / out)
        return run_here(self.folder, "federate", "combine", str(self.study), *folders, "--out", where)

    def until_the_end(self, *sites: str, out: str = "combined") -> Ran:
        """Combine and answer until no coefficients are asked for."""
        for number in range(2, 16):
            ran = self.combine(*sites, out=out)
            assert ran.code == 0, ran.err.decode()
            if not (self.folder / out / f"coefficients-{number}.json").exists():
                return ran
            for site in sites or tuple(self.homes):
                answered = self.answer(site, number, out=out)
                assert answered.code == 0, answered.err.decode()
        raise AssertionError("no end")

    def file(self, site: str, number: int = 1) -> Path:
        """The file of a site's round."""
        return self.folder / site / f"{site}.round-{number}.json"

    def read(self, site: str, number: int = 1) -> SiteFile:
        """What a site's file holds."""
        given = json.loads(self.file(site, number).read_text(encoding="utf-8"))
        del given["sha256"]
        return SiteFile.model_validate(given)

    def table(self, name: str, out: str = "combined") -> pd.DataFrame:
        """A table of the combination."""
        return pd.read_csv(self.folder / out / "tables" / f"{name}.csv", keep_default_na=False, na_values=[""])

    def fresh(self, folder: Path) -> Sites:
        """The same with copies of the files and of what the homes shared, to change."""
        for site in self.homes:
            if (self.folder / site).exists():
                shutil.copytree(self.folder / site, folder / site)
        return Sites(self.homes, self.study, folder)


def rewritten(path: Path, **changes: object) -> None:
    """Change a file of a site as somebody could who knows its form: with a checksum that fits."""
    given = json.loads(path.read_text(encoding="utf-8"))
    del given["sha256"]
    given |= changes
    path.write_text(json.dumps(given | {"sha256": _checksum(given)}), encoding="utf-8")


def make_south(folder: Path) -> None:
    """A made-up registry of one site, released lightly."""
    for words in (("demo", "--patients", "240", "--seed", "5", "--sites", "1"), ("refresh",)):
        ran = run_here(folder / "home", *words, makes=LIGHT)
        assert ran.code == 0, ran.err.decode()
