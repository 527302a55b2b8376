"""Runs the canaries (schemas/canaries.py) through the real validators and compares the outcome with their declarations.

The canaries are planted in an in-memory database that is closed at the end, so no planted row ever reaches a table of
the registry.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import polars as pl

from schemas.canaries import CANARIES
from schemas.canary import Canary
from schemas.contract import ContractError
from schemas.exports import EXPORTS, TREATMENTS
from warehouse.clean.clean import judge_unaccounted
from warehouse.quality.plant_canaries import Place, places, plant, site_of
from warehouse.raw.row_numbers import LINE_BITS, LINE_MASK

Judgement = tuple[Place, str, str | None, str]
"""place, rule, column, scope"""
Kept = tuple[int, list[str]]
"""Empty columns of a clean row, a bit for each by its place in the export, and its flags"""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one canary. `is_caught`: a bad row was judged as declared, or a good row was left alone."""

    canary: Canary
    is_caught: bool
    unexpected: tuple[str, ...] = ()


@dataclass(frozen=True)
class CanaryReport:
    """How many defects were planted and found, which rules missed theirs, and which raised a false alarm.

    `missed` and `false_alarms` name rules and columns, as "PAT-13 patients.dfi_months".
    """

    planted: int
    found: int
    missed: tuple[str, ...]
    false_alarms: tuple[str, ...]
    outcomes: tuple[Outcome, ...] = field(repr=False, default=())

    @property
    def is_whole(self) -> bool:
        """Whether every planted defect was found and no rule raised a false alarm."""
        return not self.missed and not self.false_alarms

    @property
    def sentence(self) -> str:
        """How many of the planted defects were found, as a phrase."""
        return f"{self.found} of {self.planted} planted defects found"


def canaries_for(con: duckdb.DuckDBPyConnection) -> tuple[Canary, ...]:
    """Return the canaries that this registry plants: those of treatments only if any were ever delivered to it, since
    few registries have that export, and its rules judge nothing in the others.
    """
    if con.execute(f"SELECT 1 FROM raw.{TREATMENTS} LIMIT 1").fetchone():  # noqa: S608 (own name)
        return CANARIES
    return tuple(canary for canary in CANARIES if all(row.export != TREATMENTS for row in canary.rows))


def run_canaries(canaries: Sequence[Canary] = CANARIES) -> CanaryReport:
    """Plant all canaries, run the validators of the refresh on them, and return the report.

    If the validators fail on a planted row, nothing counts as found; the error is reported, not raised.
    """
    con = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False})
    try:
        plant(con, canaries)
        judge_unaccounted(con)
        return report(con, canaries)
    except (duckdb.Error, pl.exceptions.PolarsError, ContractError) as error:
        outcomes = tuple(Outcome(canary, False) for canary in canaries)
        return _summary(outcomes, [f"the validators stopped ({type(error).__name__})"])
    finally:
        con.close()


def report(con: duckdb.DuckDBPyConnection, canaries: Sequence[Canary]) -> CanaryReport:
    """Compare quarantine, findings and clean tables with what the canaries declare."""
    return _summary(hold_against(canaries, _judgements(con), _clean_rows(con)), _unjudged(con))


def _summary(outcomes: tuple[Outcome, ...], other_alarms: list[str]) -> CanaryReport:
    bad = [outcome for outcome in outcomes if outcome.canary.scope is not None]
    return CanaryReport(
        planted=len(bad),
        found=sum(outcome.is_caught for outcome in bad),
        missed=tuple(sorted({outcome.canary.place for outcome in bad if not outcome.is_caught})),
        false_alarms=tuple(sorted({*other_alarms, *(alarm for o in outcomes for alarm in o.unexpected)})),
        outcomes=outcomes,
    )


def hold_against(
    canaries: Sequence[Canary], judgements: Iterable[Judgement], kept: dict[Place, Kept] | None
) -> tuple[Outcome, ...]:
    """Return the outcome of each canary. Without `kept`, compare the judgements only, not what became of the rows."""
    judged: dict[str, set[Judgement]] = {}
    for judgement in judgements:
        judged.setdefault(judgement[0][0], set()).add(judgement)
    expected: dict[str, set[Place]] = {}
    for _, place, _, is_bad in places(canaries):
        if is_bad:
            expected.setdefault(place[0], set()).add(place)
    sites = [(canary, site_of(number)) for number, canary in enumerate(canaries)]
    return tuple(_outcome(canary, expected.get(site, set()), judged.get(site, set()), kept) for canary, site in sites)


