"""Judges rows by an export's columns and row rules, phase by phase: polars evaluates the conditions, Pandera judges.

What is put to Pandera is one column, the verdicts of all rules of a phase on all rows, one rule after the other: a
schema with a column for each rule would take milliseconds for each that is broken.

Only eager polars frames are judged: on a lazy frame Pandera silently skips value checks. Pandera's own exceptions
carry cell values, so they never leave this module.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from schemas import missing
from schemas.export import Column, Export, RowRule
from schemas.rule import ROW_PHASES
from schemas.rule_book import OURS, ROW_PHASE, OwnRule, RuleBook
from schemas.rules import RULES

UNPARSED_SUFFIX = "__unparsed"
"""The boolean column `<column>__unparsed` is true where the cell held text that is not of its type."""

Broken = Callable[[pl.DataFrame, tuple[OwnRule, ...]], pl.DataFrame]
"""Evaluates a registry's own rules on a frame: a column for each rule, in order, true where the row breaks it and null
where that could not be said."""

HOLDS = "holds"
VERDICTS_AT_ONCE = 2_000_000
"""At most so many are put to Pandera at a time, which needs some bytes for each; those of one rule always are."""
FAILURES_SCHEMA = {"index": pl.Int64, "check": pl.String, "column": pl.String}
FINDINGS_SCHEMA = {"row_id": pl.Int64, "rule_id": pl.String, "column_name": pl.String, "scope": pl.String}


class ContractError(RuntimeError):
    """The contract itself could not be evaluated: the fault is in the program, never in a row."""


@dataclass(frozen=True)
class Judgement:
    """A contract's verdict on a frame: the rows that go on, with set-aside values emptied, and the findings.

    `findings` has columns row_id, rule_id, column_name, scope (row, value or flag; accepted where an exception
    applies). `unjudged` counts, per rule, the rows on which its condition was null. That is an error of the rule, and
    it is reported rather than letting the rows pass silently.
    """

    accepted: pl.DataFrame
    findings: pl.DataFrame
    unjudged: dict[str, int]


def _first_phase_rules(export: Export) -> tuple[RowRule, ...]:
    """Return REQ-01 and TYPE-01 for each column to which they apply, according to its declaration."""
    rules = []
    for column in export.columns:
        unparsed = pl.col(column.name + UNPARSED_SUFFIX) if column.is_parsed else pl.lit(False)
        if column.required and column.kind != "flag":
            rules.append(RowRule("REQ-01", column.name, pl.col(column.name).is_not_null() | unparsed))
        if column.is_parsed:
            rules.append(RowRule("TYPE-01", column.name, ~unparsed))
        elif column.is_text:
            rules.append(RowRule("TYPE-01", column.name, missing.is_a_value(column)))
    return tuple(rules)


def rules_of_phase(export: Export, phase: int) -> tuple[RowRule, ...]:
    """Return the row rules of one phase of an export, in the order in which they are judged."""
    if phase == 1:
        return _first_phase_rules(export)
    return tuple(rule for rule in export.row_rules if RULES[rule.rule_id].phase == phase)


@lru_cache(maxsize=1)
def pandera_schema():
    """Return the Pandera schema of verdicts: one column, true where a rule holds on a row."""
    import pandera.polars as pa

    check = pa.Check.eq(True, name=HOLDS, error=HOLDS)
    return pa.DataFrameSchema({HOLDS: pa.Column(bool, nullable=False, checks=check)}, name="verdicts", strict=True)


def scope_of(rule_id: str, export: Export, column: Column, book: RuleBook = OURS) -> str:
    """Return what is set aside when the rule is broken in that column: row, value, or flag for nothing.

    Emptying a key cell would turn the row into a different row, so an error in the key sets the whole row aside, as
    one in a required column does.
    """
    if book[rule_id].severity == "W":
        return "flag"
    return "row" if column.required or column.name in export.key else "value"


def _failures(export: Export, phase: int, held: pl.DataFrame, own: tuple[OwnRule, ...]) -> pl.DataFrame:
    """Return the failures (index, column, check) of one phase. Raises ContractError if a check did not run.

    Rules that hold in every row, as most do, are not put to Pandera.
    """
    rules = [(rule.rule_id, rule.column) for rule in rules_of_phase(export, phase)]
    rules += [(one.rule_id, one.column) for one in own]
    broken = [(series, *rules[number]) for number, series in enumerate(held) if not series.all()]
    at_once = max(1, VERDICTS_AT_ONCE // max(1, held.height))  # a phase without rules has no rows
    found = [pl.DataFrame(schema=FAILURES_SCHEMA)]
    for first in range(0, len(broken), at_once):
        part = broken[first : first + at_once]
        places = _places_that_fail(pl.concat([series.alias(HOLDS) for series, *_ in part]))
        if places is None:
            raise ContractError(f"{export.name}: the check of phase {phase} did not run")
        named = pl.DataFrame([names for _, *names in part], schema=["check", "column"], orient="row")
        found.append(named[places // held.height].insert_column(0, places % held.height))
    return pl.concat(found)


def _places_that_fail(verdicts: pl.Series) -> pl.Series | None:
    """Return the places (index) at which Pandera fails the verdicts, None if its check did not run."""
    import pandera.polars as pa

    try:
        pandera_schema().validate(verdicts.to_frame(), lazy=True)
    except pa.errors.SchemaErrors as errors:
        failures = errors.failure_cases
        has_run = not failures["index"].null_count() and (failures["check"] == HOLDS).all()
        return failures["index"].cast(pl.Int64) if has_run else None
    return pl.Series("index", [], pl.Int64)


def judge(
    export: Export,
    frame: pl.DataFrame,
    accepted: pl.DataFrame | None = None,
    book: RuleBook = OURS,
    broken: Broken | None = None,
) -> Judgement:
    """Judge rows by the export's row rules, phase by phase, and by the book's own rules, which `broken` evaluates.

    `frame` has row_id, extract_date, the export's columns typed, and `<column>__unparsed` for columns that can
    fail to parse. The next phase does not see a row that was set aside, and sees a value that was set aside as empty.
    `accepted` (row_id, rule_id, column_name or null for any) names findings that set nothing aside and flag nothing.
    Raises ContractError if a check did not run.
    """
    unjudged: dict[str, int] = {}
    if frame.is_empty():
        return Judgement(frame, pl.DataFrame(schema=FINDINGS_SCHEMA), unjudged)
    findings = []
    for phase in ROW_PHASES:
        own = book.on_one_row(export.name) if phase == ROW_PHASE and broken else ()
        held = _held(export, phase, frame)
        if own and broken:
            marks = broken(frame, own).select(~pl.all())
            marks.columns = [str(number) for number in range(held.width, held.width + len(own))]
            held = held.hstack(marks)
        rule_ids = [*(rule.rule_id for rule in rules_of_phase(export, phase)), *(one.rule_id for one in own)]
        for rule_id, n_rows in zip(rule_ids, held.null_count().row(0), strict=True):
            if n_rows:
                unjudged[rule_id] = unjudged.get(rule_id, 0) + n_rows
        failures = _failures(export, phase, held.fill_null(True), own)  # a null is counted, not held against the row
        if failures.is_empty():
            continue
        found = _as_findings(export, frame, failures, book)
        if accepted is not None:
            found = _mark_accepted(found, accepted)
        findings.append(found)
        frame = _set_aside(frame, found)
        if frame.is_empty():
            break
    if not findings:
        return Judgement(frame, pl.DataFrame(schema=FINDINGS_SCHEMA), unjudged)
    return Judgement(frame, pl.concat(findings).select(list(FINDINGS_SCHEMA)), unjudged)


def _held(export: Export, phase: int, frame: pl.DataFrame) -> pl.DataFrame:
    """Return for each rule of the phase a column, named by its number: whether its condition holds, null if unknown.

    The conditions are evaluated together, so that what several share is computed once.
    """
    conditions = [rule.holds.alias(str(number)) for number, rule in enumerate(rules_of_phase(export, phase))]
    try:
        return frame.lazy().select(conditions).collect()
    except pl.exceptions.PolarsError as error:  # its message could quote a cell
        raise ContractError(f"{export.name}: a check of phase {phase} did not run ({type(error).__name__})") from None


def _as_findings(export: Export, frame: pl.DataFrame, failures: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    scopes = {
        (rule_id, column): scope_of(rule_id, export, export.column(column), book)
        for rule_id, column in failures.select("check", "column").unique().iter_rows()
    }
    lookup = pl.DataFrame(
        [(rule_id, column, scope) for (rule_id, column), scope in scopes.items()],
        schema={"check": pl.String, "column": pl.String, "scope": pl.String},
        orient="row",
    )
    return (
        failures.with_columns(row_id=frame["row_id"].gather(failures["index"]))
        .join(lookup, on=["check", "column"])
        .select("row_id", rule_id="check", column_name="column", scope="scope")
    )


def _mark_accepted(found: pl.DataFrame, accepted: pl.DataFrame) -> pl.DataFrame:
    pairs = ["row_id", "rule_id", "column_name"]
    whole = found.select(pairs).join(accepted.filter(pl.col("column_name").is_null()), on=pairs[:2], how="semi")
    marks = pl.concat([whole, accepted.select(pairs)]).unique().with_columns(is_accepted=pl.lit(True))
    scope = pl.when(pl.col("is_accepted")).then(pl.lit("accepted")).otherwise(pl.col("scope"))
    return found.join(marks, on=pairs, how="left", maintain_order="left").with_columns(scope=scope).drop("is_accepted")


def _set_aside(frame: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    rows = found.filter(pl.col("scope") == "row")["row_id"].unique()
    if len(rows):
        frame = frame.filter(~pl.col("row_id").is_in(rows.implode()))
    values = found.filter(pl.col("scope") == "value")
    for (column,), broken in values.partition_by("column_name", as_dict=True).items():
        is_broken = pl.col("row_id").is_in(broken["row_id"].implode())
        frame = frame.with_columns(pl.when(is_broken).then(None).otherwise(pl.col(str(column))).alias(str(column)))
    return frame
