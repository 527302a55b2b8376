"""Serves the current release over DuckDB's Quack protocol (docs/serving.md)."""
