"""Section: the index study's published figures beside those computed from this release."""

from __future__ import annotations

import re
from typing import Any

from analysis.report import labels, numbers
from analysis.report.blocks import (
    Block,
    Callout,
    Cell,
    Column,
    DataTable,
    Footnotes,
    Numbering,
    Paragraph,
    Row,
    Section,
)
from analysis.report.content import ReportContent
from analysis.report.sections import selection

COLUMNS = (
    Column("Quantity"),
    Column("Published", is_tight=True),
    Column("Estimator"),
    Column("This release", is_tight=True),
    Column("Agreement", is_tight=True),
)
AS_PUBLISHED = "inside the published interval, same direction"
"""A remark that repeats the verdict."""
IN_DISGUISE = "called actuarial"
"""Words in the note of a row whose published rate is reproduced by a crude share."""


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Build the table, with a warning above it if a published rate is a crude share; nothing if it is empty."""
    title = "Replication of the index study"
    frame = content.table("replication")
    rows = selection.records(frame)
    if not rows:
        return Section("replication", title, [])  # the home does not ask for it
    blocks: list[Block] = [
        Paragraph(
            "The study this registry is modelled on followed 120 patients with 212 colorectal liver "
            "metastases after radiofrequency "
            "ablation (one hospital, 2017 to 2019). Each published figure is shown beside every estimator it "
            "could come from, computed "
            "from this release."
        )
    ]
    if content.is_synthetic:
        blocks.append(
            Callout(
                "Generated to match.",
                "The synthetic patients were chosen by a search for data that give these figures. So agreement shows "
                "that the pipeline computes what it claims, and is no evidence for or against the study.",
            )
        )
    if any(_agrees(row) and IN_DISGUISE in numbers.text(row.get("note")) for row in rows):
        blocks.append(
            Callout(
                "Crude shares called actuarial.",
                "The published one-year LTPFS rates are called actuarial, but only the crude share of "
                "patients whose observed time reached "
                "12 months reproduces them. That share counts everyone followed for less than 12 months as "
                "a failure. It must not be read "
                "as the probability of staying free of LTP; the Kaplan-Meier estimate and the cumulative "
                "incidence can be.",
            )
        )
    footnotes = Footnotes()
    lines: list[Row] = []
    n_reproduced = n_otherwise = n_compared = 0
    for (quantity,), part in selection.parts(frame, "quantity"):
        candidates = selection.records(part)
        is_reproduced = any(_is_true(row, "reproduces") for row in candidates)
        n_reproduced += is_reproduced
        n_otherwise += not is_reproduced and any(_agrees(row) for row in candidates)
        n_compared += any(not numbers.is_missing(row.get("agrees")) for row in candidates)
        lines += [_line(quantity, row, place == 0, is_reproduced, footnotes) for place, row in enumerate(candidates)]
    caption = (
        f"Published figures and candidate estimators: {n_reproduced} of {n_compared} figures are reproduced by the "
        f"estimator that the study names, within its rounding; {n_otherwise} more agree only loosely."
    )
    notes = (
        "Agrees: the estimator that the study names gives the published figure, as printed. Loosely: another estimator "
        "gives it, or the ratio of a model lies inside the published 95 % interval on the same side of 1. "
        "n and events are given with the same estimates in the tables above.",
    )
    blocks.append(DataTable(numbering.table(), caption, COLUMNS, lines, notes, footnotes.items(), source="replication"))
    return Section("replication", title, blocks)


def _line(quantity: str, row: dict[str, Any], is_first: bool, is_reproduced: bool, footnotes: Footnotes) -> Row:
    """Return the line of one candidate; only the first shows the quantity and its published figure."""
    verdict = _verdict(row, is_reproduced)
    remarks = labels.remark(row.get("note")).split("; ")
    mark = footnotes.mark("; ".join(part for part in remarks if part != AS_PUBLISHED))
    return Row(
        [
            Cell(_print(quantity), tone="" if is_first else "unseen"),
            Cell(_print(row.get("published")), tone="" if is_first else "unseen"),
            Cell(_print(row.get("estimator")), mark),
            _print(row.get("computed")),
            verdict,
        ],
        is_continued=not is_first,
    )


def _print(value: Any) -> str:
    """Return text as it is printed: plus-minus as one sign, ranges with a dash, the first letter capitalised."""
    printed = re.sub(r"(?<=\d)-(?=\d)", "–", labels.remark(value).replace("+-", "±"))
    return printed[:1].upper() + printed[1:] if not printed.startswith("p ") else printed


def _verdict(row: dict[str, Any], is_reproduced: bool) -> Cell:
    """Say whether the named estimator reproduces the figure; of any other, only whether it would print the same."""
    if numbers.is_missing(row.get("agrees")):
        return Cell("not compared", tone="soft")
    if _is_true(row, "reproduces") or ("reproduces" not in row and _agrees(row)):
        return Cell("✓ agrees", tone="good")
    if _agrees(row):
        is_named = not numbers.is_missing(row.get("reproduces"))
        return Cell("loosely, inside its interval" if is_named else "loosely, by another estimator", tone="soft")
    return Cell("no", tone="soft") if is_reproduced else Cell("✗ differs", tone="bad")


def _agrees(row: dict[str, Any]) -> bool:
    return _is_true(row, "agrees")


def _is_true(row: dict[str, Any], name: str) -> bool:
    return not numbers.is_missing(row.get(name)) and bool(row[name])
