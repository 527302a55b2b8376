"""Plants the canaries once and judges each mutated rule on its own canaries."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import duckdb
import polars as pl

from schemas import contract, genotypes
from schemas.canaries import CANARIES
from schemas.canary import Canary
from schemas.export import Export, RowRule
from schemas.exports import EXPORTS
from warehouse.clean import clean, cross_rules
from warehouse.clean.typed_cells import typed_select
from warehouse.quality.canaries import Judgement, hold_against, run_canaries
from warehouse.quality.plant_canaries import plant
from warehouse.raw.row_numbers import LINE_BITS, LINE_MASK


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
    return (site, export, delivery, row_id & LINE_MASK), rule_id, column, scope


def typed_rows(con: duckdb.DuckDBPyConnection, export: Export) -> pl.DataFrame:
    """The frame that the contract judges: every planted row of the export, typed."""
    frame = con.execute(
        f"SELECT row_id, r.site, d.extract_date, {typed_select(export)} FROM raw.{export.name}_current r "
        f"JOIN meta.deliveries d ON d.load_no = r.row_id >> {LINE_BITS}"
    ).pl()
    return genotypes.add_parsed_columns(frame) if export.name == "genotypes" else frame


def reports(rule_id: str, export: str, column: str | None, judgements) -> bool:
    """Whether the rule's own canaries see that it is not as it should be; what it sets aside is not asked."""
    mine = [j for j in judgements if j[1] == rule_id and (column is None or j[2] == column)]
    outcomes = hold_against(CANARIES, mine, None)
    return any(
        outcome.unexpected or not outcome.is_caught
        for outcome in outcomes
        if _is_about(outcome.canary, rule_id, export, column) or outcome.canary.scope is None
    )


def _is_about(canary: Canary, rule_id: str, export: str, column: str | None) -> bool:
    return (canary.rule_id, canary.export) == (rule_id, export) and (column is None or canary.column == column)


class RowLaboratory:
    """Judges mutated row rules of one export on the canaries of that rule.

    The rule as it is judges the planted rows of the other exports: a canary may have to be found in two of them.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, export: Export, monkeypatch):
        self.export, self.monkeypatch = export, monkeypatch
        self.frames = {name: typed_rows(con, EXPORTS[name]) for name in EXPORTS}
        self.loads = place_of_load(con)
        self.elsewhere: dict[str, list[Judgement]] = {}
        self.sites: dict[str, list[str]] = {}
        for number, canary in enumerate(CANARIES):
            self.sites.setdefault(canary.rule_id, []).append(f"canary-{number + 1:04d}")

    def sees(self, number: int, mutated: RowRule) -> bool:
        """Whether the canaries report the export with its rule of that number replaced."""
        rules = list(self.export.row_rules)
        rules[number] = mutated
        try:
            judged = self._judge(self.export, rules, mutated.rule_id)
        except contract.ContractError:
            return True
        if mutated.rule_id in judged.unjudged:
            return True
        said = self._said(judged) + self._said_elsewhere(mutated.rule_id)
        return reports(mutated.rule_id, self.export.name, mutated.column, said)

    def _judge(self, export: Export, rules: Sequence[RowRule], rule_id: str) -> contract.Judgement:
        same_id = tuple(rule for rule in rules if rule.rule_id == rule_id)
        changed = replace(export, row_rules=same_id)  # rules of other ids are not asked: ten times faster
        self.monkeypatch.setitem(EXPORTS, export.name, changed)
        try:
            frame = self.frames[export.name].filter(pl.col("site").is_in(self.sites[rule_id]))
            return contract.judge(changed, frame)
        finally:
            self.monkeypatch.setitem(EXPORTS, export.name, export)

    def _said(self, judged: contract.Judgement) -> list[Judgement]:
        found = judged.findings.select("row_id", "rule_id", "column_name", "scope").iter_rows()
        return [judgement(self.loads, *row) for row in found]

    def _said_elsewhere(self, rule_id: str) -> list[Judgement]:
        if rule_id not in self.elsewhere:
            others = [export for export in EXPORTS.values() if export.name != self.export.name]
            judged = [self._judge(export, export.row_rules, rule_id) for export in others]
            self.elsewhere[rule_id] = [said for one in judged for said in self._said(one)]
        return self.elsewhere[rule_id]


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

        def find(con, rule, excepted):
            trial(rule)
            return self.find(con, rule, excepted)

        with self.monkeypatch.context() as patch:
            patch.setattr(cross_rules, "_find", find)
            clean.judge_unaccounted(self.con)
        self.con.close()

    def sees(self, rule: cross_rules.CrossRule, select: str) -> bool:
        """Whether the rule's canaries report that it runs this SELECT. The tables stay as they are."""
        self.con.commit()  # what cleaning did so far; the trial is taken back alone
        self.con.begin()
        try:
            self.con.execute("DELETE FROM quality.findings")
            with self.monkeypatch.context() as patch:
                patch.setattr(cross_rules, "select_of", lambda name: select)
                self.find(self.con, rule, ())
            rows = self.con.execute("SELECT row_id, rule_id, column_name, scope FROM quality.findings").fetchall()
        except duckdb.Error:
            return True
        finally:
            self.con.rollback()
            self.con.begin()  # cleaning goes on in a transaction
        return reports(rule.rule_id, rule.export, None, [judgement(self.loads, *row) for row in rows])

    def sees_in_a_full_run(self, rule: cross_rules.CrossRule, select: str) -> bool:
        """Whether the canaries of all rules report it, as in a refresh: what a rule sets aside, the next do not see.

        Takes a second, so ask it about the SELECTs that `sees` does not see.
        """
        original = cross_rules.select_of
        with self.monkeypatch.context() as patch:
            patch.setattr(cross_rules, "_find", self.find)
            patch.setattr(cross_rules, "select_of", lambda n: select if n == "rules/" + rule.file else original(n))
            return not run_canaries().is_whole
