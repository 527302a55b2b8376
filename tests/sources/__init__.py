"""Tests of the kinds of source: what a hospital's own files become before their columns are mapped."""
