"""Which analyses a registry runs, and the tables that they make.

Not here: how an estimate is computed (estimates/, regression/).

To add an analysis table, touch three files:

1. a module of this package: the function that makes it, `AnalysisFrames` in and a tidy table out;
2. schemas/analysis_tables.py: its name, what it is for, and the columns that it reads;
3. MAKERS in analysis/plan/analysis_plan.py: the function under that name.

Its place in a release, its asset with inputs and lineage, when a refresh recomputes it, its lines in meta.columns, its
CSV file and its part in a cohort's analyses follow. Describe a column that no other analysis table has in
schemas/analysis.py. tests/analysis/test_plan.py checks that plan and declarations agree, and that a table reads what it
declares. The report shows it in a section of its own (analysis/report/sections/). `make docs` updates the pages.
"""
