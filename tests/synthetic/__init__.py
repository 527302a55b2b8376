"""Tests of the synthetic patients: the study's files and figures, the search, registries of any size."""
