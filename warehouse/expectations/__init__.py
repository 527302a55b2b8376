"""Expectations: what the registry as a whole should look like, judged by Great Expectations.

What belongs here: their declarations (suites.py), the aggregates they are judged on (frames.py, drift.py), running
them (run.py) and their pages (data_docs.py). What does not: rules that one row can break (schemas/), and refusing a
release (the assets' checks do). Great Expectations sees aggregates only, never a patient's row: its SQL engine does
not work with DuckDB, and what it has not seen it cannot print. Its import takes seconds, so it is imported where it
is used.
"""
