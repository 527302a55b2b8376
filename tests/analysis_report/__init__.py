"""Tests of the figures and of the report, on made-up tables."""
