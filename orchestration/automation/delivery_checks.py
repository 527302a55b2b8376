"""Asset checks of deliveries: on time, loadable, with the usual columns, and all of them in the release.

Time passes and files arrive without a run, so a sensor reports the checks whenever their result changes; they can also
be run by hand like any other check.
"""

import re
from datetime import UTC, datetime

import dagster as dg

from assets.resources import Registry
from assets.ui.table_metadata import POOL, key
from schemas.exports import EXPORTS
from warehouse.archive.archive import Archive
from warehouse.intake.landing_problems import landing_problems
from warehouse.intake.overdue_sites import overdue
from warehouse.intake.site_config import ANY
from warehouse.queries.site_notes import COUNT_AS_NONE, Note, counted, site_notes
from warehouse.refresh.pending_work import why_release_waits
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release
from warehouse.storage.home import Home

ON_TIME, LANDING, WAITING, DRIFT = "on_time", "landing", "waiting", "drift"
LOADS, RELEASE = key("meta.loads"), key("release.registry")
FIRST = 20
"""At most this many problems are listed in a check."""


def on_time_results(home: Home, now: datetime | None = None) -> list[dg.AssetCheckResult]:
    """Return one result per export: passed if no site is overdue with it."""
    late = overdue(Archive(home), now or datetime.now(UTC))
    return [
        _result(
            key(f"export.{export}"),
            ON_TIME,
            [(one.place, one.sentence) for one in late if one.export in (export, ANY)],
            "Every site delivers as often as its site.toml expects.",
        )
        for export in EXPORTS
    ]


def landing_result(home: Home) -> dg.AssetCheckResult:
    """Return passed if every file below landing/ can be loaded and no delivery is rejected, set aside or waiting."""
    rejected = [(note.place, note.sentence) for note in _notes(home) if note.kind in COUNT_AS_NONE.values()]
    return _result(LOADS, LANDING, [*rejected, *landing_problems(home)], "Every file below landing/ can be loaded.")


def drift_result(home: Home) -> dg.AssetCheckResult:
    """Return passed if the newest deliveries have the columns of earlier ones and their rows match sessions."""
    notes = [note for note in _notes(home) if note.kind not in COUNT_AS_NONE.values()]
    loud = [(note.place, note.sentence) for note in notes if note.is_loud]
    result = _result(LOADS, DRIFT, loud, "The newest deliveries have the same columns as earlier ones.")
    lines = [f"- {note.kind}: {in_markdown(note.place)}: {in_markdown(note.sentence)}" for note in notes[: 5 * FIRST]]
    more = {"notes": dg.MetadataValue.md("\n".join(lines))} if lines else {}
    said = " ".join(part for part in (result.description or "", counted(notes)) if part)
    return result._replace(description=said, metadata={**result.metadata, **more})


def _notes(home: Home) -> list[Note]:
    """Return the current release's notes on its deliveries."""
    release = current_release(home)
    if release is None:
        return []
    with open_release(release) as con:
        return site_notes(con)


def in_markdown(text: str) -> str:
    """Escape a delivery's text, so that Markdown shows its characters as they are."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~-])", r"\\\1", text)


def waiting_result(found: list[str]) -> dg.AssetCheckResult:
    """Return passed if the release shows everything received; `found` holds what waits and why."""
    places = [("Waits", sentence) for sentence in found]
    return _result(RELEASE, WAITING, places, "The release shows everything received, computed by this code.")


def evaluation_of(result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    """Return the result of a check as a sensor reports it. ValueError for one that names no asset or no check."""
    if result.asset_key is None or result.check_name is None:
        raise ValueError("A result that a sensor reports names its asset and its check.")
    return dg.AssetCheckEvaluation(
        asset_key=result.asset_key,
        check_name=result.check_name,
        passed=result.passed,
        metadata=result.metadata,
        severity=result.severity,
        description=result.description,
    )


def _result(asset: dg.AssetKey, check: str, problems: list[tuple[str, str]], good: str) -> dg.AssetCheckResult:
    sentences = [f"{place}: {sentence}" for place, sentence in problems]
    more = len(sentences) - FIRST
    shown = sentences[:FIRST] + ([f"{more:,} more are not listed."] if more > 0 else [])
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=check,
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(shown) or good,
        metadata={"problems": len(problems)},
    )


@dg.multi_asset_check(
    name="deliveries_on_time",
    specs=[
        dg.AssetCheckSpec(
            ON_TIME,
            asset=key(f"export.{export}"),
            description="Sites deliver as often as their site.toml expects. Only reported; never refuses a release.",
        )
        for export in EXPORTS
    ],
)
def deliveries_on_time(registry: Registry):
    """Check which sites are overdue now."""
    yield from on_time_results(registry.home)


@dg.asset_check(
    asset=LOADS,
    name=LANDING,
    additional_deps=[RELEASE],
    description="All of landing/ can be loaded; no delivery is rejected. Only reported; never refuses a release.",
)
def landing_is_taken(registry: Registry) -> dg.AssetCheckResult:
    """Check which files below landing/ cannot be loaded, and which deliveries are rejected."""
    return landing_result(registry.home)


@dg.asset_check(
    asset=LOADS,
    name=DRIFT,
    additional_deps=[RELEASE],
    description="Deliveries keep their columns and match sessions. Only reported; never refuses a release.",
)
def deliveries_are_as_before(registry: Registry) -> dg.AssetCheckResult:
    """Check which deliveries have lost or mistyped columns, or match no session."""
    return drift_result(registry.home)


@dg.asset_check(
    asset=RELEASE,
    name=WAITING,
    pool=POOL,
    description="The release shows everything received, or why not. Only reported; never refuses a release.",
)
def nothing_waits(registry: Registry) -> dg.AssetCheckResult:
    """Check what the build database holds that the release does not show."""
    with registry.build() as con:
        return waiting_result(why_release_waits(con, registry.home))
