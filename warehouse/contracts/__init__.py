"""Writes the exports and tables as contracts of the Open Data Contract Standard, and reads the contract of a site."""
