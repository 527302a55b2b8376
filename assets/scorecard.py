"""The scorecard: how the rules fared by Kahn category, table and site, with a plot over the last releases."""

import dagster as dg

from assets import progress
from assets.describe import OWNERS, POOL, common_schema, key, table_metadata, tags
from assets.pictures import markdown
from assets.privacy import private
from assets.resources import Registry
from schemas.exports import EXPORTS
from warehouse.hashing import columns_of, table_hash
from warehouse.published import SCORECARD
from warehouse.scorecard import THIS_BUILD, trend, write_scorecard


@dg.asset(
    key=key(SCORECARD.full_name),
    pool=POOL,
    deps=[key("quality.results"), *(key(f"clean.{name}") for name in EXPORTS)],
    group_name="quality",
    owners=OWNERS,
    tags=tags(SCORECARD.full_name),
    kinds={"duckdb", "sql", "table"},
    description=SCORECARD.prose,
)
def scorecard(registry: Registry) -> dg.MaterializeResult:
    """Count by category, table and site, and draw the trend."""
    with private(registry.home, "Making the scorecard"), registry.build() as con:
        progress.say("making the scorecard")
        write_scorecard(con)
        rows, digest = table_hash(con, SCORECARD.schema, SCORECARD.name)
        columns = columns_of(con, SCORECARD.schema, SCORECARD.name)
        over_releases = trend(con, registry.home)
        now = over_releases[over_releases["release_id"] == THIS_BUILD]
        plot = _plot(over_releases)
    return dg.MaterializeResult(
        metadata=table_metadata(rows, digest)
        | {
            "dagster/column_schema": common_schema(columns),
            "rules_failed": int(now["n_failed"].sum()),
            "violations": int(now["n_violations"].sum()),
            "trend": plot,
        },
        data_version=dg.DataVersion(digest),
    )


def _plot(over_releases) -> dg.MetadataValue:
    """The trend as a picture; counts only, as everything in Dagster's event store."""
    if over_releases.empty:
        return dg.MetadataValue.md("No rule was asked.")
    from analysis.figures.quality_trend import quality_trend_figure

    return markdown(quality_trend_figure(over_releases), "Violations per 1,000 rows over the last releases")
