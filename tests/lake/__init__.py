"""Tests of releases in a lake."""
