"""Tests that thresholds and clinical terms are declared once, in sql/terms.sql or schemas/thresholds.py."""

import ast
import re
from collections.abc import Iterator

import duckdb
import pytest

from schemas import thresholds
from tests.structure.checkout import ROOMS, ROOT, files, name_of, tree_of
from warehouse.storage.sql_files import select_of

BARE = {
    "days of a month": r"30[.]4375",
    "reach of LTP": r"distance_to_zone_mm\s*(<=|>)\s*\d",
    "large lesions": r"max_diameter_mm\s*>=?\s*\d",
    "low allele frequency": r"vaf_percent\s*<\s*\d",
    "modalities of a liver exam": r"'ct', 'mr'\)",
    "statuses of viable tumour": r"'residual', 'ltp', 'viable'",
    "days by number": r"\b(14|30|84|183|200|400)\b",
    "any number above 2": r"(<=|>=|<|>|BETWEEN|AND)\s*([3-9]|[1-9]\d+)(\.\d+)?\b",
}

LAW = ROOT / "schemas" / "thresholds.py"
IN_BOTH = {
    "days_per_month()": thresholds.DAYS_PER_MONTH,
    "ltp_reach_mm()": thresholds.LTP_DISTANCE_MM,
    "large_lesion_mm()": thresholds.LARGE_LESION_MM,
    "contact_gap_days()": thresholds.MAX_IMAGING_GAP_DAYS,
    "first_exam_latest_days()": thresholds.FIRST_EXAM_LATEST_DAYS,
    "exam_window_days()": thresholds.EXAM_WINDOW_DAYS,
    "one_year_days()": thresholds.MATURITY_MONTHS * thresholds.DAYS_PER_MONTH,
    "longest_gap_days(0)": thresholds.EARLY_GAP_DAYS,
    "covered_margin_mm()": thresholds.COVERED_MARGIN_MM,
    "enough_margin_mm()": thresholds.ENOUGH_MARGIN_MM,
    "wide_margin_mm()": thresholds.WIDE_MARGIN_MM,
}
"""Term of the SQL -> the same threshold of the Python code."""
TELLTALE = {30.4375: "days of a month", 365.25: "days of a year", 84: "a first exam in time", 183: "half a year"}
"""Numbers that are a threshold wherever they are, and not by chance a width or a count."""
RULED = ("analysis", "disclosure", "schemas", "warehouse", "workflows")
"""Rooms in which a number that something is compared with is a threshold. The generator's draws are its own."""
PLAIN = (0, 1, 2)
COMPARED = {
    ("analysis/estimates/interval_censored.py", 1e-9): "rounding",
    ("analysis/regression/proportionality.py", 1e-12): "rounding",
    ("analysis/figures/ph_residuals.py", 1e-12): "rounding",
    ("analysis/tidy.py", 1e-6): "rounding",
    ("analysis/figures/forest.py", 1000): "decimals of a printed ratio",
    ("analysis/figures/forest.py", 100): "decimals of a printed ratio",
    ("analysis/figures/forest.py", 10): "decimals of a printed ratio",
    ("analysis/figures/forest.py", 0.1): "decimals of a printed ratio",
    ("analysis/figures/forest.py", 0.001): "decimals of a printed ratio",
    ("analysis/report/numbers.py", 12): "months of the calendar",
    ("schemas/genotype/classify.py", 600): "a codon of BRAF",
    ("schemas/genotype/consequence.py", 4): "the first base behind the start codon",
    ("warehouse/readers/recognise.py", 128): "bytes beyond ASCII",
}
"""(module, number) that it compares with -> why the number is no threshold."""
JUDGING = (
    *("analysis/estimates", "analysis/regression", "analysis/subjects", "analysis/plan", "analysis/replication"),
    "analysis/service",
    *(
        "analysis/report/sections",
        "warehouse/control",
        "warehouse/expectations",
        "warehouse/held_deliveries",
        "warehouse/derived",
        "warehouse/clean",
    ),
)
"""Folders that judge patients, rows or estimates: a number that one of them names is a threshold."""
NAMED = {
    "ROUNDING": "a tolerance",
    "_TOLERANCE": "a tolerance",
    "TOLERANCE": "a tolerance",
    "MOST_POWER": "digits of a page",
    "_REACH": "where an algorithm gives up",
    "_NEAR": "where an algorithm takes another way",
    "_MAX_STEPS": "where an algorithm gives up",
    "MAX_STEPS": "where an algorithm gives up",
    "MOST_STEPS": "where an algorithm gives up",
    "MOST_HALVINGS": "where an algorithm gives up",
    "NEGLIGIBLE": "a tolerance",
    "NO_VARIANCE": "a tolerance",
    "CLOSE": "where an algorithm gives up",
    "FAR": "where an algorithm gives up",
    "MOST_CELLS": "where an algorithm gives up",
    "FEWEST_KNOTS": "what a spline is",
    "MOST_CROSSINGS": "where a formula is no model",
    "MOST_TERMS": "where a formula is no model",
    "MAX_TIMES": "points of a figure",
    "OF_INTEREST": "a code of an event",
    "MAX_ROWS": "lines of a page",
    "MIN_QUARTERS": "lines of a page",
    "MAX_FOREST_ROWS": "lines of a page",
    "FEW_ENTRIES": "lines of a page",
    "MAX_INPUTS": "lines of a page",
    "MAX_SITES": "lines of a page",
    "MAX_CHANGES": "lines of a page",
    "CHARTED_SITES": "figures of a page",
    "SHOWN_QUARTERS": "columns of a page",
    "PER_YEAR": "quarters of the calendar",
    "AGAIN_SECONDS": "when an alarm is repeated",
    "MONTHS": "months of the calendar",
    "HASH_LENGTH": "letters of a page",
    "DECIMALS": "digits of a page",
    "MOST_RUNS": "columns of a page",
    "MOST_CHARACTERS": "what is read of a file",
    "BATCH_ROWS": "rows read at once",
    "SLICE": "rows read at once",
    "MANY_ROWS": "where an algorithm takes another way",
    "SMALLEST_SHARE": "stands for an empty bin, whose logarithm would not exist",
}
"""A number that a judging module names itself -> why it is no threshold."""


