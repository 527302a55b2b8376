"""Say what a refresh makes in tests: everything, or only what the test is about.

Most tests are about rows, deliveries, commands or crashes. For them a release of tables with a few analyses is enough,
and Dagster need not keep its events; the assets, their checks and their order are the same. Tests of the report,
of the analyses in a release and of Dagster's history ask for `makes=EVERYTHING` or `makes=WITH_HISTORY`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from unittest import mock

from assets.resources import ANALYSES
from schemas.canaries import CANARIES
from schemas.canary import Canary
from warehouse.quality.canaries import CanaryReport, run_canaries
from warehouse.storage.home import Home
from workflows.release_products import EVERYTHING as ALL_PRODUCTS
from workflows.release_products import TABLES_ONLY

FEW_ANALYSES = ("ltp_rates", "maturity")


@dataclass(frozen=True)
class Makes:
    """The products of a release, the analyses that are computed, and whether Dagster keeps its events, in the home."""

    products: tuple[str, ...]
    analyses: tuple[str, ...]
    has_history: bool


LIGHT = Makes(TABLES_ONLY, FEW_ANALYSES, has_history=False)
WITH_HISTORY = Makes(TABLES_ONLY, FEW_ANALYSES, has_history=True)
EVERYTHING = Makes(ALL_PRODUCTS, ANALYSES, has_history=True)
RATES = ("ltp_rates",)
BY_NAME = {
    "light": Makes(TABLES_ONLY, RATES, has_history=False),
    "with history": Makes(TABLES_ONLY, RATES, has_history=True),
    "everything": EVERYTHING,
}
"""For commands that may be killed. One analysis is enough: the others are made alike, and take a third of a refresh."""

_found: list[CanaryReport] = []


def canaries_once() -> CanaryReport:
    """Return the canaries' report once all of them were found; until then, run them each time. They depend only on the
    code, and take two seconds. Tests that break a validator run them themselves (tests/quality/test_canary_gate.py,
    tests/warehouse/test_canaries.py).
    """
    if _found:
        return _found[0]
    report = run_canaries()
    if report.is_whole:
        _found.append(report)
    return report


def of_these(report: CanaryReport, canaries: Sequence[Canary]) -> CanaryReport:
    """Return the part of a report of all canaries that is about those that the registry plants."""
    planted = {id(canary) for canary in canaries}
    outcomes = [one for canary, one in zip(CANARIES, report.outcomes, strict=True) if id(canary) in planted]
    n_bad = sum(one.canary.scope is not None for one in outcomes)
    return replace(report, planted=n_bad, found=n_bad, outcomes=tuple(outcomes)) if report.is_whole else report


def _planted(report: Callable[[], CanaryReport], canaries: Sequence[Canary]) -> CanaryReport:
    return of_these(report(), canaries)


@contextmanager
def making(makes: Makes, canaries: Callable[[], CanaryReport]) -> Iterator[None]:
    """Have refreshes inside the block make this, with the canaries' report from `canaries`."""
    import assets.canaries
    import orchestration.definitions
    import orchestration.instance

    build = partial(orchestration.definitions.build_definitions, products=makes.products, analyses=makes.analyses)
    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(orchestration.definitions, "build_definitions", build))
        patches.enter_context(
            mock.patch.object(assets.canaries, "run_canaries", lambda these: of_these(canaries(), these))
        )
        if not makes.has_history:
            patches.enter_context(mock.patch.object(orchestration.instance, "dagster_instance", instance_in_memory))
        yield


@contextmanager
def instance_in_memory(home: Home) -> Iterator:
    """Open an instance as orchestration.instance.dagster_instance does, but without its events: storing them, and
    looking for those of earlier runs, takes a third of a small refresh.
    """
    import dagster as dg

    from orchestration.instance import prepare

    prepare(home)
    no_records = dg.EventRecordsResult(records=[], cursor="", has_more=False)
    nothing = {
        "store_event": mock.Mock(),
        "get_asset_records": mock.Mock(return_value=[]),
        "fetch_observations": mock.Mock(return_value=no_records),
    }
    with dg.DagsterInstance.ephemeral() as instance, mock.patch.multiple(instance.event_log_storage, **nothing):
        yield instance
