"""Holds every row of every delivery as text, and decides which version of a row is current.

Not here: whether a row is right (clean/)."""
