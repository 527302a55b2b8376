"""What a curve says at a fixed time, in a table cell and in a sentence, with the number at risk."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.estimates.at_risk import BEYOND, FEW, is_few
from analysis.estimates.product_limit import CERTAIN
from analysis.report import labels, numbers
from analysis.report.blocks import Cell, Footnotes
from analysis.report.sections import selection

SHARE = ("estimate", "lower", "upper")
IN_BRACKETS = "In brackets: the number at risk at that time."


def on_curve(ordered: pd.DataFrame, month: float) -> dict[str, Any]:
    """Return a step curve's last row not later than `month`, as a row of km_summary: n_at_risk counts those whose time
    is that month or later; past the last time there is no estimate. `ordered` is sorted by time_months.
    """
    times = ordered["time_months"].to_numpy(dtype=float)
    if not (is_later := times >= month).any():
        return {"note": BEYOND}
    n_past, at_risk = int((times <= month).sum()), ordered["n_at_risk"]
    found: dict[str, Any] = {"estimate": 0.0}
    if n_past:
        found = {name: ordered[name].iat[n_past - 1] for name in SHARE if name in ordered}
    n = ordered["n"].iat[0] if "n" in ordered else at_risk.max()
    found |= {"n": n, "n_at_risk": at_risk.iat[int(is_later.argmax())]}
    notes = [CERTAIN if numbers.is_missing(found.get("lower")) else "", FEW if _is_few(found) else ""]
    return found | {"note": "; ".join(note for note in notes if note)}


def cell(row: dict[str, Any], footnotes: Footnotes) -> Cell:
    """'91.2 (81.5–96.0) [40]' with the marks of its note; an en dash where there is no estimate."""
    if numbers.is_missing(row.get("estimate")):
        return Cell(numbers.MISSING)
    at_risk = row.get("n_at_risk")
    bracket = "" if numbers.is_missing(at_risk) else f" [{numbers.count(at_risk)}]"
    mark = footnotes.mark(labels.remark(row.get("note")))
    return Cell(f"{numbers.percent_interval(*selection.share_of(row))}{bracket}", mark)


def share(row: dict[str, Any]) -> str:
    """For a sentence: '91.2 (81.5–96.0) %', or '100.0 % (no interval)' where the estimate is exactly 0 or 1."""
    has_interval = not numbers.is_missing(row.get("lower"))
    return f"{numbers.percent_interval(*selection.share_of(row))} %{'' if has_interval else ' (no interval)'}"


def why_not_said(row: dict[str, Any]) -> str:
    """Return why an estimate is not given in running text; empty if it may be."""
    if numbers.is_missing(row.get("estimate")):
        return labels.remark(row.get("note")) or "no subjects"
    return f"{numbers.count(row['n_at_risk'])} of {numbers.count(row['n'])} at risk" if _is_few(row) else ""


def _is_few(row: dict[str, Any]) -> bool:
    at_risk, n = row.get("n_at_risk"), row.get("n")
    if at_risk is None or n is None or numbers.is_missing(at_risk) or numbers.is_missing(n):
        return False
    return is_few(float(at_risk), float(n))
