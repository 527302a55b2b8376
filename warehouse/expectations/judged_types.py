"""Says of each type of expectation what it counts, so that one that has nothing to count is never a pass.

The types are Great Expectations' own. What is not here needs more than one table's rows, or what a table has not.
"""

from typing import Literal

Counted = Literal["filled", "rows", "ignoring", "table", "columns"]
"""`filled`: the filled cells of its column, empty ones left out. `rows`: every row. `ignoring`: the rows that
`ignore_row_if` leaves. `table`: it counts rows, and 0 may be right. `columns`: no rows, but the table's columns."""

MAPS = frozenset(
    {
        *("expect_column_values_to_be_between", "expect_column_values_to_be_in_set"),
        *("expect_column_values_to_not_be_in_set", "expect_column_values_to_be_unique"),
        *("expect_column_values_to_match_regex", "expect_column_values_to_not_match_regex"),
        *("expect_column_values_to_match_regex_list", "expect_column_values_to_not_match_regex_list"),
        *("expect_column_values_to_match_strftime_format", "expect_column_values_to_be_dateutil_parseable"),
        *("expect_column_values_to_be_json_parseable", "expect_column_values_to_match_json_schema"),
        *("expect_column_value_lengths_to_be_between", "expect_column_value_lengths_to_equal"),
        *("expect_column_value_z_scores_to_be_less_than", "expect_column_values_to_not_be_outliers"),
    }
)
"""Judge each filled cell of one column; `mostly` is a share of these."""
OF_ALL_ROWS = frozenset({"expect_column_values_to_be_null", "expect_column_values_to_not_be_null"})
"""Judge each cell of one column, empty or not; `mostly` is a share of the rows."""
PAIRS = frozenset(
    {
        *("expect_column_pair_values_a_to_be_greater_than_b", "expect_column_pair_values_to_be_equal"),
        "expect_column_pair_values_to_be_in_set",
        *("expect_compound_columns_to_be_unique", "expect_select_column_values_to_be_unique_within_record"),
        *("expect_multicolumn_sum_to_equal", "expect_multicolumn_values_to_be_equal"),
    }
)
"""Judge the cells of several columns row by row. An empty cell counts as a failure unless `ignore_row_if` leaves the
row out, so a suite has to say which it means."""
FIGURES = frozenset(
    {
        *("expect_column_mean_to_be_between", "expect_column_stdev_to_be_between", "expect_column_sum_to_be_between"),
        *("expect_column_unique_value_count_to_be_between", "expect_column_proportion_of_unique_values_to_be_between"),
    }
)
"""Compare one figure of the filled cells with bounds; the figure may be shown where it is one of many patients."""
EXTREMES = frozenset(
    {
        *("expect_column_max_to_be_between", "expect_column_min_to_be_between", "expect_column_median_to_be_between"),
        *("expect_column_quantile_values_to_be_between", "expect_column_most_common_value_to_be_in_set"),
        *("expect_column_distinct_values_to_be_in_set", "expect_column_distinct_values_to_equal_set"),
        *("expect_column_distinct_values_to_contain_set", "expect_column_kl_divergence_to_be_less_than"),
    }
)
"""The same, but what they observe may be a patient's own value and is never shown."""
OF_THE_TABLE = frozenset({"expect_table_row_count_to_be_between", "expect_table_row_count_to_equal"})
OF_COLUMNS = frozenset(
    {
        *("expect_column_to_exist", "expect_table_column_count_to_be_between", "expect_table_column_count_to_equal"),
        *("expect_table_columns_to_match_set", "expect_table_columns_to_match_ordered_list"),
    }
)
COUNTED: dict[str, Counted] = {
    **dict.fromkeys(MAPS | FIGURES | EXTREMES, "filled"),
    **dict.fromkeys(OF_ALL_ROWS | {"expect_column_proportion_of_non_null_values_to_be_between"}, "rows"),
    **dict.fromkeys(PAIRS, "ignoring"),
    **dict.fromkeys(OF_THE_TABLE, "table"),
    **dict.fromkeys(OF_COLUMNS, "columns"),
}
"""Type -> what it counts."""
ROW_BY_ROW = MAPS | OF_ALL_ROWS | PAIRS
SHOWN = FIGURES | OF_THE_TABLE | {"expect_column_proportion_of_non_null_values_to_be_between"}

SQL = ("needs SQL, which no suite runs", "Write a rule (docs/own-rules.md).")
ORDER = ("depends on an order of rows, which a table does not have", "Write a rule (docs/own-rules.md).")
KIND = ("is about the library's own types", "docs/tables.md lists the columns and their types; they never change.")
LIKE = ("is judged by SQL databases only", "Use expect_column_values_to_match_regex.")
NOT_JUDGED: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("unexpected_rows_expectation", "expect_query_results_to_match_comparison"), SQL),
    "expect_table_row_count_to_equal_other_table": SQL,
    **dict.fromkeys(("expect_column_values_to_be_increasing", "expect_column_values_to_be_decreasing"), ORDER),
    **dict.fromkeys(("expect_column_type_to_be", "expect_column_values_to_be_of_type"), KIND),
    "expect_column_values_to_be_in_type_list": KIND,
    **dict.fromkeys(
        ("expect_column_values_to_match_like_pattern", "expect_column_values_to_not_match_like_pattern"), LIKE
    ),
    "expect_column_values_to_match_like_pattern_list": LIKE,
    "expect_column_values_to_not_match_like_pattern_list": LIKE,
}
"""Type -> why it is not judged, and what to do instead."""
