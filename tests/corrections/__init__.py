"""Tests of a registry's own rules."""
