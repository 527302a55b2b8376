"""Checks of what comes in: whether sites deliver on time, and whether all of landing/ can be taken.

What belongs here: the two as asset checks, for the web interface. What does not: who is overdue
(warehouse/intake/overdue_sites.py) and what fits landing/ (warehouse/intake/landing.py). Time passes and files come
without a run, so a sensor reports both whenever they change; asked for, they run as any check does.
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
"""So many sentences a check shows."""


def on_time_results(home: Home, now: datetime | None = None) -> list[dg.AssetCheckResult]:
    """One result an export: passed where no site is overdue with it."""
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
    """Passed where everything below landing/ can be taken, and no delivery is rejected, set aside or waits."""
    rejected = [(note.place, note.sentence) for note in _notes(home) if note.kind in COUNT_AS_NONE.values()]
    return _result(LOADS, LANDING, [*rejected, *landing_problems(home)], "Everything below landing/ can be taken.")


def drift_result(home: Home) -> dg.AssetCheckResult:
    """Passed where the newest deliveries have the columns that earlier ones had, and hang on their sessions."""
    notes = [note for note in _notes(home) if note.kind not in COUNT_AS_NONE.values()]
    loud = [(note.place, note.sentence) for note in notes if note.is_loud]
    result = _result(LOADS, DRIFT, loud, "The newest deliveries have the columns that earlier ones had.")
    lines = [f"- {note.kind}: {in_markdown(note.place)}: {in_markdown(note.sentence)}" for note in notes[: 5 * FIRST]]
    more = {"notes": dg.MetadataValue.md("\n".join(lines))} if lines else {}
    said = " ".join(part for part in (result.description or "", counted(notes)) if part)
    return result._replace(description=said, metadata={**result.metadata, **more})


def _notes(home: Home) -> list[Note]:
    """What the current release says of its deliveries."""
    release = current_release(home)
    if release is None:
        return []
    with open_release(release) as con:
        return site_notes(con)


def in_markdown(text: str) -> str:
    """Text of a delivery as Markdown shows it: its signs mean nothing."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~-])", r"\\\1", text)


def waiting_result(found: list[str]) -> dg.AssetCheckResult:
    """Passed where the release shows all that was received; else `found` says what waits and why."""
    places = [("Waits", sentence) for sentence in found]
    return _result(RELEASE, WAITING, places, "The release shows all that was received, made by this code.")


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
            description="Sites deliver as often as their site.toml expects. Reported; never refuses a release.",
        )
        for export in EXPORTS
    ],
)
def deliveries_on_time(registry: Registry):
    """Ask which sites are overdue now."""
    yield from on_time_results(registry.home)


@dg.asset_check(
    asset=LOADS,
    name=LANDING,
    additional_deps=[RELEASE],
    description="All of landing/ can be taken, and no delivery is rejected. Reported; never refuses a release.",
)
def landing_is_taken(registry: Registry) -> dg.AssetCheckResult:
    """Ask what below landing/ cannot be taken, and which deliveries are rejected."""
    return landing_result(registry.home)


@dg.asset_check(
    asset=LOADS,
    name=DRIFT,
    additional_deps=[RELEASE],
    description="Deliveries have the columns that earlier ones had, and belong to sessions. Reported; never refuses.",
)
def deliveries_are_as_before(registry: Registry) -> dg.AssetCheckResult:
    """Ask which deliveries lost columns, have mistyped ones, or hang on no session."""
    return drift_result(registry.home)


@dg.asset_check(
    asset=RELEASE,
    name=WAITING,
    pool=POOL,
    description="The release shows all that was received; else what waits, and why. Reported; never refuses a release.",
)
def nothing_waits(registry: Registry) -> dg.AssetCheckResult:
    """Ask what the build database holds that the release does not show."""
    with registry.build() as con:
        return waiting_result(why_release_waits(con, registry.home))
