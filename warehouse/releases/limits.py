"""Limits of a query on a release. An administrator may change these numbers."""

MEMORY_LIMIT = "2GB"
"""The build has 2.5 GB; both fit together on a machine with 8 GB."""
TEMPORARY_LIMIT = "20GB"
"""Ten times the memory: a sort of a million patients' exams takes less than 2 GB."""
GROWTH_LIMIT_BYTES = 4_000_000_000
"""By which a Python process may grow while a query runs: DuckDB's memory, and the answer, which it does not count."""
TIMEOUT_SECONDS = 600
"""Ten minutes, unless --timeout is given."""
EXPLORE_SECONDS = 60
"""A minute for a page of `registry explore`, unless --timeout is given: its reader waits for it."""