@pytest.mark.parametrize("what", BARE)
def test_no_bare_threshold(what: str) -> None:
    """No SQL file but terms.sql writes it out."""
    found = [
        f"{name_of(path)}: {line.strip()}"
        for path in files(".sql", below="warehouse")
        if path.stem != "terms"
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.lstrip().startswith("--") and re.search(BARE[what], line)
    ]
    assert found == []


def test_no_text_of_python_holds_one() -> None:
    """Nor does SQL that Python writes."""
    found = [
        f"{name_of(path)}: {node.value.strip()}"
        for path in files(".py", below="warehouse")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for what in ("reach of LTP", "large lesions", "low allele frequency")
        if re.search(BARE[what], node.value)
    ]
    assert found == []


@pytest.mark.parametrize("term", IN_BOTH)
def test_both_languages_have_the_same(term: str) -> None:
    """A threshold that SQL and Python need is the same number in both."""
    con = duckdb.connect()
    con.execute(select_of("terms"))
    assert float(con.sql(f"SELECT {term}").fetchall()[0][0]) == IN_BOTH[term]


def test_no_telltale_number_is_bare() -> None:
    """No module but the law file writes out a number that can only be a threshold."""
    found = {
        f"{name_of(path)}: {TELLTALE[node.value]}"
        for room in ROOMS
        for path in files(".py", below=room)
        for node in ast.walk(tree_of(path))
        if path != LAW and isinstance(node, ast.Constant) and type(node.value) in (int, float)
        if node.value in TELLTALE
    }
    assert found == set()


def test_nothing_is_compared_with_a_bare_number() -> None:
    """Larger or smaller than a number is a decision: the number has a name, but for 0, 1, 2 and COMPARED."""
    found = {
        (name_of(path), number)
        for room in RULED
        for path in files(".py", below=room)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Compare)
        if any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops)
        for number in _numbers([node.left, *node.comparators])
        if number not in PLAIN
    }
    assert found == set(COMPARED)


def test_no_judging_module_names_its_own() -> None:
    """A module that judges takes its thresholds from the law file, but for NAMED."""
    found = {
        name.id
        for folder in JUDGING
        for path in files(".py", below=folder)
        for node in tree_of(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and _is_number(node.value)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for name in ast.walk(target)
        if isinstance(name, ast.Name)
    }
    assert found == set(NAMED)


def test_no_export_names_its_own() -> None:
    """Nor does the declaration of an export: what a row rule compares with is in the law file."""
    for export in ("patients", "rfa_sessions", "genotypes", "imaging_followups", "treatments"):
        tree = tree_of(ROOT / "schemas" / f"{export}.py")
        assert not [n for n in tree.body if isinstance(n, ast.Assign) and _is_number(n.value)], export


def test_every_threshold_has_its_reference() -> None:
    """Where it comes from is written beside it, above it, or beside the one before, which then names it."""
    before, silent = "", []
    for line in LAW.read_text(encoding="utf-8").splitlines():
        named = re.match(r"([A-Z_0-9]+)\b.* = ", line)
        is_below_comment = before.startswith("#")
        if named and "#" not in line and not is_below_comment and named[1] not in before:
            silent.append(named[1])
        if not (
            named and is_below_comment and "#" not in line
        ):  # a comment is for all lines up to the next with its own
            before = line
    assert silent == []


def _numbers(nodes: list[ast.expr]) -> Iterator[float]:
    for node in nodes:
        own = node.operand if isinstance(node, ast.UnaryOp) else node
        if isinstance(own, ast.Constant) and type(own.value) in (int, float):
            yield own.value


def _is_number(node: ast.expr) -> bool:
    """Whether it is a number, an arithmetic of numbers, or a tuple of them."""
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) and _is_number(node.right)
    if isinstance(node, ast.Tuple):
        return bool(node.elts) and all(map(_is_number, node.elts))
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def test_every_term_has_its_word() -> None:
    """A comment stands above each macro, or above the pair that it belongs to."""
    lines = select_of("terms").splitlines()
    silent = [
        line
        for before, line in zip(lines, lines[1:], strict=False)
        if line.startswith("CREATE") and not before.startswith(("--", "CREATE"))
    ]
    assert silent == []


def test_a_qualifying_exam_is_one() -> None:
    """Contrast-enhanced CT or MR that assesses the lesion, after the day of its first ablation, and nothing else."""
    con = duckdb.connect()
    con.execute(select_of("terms"))
    asked = "SELECT is_qualifying(?, ?, ?, DATE '2020-03-01', ?::DATE)"
    for modality, contrast, status, first, expected in (
        ("ct", "yes", "no_viable", "2020-01-01", True),
        ("mr", "yes", "viable", "2020-01-01", True),
        ("us", "yes", "no_viable", "2020-01-01", False),
        ("ct", "no", "no_viable", "2020-01-01", False),
        ("ct", "yes", "equivocal", "2020-01-01", False),
        ("ct", "yes", "ltp", "2020-03-01", False),
    ):
        assert con.execute(asked, [modality, contrast, status, first]).fetchone() == (expected,)