def _unjudged(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the rules that evaluated to null on a planted row, and so did not judge it."""
    rows = con.execute("SELECT DISTINCT rule_id, export FROM quality.unjudged").fetchall()
    return [f"{rule_id} {export} could not be judged" for rule_id, export in rows]


def _judgements(con: duckdb.DuckDBPyConnection) -> Iterator[Judgement]:
    """Yield what was set aside, from quarantine, and what was flagged, from the findings."""
    rows = con.execute(
        f"""
        SELECT site, export, delivery::INTEGER, line, rule_id, column_name, scope FROM quality.quarantine
        UNION
        SELECT d.site, d.export, d.delivery::INTEGER, f.row_id & {LINE_MASK}, f.rule_id,
               f.column_name, f.scope
        FROM quality.findings f JOIN meta.deliveries d ON d.load_no = f.row_id >> {LINE_BITS}
        WHERE f.scope = 'flag'
        """  # noqa: S608 (own numbers)
    ).fetchall()
    for *place, rule_id, column, scope in rows:
        yield (place[0], place[1], place[2], place[3]), rule_id, column, scope


def _clean_rows(con: duckdb.DuckDBPyConnection) -> dict[Place, Kept]:
    """Return the empty columns and the flags of every row in a clean table, by place."""
    kept: dict[Place, Kept] = {}
    for export in EXPORTS.values():
        empty = " + ".join(f"(({name} IS NULL)::INTEGER << {n})" for n, name in enumerate(export.column_names))
        for site, delivery, line, bits, flags in con.execute(
            f"SELECT site, delivery::INTEGER, line, {empty}, flags FROM clean.{export.name} "  # noqa: S608
            "WHERE row_id IS NOT NULL"
        ).fetchall():
            kept[site, export.name, delivery, line] = (bits, flags)
    return kept


def _outcome(canary: Canary, expected: set[Place], judged: set[Judgement], kept: dict[Place, Kept] | None) -> Outcome:
    """Compare the canary's declaration with what was found at its site and what became of its rows."""
    if canary.scope is None:
        found = ((place, rule_id, column) for place, rule_id, column, _ in judged if rule_id not in canary.besides)
        alarms = {_named(*finding) for finding in found}
        return Outcome(canary, not alarms, tuple(sorted(alarms)))
    declared = {(place, canary.rule_id, canary.column, canary.scope) for place in expected}
    is_done = kept is None or all(_is_done(canary, kept.get(place)) for place in expected)
    mine = {judgement for judgement in judged if judgement[1] == canary.rule_id}
    beyond = () if canary.rule_id in canary.besides else mine - declared
    return Outcome(canary, declared <= mine and is_done, tuple(sorted({_named(*found[:3]) for found in beyond})))


def _is_done(canary: Canary, kept: Kept | None) -> bool:
    """Return whether the scope took effect: row absent from the clean table, cell empty, or flag set."""
    if canary.scope == "row":
        return kept is None
    if kept is None:
        return False
    if canary.scope == "flag":
        return canary.rule_id in kept[1]
    return bool(kept[0] >> EXPORTS[canary.export].column_names.index(canary.column) & 1)


def _named(place: Place, rule_id: str, column: str | None) -> str:
    return f"{rule_id} {place[1]}" + (f".{column}" if column else "")


def write_canaries(con: duckdb.DuckDBPyConnection, found: CanaryReport) -> None:
    """Write quality.canaries: one row per canary, in the order of declaration."""
    rows = [
        (n + 1, o.canary.rule_id, o.canary.export, o.canary.column, o.canary.kind, o.canary.scope, o.is_caught)
        for n, o in enumerate(found.outcomes)
    ]
    names = ("canary_no", "rule_id", "export", "column_name", "kind", "scope", "caught")
    kinds = (pl.Int32, *[pl.String] * 5, pl.Boolean)
    con.register("outcomes", pl.DataFrame(rows, dict(zip(names, kinds, strict=True)), orient="row").to_arrow())
    con.execute("CREATE OR REPLACE TABLE quality.canaries AS SELECT * FROM outcomes")
    con.unregister("outcomes")


def counted(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the numbers of planted and found defects in quality.canaries, for the manifest."""
    row = con.execute("SELECT count(*), count(*) FILTER (caught) FROM quality.canaries WHERE kind = 'bad'").fetchone()
    return {"planted": int(row[0]), "found": int(row[1])} if row else {"planted": 0, "found": 0}
