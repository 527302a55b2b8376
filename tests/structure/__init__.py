"""Tests of the source itself: its folders, files and words."""
