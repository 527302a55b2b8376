"""Tests of proposed site.toml files."""
