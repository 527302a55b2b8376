"""Leaving the rows of erased patients out of files, before anything else sees them.

Not here: erasing what the registry holds already (erasure/)."""
