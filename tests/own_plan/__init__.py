"""Tests of the registry's own plan of analyses."""
