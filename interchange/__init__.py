"""Writes a release in the formats of other systems: `registry export` (docs/exports-out.md)."""
