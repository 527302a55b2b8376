"""Tests of the schemas: contract, rules, canaries."""
