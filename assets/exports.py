"""Declares the exports that hospitals deliver. The registry does not make them, so they are external assets."""

import dagster as dg

from assets.ui.table_metadata import OWNERS, answers_schema, export_schema, key, tags
from schemas.exports import ANSWERS, EXPORTS

EXPORT_ASSETS = [
    dg.AssetSpec(
        key(f"export.{name}"),
        description=f"{export.prose} Delivered to landing/<site>/{name}/.",
        group_name="export",
        owners=OWNERS,
        tags=tags(f"export.{name}"),
        kinds={"file"},
        metadata={"dagster/column_schema": export_schema(export)},
    )
    for name, export in EXPORTS.items()
]
EXPORT_ASSETS.append(
    dg.AssetSpec(
        key(f"export.{ANSWERS}"),
        description=f"Query sheets that sites have answered. Delivered to landing/<site>/{ANSWERS}/.",
        group_name="export",
        owners=OWNERS,
        tags=tags(f"export.{ANSWERS}"),
        kinds={"file"},
        metadata={"dagster/column_schema": answers_schema()},
    )
)
