"""The statistics: pure functions, a DataFrame in, a tidy DataFrame out.

Here belong estimators, tests, models, guards and the plan of a registry's analyses. Not here: reading or
writing tables, deriving endpoints, drawing, Dagster. Importing a module of this package loads pandas and
numpy at most; the statistics libraries are imported inside the functions that use them.
"""
