"""Tests of sources: what a hospital's own files become, as its site.toml says."""
