"""Makes exports of the demonstration study for tests, each kind once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from interchange.export_release import Exported, export_release
from interchange.kinds import KINDS
from tests.e2e.demonstration import Demonstration
from warehouse.cohorts.recipe import parse_recipe

SMALL = "include: [max_diameter_mm < 20, {name: deep, where: subcapsular = 'no', over: lesions}]"
"""A recipe that leaves some patients, and of some of them only some lesions."""


def exported(study: Demonstration, kind: str, out: Path, recipe: str = "") -> Exported:
    """Export the study's release as `kind`; with `recipe`, a text, only its cohort."""
    asked = parse_recipe(recipe) if recipe else None
    return export_release(study.home, study.release, KINDS[kind], out, asked)


@cache
def whole(study: Demonstration, kind: str) -> Path:
    """Return the folder of the study's export as `kind`, for tests that only read it."""
    folder = Path(mkdtemp(prefix=f"export-{kind}-", dir=study.home.root.parent)) / "out"
    exported(study, kind, folder)
    return folder
