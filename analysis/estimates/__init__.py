"""Estimates of one group or between groups: rates, curves, incidences, tests. No covariates.

Not here: models with covariates (regression/), what is estimated of whom (plan/)."""
