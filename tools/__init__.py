"""Holds one-off programs whose results are part of the project; not packaged."""
