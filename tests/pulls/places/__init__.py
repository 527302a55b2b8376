"""Tests of pulls from places of files."""
