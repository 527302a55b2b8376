"""Tests of what is judged by site and over time: thresholds of a site's own, run-in periods, control charts, drift."""
