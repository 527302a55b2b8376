"""Plants the canaries once and judges each mutated rule on its own canaries."""

from collections.abc import Callable
from dataclasses import replace

import duckdb
import polars as pl

from schemas import contract, genotypes
from schemas.canaries import CANARIES
from schemas.canary import Canary
from schemas.export import Export, RowRule
from schemas.exports import EXPORTS
from warehouse.clean import clean, cross_rules, validation
from warehouse.clean.typed_cells import typed_select
from warehouse.quality.canaries import Judgement, hold_against
from warehouse.quality.plant_canaries import plant
from warehouse.raw.row_numbers import LINE_BITS


def planted() -> duckdb.DuckDBPyConnection:
    """All canaries as raw rows."""
    con = duckdb.connect(config={"threads": 1})
    plant(con, CANARIES)
    return con


def place_of_load(con: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, str, int]]:
    """Number of a delivery -> site, export, delivery."""
    rows = con.execute("SELECT load_no, site, export, delivery::INTEGER FROM meta.deliveries").fetchall()
    return {number: (site, export, delivery) for number, site, export, delivery in rows}


def judgement(loads: dict, row_id: int, rule_id: str, column: str | None, scope: str) -> Judgement:
    """A finding as the canaries know it: with the place of its row."""
    site, export, delivery = loads[row_id >> LINE_BITS]
    return (site, export, delivery, row_id & validation.LINE_MASK), rule_id, column, scope


def typed_rows(con: duckdb.DuckDBPyConnection, export: Export) -> pl.DataFrame:
    """The frame that the contract judges: every planted row of the export, typed."""
    frame = con.execute(
        f"SELECT row_id, r.site, d.extract_date, {typed_select(export)} FROM raw.{export.name}_current r "
        f"JOIN meta.deliveries d ON d.load_no = r.row_id >> {LINE_BITS}"
    ).pl()
    return genotypes.add_parsed_columns(frame) if export.name == "genotypes" else frame


def reports(rule_id: str, export: str, column: str | None, judgements) -> bool:
    """Whether the rule's own canaries see that it is not as it should be; what it sets aside is not asked."""
    mine = [j for j in judgements if j[1] == rule_id and j[0][1] == export and (column is None or j[2] == column)]
    outcomes = hold_against(CANARIES, mine, None)
    return any(
        outcome.unexpected or not outcome.is_caught
        for outcome in outcomes
        if _is_about(outcome.canary, rule_id, export, column) or outcome.canary.scope is None
    )


def _is_about(canary: Canary, rule_id: str, export: str, column: str | None) -> bool:
    return (canary.rule_id, canary.export) == (rule_id, export) and (column is None or canary.column == column)


class RowLaboratory:
    """Judges mutated row rules of one export on the canaries of that rule."""

    def __init__(self, con: duckdb.DuckDBPyConnection, export: Export, monkeypatch):
        self.export, self.monkeypatch = export, monkeypatch
        self.frame = typed_rows(con, export)
        self.loads = place_of_load(con)
        self.sites: dict[str, list[str]] = {}
        for number, canary in enumerate(CANARIES):
            self.sites.setdefault(canary.rule_id, []).append(f"canary-{number + 1:04d}")

    def sees(self, number: int, mutated: RowRule) -> bool:
        """Whether the canaries report the export with its rule of that number replaced."""
        rules = enumerate(self.export.row_rules)
        same_id = tuple(mutated if i == number else r for i, r in rules if r.rule_id == mutated.rule_id)
        changed = replace(self.export, row_rules=same_id)  # rules of other ids are not asked: ten times faster
        self.monkeypatch.setitem(EXPORTS, self.export.name, changed)
        contract.pandera_schema.cache_clear()
        try:
            frame = self.frame.filter(pl.col("site").is_in(self.sites[mutated.rule_id]))
            judged = contract.judge(changed, frame)
        except contract.ContractError:
            return True
        finally:
            self.monkeypatch.setitem(EXPORTS, self.export.name, self.export)
            contract.pandera_schema.cache_clear()
        if mutated.rule_id in judged.unjudged:
            return True
        found = judged.findings.select("row_id", "rule_id", "column_name", "scope").iter_rows()
        said = [judgement(self.loads, *row) for row in found]
        return reports(mutated.rule_id, self.export.name, mutated.column, said)


class SelectLaboratory:
    """Judges mutated SELECTs of the rules across rows, each in the very state of the tables that it runs on.

    `trial` is called with each rule, just before the refresh's own steps run it over the planted rows.
    """

    def __init__(self, monkeypatch):
        self.monkeypatch = monkeypatch
        self.find = cross_rules._find

    def run(self, trial: Callable[[cross_rules.CrossRule], None]) -> None:
        """Clean the planted rows with `trial` before every rule."""
        self.con = planted()
        self.loads = place_of_load(self.con)

        def find(con, rule):
            trial(rule)
            return self.find(con, rule)

        with self.monkeypatch.context() as patch:
            patch.setattr(cross_rules, "_find", find)
            clean.clean(self.con)
        self.con.close()

    def sees(self, rule: cross_rules.CrossRule, select: str) -> bool:
        """Whether the rule's canaries report that it runs this SELECT. The tables stay as they are."""
        self.con.commit()  # what cleaning did so far; the trial is taken back alone
        self.con.begin()
        try:
            self.con.execute("DELETE FROM quality.findings")
            with self.monkeypatch.context() as patch:
                patch.setattr(cross_rules, "select_of", lambda name: select)
                self.find(self.con, rule)
            rows = self.con.execute("SELECT row_id, rule_id, column_name, scope FROM quality.findings").fetchall()
        except duckdb.Error:
            return True
        finally:
            self.con.rollback()
            self.con.begin()  # cleaning goes on in a transaction
        return reports(rule.rule_id, rule.export, None, [judgement(self.loads, *row) for row in rows])
