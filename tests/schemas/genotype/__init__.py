"""Tests of schemas.genotype: one file per promise."""
