"""What Dagster's interface shows of an asset: metadata, lineage diagrams, previews."""
