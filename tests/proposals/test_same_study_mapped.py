"""Tests that a study loads through its proposal: no line of site.toml is written by hand but for the answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.erasure.mapped_study import GERMAN_NAME
from tests.proposals.site_files import answered
from tests.sources.study_files import WRITERS, Study
from tests.sources.test_same_study import SITE, canonical, study  # noqa: F401 (fixtures)
from tests.warehouse.kit import new_kit
from warehouse.derived.derive import derive_all
from warehouse.proposals.site_proposal import propose

ANSWERS = {
    GERMAN_NAME: (
        'vaf_percent = { from = "VAF", unit = "fraction" }',
        'time_min = "Dauer"',
    )
}
"""How the study is delivered -> the answers to what the proposal asks."""


@pytest.mark.long
@pytest.mark.parametrize("how", WRITERS)
def test_the_derived_tables_are_those_of_canonical_files(
    how: str,
    study: Study,  # noqa: F811 (fixture)
    canonical: dict[str, list[tuple]],  # noqa: F811 (fixture)
    tmp_path: Path,
) -> None:
    """With its questions answered, every derived table is that of the study delivered as canonical CSV."""
    with new_kit(tmp_path / "home") as kit:
        WRITERS[how](kit.home.landing / SITE, study)
        found = propose(kit.home.landing / SITE)
        answers = ANSWERS.get(how, ())
        assert found.n_questions == len(answers)
        kit.configure(SITE, answered(found.text, *answers))
        kit.refresh()
        assert kit.problems == []
        derive_all(kit.con)
        for name, rows in canonical.items():
            columns = [c for c, *_ in kit.tuples(f"DESCRIBE derived.{name}") if not c.startswith("deciding_")]
            assert kit.tuples(f"SELECT {', '.join(columns)} FROM derived.{name} ORDER BY ALL") == rows, name
