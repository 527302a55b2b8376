"""The lake: the home's releases as snapshots of one DuckLake, for readers on other machines."""
