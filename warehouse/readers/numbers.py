"""Defines which texts are numbers, for every step that reads cells."""

NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
"""A regular expression that matches an entire number with a decimal point."""
