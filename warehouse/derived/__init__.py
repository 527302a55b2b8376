"""Derived tables: LTP, LTPFS, genotype, time to event, completeness, and their gates.

Not here: the definitions, which are SQL files (sql/)."""
