"""Scores the reading of notations from the field: right, imprecise, unread (and flagged), or wrong without a flag.

Run `python -m tests.schemas.genotype.scoring FILE...`; the files are beside this module.
test_field.py holds the bounds.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from pathlib import Path

from schemas.genotype import describe, parse_variants

HERE = Path(__file__).parent
VERDICTS = ("right", "imprecise", "unread", "wrong")


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file beside this module."""
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def verdict(row: dict[str, str]) -> str:
    """One of VERDICTS for a row with gene, text, right_canonical, right_accuses and right_status.

    Wrong: another variant, a denial where there is one, or an accusation where there is none, and no flag.
    """
    summary = describe(row["gene"], row["text"])
    variants = parse_variants(row["gene"], row["text"])
    wanted = {name for name in row["right_canonical"].split("; ") if name}
    got = {variant.canonical for variant in variants if variant.canonical}
    if row["gene"] == "BRAF" and (longer := {_counted_longer(name) for name in got}) == wanted:
        got = longer  # the text counts on NM_001374258: p.G506_S507insISQ is p.G466_S467insISQ
    same = got == wanted or (len(variants) == 1 and {variants[0].hgvs_c} == wanted)
    accuses = row["right_accuses"] in ("", str(summary.is_pathogenic))
    status = row["right_status"] in ("", summary.status)
    if same and accuses and status:
        return "right"
    if summary.has_unparsed_part and (got <= wanted or not summary.is_pathogenic):
        return "unread"
    over = summary.is_pathogenic and row["right_accuses"] == "False"
    less = got and all(any(_is_less(name, w) for w in wanted) or name in wanted for name in got)
    if same:
        return "imprecise" if not over and not wanted and accuses else "wrong"
    return "imprecise" if less and not over else "wrong"


def _counted_longer(name: str) -> str:
    return re.sub(r"(?<=[A-Z])\d+", lambda match: str(int(match[0]) + 40), name)


def _is_less(got: str, wanted: str) -> bool:
    """Whether a name says the same as another, with less of it: 'codon 12' of p.G12D, 'mutated' of either."""
    if got in ("mutated", "vus") or got.startswith("exon"):
        return True
    digits = "".join(c if c.isdigit() else " " for c in wanted).split()
    return got.startswith("c.") or (got.startswith("codon") and got.split()[1] in digits)


def count(rows: list[dict[str, str]]) -> Counter[str]:
    """Verdict -> number of rows."""
    return Counter(verdict(row) for row in rows)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        rows = rows_of(argument)
        print(argument, len(rows), dict(count(rows)))
        for row in rows:
            if (found := verdict(row)) != "right":
                summary = describe(row["gene"], row["text"])
                wanted = (row["right_canonical"], row["right_accuses"], row["right_status"])
                got = (summary.canonical, summary.is_pathogenic, summary.status)
                print(f"  {found:9} {row['gene']} | {row['text']} | want {wanted} | got {got}")
