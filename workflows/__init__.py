"""What a person asks for: a cohort's files, a manuscript, a morning note, an erasure.

Plain functions that put warehouse and analysis together. Not here: Dagster assets, and the command line."""
