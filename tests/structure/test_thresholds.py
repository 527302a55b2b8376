"""Thresholds and clinical terms of the SQL stand once, in sql/terms.sql, each with its source."""

import re

import duckdb
import pytest

from tests.structure.checkout import files, name_of
from warehouse.storage.sql_files import select_of

BARE = {
    "days of a month": r"30[.]4375",
    "reach of LTP": r"distance_to_zone_mm\s*(<=|>)\s*\d",
    "large lesions": r"max_diameter_mm\s*>=?\s*\d",
    "low allele frequency": r"vaf_percent\s*<\s*\d",
    "modalities of a liver exam": r"'ct', 'mr'\)",
    "statuses of viable tumour": r"'residual', 'ltp', 'viable'",
    "days by number": r"\b(14|30|84|183|200|400)\b",
}


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
