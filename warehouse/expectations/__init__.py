"""Expectations: what the registry as a whole should look like, judged by Great Expectations.

What belongs here: the platform's declarations (suites.py), the aggregates they compare (frames.py, drift.py) and the
rows they are judged on (own_rows.py); the suites of the home (suite_form.py, home_suites.py); running them (run.py,
library.py) and their pages (data_docs.py, history.py). What does not: rules that set rows aside (schemas/, own_rules/),
and refusing a release (the assets' checks do that). The library gets frames, since its SQL engine does not support
DuckDB, and what it says of them leaves this folder as counts and figures only. Importing it takes seconds, so it is
imported only where it is used.
"""
