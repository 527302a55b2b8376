"""Two registries that make a study together: the demonstration study and a made-up one; how tests run it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.regression.cox import cox
from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import LIGHT
from warehouse.cohorts.attrition import choose
from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.subjects import Question, each_subject
from warehouse.cohorts.terms import Term
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.home import Home
from workflows.federated.file_form import SiteFile, _checksum
from workflows.federated.study import read_study
from workflows.plan_estimates import rows_of_model

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
        """The same with copies of the files of the first two rounds, to change."""
        for site in self.homes:
            (folder / site).mkdir()
            for number in (1, 2):
                shutil.copy(self.file(site, number), folder / site)
        (folder / "combined").mkdir()
        shutil.copy(self.folder / "combined" / "coefficients-2.json", folder / "combined")
        return Sites(self.homes, self.study, folder)

    def pooled(self, name: str, *only: str) -> pd.DataFrame:
        """A model of the study fitted to the rows of the sites together, as a release's plan fits it."""
        study = read_study(self.study)
        model = next(one for one in study.models if one.name == name)
        frames = []
        for site in only or tuple(self.homes):
            with open_release(find_release(self.homes[site])) as con:
                rows = rows_of_model(con, study.plan, model)[1]
                frames.append(rows.frame)
        frame = pd.concat([own.astype({c: object for c in own.select_dtypes("category")}) for own in frames])
        more = {key: value for key, value in rows.more.items() if key != "note"}
        return cox(frame.reset_index(drop=True), rows.covariates, references=rows.references, **more)

    def rows(self, endpoint: str, by: str, where: str = "true") -> pd.DataFrame:
        """The subjects of all sites with their group, for curves of the pooled rows."""
        parts = []
        for site, home in self.homes.items():
            with open_release(find_release(home)) as con:
                choice = choose(con, [Criterion("subgroup", where, True, None)] if where != "true" else [])
                own = each_subject(con, choice, Question(endpoint), [Term(column=by)])
                parts.append(own.assign(site=site))
        return pd.concat(parts, ignore_index=True)


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
