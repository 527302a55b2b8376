"""Makes the scorecard: results of the rules by Kahn category, table and site, with a plot over the last releases."""

from typing import TYPE_CHECKING

import dagster as dg

from analysis.report.output.png_previews import trend_picture
from assets.privacy import private
from assets.resources import Registry
from assets.ui.table_metadata import OWNERS, POOL, common_schema, key, table_metadata, tags
from schemas.exports import EXPORTS
from warehouse.quality.scorecard import THIS_BUILD, trend, write_scorecard
from warehouse.storage.hashing import columns_of, table_hash
from warehouse.storage.table_catalogue import SCORECARD
from workflows import progress
from workflows.release_products import PREVIEWS

if TYPE_CHECKING:
    import pandas as pd


@dg.asset(
    key=key(SCORECARD.full_name),
    pool=POOL,
    deps=[key("quality.results"), key("quality.site_results"), *(key(f"clean.{name}") for name in EXPORTS)],
    group_name="quality",
    owners=OWNERS,
    tags=tags(SCORECARD.full_name),
    kinds={"duckdb", "sql", "table"},
    description=SCORECARD.prose,
)
def scorecard(registry: Registry) -> dg.MaterializeResult:
    """Count results by category, table and site, and draw the trend."""
    with private(registry.home, "Making the scorecard"), registry.build() as con:
        progress.say("making the scorecard")
        write_scorecard(con)
        over_releases = trend(con, registry.home)
        previews = _preview(over_releases) if PREVIEWS in registry.products else {}
        rows, digest = table_hash(con, SCORECARD.schema, SCORECARD.name)
        columns = columns_of(con, SCORECARD.schema, SCORECARD.name)
        now = over_releases[over_releases["release_id"] == THIS_BUILD]
    return dg.MaterializeResult(
        metadata=table_metadata(rows, digest)
        | {
            "dagster/column_schema": common_schema(columns),
            "rules_failed": int(now["n_failed"].sum()),
            "violations": int(now["n_violations"].sum()),
        }
        | previews,
        data_version=dg.DataVersion(digest),
    )


def _preview(over_releases: "pd.DataFrame") -> dict[str, dg.MetadataValue]:
    """Return the trend as a picture for the asset's page."""
    drawn = trend_picture(over_releases) if len(over_releases) else "No rule was evaluated."
    return {"trend": dg.MetadataValue.md(drawn)}
