"""Rows leave only in groups of k that agree in whatever can be known of a person from outside."""

import pandas as pd
import pytest

from disclosure.row_level import RowsIdentify, check_rows
from schemas.disclosure import MODES

LT5 = MODES["lt5"]


def rows(n: int = 20, **columns) -> pd.DataFrame:
    """Rows of two sexes, ten of each, with further columns."""
    return pd.DataFrame({"sex": ["female", "male"] * (n // 2), "ltp": range(n), **columns})


def test_rows_in_groups_of_k_pass() -> None:
    """Ten women and ten men pass; results of imaging may differ in every row, since nobody outside knows them."""
    check_rows(rows(), LT5)
    check_rows(rows(), MODES["none"])


def test_the_refusal_names_the_column_that_breaks_it() -> None:
    """A year of birth of one's own in each row: the refusal names it, not the sex, and says what to do."""
    with pytest.raises(RowsIdentify, match="because of birth_year: leave out or coarsen birth_year") as refused:
        check_rows(rows(birth_year=range(1940, 1960)), LT5)
    assert refused.value.columns == ["birth_year"]


def test_a_computed_column_counts_too() -> None:
    """A column that a query made up under any name can single somebody out."""
    with pytest.raises(RowsIdentify) as refused:
        check_rows(rows(anything=[1] * 18 + [2, 2]), LT5)
    assert refused.value.columns == ["anything"]


def test_a_missing_value_is_a_value() -> None:
    """Two patients of unknown centre are two who can be told from the others."""
    with pytest.raises(RowsIdentify) as refused:
        check_rows(rows(centre=["a"] * 18 + [None, None]), LT5)
    assert refused.value.columns == ["centre"]


def test_two_columns_may_break_it_together() -> None:
    """Each alone is harmless, both together are not: leaving out one is enough, and one is named."""
    together = {"site": ["a"] * 10 + ["b"] * 10, "ecog": [0] * 8 + [1, 1] + [1] * 10}
    frame = pd.DataFrame({**together, "ltp": range(20)})
    check_rows(frame[["site", "ltp"]], LT5)
    check_rows(frame[["ecog", "ltp"]], LT5)
    with pytest.raises(RowsIdentify) as refused:
        check_rows(frame, LT5)
    assert len(refused.value.columns) == 1


@pytest.mark.parametrize("name", ["patient_id", "Lesion_ID"])
def test_an_identifier_never_leaves(name: str) -> None:
    """However many rows agree, and however it is spelled."""
    with pytest.raises(RowsIdentify, match=name):
        check_rows(rows(**{name: ["x"] * 20}), LT5)


def test_fewer_rows_than_k_never_leave() -> None:
    """Four equal rows are four persons: the limit is the mode's."""
    with pytest.raises(RowsIdentify, match="fewer than 5 rows"):
        check_rows(rows(4), LT5)
    with pytest.raises(RowsIdentify, match="fewer than 11"):
        check_rows(pd.DataFrame({"sex": ["female"] * 10}), MODES["cms11"])
