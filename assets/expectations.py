"""Judges the expectations: whether the registry as a whole looks as it should, with one asset check per suite.

A suite of the platform that contains a gate is a blocking check: if a gate fails or cannot be judged, nothing is
released. Every other one is reported as a warning. The suites of the home are one check, and their gates another, which
blocks.
"""

import dagster as dg

from assets.privacy import private
from assets.resources import Registry
from assets.ui.table_metadata import OWNERS, POOL, common_schema, key, table_metadata, tags
from schemas.exports import EXPORTS
from warehouse.derived.completeness import IMAGING_TABLES
from warehouse.expectations.run import REGISTRY, write_expectations
from warehouse.expectations.stated_expectation import GATE, INFO, JUDGED_TABLES
from warehouse.expectations.suites import SUITES, is_gate
from warehouse.refresh.release_blockers import OWN_GATES
from warehouse.storage.hashing import columns_of, table_hash
from warehouse.storage.suite_table import SUITE_TABLE, suites_of
from warehouse.storage.table_catalogue import EXPECTATIONS_TABLE
from workflows import progress

ASSET = key(EXPECTATIONS_TABLE.full_name)
BROKEN = ("failed", "error")
OWN_SUITES = "own_suites"
"""The check of all suites of the home, refused ones too."""


def expectations_asset(has_own_gates: bool = False) -> dg.AssetsDefinition:
    """Return the asset. With gates in the suites of the home when Dagster loads there is a blocking check for them; a
    gate that comes later refuses a release all the same (warehouse/refresh/release_blockers.py).
    """
    own = [
        dg.AssetCheckSpec(
            OWN_SUITES, asset=ASSET, description="Every suite of the home (expectations/*.json) can be read and is met."
        )
    ]
    if has_own_gates:
        said = "Every gate among the expectations of the home is met."
        own.append(dg.AssetCheckSpec(OWN_GATES, asset=ASSET, blocking=True, description=said))

    @dg.asset(
        key=ASSET,
        pool=POOL,
        deps=[
            *(key(f"quality.{name}") for name in IMAGING_TABLES),
            *(key(table) for table in _judged()),
            key(SUITE_TABLE),
        ],
        group_name="quality",
        owners=OWNERS,
        tags=tags(EXPECTATIONS_TABLE.full_name),
        kinds={"python", "duckdb", "table"},
        description=EXPECTATIONS_TABLE.prose,
        check_specs=[
            *(
                dg.AssetCheckSpec(suite, asset=ASSET, blocking=is_gate(suite), description=prose)
                for suite, prose in SUITES.items()
            ),
            *own,
        ],
    )
    def expectations(registry: Registry) -> dg.MaterializeResult:
        """Judge every expectation, and report each suite as a check."""
        with private(registry.home, "Judging the expectations"), registry.build() as con:
            progress.say("judging the expectations")
            write_expectations(con, registry.home)
            rows, digest = table_hash(con, "quality", "expectations", EXPECTATIONS_TABLE.hashed_rows)
            columns = columns_of(con, "quality", "expectations")
            return dg.MaterializeResult(
                metadata=table_metadata(rows, digest) | {"dagster/column_schema": common_schema(columns)},
                data_version=dg.DataVersion(digest),
                check_results=[
                    *(check_result(con, suite) for suite in SUITES),
                    own_result(con),
                    *([own_gates_result(con)] if has_own_gates else []),
                ],
            )

    return expectations


def _judged() -> list[str]:
    """Return the tables that an expectation may judge, in order."""
    names = [*(f"clean.{name}" for name in EXPORTS), *JUDGED_TABLES]
    return [name for name in dict.fromkeys(names) if not name.startswith("quality.")]


def check_result(con, suite: str) -> dg.AssetCheckResult:
    """Return the suite's result: counts by status, and the names of what is broken.

    A suite that contains a gate is a blocking check, and a failed gate fails it as an error. A blocking check that
    fails as a warning would let its own run continue but block later ones for good; so a warning in such a suite is
    named and fails nothing.
    """
    judged = con.execute(
        "SELECT status, severity, table_name || ': ' || expectation FROM quality.expectations WHERE suite = ?", [suite]
    ).fetchall()
    is_refusing = any(severity == GATE and status in BROKEN for status, severity, _ in judged)
    is_passed = not is_refusing if is_gate(suite) else not _broken(judged)
    return _result(
        suite, judged, is_passed, dg.AssetCheckSeverity.ERROR if is_gate(suite) else dg.AssetCheckSeverity.WARN
    )


def own_result(con) -> dg.AssetCheckResult:
    """Return the result of all suites of the home, and what was refused. Severity info fails nothing."""
    judged = _of_the_home(con)
    told = [one for one in judged if one[1] != INFO or one[0] == "error"]
    refused = {one.file.name: one.reason for one in suites_of(con) if one.reason}
    result = _result(OWN_SUITES, judged, not _broken(told) and not refused, dg.AssetCheckSeverity.WARN)
    return result._replace(metadata={**result.metadata, "refused": dg.MetadataValue.json(refused)})


def own_gates_result(con) -> dg.AssetCheckResult:
    """Return the result of the home's gates."""
    judged = [one for one in _of_the_home(con) if one[1] == GATE]
    return _result(OWN_GATES, judged, not _broken(judged), dg.AssetCheckSeverity.ERROR)


def _of_the_home(con) -> list[tuple[str, str, str]]:
    return con.execute(
        "SELECT status, severity, suite || ': ' || table_name || ': ' || expectation FROM quality.expectations "
        "WHERE stated_by = ?",
        [REGISTRY],
    ).fetchall()


def _broken(judged: list[tuple[str, str, str]]) -> list[str]:
    return sorted(name for status, _, name in judged if status in BROKEN)


def _result(
    check: str, judged: list[tuple[str, str, str]], is_passed: bool, severity: dg.AssetCheckSeverity
) -> dg.AssetCheckResult:
    statuses = [status for status, _, _ in judged]
    return dg.AssetCheckResult(
        asset_key=ASSET,
        check_name=check,
        passed=is_passed,
        severity=severity,
        metadata={
            "by_status": {status: statuses.count(status) for status in sorted(set(statuses))},
            "broken": ", ".join(_broken(judged)),
        },
    )
