"""Checks typed rows by an export's row rules with Pointblank, as its user would write them.

Steps of Pointblank's own where it has them: not null, in a set, between. Other conditions are the project's
expressions. Each rule and column has a step over all rows: nothing is emptied that an earlier phase sets aside.

`python -m benchmarks.pointblank_peer.check FRAME.parquet EXPORT`, run by the environment of requirements.txt, prints
seconds, peak memory and how many failures it found as JSON. Reading the file and imports are not timed.
"""

from __future__ import annotations

import json
import sys

import pointblank as pb
import polars as pl

from benchmarks.meter import Meter
from schemas.contract import rules_of_phase
from schemas.export import Export, RowRule
from schemas.exports import EXPORTS
from schemas.rule import ROW_PHASES
from schemas.thresholds import DISTANCE_MM


def checked_by(steps: pb.Validate, export: Export, rule: RowRule) -> pb.Validate:
    """Return the steps with one for the rule."""
    column = export.column(rule.column)
    if rule.rule_id == "REQ-01" and not column.is_parsed:
        return steps.col_vals_not_null(column.name)
    if rule.rule_id == "IMG-02":
        return steps.col_vals_in_set(column.name, [*column.codes, None])
    if rule.rule_id == "IMG-13":
        return steps.col_vals_between(column.name, *DISTANCE_MM, na_pass=True)
    return steps.col_vals_expr(rule.holds.fill_null(True))


def main(path: str, name: str) -> None:
    """Check the rows, with every failing row kept, and print the figures."""
    frame, export = pl.read_parquet(path), EXPORTS[name]
    steps = pb.Validate(frame)
    for phase in ROW_PHASES:
        for rule in rules_of_phase(export, phase):
            steps = checked_by(steps, export, rule)
    meter = Meter()
    done = steps.interrogate(extract_limit=frame.height)
    print(json.dumps(meter.read() | {"failures": sum(done.n_failed().values())}))


if __name__ == "__main__":
    main(*sys.argv[1:])
