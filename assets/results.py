"""Reports the result of every rule, for all sites and each, the control charts, and what changed since the previous
release, once all other tables are made.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from assets.privacy import private
from assets.resources import Registry
from assets.ui.table_metadata import OWNERS, POOL, common_schema, key, table_metadata, tags
from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from schemas.rule import Rule
from schemas.rule_book import OwnRule
from schemas.rules import RULES
from warehouse.archive import thread_log
from warehouse.control.charts import write_charts
from warehouse.quality.entry_changes import write_changes
from warehouse.quality.rule_results import write_results
from warehouse.queries.question_counts import write_question_counts
from warehouse.storage.hashing import columns_of, table_hash
from warehouse.storage.rule_table import book_of
from warehouse.storage.table_catalogue import made_in

TABLES = made_in("results")
DEPENDS = [
    *(key(f"clean.{name}") for name in EXPORTS),
    *(key(f"derived.{name}") for name in DERIVED),
    key("quality.quarantine"),
    key("quality.expectations"),
    key("quality.lesion_imaging"),
    key("quality.lesion_followup"),
    key("quality.completeness"),
    key("quality.ledger"),
    key("meta.loads"),
    key("quality.thresholds"),
    key("quality.run_in"),
]


def check_name(rule_id: str) -> str:
    """The rule's name as an asset check."""
    return rule_id.replace("-", "_")


OWN_RULES = "own_rules"
"""The check of all rules of the registry's own, refused ones too."""
REPORTED = [rule for rule in RULES.values() if rule.severity != "gate"]


def results_asset(own: Sequence[OwnRule] = ()) -> dg.AssetsDefinition:
    """Return the asset. `own` are the rules in the home's files when Dagster loads: each is a check. One that
    comes later reports under OWN_RULES until the code location is loaded again.
    """
    declared = [*REPORTED, *(one.rule for one in own)]

    @dg.multi_asset(
        name="results",
        pool=POOL,
        specs=[
            dg.AssetSpec(
                key(table.full_name),
                deps=DEPENDS,
                description=table.prose,
                group_name="quality",
                owners=OWNERS,
                tags=tags(table.full_name),
                kinds={"duckdb", "table"},
            )
            for table in TABLES
        ],
        check_specs=[
            dg.AssetCheckSpec(
                OWN_RULES,
                asset=key("quality.results"),
                description="Every rule of the registry's own (rules/*.yaml) is in force, and no row breaks one.",
            ),
            *(
                dg.AssetCheckSpec(
                    check_name(rule.rule_id), asset=key("quality.results"), description=rule.reason("The value")
                )
                for rule in declared
            ),
        ],
    )
    def rule_results(registry: Registry) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        """Count the violations of every rule, for all sites and each, chart the shares, compare with the previous
        release, and report each rule as a check.
        """
        with private(registry.home, "Judging the rules"), registry.build() as con:
            write_charts(con)
            write_results(con)
            write_changes(con, registry.home)
            write_question_counts(con, thread_log.read(registry.home))
            for table in TABLES:
                rows, digest = table_hash(con, table.schema, table.name, table.hashed_rows)
                yield dg.MaterializeResult(
                    asset_key=key(table.full_name),
                    metadata=table_metadata(rows, digest)
                    | {"dagster/column_schema": common_schema(columns_of(con, table.schema, table.name))},
                    data_version=dg.DataVersion(digest),
                )
            yield from _checks(con, declared)
            yield _own_check(con)

    return rule_results


def _checks(con, declared: Sequence[Rule]) -> Iterator[dg.AssetCheckResult]:
    counts = {
        rule_id: (failed, errors, violations)
        for rule_id, failed, errors, violations in con.execute(
            "SELECT rule_id, count(*) FILTER (status = 'failed'), count(*) FILTER (status = 'error'), "
            "coalesce(sum(n_violations), 0)::BIGINT FROM quality.results GROUP BY rule_id"
        ).fetchall()
    }
    for rule in declared:
        failed, errors, violations = counts.get(rule.rule_id, (0, 0, 0))
        yield dg.AssetCheckResult(
            asset_key=key("quality.results"),
            check_name=check_name(rule.rule_id),
            passed=not failed and not errors,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"violations": violations, "could_not_be_judged": errors},
        )


def _own_check(con) -> dg.AssetCheckResult:
    """Report the registry's own rules: violations by rule, and what was refused."""
    book = book_of(con)
    counted = {
        rule_id: (status, violations)
        for rule_id, status, violations in con.execute(
            "SELECT rule_id, status, n_violations FROM quality.results WHERE list_contains(?, rule_id)",
            [[one.rule_id for one in book.own]],
        ).fetchall()
    }
    broken = {rule_id: n for rule_id, (_, n) in counted.items() if n}
    errors = sorted(rule_id for rule_id, (status, _) in counted.items() if status == "error")
    refused = {f"{one.file} {one.rule_id}".strip(): one.reason for one in book.refused}
    return dg.AssetCheckResult(
        asset_key=key("quality.results"),
        check_name=OWN_RULES,
        passed=not (broken or errors or refused),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"in_force": len(book.own), "violations": broken, "could_not_be_judged": errors, "refused": refused},
    )
