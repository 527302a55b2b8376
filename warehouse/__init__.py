"""Where data live: landing, archive, history, clean tables, quarantine, derived SQL, releases.

Everything that touches DuckDB or the home folder stands here. No orchestration: these are plain functions on a
connection, so that a test or a notebook can call each by itself.
"""
