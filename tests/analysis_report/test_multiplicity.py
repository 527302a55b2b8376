"""What the page says of many tests is what the table holds."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from analysis.report import labels
from analysis.report.sections.multiplicity import ENDPOINTS, sentences
from tests.analysis_report.sample import newer_tables


@pytest.fixture
def table() -> pd.DataFrame:
    """analysis.multiplicity of a simulated registry, with two p-values made small in a family that is not shown."""
    found = newer_tables()["multiplicity"].copy()
    hidden = found.assign(endpoint="A_LTPFS", p_value=[0.001, 0.02] + [0.5] * (len(found) - 2)).iloc[:4]
    return pd.concat([found, hidden.assign(p_holm=[0.004, 0.06, 1.0, 1.0])], ignore_index=True)


def test_the_sentence_counts_the_whole_table(table: pd.DataFrame) -> None:
    """Tests, small ones and those that Holm leaves are those of all families, shown or not."""
    said = re.match(
        r"Of (\d+) tests between groups of patients, over all endpoints, (\d+) ha(?:s|ve) p < 0.05 before adjustment, "
        r"and (\d+) after Holm's",
        sentences(table),
    )
    assert said is not None
    counts = (len(table), (table["p_value"] < 0.05).sum(), (table["p_holm"] < 0.05).sum())
    assert tuple(map(int, said.groups())) == counts
    shown = table[table["endpoint"].isin(ENDPOINTS)]
    assert (shown["p_value"] < 0.05).sum() < counts[1]


def test_families_that_are_not_shown_are_named(table: pd.DataFrame) -> None:
    """With their number; where all are shown nothing is said."""
    assert f"4 of them are only in the table's file: those of {labels.endpoint('A_LTPFS')}." in (sentences(table))
    assert "not in the table" not in sentences(table[table["endpoint"].isin(ENDPOINTS)])


def test_a_test_without_p_value_is_not_counted(table: pd.DataFrame) -> None:
    """Nor is it called a test that was not small."""
    none = table.assign(p_value=table["p_value"].where(table["endpoint"] != "A_LTPFS"))
    assert sentences(none).startswith(f"Of {len(table) - 4} tests")
