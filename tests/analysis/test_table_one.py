"""Table 1 prints what the tableone library prints."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.plan.table_one import MEDIANS, table_one
from tests.analysis.simulated import registry


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    """150 patients, some with unknown sex and without CEA."""
    return registry(150, seed=4)[0]


@pytest.mark.long
def test_values_equal_the_tableone_library(patients: pd.DataFrame) -> None:
    """Every cell of every stratum equals tableone's, with the same order of strata and levels."""
    from tableone import TableOne

    ours = table_one(patients)
    names = [name for name in dict.fromkeys(ours["variable"]) if name != "n"]
    data = patients[names].assign(diameter_ge_30=patients["diameter_ge_30"].map({True: "true", False: "false"}))
    categories = [name for name in names if data[name].dtype == object]
    medians = [name for name in names if name in MEDIANS]
    for stratum, part in [("overall", data), *data.groupby(patients["kras"])]:
        table = TableOne(part, columns=names, categorical=categories, nonnormal=medians, missing=False).tableone
        compared = 0
        for (label, level), value in zip(table.index, table.iloc[:, -1], strict=True):
            variable = label.split(",")[0]
            is_cell = (ours["stratum"] == stratum) & (ours["variable"] == variable)
            cell = ours[is_cell & (ours["level_of_variable"] == level)]
            assert cell["value"].tolist() == [str(value)], (stratum, variable, level)
            compared += 1
        assert compared == len(table)


def test_missing_is_counted(patients: pd.DataFrame) -> None:
    """Missing numbers and unknown categories are counted per stratum."""
    overall = table_one(patients).query("stratum == 'overall'").set_index("variable")
    assert overall.loc["cea_ng_ml", "n_missing"] == patients["cea_ng_ml"].isna().sum()
    assert (overall.loc[["sex"], "n_missing"] == (patients["sex"] == "unknown").sum()).all()


def test_what_is_all_missing_is_said(patients: pd.DataFrame) -> None:
    """A variable without any value is shown as such."""
    row = table_one(patients.assign(cea_ng_ml=float("nan"))).set_index("variable").loc["cea_ng_ml"].iloc[0]
    assert row["value"] == "" and row["note"] == "all missing"
