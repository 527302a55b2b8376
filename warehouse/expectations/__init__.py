"""Expectations: what the registry as a whole should look like, judged by Great Expectations.

What belongs here: their declarations (suites.py), the aggregates they are judged on (frames.py, drift.py), running
them (run.py) and their pages (data_docs.py). What does not: rules that one row can break (schemas/), and refusing a
release (the assets' checks do that). Great Expectations sees aggregates only, never a patient's row: its SQL engine
does not support DuckDB, and it cannot print what it has not seen. Importing it takes seconds, so it is imported only
where it is used.
"""
