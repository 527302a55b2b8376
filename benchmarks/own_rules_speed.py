"""Times twenty rules of a registry's own beside twenty of the platform's, on the same typed imaging rows.

Own rules add to a judgement what they cost; the platform's cost the whole of one, divided by their number. Both find
what they find in the same frame, in fresh processes, in turn.

Run from the checkout: `python -m benchmarks.own_rules_speed --rows 1000000`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.fresh_process import run_module
from benchmarks.meter import Meter
from benchmarks.row_checks_speed import write_frame
from benchmarks.validation_speed import EXPORT

LIMIT = 1.3
PAIRS = 3
N_RULES = 20
CONDITIONS = (
    "distance_to_zone_mm > {n}",
    "lesion_status = 'ltp' AND distance_to_zone_mm > {n}",
    "exam_date > extract_date - {n}",
    "modality IN ('us', 'ceus') AND contrast_enhanced = 'no' AND length(exam_id) > {n}",
)


def own_book():
    """Return a book of N_RULES rules on one row: numbers, codes, dates and texts in turn."""
    from schemas.rule import Rule
    from schemas.rule_book import ROW_PHASE, OwnRule, RuleBook

    rules = []
    for number in range(N_RULES):
        said = Rule(f"BM-{number:02}", (EXPORT,), ROW_PHASE, "W", "It is.", "plausibility: atemporal")
        condition = CONDITIONS[number % len(CONDITIONS)].format(n=90 + number)
        rules.append(OwnRule(said, EXPORT, "lesion_status", condition, "benchmark.yaml"))
    return RuleBook(tuple(rules))


def judge_frame(path: Path, with_own: bool) -> dict[str, float]:
    """Judge the rows in the batches of a refresh, with the own rules or without, and return the figures."""
    import duckdb
    import pandera.polars  # noqa: F401 (imported before the clock starts)
    import polars as pl

    from schemas.contract import judge, rules_of_phase
    from schemas.exports import EXPORTS
    from schemas.rule import ROW_PHASES
    from schemas.rule_book import OURS
    from warehouse.clean.own_row_rules import OwnRowRules
    from warehouse.clean.validation import BATCH_ROWS

    frame, export = pl.read_parquet(path), EXPORTS[EXPORT]
    book = own_book() if with_own else OURS
    rules = OwnRowRules(duckdb.connect())
    meter = Meter()
    found = [judge(export, batch, None, book, rules.broken).findings for batch in frame.iter_slices(BATCH_ROWS)]
    n_ours = sum(len(rules_of_phase(export, phase)) for phase in ROW_PHASES)
    return meter.read() | {"failures": pl.concat(found).height, "n_ours": n_ours}


def measure(rows: int) -> None:
    """Print what a rule of each kind costs for that many rows."""
    with tempfile.TemporaryDirectory(prefix="own-rules-") as name:
        frame = Path(name) / "rows.parquet"
        write_frame(frame, rows)
        runs: dict[bool, list[dict]] = {False: [], True: []}
        for _ in range(PAIRS):
            for with_own, found in runs.items():
                words = ("--own",) if with_own else ()
                found.append(run_module("benchmarks.own_rules_speed", "--frame", frame, *words))
    print(f"{rows:,} rows; medians of {PAIRS}")
    for what in ("processor_seconds", "seconds"):
        ours, both = (sorted(run[what] for run in found)[PAIRS // 2] for found in runs.values())
        of_one, of_own = ours / runs[False][0]["n_ours"], (both - ours) / N_RULES
        print(
            f"  {what:<18} {N_RULES} of ours {N_RULES * of_one:.2f}, own {N_RULES * of_own:.2f}: {of_own / of_one:.2f}"
        )
    print(f"  limit: {LIMIT}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--frame", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--own", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.frame:
        print(json.dumps(judge_frame(options.frame, options.own)))
    else:
        measure(options.rows)
