"""Writes the data contracts of a release's tables, in the form of the Open Data Contract Standard."""
