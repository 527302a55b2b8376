"""Draws treatments beside the ablations for a made-up registry: systemic therapy, resection, transplant.

None of it tells of LTP: who is treated is drawn without looking at the outcome. Times are days after the patient's
first ablation, as in registry_draws.py.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from synthetic.registry_draws import Draw, Flags, Ints

COLUMNS = (
    *("patient_id", "treatment_id", "kind", "start_date", "stop_date", "regimen", "therapy_line", "lesion_id"),
    "intent",
)
SHARE_BEFORE, SHARE_AFTER, SHARE_OPEN = 0.35, 0.45, 0.15
SHARE_RESECTED, SHARE_TRANSPLANTED = 0.03, 0.01
FIRST_LINE, LATER_LINE = ("FOLFOX", "FOLFIRI", "CAPOX"), ("FOLFIRI + bevacizumab", "FOLFIRI + cetuximab", "TAS-102")


def treatments(drawn: Draw, ids: pl.Series, lesion_ids: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Return a row per treatment, in the contract's order of columns; none begins or stops after the patient's end."""
    n = drawn.start.size
    everybody = np.arange(n)
    before, after = rng.random(n) < SHARE_BEFORE, rng.random(n) < SHARE_AFTER
    since = -rng.integers(20, 260, n)
    parts = [_systemic(drawn, everybody[before], since[before], FIRST_LINE, 1, "neoadjuvant", rng)]
    since = 14 + rng.exponential(210, n).astype(int)
    is_seen = after & (since < drawn.end_days)
    parts.append(_systemic(drawn, everybody[is_seen], since[is_seen], LATER_LINE, 2, "palliative", rng))
    lesion = np.flatnonzero(rng.random(drawn.owner.size) < SHARE_RESECTED)
    parts.append(_operation(drawn, drawn.owner[lesion], "resection", lesion_ids.gather(lesion), rng))
    who = np.flatnonzero(rng.random(n) < SHARE_TRANSPLANTED)
    parts.append(_operation(drawn, who, "transplant", pl.repeat(None, who.size, dtype=pl.String, eager=True), rng))
    rows = pl.concat(parts).sort("owner", "start_date", "kind", "lesion_id", maintain_order=True)
    number = pl.int_range(1, pl.len() + 1).over("owner")
    owners = ids.gather(rows["owner"])
    named = rows.with_columns(patient_id=owners, treatment_id=pl.format("{}-B{}", owners, number))
    return named.select(COLUMNS)


def _systemic(
    drawn: Draw, who: Ints, since: Ints, regimens: tuple[str, ...], line: int, intent: str, rng: np.random.Generator
) -> pl.DataFrame:
    """Make one therapy of each of these patients; some have no last day, and none lasts beyond the patient's end."""
    until = np.minimum(since + rng.integers(40, 240, who.size), drawn.end_days[who])
    is_open = (rng.random(who.size) < SHARE_OPEN) & (since > 0)
    regimen = pl.Series(regimens).gather(rng.integers(0, len(regimens), who.size))
    return _rows(drawn, who, "systemic", since, until, is_open).with_columns(
        regimen=regimen, therapy_line=pl.lit(line), intent=pl.lit(intent)
    )


def _operation(drawn: Draw, who: Ints, kind: str, lesions: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Make one operation of each, between three months and three years after the first ablation, if still followed."""
    day = rng.integers(90, 1100, who.size)
    rows = _rows(drawn, who, kind, day, day, np.zeros(who.size, bool)).with_columns(
        regimen=pl.lit(None, pl.String), therapy_line=pl.lit(None, pl.Int32), intent=pl.lit("curative")
    )
    return rows.with_columns(lesion_id=lesions).filter(pl.Series(day < drawn.end_days[who]))


def _rows(drawn: Draw, who: Ints, kind: str, since: Ints, until: Ints, is_open: Flags) -> pl.DataFrame:
    start, stop = ((drawn.start[who] + days).astype("datetime64[D]") for days in (since, until))
    return (
        pl.DataFrame({"owner": who, "start_date": start, "stop_date": stop})
        .with_columns(
            kind=pl.lit(kind),
            stop_date=pl.when(~pl.Series(is_open)).then(pl.col("stop_date")),
            lesion_id=pl.lit(None, pl.String),
        )
        .select("owner", "kind", "start_date", "stop_date", "lesion_id")
    )
