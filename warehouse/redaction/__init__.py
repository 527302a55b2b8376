"""Leaves the rows of erased patients out of files before anything else sees them.

What does not belong here: erasing what the registry already holds (erasure/)."""
