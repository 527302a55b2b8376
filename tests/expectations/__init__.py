"""Tests of expectations on real rows: the platform's, and the suites of a home."""
